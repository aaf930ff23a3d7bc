"""What flows between the parts of a codec, from a tagged sample to a byte of a packet."""

from amaranth.hdl import signed, unsigned
from amaranth.lib import data, enum

from rtl.streams import channel_shape

__all__ = [
    "BYTE_WIDTH",
    "CONTEXT_WIDTH",
    "Kind",
    "byte_layout",
    "coded_byte_layout",
    "coding_layout",
    "symbol_layout",
    "value_width",
]

BYTE_WIDTH = 8
CONTEXT_WIDTH = 5


class Kind(enum.Enum, shape=2):
    """What a beat of :func:`coding_layout` carries.

    Attributes
    ----------
    VERBATIM
        A byte of the packet as it is, in the lowest bits of ``value``: of its header, or of its
        trailer. An entropy coder that is at work ends before it.
    RAW
        A byte that goes through the entropy coder at eight bits.
    SAMPLE
        A sample; its residual, once it has been predicted.
    """

    VERBATIM = 0
    RAW = 1
    SAMPLE = 2


def value_width(width: int) -> int:
    """Return the width of ``value`` where samples have ``width`` bits: a byte fits as well.

    >>> value_width(12), value_width(4)
    (12, 9)
    """
    return max(width, BYTE_WIDTH + 1)


def coding_layout(width: int, channels: int) -> data.StructLayout:
    """Return the layout of one beat on its way to the predictor.

    ``value``, signed, is a sample of ``width`` bits or a byte, as ``kind`` says, of ``channel``,
    below ``channels``; ``restart`` marks a sample that is predicted from nothing, ``fresh`` the
    first one of its channel in a packet; ``bank`` is the bank of tables that holds for the packet;
    ``last`` marks its last beat, which is verbatim.
    """
    return data.StructLayout(
        {
            "value": signed(value_width(width)),
            "channel": channel_shape(channels),
            "kind": Kind,
            "restart": 1,
            "fresh": 1,
            "bank": 1,
            "last": 1,
        }
    )


def symbol_layout(width: int, channels: int) -> data.StructLayout:
    """Return the layout of one beat on its way to the entropy coder.

    As :func:`coding_layout` of ``width`` and ``channels``, without what only prediction needs, and
    with ``context``: how large residuals of this kind are expected to be.
    """
    return data.StructLayout(
        {
            "value": signed(value_width(width)),
            "channel": channel_shape(channels),
            "kind": Kind,
            "context": unsigned(CONTEXT_WIDTH),
            "bank": 1,
            "last": 1,
        }
    )


def coded_byte_layout(groups: int) -> data.StructLayout:
    """Return the layout of one byte of a packet's body, on its way to the framer.

    ``group``, below ``groups``, is the group of channels that shares the packet; packets of other
    groups may come in between. ``last`` marks the last byte of the body.
    """
    return data.StructLayout({"byte": BYTE_WIDTH, "group": channel_shape(groups), "last": 1})


def byte_layout() -> data.StructLayout:
    """Return the layout of one byte of a framed packet; ``last`` marks its last."""
    return data.StructLayout({"byte": BYTE_WIDTH, "last": 1})
