"""Packets of the field-potential codec become samples again, by the inverse of each step."""

import numpy as np
import numpy.typing as npt

from analog_models.compiled import compiled
from rtl.coding_stage import PREDICTION_BYTE, prediction_layout
from rtl.lfp_codec_config import LfpCodecConfig
from rtl.packet_format import (
    CHECKSUM_BYTES,
    FRAMING_BYTES,
    HEADER_BYTES,
    LENGTH_BYTES,
    TRAILER_BYTES,
)
from rtl.packet_settings import header_layout
from verification.golden.dpcm_predictor import cross_term, prediction, wrapped
from verification.golden.golomb_encoder import WINDOW_BITS, golomb_value
from verification.golden.lms_predictor import lms_adapt, lms_prediction
from verification.golden.nlms_predictor import nlms_adapt, nlms_prediction
from verification.golden.packet_framer import packet_framer
from verification.golden.packet_marker import restored
from verification.golden.residual_context import (
    context_of,
    next_activity,
    next_negative,
    turned,
)

__all__ = ["decoded_frames"]

SHIFT = header_layout()["shift"]


def decoded_frames(stream: bytes, config: LfpCodecConfig) -> npt.NDArray[np.int64]:
    """Return the samples that an undamaged stream of packets without gaps holds.

    Parameters
    ----------
    stream : bytes
        Packets.
    config : LfpCodecConfig
        The configuration of the hardware that sent them.

    Returns
    -------
    ndarray of int64, shape (frames, channels)
        Samples at the low rate; lossless packets give them as they were.

    Raises
    ------
    ValueError
        A packet is not what its framer made.
    """
    columns: dict[int, list[npt.NDArray[np.int64]]] = {}
    place = 0
    while place < len(stream):
        body_at = place + 1 + LENGTH_BYTES
        end = body_at + int.from_bytes(stream[place + 1 : body_at], "little")
        body = stream[body_at:end]
        if stream[place : end + CHECKSUM_BYTES] != packet_framer(body):
            raise ValueError(f"packet at byte {place} must have its checksum, but it has another")
        columns.setdefault(body[2], []).append(_decoded_packet(body, config))
        place += len(body) + FRAMING_BYTES
    return np.hstack([np.concatenate(columns[group]) for group in sorted(columns)])


def _decoded_packet(body: bytes, config: LfpCodecConfig) -> npt.NDArray[np.int64]:
    first = body[2] * config.packet_channels
    channels = min(config.packet_channels, config.channels - first)
    said = body[PREDICTION_BYTE]
    width = config.sample_width
    values = np.zeros((int.from_bytes(body[-TRAILER_BYTES:], "little"), channels), dtype=np.int64)
    _decode(
        np.frombuffer(body[HEADER_BYTES:-TRAILER_BYTES] + bytes(WINDOW_BITS // 8 + 1), np.uint8),
        values,
        said & 3,
        config.predictor.cross_eighths * (said >> prediction_layout()["cross"].offset & 1),
        bool(said >> prediction_layout()["adaptive"].offset & 1),
        np.zeros((channels, config.taps), dtype=np.int32),
        np.zeros((channels, config.sign_taps), dtype=np.int32),
        (width, config.step_shift, config.nlms.weight_fraction_bits),
        config.lms.weight_fraction_bits,
        (config.window_shift, config.context.start_activity, config.context.restart_context),
        (config.golomb.unary_limit, config.golomb.context_base),
    )
    return restored(values, body[0] >> SHIFT.offset & ((1 << SHIFT.width) - 1), width)


@compiled
def _decode(
    code: npt.NDArray[np.uint8],
    values: npt.NDArray[np.int64],
    order: int,
    cross_eighths: int,
    adaptive: bool,
    weights: npt.NDArray[np.int32],
    sign_weights: npt.NDArray[np.int32],
    sizes: tuple[int, int, int],
    sign_bits: int,
    contexts: tuple[int, int, int],
    golomb: tuple[int, int],
) -> None:
    width, step_shift, bits = sizes
    window_shift, start_activity, restart_context = contexts
    channels = values.shape[1]
    history, sign_history = np.zeros_like(weights), np.zeros_like(sign_weights)
    progress = np.zeros((channels, 2), dtype=np.int32)
    activity = np.full(channels, start_activity)
    negative = np.zeros(channels, dtype=np.bool_)
    before = 0
    bit = 0
    for n in range(len(values)):
        for c in range(channels):
            window = 0
            for each in range(WINDOW_BITS // 8 + 1):
                window = window << 8 | int(code[(bit >> 3) + each])
            window = window >> (8 - (bit & 7)) & ((1 << WINDOW_BITS) - 1)
            context = context_of(activity[c], window_shift) if n else restart_context
            residual, length = golomb_value(window, context, width, golomb[0], golomb[1])
            bit += length
            if n:
                residual = turned(residual, negative[c], width)
                activity[c] = next_activity(activity[c], residual, window_shift)
                negative[c] = next_negative(negative[c], residual)
            difference = residual
            if n and adaptive:
                # What the second predictor was given is what the first one had left.
                left = lms_prediction(sign_weights, sign_history, c, sign_bits)
                left = wrapped(residual + left, width)
                lms_adapt(sign_weights, sign_history, c, left, residual, sign_bits)
                expected = nlms_prediction(weights, history, c, bits, width)
                difference = wrapped(left + expected, width)
                nlms_adapt(weights, history, progress, c, difference, left, step_shift, bits)
            if c:
                difference = wrapped(difference + cross_term(before, cross_eighths), width)
            before = difference
            x1 = values[n - 1, c] if n > 0 else 0
            x2 = values[n - 2, c] if n > 1 else 0
            x3 = values[n - 3, c] if n > 2 else 0
            values[n, c] = wrapped(difference + prediction(order, n, x1, x2, x3), width)
