"""What a detector would find at many thresholds, all of them at once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from analog_models.frontend import RecordingFrontend
from analog_models.gain_choice import choose_gain
from rtl.detection_chain import DetectionChainConfig
from rtl.detector_settings import DetectorSettings
from system.design import Design
from system.ground_truth import GroundTruth, SyntheticRecording
from system.metrics import score_detection
from system.metrics.scores import Counts
from system.recordings import Recording
from verification.golden.detection_chain import DetectionChainModel

__all__ = ["Digitised", "ThresholdSweep", "digitise", "sweep_thresholds"]

BLOCK_SAMPLES = 1 << 22  # of all channels together: what the models make of them takes 100 MB
MAX_CHANNELS = 1024  # of the detection chain


@dataclass(frozen=True, kw_only=True, eq=False)
class Digitised:
    """A recording with ground truth behind the recording frontend.

    Parameters
    ----------
    codes : numpy.ndarray
        Converter codes, int16, shape (frames, channels).
    lsb_v : float
        Width of a code referred to the electrode, volts.
    design : Design
        The design of the chain, its gain chosen.
    truth : GroundTruth
        The spikes.
    """

    codes: npt.NDArray[np.int16]
    lsb_v: float
    design: Design
    truth: GroundTruth


@dataclass(frozen=True, kw_only=True, eq=False)
class ThresholdSweep:
    """Outcome of a detector at each of several thresholds; all channels are counted together.

    Parameters
    ----------
    thresholds : numpy.ndarray
        The thresholds, as :class:`~rtl.detector_settings.DetectorSettings` has them.
    counts : tuple of Counts
        Outcomes at each.
    seconds : float
        Length of the recording.
    """

    thresholds: npt.NDArray[np.float64]
    counts: tuple[Counts, ...]
    seconds: float

    @property
    def f1(self) -> npt.NDArray[np.float64]:
        """F1 at each threshold; NaN where there is neither spike nor detection."""
        return self._rates("f1")

    @property
    def precision(self) -> npt.NDArray[np.float64]:
        """Part of the detections that are spikes; NaN where there are no detections."""
        return self._rates("precision")

    @property
    def recall(self) -> npt.NDArray[np.float64]:
        """Part of the spikes that are detected; NaN where there are no spikes."""
        return self._rates("recall")

    @property
    def false_alarms_per_s(self) -> npt.NDArray[np.float64]:
        """False alarms per second at each threshold, of all channels together."""
        return np.array([each.false_positives / self.seconds for each in self.counts])

    @property
    def best_threshold(self) -> float:
        """The threshold of the highest F1, the lowest of equals."""
        return float(self.thresholds[np.nanargmax(self.f1)])

    def _rates(self, name: str) -> npt.NDArray[np.float64]:
        return np.array([each.rates()[name] for each in self.counts], dtype=np.float64)


def digitise(recording: Recording | SyntheticRecording, design: Design | None = None) -> Digitised:
    """Send a recording through the recording frontend of a design, on one die.

    Parameters
    ----------
    recording : Recording or SyntheticRecording
        The recording; it is held in memory.
    design : Design, optional
        The design; unless given, the default one. It is fitted to the recording, and so is its
        gain if it leaves that open.

    Returns
    -------
    Digitised
        The codes.

    Raises
    ------
    ValueError
        If the recording has no ground truth.
    """
    if recording.truth is None:
        raise ValueError(f"recording must have a ground truth, but {recording.name!r} has none")
    rate_hz, channels = recording.sampling_rate_hz, recording.channels
    fitted = Design.default(channels=channels, sampling_rate_hz=rate_hz)
    if design is not None:
        fitted = replace(
            design,
            band_pass=replace(design.band_pass, channels=channels, sampling_rate_hz=rate_hz),
            spike_detector=replace(design.spike_detector, channels=channels),
            snippet_buffer=replace(design.snippet_buffer, channels=channels),
        )
    voltage_v = np.concatenate(list(recording.blocks(recording.frames)))
    if fitted.gain_choice.automatic:
        beginning = max(1, round(fitted.gain_choice.seconds * rate_hz))
        gain = choose_gain(
            voltage_v[:beginning],
            fitted.recording_frontend,
            sampling_rate_hz=rate_hz,
            fill=fitted.gain_choice.fill,
        )
        fitted = fitted.with_gain(gain)
    frontend = RecordingFrontend(
        fitted.recording_frontend,
        channels=channels,
        sampling_rate_hz=rate_hz,
        mismatch_rng=np.random.default_rng(fitted.seeds.die),
    )
    codes = frontend.process(voltage_v, noise_rng=np.random.default_rng(fitted.seeds.noise))
    return Digitised(codes=codes, lsb_v=frontend.lsb_v, design=fitted, truth=recording.truth)


def sweep_thresholds(
    digitised: Digitised, settings: DetectorSettings, thresholds: Sequence[float] | npt.NDArray
) -> ThresholdSweep:
    """Return what the golden chain detects at each of several thresholds.

    The chain has a threshold for each channel, so one pass serves them all: it is given every
    channel once for each threshold.

    Parameters
    ----------
    digitised : Digitised
        The recording.
    settings : DetectorSettings
        Everything but the threshold, which is replaced, and so are those of single channels.
    thresholds : sequence of float
        Thresholds, as ``settings.threshold`` would have them.

    Returns
    -------
    ThresholdSweep
        The outcome at each of them, in their order.

    Raises
    ------
    ValueError
        If there are none, or more than the channels of a chain allow.

    Examples
    --------
    >>> from system.ground_truth import quiroga_style_record
    >>> record = quiroga_style_record(seconds=2.0, rng=np.random.default_rng(1))
    >>> sweep = sweep_thresholds(digitise(record), DetectorSettings(), [4.75, 40.0])
    >>> (sweep.recall > 0.5).tolist()
    [True, False]
    """
    values = np.asarray(thresholds, dtype=np.float64)
    frames, channels = digitised.codes.shape
    copies = channels * values.size
    if not 0 < copies <= MAX_CHANNELS:
        raise ValueError(
            f"thresholds times channels must be in 1..{MAX_CHANNELS}, "
            f"not {values.size} times {channels}"
        )
    shifts = range(0, copies, channels)
    band_pass = replace(digitised.design.band_pass, channels=copies)
    model = DetectionChainModel(
        DetectionChainConfig.fitted(
            band_pass, digitised.design.spike_detector, digitised.design.snippet_buffer
        ),
        replace(
            settings,
            channel_thresholds=tuple(np.repeat(values, channels).tolist()),
            disabled_channels=tuple(c + n for n in shifts for c in settings.disabled_channels),
        ),
    )
    step = max(1, BLOCK_SAMPLES // copies)
    blocks = [digitised.codes[first : first + step] for first in range(0, frames, step)]
    events = [model.process(np.tile(block, values.size)).events for block in blocks]
    score = score_detection(
        np.concatenate([each["time"] for each in events]),
        np.concatenate([each["channel"] for each in events]),
        _copied(digitised.truth, channels, values.size),
        sampling_rate_hz=band_pass.sampling_rate_hz,
        frames=frames,
        channels=copies,
    )
    rows = [score.per_channel[n : n + channels] for n in shifts]
    return ThresholdSweep(
        thresholds=values,
        counts=tuple(sum((row.counts for row in each), start=Counts()) for each in rows),
        seconds=frames / band_pass.sampling_rate_hz,
    )


def _copied(truth: GroundTruth, channels: int, copies: int) -> GroundTruth:
    """Return the truth of a recording whose channels are there several times over."""
    shift = np.repeat(np.arange(copies) * channels, len(truth))
    return GroundTruth(
        frame=np.tile(truth.frame, copies),
        channel=np.tile(truth.channel, copies) + shift.astype(np.int32),
        unit=np.tile(truth.unit, copies),
        amplitude_v=np.tile(truth.amplitude_v, copies),
        neutral=np.tile(truth.neutral, copies),
    )
