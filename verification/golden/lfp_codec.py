"""Bit-exact model of :class:`rtl.lfp_codec.LfpCodec`, from the steps of its parts, compiled."""

import numpy as np
import numpy.typing as npt

from analog_models.compiled import compiled
from rtl.coding_streams import BYTE_WIDTH
from rtl.lfp_codec_config import LfpCodecConfig
from rtl.packet_format import Engine, Mode
from rtl.packet_settings import PacketSettings
from verification.golden.dpcm_predictor import cross_term, prediction, wrapped
from verification.golden.golomb_encoder import golomb_code
from verification.golden.lfp_decimator import lfp_decimator
from verification.golden.lms_predictor import lms_adapt, lms_prediction
from verification.golden.nlms_predictor import nlms_adapt, nlms_prediction
from verification.golden.packet_framer import packet_framer
from verification.golden.packet_marker import coarse, header_bytes, packet_plan, trailer_bytes
from verification.golden.residual_context import (
    context_of,
    next_activity,
    next_negative,
    turned,
)

__all__ = ["coded_frames", "lfp_codec"]


def lfp_codec(
    codes: npt.ArrayLike, config: LfpCodecConfig, settings: PacketSettings, *, packet_frames: int
) -> bytes:
    """Return the packets of a whole recording.

    Parameters
    ----------
    codes : array_like of int, shape (frames, channels)
        Samples at the high rate, each within ``config.decimator.sample_width`` bits.
    config : LfpCodecConfig
        The configuration of the hardware.
    settings : PacketSettings
        Of all packets; ``adaptive`` turns both adaptive predictors on, which learn best from
        differences of order 1. The engine is not used.
    packet_frames : int
        Frames of a packet, at the low rate.

    Returns
    -------
    bytes
        Packets in the order in which they end, and among those that the end of the recording ends,
        of their groups. The hardware also ends packets that get too long for their rings.

    Examples
    --------
    >>> settings = PacketSettings(order=1, adaptive=True)
    >>> codes = np.zeros((2400, 8), dtype=int)
    >>> len(lfp_codec(codes, LfpCodecConfig(), settings, packet_frames=100))
    360
    """
    frames = lfp_decimator(codes, config.decimator)
    return coded_frames(frames, config, settings, packet_frames=packet_frames)


def coded_frames(
    frames: npt.NDArray[np.integer],
    config: LfpCodecConfig,
    settings: PacketSettings,
    *,
    packet_frames: int,
) -> bytes:
    """Return the packets of what has been decimated already; see :func:`lfp_codec`.

    Parameters
    ----------
    frames : ndarray of int, shape (frames, channels)
        Samples at the low rate.
    config : LfpCodecConfig
        The configuration of the hardware.
    settings : PacketSettings
        Of all packets.
    packet_frames : int
        Frames of a packet.

    Returns
    -------
    bytes
        Packets.
    """
    named = PacketSettings(**{**vars(settings), "engine": Engine.GOLOMB})
    plan = packet_plan(
        len(frames), config.marker, packet_frames=packet_frames, shift=settings.shift
    )
    packets = []
    for group, time, count, gap, shift, whole in plan.tolist():
        first = group * config.packet_channels
        last = min(first + config.packet_channels, config.channels)
        body = header_bytes(
            named, mode=Mode.ALL_SAMPLES, group=group, time=time, gap=gap, shift=shift
        )
        body += _code(coarse(frames[time : time + count, first:last], shift), config, settings)
        body += trailer_bytes(count)
        packets.append((time + count if whole else len(frames) + 1, group, packet_framer(body)))
    return b"".join(packet for _, _, packet in sorted(packets))


def _code(values: npt.NDArray[np.int64], config: LfpCodecConfig, settings: PacketSettings) -> bytes:
    """Return the code of a packet's samples."""
    channels = values.shape[1]
    code = np.zeros(-(-values.size * config.golomb.longest_code // BYTE_WIDTH), dtype=np.uint8)
    length = _encode(
        values,
        code,
        settings.order,
        config.predictor.cross_eighths if settings.cross else 0,
        settings.adaptive,
        np.zeros((channels, config.taps), dtype=np.int32),
        np.zeros((channels, config.sign_taps), dtype=np.int32),
        (config.sample_width, config.step_shift, config.nlms.weight_fraction_bits),
        config.lms.weight_fraction_bits,
        (config.window_shift, config.context.start_activity, config.context.restart_context),
        (config.golomb.unary_limit, config.golomb.context_base),
    )
    return code[: -(-length // BYTE_WIDTH)].tobytes()


@compiled
def _encode(
    values: npt.NDArray[np.int64],
    code: npt.NDArray[np.uint8],
    order: int,
    cross_eighths: int,
    adaptive: bool,
    weights: npt.NDArray[np.int32],
    sign_weights: npt.NDArray[np.int32],
    sizes: tuple[int, int, int],
    sign_bits: int,
    contexts: tuple[int, int, int],
    golomb: tuple[int, int],
) -> int:
    """Write the code; return its bits."""
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
            x1 = values[n - 1, c] if n > 0 else 0
            x2 = values[n - 2, c] if n > 1 else 0
            x3 = values[n - 3, c] if n > 2 else 0
            difference = wrapped(values[n, c] - prediction(order, n, x1, x2, x3), width)
            left = difference
            if c:
                left = wrapped(left - cross_term(before, cross_eighths), width)
            before = difference
            residual = left
            context = restart_context
            if n and adaptive:
                expected = nlms_prediction(weights, history, c, bits, width)
                further = wrapped(left - expected, width)
                nlms_adapt(weights, history, progress, c, left, further, step_shift, bits)
                expected = lms_prediction(sign_weights, sign_history, c, sign_bits)
                residual = wrapped(further - expected, width)
                lms_adapt(sign_weights, sign_history, c, further, residual, sign_bits)
            value = residual
            if n:
                context = context_of(activity[c], window_shift)
                value = turned(residual, negative[c], width)
                activity[c] = next_activity(activity[c], residual, window_shift)
                negative[c] = next_negative(negative[c], residual)
            word, length = golomb_code(value, context, width, golomb[0], golomb[1])
            for place in range(length):
                code[bit >> 3] |= (word >> (length - 1 - place) & 1) << (7 - (bit & 7))
                bit += 1
    return bit
