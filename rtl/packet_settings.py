"""What the header of a packet tells a decoder: as settings, and as the eight bytes."""

from dataclasses import asdict, dataclass
from typing import Any

from amaranth.hdl import Mux, Signal, Value, unsigned
from amaranth.lib import data

from rtl.checks import check_ranges
from rtl.packet_format import VERSION, Engine, Mode
from rtl.streams import TIME_WIDTH

__all__ = [
    "COARSEST_LEVEL",
    "COARSEST_SHIFT",
    "COUNT_WIDTH",
    "SHIFT_WIDTH",
    "PacketSettings",
    "coarseness",
    "header_layout",
    "set_header",
    "settings_layout",
]

COARSEST_LEVEL = 4  # beyond it, packets are left out
COUNT_WIDTH = 16  # of what a trailer counts
SHIFT_WIDTH = 3
COARSEST_SHIFT = (1 << SHIFT_WIDTH) - 1


@dataclass(frozen=True, kw_only=True)
class PacketSettings:
    """How the payload of new packets is coded.

    Parameters
    ----------
    engine : Engine
        The entropy coder.
    order : int
        Order of the difference that is taken, in 0..3.
    cross : bool
        Whether a channel is predicted from the one before it as well.
    adaptive : bool
        Whether an adaptive predictor follows.
    table : int
        Version of the arithmetic coder's table, in 0..255; its lowest bit is the bank.
    shift : int
        Bits by which samples are made coarser, in 0..7.
    """

    engine: Engine = Engine.GOLOMB
    order: int = 1
    cross: bool = False
    adaptive: bool = False
    table: int = 0
    shift: int = 0

    def __post_init__(self) -> None:
        check_ranges(self, order=(0, 3), table=(0, 255), shift=(0, COARSEST_SHIFT))

    @property
    def fields(self) -> dict[str, int]:
        """The settings as the fields of :func:`settings_layout`."""
        return {**asdict(self), "engine": self.engine.value}


def settings_layout() -> data.StructLayout:
    """Return the layout of what :class:`PacketSettings` describes."""
    return data.StructLayout(
        {
            "engine": Engine,
            "order": 2,
            "cross": 1,
            "adaptive": 1,
            "table": 8,
            "shift": SHIFT_WIDTH,
        }
    )


def header_layout() -> data.StructLayout:
    """Return the layout of a header, its first byte lowest; see :mod:`rtl.packet_format`."""
    return data.StructLayout(
        {
            "mode": Mode,
            "engine": Engine,
            "shift": SHIFT_WIDTH,
            "gap": 1,
            "lfp": 1,
            "order": 2,
            "cross": 1,
            "adaptive": 1,
            "version": 4,
            "group": 8,
            "table": 8,
            "time": unsigned(TIME_WIDTH),
        }
    )


def coarseness(settings: data.View, level: Signal) -> Value:
    """Return by how many bits samples of a new packet are made coarser.

    Parameters
    ----------
    settings : View of settings_layout()
        Ask for as many as they say.
    level : Signal
        Asks for as many as it says, but not for more than :data:`COARSEST_LEVEL`.

    Returns
    -------
    Value
        The larger of the two.
    """
    least = Mux(level > COARSEST_LEVEL, COARSEST_LEVEL, level)
    return Mux(settings.shift < least, least, settings.shift)


def set_header(
    header: data.View, settings: data.View, *, mode: Mode, shift: Value, lfp: bool = False
) -> list[Any]:
    """Return the assignments of all fields of ``header`` but ``gap``, ``group`` and ``time``.

    Parameters
    ----------
    header : View of header_layout()
        What is assigned to.
    settings : View of settings_layout()
        Say how the payload is coded.
    mode : Mode
        What the payload is.
    shift : Value
        Bits by which samples are made coarser.
    lfp : bool
        Whether it is of the field-potential codec.

    Returns
    -------
    list of Assign
        The assignments.
    """
    same = ("engine", "order", "cross", "adaptive", "table")
    return [
        header.mode.eq(mode),
        header.shift.eq(shift),
        header.lfp.eq(lfp),
        header.version.eq(VERSION),
        *(header[name].eq(settings[name]) for name in same),
    ]
