"""How many bits a sample of a made-up field potential takes without loss."""

from collections.abc import Callable, Iterator

import numpy as np

from rtl.lfp_codec_config import LfpCodecConfig
from rtl.packet_settings import PacketSettings
from system.benchmarks import BenchmarkRow
from system.codecs.lfp_format import LfpFormat
from system.codecs.stream_decoder import SampleDecoder
from system.ground_truth import shared_unit_recording
from verification.golden.lfp_codec import coded_frames
from verification.golden.lfp_decimator import lfp_decimator

__all__ = ["rows"]

BITS = 8
SEED = 8
BACKGROUND_V = 300e-6  # standard deviation
FULL_SCALE_V = 5e-3  # either way
PACKET_FRAMES = 1024


def rows(seconds: float, report: Callable[[str], None]) -> Iterator[BenchmarkRow]:
    """Yield the rows.

    Parameters
    ----------
    seconds : float
        Length of the recording.
    report : callable
        Told in a line of text what is being measured.

    Yields
    ------
    BenchmarkRow
        Bits per decimated sample, and samples that came back wrong.
    """
    report("codecs: field potentials")
    config = LfpCodecConfig()
    decimator = config.decimator
    recording = shared_unit_recording(
        decimator.channels,
        seconds=seconds,
        sampling_rate_hz=decimator.sampling_rate_hz,
        background_v=BACKGROUND_V,
        rng=np.random.default_rng(SEED),
    )
    half = 1 << (decimator.sample_width - 1)
    codes = np.rint(recording.voltage_v * (half / FULL_SCALE_V)).clip(-half, half - 1)
    frames = lfp_decimator(codes.astype(np.int64), decimator)
    settings = PacketSettings(order=1, adaptive=True)
    packets = coded_frames(frames, config, settings, packet_frames=PACKET_FRAMES)
    decoder = SampleDecoder(LfpFormat.of(config, PACKET_FRAMES), {}, frames=len(frames))
    blocks = [*decoder.feed(packets), *decoder.finish()]
    came = np.concatenate([block.samples for block in blocks])
    wrong = int(np.count_nonzero(came != frames))
    yield BenchmarkRow(
        name="codecs.field_potentials.bits_per_sample",
        value=BITS * len(packets) / frames.size,
        unit="bit",
        goal=None,
        better="lower",
    )
    yield BenchmarkRow(
        name="codecs.field_potentials.wrong", value=wrong, unit="", goal=0, better="lower"
    )
