"""From a recording to events: what happens to every block of samples, in order."""

import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import numpy as np
import numpy.typing as npt

from analog_models.frontend import RecordingFrontend
from analog_models.gain_choice import choose_gain
from analog_models.lab import FrontendMeasurement, measure_frontend
from system.design import Design
from system.errors import UserError
from system.ground_truth import SyntheticRecording
from system.ground_truth.truth import ChannelTruth
from system.recordings import Recording
from system.run.clipping import check_frontend_clipping, check_recorder_clipping
from system.run.codec_check import CodecCheck
from system.run.coded_streams import CodedStream, CodedStreams
from system.run.excerpt import Excerpt
from system.run.rtl_check import RtlCheck
from system.run.spike_log import SpikeLog
from verification.golden.detection_chain import DetectionChainModel

__all__ = ["Outcome", "Source", "process_recording"]

BLOCK_SAMPLES = 1 << 20  # of all channels together: 4 MB of volts
GAIN_SAMPLES = 1 << 22  # of all channels together that the choice of the gain may look at
CIRCUIT_BLOCKS = 20  # at least, so that a slow simulator shows progress and can be stopped
UNKNOWN = -1.0
EXCERPT_START_S, EXCERPT_S = 1.0, 0.5
MEASURED_CHANNELS = 8


Source = Recording | SyntheticRecording
"""A recording in a file, or one that is made."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a recording.

    Parameters
    ----------
    recording : Source
        The recording.
    design : Design
        The design as it ran, its gain chosen.
    gain_was_chosen : bool
        Whether the recording decided the gain.
    frames : int
        Frames processed.
    interrupted : bool
        Whether somebody stopped the run before its end.
    measurement : FrontendMeasurement
        The die on the bench.
    clipped_samples : int
        Samples at a limit of the frontend.
    spikes : SpikeLog
        Every event.
    excerpt : Excerpt
        A stretch of filtered samples.
    rtl : RtlCheck
        The circuit against the model.
    codec_check : CodecCheck
        The codecs' circuits against their models.
    coded : list of CodedStream
        What the codec sent, mode by mode.
    coding_notes : list of str
        What could not be coded, and why.
    seconds : dict of str to float
        Time that each part took: "frontend", "golden", "codecs", "all".
    """

    recording: Source
    design: Design
    gain_was_chosen: bool
    frames: int
    interrupted: bool
    measurement: FrontendMeasurement
    clipped_samples: int
    spikes: SpikeLog
    excerpt: Excerpt
    rtl: RtlCheck
    codec_check: CodecCheck
    coded: list[CodedStream]
    coding_notes: list[str]
    seconds: dict[str, float] = field(repr=False)

    @property
    def agree(self) -> bool:
        """Whether no circuit differed from its model."""
        return self.rtl.counts.agree and not any(
            counts.mismatches for counts in self.codec_check.counts
        )

    @property
    def duration_s(self) -> float:
        """Length of what was processed, seconds."""
        return self.frames / self.recording.sampling_rate_hz

    @property
    def truth(self) -> ChannelTruth | None:
        """What really happened, where that is known: that of a generated recording on demand."""
        if isinstance(self.recording, SyntheticRecording):
            return self.recording.truth_by_channel
        return self.recording.truth


