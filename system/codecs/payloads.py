"""From the payloads of packets to samples: entropy decoding and prediction, a sample at a time.

A decoder knows at each sample all that its encoder knew, so that it follows the golden models' own
steps: contexts, codes, predictions. No loop is longer than what a trailer counts, and a payload
that ends before its samples do ends its packet.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from analog_models.compiled import compiled
from rtl.coding_streams import BYTE_WIDTH
from rtl.packet_format import HEADER_BYTES, TRAILER_BYTES
from verification.arithmetic_coding import (
    DECODER_BITS,
    Decoder,
    coded_bytes,
    decode_bits,
    decode_value,
    start_decoding,
    target_of,
)
from verification.golden.dpcm_predictor import cross_term, prediction, wrapped
from verification.golden.golomb_encoder import WINDOW_BITS, golomb_value
from verification.golden.lms_predictor import lms_adapt, lms_prediction
from verification.golden.residual_context import (
    context_of,
    next_activity,
    next_negative,
    turned,
)

__all__ = ["BAD_CODE", "BAD_LENGTH", "DECODED", "PayloadFormat", "decode_packets", "read_bits"]

DECODED, BAD_CODE, BAD_LENGTH = range(3)
WINDOW = (1 << WINDOW_BITS) - 1
RAW_BYTES = 2  # before each snippet: how long it is after the one before


class PayloadFormat(NamedTuple):
    """What decoders need to know of a stream, in the form that compiled code takes.

    Parameters
    ----------
    channels : int
        Number of channels.
    packet_channels : int
        Channels that share a packet.
    snippet_samples : int
        Samples of a snippet; 0 if packets hold all samples.
    width : int
        Sample width, bits.
    cross_eighths : int
        Weight of the cross-channel term, eighths.
    window_shift : int
        Logarithm of the residuals over which magnitudes are averaged.
    start_activity : int
        Activity of a channel where a packet begins.
    restart_context : int
        Context of a sample that is predicted from nothing.
    unary_limit : int
        Zeros that say that a residual follows as it is.
    golomb_base : int
        Context from which on divisors grow.
    contexts : int
        Tables of a bank.
    table_base : int
        Highest context that has the first table.
    symbol_width : int
        Width of a symbol, bits.
    taps : int
        Differences from which the adaptive predictor expects one.
    weight_fraction_bits : int
        Fraction bits of their weights.
    """

    channels: int
    packet_channels: int
    snippet_samples: int
    width: int
    cross_eighths: int
    window_shift: int
    start_activity: int
    restart_context: int
    unary_limit: int
    golomb_base: int
    contexts: int
    table_base: int
    symbol_width: int
    taps: int
    weight_fraction_bits: int


@compiled
def read_bits(
    data: npt.NDArray[np.uint8], position: int, end: int, bits: int, count: int, wanted: int
) -> tuple[int, int, int]:
    """Return position, bits and their number when at least ``wanted`` are there.

    Parameters
    ----------
    data : ndarray of uint8
        Bytes, the highest bit of each first.
    position, end : int
        Place of the next byte, and after the last; zeros follow it.
    bits, count : int
        Bits that have been read and not used: the lowest of ``bits``.
    wanted : int
        How many are needed.

    Returns
    -------
    tuple of (int, int, int)
        Place of the next byte, bits, how many there are.
    """
    while count < wanted:
        bits = bits << BYTE_WIDTH | (int(data[position]) if position < end else 0)
        count += BYTE_WIDTH
        position += 1
    return position, bits, count


@compiled
def _filled(
    data: npt.NDArray[np.uint8], position: int, end: int, state: Decoder
) -> tuple[int, Decoder]:
    low, high, pending, offset, bits, count, broken = state
    position, bits, count = read_bits(data, position, end, bits, count, DECODER_BITS)
    return position, (low, high, pending, offset, bits, count, broken)


@compiled
def decode_packets(
    data: npt.NDArray[np.uint8],
    start: npt.NDArray[np.int64],
    length: npt.NDArray[np.int64],
    headers: npt.NDArray[np.int64],
    tables: npt.NDArray[np.int32],
    symbols: npt.NDArray[np.int16],
    formats: PayloadFormat,
    places: npt.NDArray[np.int64],
    samples: npt.NDArray[np.int16],
    distances: npt.NDArray[np.int64],
    status: npt.NDArray[np.int64],
) -> None:
    """Decode some packets whose headers can be followed.

    Parameters
    ----------
    data : ndarray of uint8
        Bytes that hold the bodies.
    start, length : ndarray of int64, shape (packets,)
        Where each body begins, and how long it is.
    headers : ndarray of int64, shape (packets, 8)
        Engine, group, order, cross, adaptive, shift, index of the first table, count.
    tables : ndarray of int32, shape (tables, symbols + 1)
        Cumulative frequencies, descending; ``formats.contexts`` of them for each version.
    symbols : ndarray of int16, shape (tables, 2**14)
        The symbol of each cumulative frequency.
    formats : PayloadFormat
        What else must be known.
    places : ndarray of int64, shape (packets,)
        Where in ``samples`` those of each packet begin.
    samples : ndarray of int16
        Where they go: frame by frame, or snippet by snippet.
    distances : ndarray of int64
        Where the distances of the snippets go, in order; not used where there are none.
    status : ndarray of int64, shape (packets, 2)
        Where it goes whether a packet was decoded, and how many bytes its samples took.
    """
    width, contexts = formats.width, formats.contexts
    half = 1 << (width - 1)
    activity = np.zeros(formats.packet_channels, dtype=np.int64)
    negative = np.zeros(formats.packet_channels, dtype=np.bool_)
    history = np.zeros((formats.packet_channels, 3), dtype=np.int64)
    weights = np.zeros((formats.packet_channels, formats.taps), dtype=np.int32)
    differences = np.zeros((formats.packet_channels, formats.taps), dtype=np.int32)
    snippet = 0
    for packet in range(len(start)):
        engine, group, order, cross, adaptive, shift, table, count = headers[packet]
        begin = start[packet] + HEADER_BYTES
        end = start[packet] + length[packet] - TRAILER_BYTES
        inside = min(formats.packet_channels, formats.channels - group * formats.packet_channels)
        items, rows = (count, formats.snippet_samples) if formats.snippet_samples else (1, count)
        place, verdict, used = places[packet], DECODED, 0
        position, bits, bit_count = read_bits(data, begin, end, 0, 0, DECODER_BITS)
        state = start_decoding(bits, bit_count)
        activity[:] = formats.start_activity
        negative[:] = False
        weights[:] = 0
        for item in range(items):
            if formats.snippet_samples:
                distance = 0
                for n in range(RAW_BYTES):
                    if engine:
                        position, state = _filled(data, position, end, state)
                        byte, state = decode_bits(state, BYTE_WIDTH)
                    else:
                        position, bits, bit_count = read_bits(
                            data, position, end, bits, bit_count, BYTE_WIDTH
                        )
                        bit_count -= BYTE_WIDTH
                        byte = bits >> bit_count & 0xFF
                    distance |= byte << (BYTE_WIDTH * n)
                distances[snippet + item] = distance
            differences[:] = 0
            for row in range(rows):
                before = 0
                for channel in range(inside):
                    context = formats.restart_context
                    if row:
                        context = context_of(activity[channel], formats.window_shift)
                    if engine:
                        position, state = _filled(data, position, end, state)
                        entry = table + min(max(context - formats.table_base, 0), contexts - 1)
                        symbol = int(symbols[entry, target_of(state)])
                        if symbol < 0:
                            verdict, symbol = BAD_CODE, 0
                        value, state = decode_value(
                            state,
                            symbol,
                            int(tables[entry, symbol + 1]),
                            int(tables[entry, symbol]),
                            formats.symbol_width,
                            width,
                        )
                    else:
                        position, bits, bit_count = read_bits(
                            data, position, end, bits, bit_count, WINDOW_BITS
                        )
                        value, size = golomb_value(
                            bits >> (bit_count - WINDOW_BITS) & WINDOW,
                            context,
                            width,
                            formats.unary_limit,
                            formats.golomb_base,
                        )
                        bit_count -= size
                        if value < -half or value >= half:
                            verdict = BAD_CODE
                    if row:
                        value = turned(value, negative[channel], width)
                        activity[channel] = next_activity(
                            activity[channel], value, formats.window_shift
                        )
                        negative[channel] = next_negative(negative[channel], value)
                        if adaptive:
                            residual = value
                            value = wrapped(
                                residual
                                + lms_prediction(
                                    weights, differences, channel, formats.weight_fraction_bits
                                ),
                                width,
                            )
                            lms_adapt(
                                weights,
                                differences,
                                channel,
                                value,
                                residual,
                                formats.weight_fraction_bits,
                            )
                    if cross and channel:
                        value = wrapped(value + cross_term(before, formats.cross_eighths), width)
                    before = value
                    x1, x2, x3 = history[channel]
                    value = wrapped(value + prediction(order, row, x1, x2, x3), width)
                    history[channel, 0], history[channel, 1], history[channel, 2] = value, x1, x2
                    samples[place] = min(max(value << shift, -half), half - 1)
                    place += 1
                used = position - begin - bit_count // BYTE_WIDTH
                if engine:
                    used = coded_bytes(state, position - begin)
                if used > end - begin or (engine and state[-1]):
                    verdict = BAD_CODE
                if verdict != DECODED:
                    break
            if verdict != DECODED:
                break
        if formats.snippet_samples:
            snippet += count
        if verdict == DECODED and used != end - begin:
            verdict = BAD_LENGTH
        status[packet, 0], status[packet, 1] = verdict, used
