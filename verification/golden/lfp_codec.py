"""Bit-exact model of :class:`rtl.lfp_codec.LfpCodec`, put together from those of its parts."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from rtl.lfp_codec_config import LfpCodecConfig
from rtl.packet_settings import PacketSettings
from verification.golden.dpcm_predictor import dpcm_predictor
from verification.golden.golomb_encoder import golomb_encoder
from verification.golden.lfp_decimator import lfp_decimator
from verification.golden.lms_predictor import lms_predictor
from verification.golden.nlms_predictor import nlms_predictor
from verification.golden.packet_framer import packet_framer
from verification.golden.packet_marker import packet_marker
from verification.golden.residual_context import residual_context

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
        differences of order 1.
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
    config, settings, packet_frames
        As for :func:`lfp_codec`.

    Returns
    -------
    bytes
        Packets.
    """
    beats = packet_marker(frames, config.marker, settings, packet_frames=packet_frames)
    differences = dpcm_predictor(beats, config.predictor)
    residuals = lms_predictor(nlms_predictor(differences, config.nlms), config.lms)
    coded = golomb_encoder(residual_context(residuals, config.context), config.golomb)
    return b"".join(packet for _, packet in sorted(_packets(coded)))


def _packets(coded: npt.NDArray[np.void]) -> Iterator[tuple[int, bytes]]:
    """Yield the packets of each group behind the place of their last byte."""
    for group in np.unique(coded["group"]).tolist():
        places = np.flatnonzero(coded["group"] == group)
        of_group = coded[places]
        ends = [0, *(np.flatnonzero(of_group["last"]) + 1).tolist()]
        body = of_group["byte"].astype(np.uint8).tobytes()
        for start, stop in pairwise(ends):
            yield int(places[stop - 1]), packet_framer(body[start:stop])