def process_recording(
    recording: Source,
    design: Design,
    folder: Path,
    *,
    seconds: float | None = None,
    progress: Callable[[str, float], None] = lambda _stage, _fraction: None,
    stop_requested: Callable[[], bool] = lambda: False,
) -> Outcome:
    """Send a recording through frontend, golden chain and circuit, block by block.

    Memory does not grow with the samples of the recording; with its events, by a few bytes each.

    Parameters
    ----------
    recording : Source
        The recording.
    design : Design
        Fitted to it.
    folder : Path
        Existing folder for scratch files; the outcome needs them.
    seconds : float, optional
        Process no more than this much from the start, seconds.
    progress : callable, optional
        Told what is being done, and which part of it is done: 0 to 1, negative where nobody knows.
    stop_requested : callable, optional
        Asked after every block; when it says so, the rest is left.

    Returns
    -------
    Outcome
        Of what was processed.

    Raises
    ------
    UserError
        The recording breaks off, or the design does not suit it.
    KeyboardInterrupt
        A stop was requested before anything was processed.
    """
    started_s = time.perf_counter()
    frames = recording.frames
    if seconds is not None:
        frames = max(1, min(frames, round(seconds * recording.sampling_rate_hz)))
    watch = _Stopwatch()

    progress("choosing the gain", UNKNOWN)
    gain_was_chosen = design.gain_choice.automatic
    design = _with_gain_chosen(recording, frames, design)
    frontend = _fabricated(recording, design)
    progress("compiling the models", UNKNOWN)
    model = _compiled_model(design, frontend)
    noise_rng = np.random.default_rng(design.seeds.noise)
    excerpt = _excerpt(recording, frames)
    coded = CodedStreams(design)
    check = RtlCheck(design, frames)
    if check.limit:
        progress("compiling the circuit", UNKNOWN)

    if stop_requested():
        raise KeyboardInterrupt
    log = SpikeLog(
        folder,
        channels=recording.channels,
        snippet_samples=design.snippet_buffer.snippet_samples,
    )
    with check as rtl, log as spikes:
        if check.limit:
            progress("compiling the codecs", UNKNOWN)
        codec_check = CodecCheck(design, rtl.engine)
        if stop_requested():  # compiling the circuits takes a while
            raise KeyboardInterrupt
        done = 0
        for voltage_v in _blocks(recording, frames, border=rtl.limit):
            with watch.measured("frontend"):
                codes = frontend.process(voltage_v, noise_rng=noise_rng)
            with watch.measured("golden"):
                output = model.process(codes)
            rtl.compare(codes, output)
            spikes.add(output.events)
            with watch.measured("codecs"):
                coded.add(codes, output.events)
            codec_check.add(codes, output.events)
            excerpt.add(output.filtered)
            done += len(codes)
            if done < rtl.limit:
                progress("processing the recording, circuit beside model", done / rtl.limit)
            else:
                progress("processing the recording", done / frames)
            if stop_requested():
                break
        with watch.measured("codecs"):
            coded.finish()
        progress("comparing the codecs, circuit beside model", UNKNOWN)
        codec_check.finish()

    check_frontend_clipping(
        recording.name,
        frontend.clipped_samples,
        done * recording.channels,
        gain=design.recording_frontend.amplifier.gain,
        limit=design.recording.clipped_limit,
    )
    progress("measuring the frontend", UNKNOWN)
    measured = np.linspace(0, recording.channels - 1, MEASURED_CHANNELS).round().astype(int)
    measurement = measure_frontend(
        frontend,
        noise_rng=np.random.default_rng(design.seeds.noise),
        channels=np.unique(measured).tolist(),
    )
    return Outcome(
        recording=recording,
        design=design,
        gain_was_chosen=gain_was_chosen,
        frames=done,
        interrupted=done < frames,
        measurement=measurement,
        clipped_samples=frontend.clipped_samples,
        spikes=spikes,
        excerpt=excerpt,
        rtl=rtl,
        codec_check=codec_check,
        coded=coded.streams,
        coding_notes=coded.notes,
        seconds={**watch.seconds, "all": time.perf_counter() - started_s},
    )


class _Stopwatch:
    """Time spent on each of several things that alternate."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)

    @contextmanager
    def measured(self, what: str) -> Iterator[None]:
        started_s = time.perf_counter()
        yield
        self.seconds[what] += time.perf_counter() - started_s


def _with_gain_chosen(recording: Source, frames: int, design: Design) -> Design:
    choice = design.gain_choice
    wanted = min(choice.seconds * recording.sampling_rate_hz, GAIN_SAMPLES / recording.channels)
    frames = min(frames, max(1, round(wanted)))
    beginning_v = next(recording.blocks(frames, 0, frames))
    check_recorder_clipping(recording.name, beginning_v, limit=design.recording.clipped_limit)
    if not choice.automatic:
        return design
    gain = choose_gain(
        beginning_v,
        design.recording_frontend,
        sampling_rate_hz=recording.sampling_rate_hz,
        fill=choice.fill,
    )
    return design.with_gain(gain)


def _fabricated(recording: Source, design: Design) -> RecordingFrontend:
    """Return the die of the design's seed."""
    try:
        return RecordingFrontend(
            design.recording_frontend,
            channels=recording.channels,
            sampling_rate_hz=recording.sampling_rate_hz,
            mismatch_rng=np.random.default_rng(design.seeds.die),
        )
    except ValueError as error:
        raise UserError(f"recording_frontend: {error}") from error


def _compiled_model(design: Design, frontend: RecordingFrontend) -> DetectionChainModel:
    """Return the golden chain, everything compiled, so that speeds are those of the work."""
    nothing_v = np.zeros((2, frontend.channels), dtype=np.float32)
    codes = frontend.variant(frontend.config).process(nothing_v, noise_rng=np.random.default_rng(0))
    DetectionChainModel(design.chain, design.detector_settings).process(codes)
    return DetectionChainModel(design.chain, design.detector_settings, threads=_processors())


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _excerpt(recording: Source, frames: int) -> Excerpt:
    rate_hz = recording.sampling_rate_hz
    length = max(1, round(EXCERPT_S * rate_hz))
    start = max(0, min(round(EXCERPT_START_S * rate_hz), frames - length))
    return Excerpt(start, start + length)


def _blocks(recording: Source, frames: int, *, border: int) -> Iterator[npt.NDArray[np.float32]]:
    """Return the recording in blocks: shorter ones, for a slow circuit, up to the border."""
    size = max(1, BLOCK_SAMPLES // recording.channels)
    shorter = max(1, min(size, border // CIRCUIT_BLOCKS))
    return chain(recording.blocks(shorter, 0, border), recording.blocks(size, border, frames))
