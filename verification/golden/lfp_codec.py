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
from verification.golden.lfp_decimator import LfpDecimatorModel
from verification.golden.lms_predictor import lms_adapt, lms_prediction
from verification.golden.nlms_predictor import nlms_adapt, nlms_prediction
from verification.golden.packet_framer import packet_framer
from verification.golden.packet_marker import coarse, header_bytes, trailer_bytes
from verification.golden.residual_context import (
    context_of,
    next_activity,
    next_negative,
    turned,
)

__all__ = ["LfpCodecModel", "coded_frames", "lfp_codec"]


class LfpCodecModel:
    """The codec at work: recordings in pieces of any size in, packets as they end out.

    Parameters
    ----------
    config : LfpCodecConfig
        The configuration of the hardware.
    settings : PacketSettings
        Of all packets; ``adaptive`` turns both adaptive predictors on, which learn best from
        differences of order 1. The engine is not used.
    packet_frames : int
        Frames of a packet, at the low rate. The hardware also ends packets that get too long for
        their rings.
    """

    def __init__(
        self, config: LfpCodecConfig, settings: PacketSettings, *, packet_frames: int
    ) -> None:
        self._config = config
        self._settings = PacketSettings(**{**vars(settings), "engine": Engine.GOLOMB})
        self._longest = max(1, packet_frames)
        self._decimator = LfpDecimatorModel(config.decimator)
        self._frames = np.empty((0, config.channels), dtype=np.int64)  # that some group still needs
        self._first = 0  # number of the first of them
        # Of each group: where its next packet begins and ends. First packets are staggered.
        shorter = packet_frames >> config.marker.stagger_shift
        self._begins = [0] * config.groups
        self._ends = [self._longest - group * shorter for group in range(config.groups)]

    def process(self, codes: npt.ArrayLike) -> bytes:
        """Return the packets that end with the next samples.

        Parameters
        ----------
        codes : array_like of int, shape (frames, channels)
            Samples at the high rate, each within ``config.decimator.sample_width`` bits.

        Returns
        -------
        bytes
            Packets in the order in which they end.
        """
        return self.code(self._decimator.process(np.asarray(codes)))

    def code(self, frames: npt.NDArray[np.integer]) -> bytes:
        """Return the packets that end with the next samples, decimated already.

        Parameters
        ----------
        frames : ndarray of int, shape (frames, channels)
            Samples at the low rate.

        Returns
        -------
        bytes
            Packets in the order in which they end.
        """
        self._frames = np.concatenate((self._frames, frames))
        packets = b""
        while min(self._ends) <= self._first + len(self._frames):
            packets += self._packet(self._ends.index(min(self._ends)))
        needed = min(self._begins) - self._first
        self._frames, self._first = self._frames[needed:], self._first + needed
        return packets

    def finish(self) -> bytes:
        """Return the packets that end with the recording.

        Returns
        -------
        bytes
            Packets in the order of their groups.
        """
        stop = self._first + len(self._frames)
        return b"".join(
            self._packet(group) for group, begin in enumerate(self._begins) if begin < stop
        )

    def _packet(self, group: int) -> bytes:
        """Return a group's next packet, of as many of its frames as there are."""
        config, settings, begin = self._config, self._settings, self._begins[group]
        first = group * config.packet_channels
        rows = self._frames[begin - self._first : self._ends[group] - self._first]
        columns = rows[:, first : first + config.packet_channels]
        body = header_bytes(
            settings,
            mode=Mode.ALL_SAMPLES,
            group=group,
            time=begin,
            gap=False,
            shift=settings.shift,
            lfp=True,
        )
        body += _code(coarse(columns, settings.shift), config, settings)
        body += trailer_bytes(len(rows))
        self._begins[group] = begin + len(rows)
        self._ends[group] = self._begins[group] + self._longest
        return packet_framer(body)


def lfp_codec(
    codes: npt.ArrayLike, config: LfpCodecConfig, settings: PacketSettings, *, packet_frames: int
) -> bytes:
    """Return the packets of a whole recording; see :class:`LfpCodecModel`.

    Parameters
    ----------
    codes : array_like of int, shape (frames, channels)
        Samples at the high rate.
    config : LfpCodecConfig
        The configuration of the hardware.
    settings : PacketSettings
        Of all packets.
    packet_frames : int
        Frames of a packet, at the low rate.

    Returns
    -------
    bytes
        Packets in the order in which they end, and among those that the end of the recording ends,
        of their groups.

    Examples
    --------
    >>> settings = PacketSettings(order=1, adaptive=True)
    >>> codes = np.zeros((2400, 8), dtype=int)
    >>> len(lfp_codec(codes, LfpCodecConfig(), settings, packet_frames=100))
    360
    """
    model = LfpCodecModel(config, settings, packet_frames=packet_frames)
    return model.process(codes) + model.finish()


def coded_frames(
    frames: npt.NDArray[np.integer],
    config: LfpCodecConfig,
    settings: PacketSettings,
    *,
    packet_frames: int,
) -> bytes:
    """Return the packets of a whole recording that has been decimated already.

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
        Packets, as from :func:`lfp_codec`.
    """
    model = LfpCodecModel(config, settings, packet_frames=packet_frames)
    return model.code(frames) + model.finish()


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
