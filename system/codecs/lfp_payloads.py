"""From the payloads of packets of field potentials to samples, a sample at a time.

As :mod:`system.codecs.payloads`: no loop is longer than what a trailer counts, and a payload that
ends before its samples do ends its packet.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from analog_models.compiled import compiled
from rtl.coding_streams import BYTE_WIDTH
from rtl.packet_format import HEADER_BYTES, TRAILER_BYTES
from system.codecs.payloads import BAD_CODE, BAD_LENGTH, DECODED, read_bits
from verification.golden.dpcm_predictor import cross_term, prediction, wrapped
from verification.golden.golomb_encoder import WINDOW_BITS, golomb_value
from verification.golden.lms_predictor import lms_adapt, lms_prediction
from verification.golden.nlms_predictor import nlms_adapt, nlms_prediction
from verification.golden.residual_context import (
    context_of,
    next_activity,
    next_negative,
    turned,
)

__all__ = ["LfpPayloadFormat", "decode_lfp_packets"]

WINDOW = (1 << WINDOW_BITS) - 1


class LfpPayloadFormat(NamedTuple):
    """What decoders need to know of a stream, in the form that compiled code takes.

    Parameters
    ----------
    channels : int
        Number of channels.
    packet_channels : int
        Channels that share a packet.
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
    taps : int
        Differences from which the first adaptive predictor expects one.
    step_shift : int
        How small its steps are, octaves.
    weight_fraction_bits : int
        Fraction bits of its weights.
    sign_taps : int
        Of what is left, so many are used by the second adaptive predictor.
    sign_weight_fraction_bits : int
        Fraction bits of its weights.
    """

    channels: int
    packet_channels: int
    width: int
    cross_eighths: int
    window_shift: int
    start_activity: int
    restart_context: int
    unary_limit: int
    golomb_base: int
    taps: int
    step_shift: int
    weight_fraction_bits: int
    sign_taps: int
    sign_weight_fraction_bits: int


@compiled
def decode_lfp_packets(
    data: npt.NDArray[np.uint8],
    start: npt.NDArray[np.int64],
    length: npt.NDArray[np.int64],
    headers: npt.NDArray[np.int64],
    formats: LfpPayloadFormat,
    places: npt.NDArray[np.int64],
    samples: npt.NDArray[np.int16],
    status: npt.NDArray[np.int64],
) -> None:
    """Decode some packets whose headers can be followed.

    Parameters
    ----------
    data : ndarray of uint8
        Bytes that hold the bodies.
    start, length : ndarray of int64, shape (packets,)
        Where each body begins, and how long it is.
    headers : ndarray of int64, shape (packets, 6)
        Group, order, cross, adaptive, shift, count.
    formats : LfpPayloadFormat
        What else must be known.
    places : ndarray of int64, shape (packets,)
        Where in ``samples`` those of each packet begin.
    samples : ndarray of int16
        Where they go, frame by frame.
    status : ndarray of int64, shape (packets, 2)
        Where it goes whether a packet was decoded, and how many bytes its samples took.
    """
    width, bits = formats.width, formats.weight_fraction_bits
    sign_bits, half = formats.sign_weight_fraction_bits, 1 << (formats.width - 1)
    shared = formats.packet_channels
    for packet in range(len(start)):
        group, order, cross, adaptive, shift, count = headers[packet]
        begin = start[packet] + HEADER_BYTES
        end = start[packet] + length[packet] - TRAILER_BYTES
        inside = min(shared, formats.channels - group * shared)
        # A packet begins with nothing learnt.
        weights = np.zeros((inside, formats.taps), dtype=np.int32)
        differences = np.zeros((inside, formats.taps), dtype=np.int32)
        progress = np.zeros((inside, 2), dtype=np.int32)
        sign_weights = np.zeros((inside, formats.sign_taps), dtype=np.int32)
        remainders = np.zeros((inside, formats.sign_taps), dtype=np.int32)
        activity = np.full(inside, formats.start_activity)
        negative = np.zeros(inside, dtype=np.bool_)
        history = np.zeros((inside, 3), dtype=np.int64)
        place, verdict, used = places[packet], DECODED, 0
        position, window, bit_count = begin, 0, 0
        for row in range(count):
            before = 0
            for channel in range(inside):
                position, window, bit_count = read_bits(
                    data, position, end, window, bit_count, WINDOW_BITS
                )
                context = formats.restart_context
                if row:
                    context = context_of(activity[channel], formats.window_shift)
                value, size = golomb_value(
                    window >> (bit_count - WINDOW_BITS) & WINDOW,
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
                if row and adaptive:
                    residual = value
                    expected = lms_prediction(sign_weights, remainders, channel, sign_bits)
                    left = wrapped(residual + expected, width)
                    lms_adapt(sign_weights, remainders, channel, left, residual, sign_bits)
                    expected = nlms_prediction(weights, differences, channel, bits, width)
                    value = wrapped(left + expected, width)
                    nlms_adapt(
                        weights,
                        differences,
                        progress,
                        channel,
                        value,
                        left,
                        formats.step_shift,
                        bits,
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
            if used > end - begin:
                verdict = BAD_CODE
            if verdict != DECODED:
                break
        if verdict == DECODED and used != end - begin:
            verdict = BAD_LENGTH
        status[packet, 0], status[packet, 1] = verdict, used
