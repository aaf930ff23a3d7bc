"""How few bits are left of a record of which only the snippets of detected spikes are sent."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from rtl.ap_codec_config import ApCodecConfig
from rtl.detection_chain import DetectionChainConfig
from rtl.packet_format import Engine
from system.benchmarks import BenchmarkRow
from system.benchmarks.codecs.coding import SAMPLE_WIDTH, WAYS, Way
from system.codecs.static_tables import static_tables
from system.codecs.stream_decoder import EventDecoder
from system.codecs.stream_format import StreamFormat
from system.design import Design
from verification.golden.ap_codec import ApCodecModel
from verification.golden.detection_chain import DetectionChainModel

__all__ = ["detected", "rows"]

BITS = 8
GOAL = 0.92
RING_BYTES = 8192  # the most common packet fits in half of it
PACKET_SNIPPETS = 64
MAX_AGE_FRAMES = 48_000  # two seconds of delay, at most

Codes = npt.NDArray[np.int16]
Events = npt.NDArray[np.void]


def rows(codes: Codes, name: str, report: Callable[[str], None]) -> Iterator[BenchmarkRow]:
    """Yield the rows of some records.

    Parameters
    ----------
    codes : ndarray of int16, shape (frames, records)
        A record a channel.
    name : str
        With which their names begin.
    report : callable
        Told in a line of text what is being measured.

    Yields
    ------
    BenchmarkRow
        Space saving of each way of coding, spikes that were found, snippets that came back wrong.
    """
    report("codecs: snippets of detected spikes")
    events = detected(codes)
    raw_bits = codes.size * SAMPLE_WIDTH
    config = ApCodecConfig(
        channels=codes.shape[1], sample_width=SAMPLE_WIDTH, ring_bytes=RING_BYTES
    )
    wrong = 0
    for key, way in WAYS.items():
        packets = _encode(events, way, config)
        wrong += _wrong(events, packets, config)
        best = way.engine is Engine.ARITHMETIC and way.adaptive
        yield BenchmarkRow(
            name=f"{name}.snippets.saving.{key}",
            value=1 - BITS * len(packets) / raw_bits,
            unit="",
            goal=GOAL if best else None,
            better="higher",
        )
    seconds = len(codes) / Design().band_pass.sampling_rate_hz
    yield BenchmarkRow(
        name=f"{name}.snippets.rate",
        value=len(events) / seconds / codes.shape[1],
        unit="1/s",
        goal=None,
        better="higher",
    )
    yield BenchmarkRow(name=f"{name}.snippets.wrong", value=wrong, unit="", goal=0, better="lower")


def detected(codes: Codes, *, filtered: bool = False) -> Events:
    """Return the snippets of all spikes that the default chain finds, in the width of ``codes``.

    Parameters
    ----------
    codes : ndarray of int16, shape (frames, records)
        A record a channel.
    filtered : bool
        Whether samples are those behind the chain's filter, rounded; otherwise those before it.

    Returns
    -------
    ndarray of event_dtype
        Events by the time of their report; those of which a part is not in the record are left
        out.
    """
    design = Design()
    band_pass = replace(design.band_pass, channels=codes.shape[1], sample_width=SAMPLE_WIDTH)
    chain = DetectionChainConfig.fitted(band_pass, design.spike_detector, design.snippet_buffer)
    buffer = chain.snippet_buffer
    events = DetectionChainModel(chain, design.detector_settings).process(codes).events
    begin = events["time"] - buffer.pre_trigger
    inside = (begin >= 0) & (begin + buffer.snippet_samples <= len(codes))
    events, begin = events[inside], begin[inside]
    if filtered:
        half = 1 << (SAMPLE_WIDTH - 1)
        rounded = np.rint(events["snippet"] / (1 << band_pass.output_fraction_bits))
        events["snippet"] = rounded.clip(-half, half - 1)
    else:
        frames = begin[:, None] + np.arange(buffer.snippet_samples)
        events["snippet"] = codes[frames, events["channel"][:, None]]
    return events


def _encode(events: Events, way: Way, config: ApCodecConfig) -> bytes:
    table = static_tables()
    model = ApCodecModel(
        config,
        way.settings,
        packet_snippets=PACKET_SNIPPETS,
        max_age=MAX_AGE_FRAMES,
        tables=np.stack((table, table)),
    )
    return model.process_events(events) + model.finish()


def _wrong(events: Events, packets: bytes, config: ApCodecConfig) -> int:
    """Return how many snippets did not come back, or not as they were."""
    decoder = EventDecoder(StreamFormat.of(config), {0: static_tables()})
    came = np.concatenate([*decoder.feed(packets), *decoder.finish()])
    sent = events[np.argsort(events["channel"], kind="stable")]
    came = came[np.argsort(came["channel"], kind="stable")]
    if len(came) != len(sent):
        return len(sent)
    same = (came["time"] == sent["time"]) & (came["snippet"] == sent["snippet"]).all(axis=1)
    return int(np.count_nonzero(~same))
