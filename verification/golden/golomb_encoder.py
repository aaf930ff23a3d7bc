"""Bit-exact model of :class:`rtl.golomb_encoder.GolombEncoder`."""

import numpy as np
import numpy.typing as npt

from analog_models.compiled import compiled
from rtl.coding_streams import BYTE_WIDTH, Kind, coded_byte_layout
from rtl.golomb_encoder import GolombEncoderConfig
from verification.payloads import payload_dtype

__all__ = ["WINDOW_BITS", "golomb_code", "golomb_encoder", "golomb_value"]

WINDOW_BITS = 48
"""Bits that :func:`golomb_value` looks at: no code is as long."""


@compiled
def golomb_code(
    residual: int, context: int, width: int, unary_limit: int, context_base: int
) -> tuple[int, int]:
    """Return the code of a residual: its bits as a number, and how many they are.

    Parameters
    ----------
    residual : int
        The residual, signed, of ``width`` bits.
    context : int
        Its context.
    width, unary_limit, context_base : int
        As in the configuration, ``width`` its ``sample_width``.

    Returns
    -------
    tuple of int
        Bits, the first one highest, and their number.

    Examples
    --------
    >>> golomb_code(-3, 0, 9, 16, 0)  # 5: five zeros and a one
    (1, 6)
    >>> golomb_code(-3, 2, 9, 16, 0)  # 5 = 2 * 2 + 1: two zeros, a one, and 1
    (3, 4)
    """
    folded = 2 * residual if residual >= 0 else -2 * residual - 1
    below = min(max(context - context_base, 0) >> 1, width - 1)
    quotient = folded >> below
    if quotient >= unary_limit:
        return folded, unary_limit + width
    return folded - ((quotient - 1) << below), quotient + 1 + below


@compiled
def golomb_value(
    window: int, context: int, width: int, unary_limit: int, context_base: int
) -> tuple[int, int]:
    """Return the residual that some bits begin with, and how many of them are its code.

    The inverse of :func:`golomb_code`, for any bits: those that are no code of ``width`` give a
    residual that is out of range, of at most ``width + 4`` bits.

    Parameters
    ----------
    window : int
        The next :data:`WINDOW_BITS` bits, the first one highest.
    context : int
        The context.
    width, unary_limit, context_base : int
        As in the configuration, ``width`` its ``sample_width``.

    Returns
    -------
    tuple of int
        The residual, and the length of its code in bits.

    Examples
    --------
    >>> golomb_value(0b0011 << (WINDOW_BITS - 4), 2, 9, 16, 0)
    (-3, 4)
    """
    below = min(max(context - context_base, 0) >> 1, width - 1)
    zeros = 0
    while zeros < unary_limit and not window >> (WINDOW_BITS - 1 - zeros) & 1:
        zeros += 1
    if zeros == unary_limit:
        length = unary_limit + width
        folded = window >> (WINDOW_BITS - length) & ((1 << width) - 1)
    else:
        length = zeros + 1 + below
        remainder = window >> (WINDOW_BITS - length) & ((1 << below) - 1)
        folded = (zeros << below) + remainder
    return (-(folded + 1) >> 1 if folded & 1 else folded >> 1), length


def golomb_encoder(
    beats: npt.NDArray[np.void], config: GolombEncoderConfig
) -> npt.NDArray[np.void]:
    """Return the bytes of packets' bodies for some residuals and bytes.

    Written with whole numbers as strings of bits, one a group, without any limit on their length.

    Parameters
    ----------
    beats : ndarray of records
        Fields as in :func:`rtl.coding_streams.symbol_layout`.
    config : GolombEncoderConfig
        The configuration of the hardware.

    Returns
    -------
    ndarray of records
        Bytes in the order in which they leave, fields as in
        :func:`rtl.coding_streams.coded_byte_layout`.

    Examples
    --------
    >>> from rtl.coding_streams import symbol_layout
    >>> beats = np.zeros(2, dtype=payload_dtype(symbol_layout(9, 1)))
    >>> beats["kind"], beats["value"] = [2, 0], [-3, 165]
    >>> golomb_encoder(beats, GolombEncoderConfig(channels=1))["byte"].tolist()
    [4, 165]
    """
    formats = config.sample_width, config.unary_limit, config.context_base
    waiting = [""] * config.groups
    out: list[tuple[int, int, int]] = []
    for beat in beats:
        group = int(beat["channel"]) // config.packet_channels
        value, kind = int(beat["value"]), int(beat["kind"])
        if kind == Kind.SAMPLE.value:
            code, length = golomb_code(value, int(beat["context"]), *formats)
        else:
            code, length = value & 0xFF, BYTE_WIDTH
        if kind == Kind.VERBATIM.value:
            waiting[group] += "0" * (-len(waiting[group]) % BYTE_WIDTH)
        bits = waiting[group] + f"{code:0{length}b}"
        whole = len(bits) // BYTE_WIDTH * BYTE_WIDTH
        out += [(int(bits[n : n + BYTE_WIDTH], 2), group, 0) for n in range(0, whole, BYTE_WIDTH)]
        if beat["last"] and whole:
            out[-1] = (*out[-1][:2], 1)
        waiting[group] = bits[whole:]
    return np.array(out, dtype=payload_dtype(coded_byte_layout(config.groups)))
