"""Many one-channel records through one chain, and what a detector makes of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean

import numpy as np
import numpy.typing as npt

from system.exploration import Digitised
from system.ground_truth import GroundTruth, SyntheticRecording
from system.metrics import DetectionScore, score_detection
from system.recordings import Recording
from system.recordings.stored import Scale
from verification.golden.detection_chain import DetectionChainModel

__all__ = ["Trial", "detect", "side_by_side"]

THREADS = 2
BLOCK_SAMPLES = 1 << 20  # of all channels together


def side_by_side(records: Sequence[SyntheticRecording]) -> Recording:
    """Return one recording that has each of several one-channel records as a channel.

    Parameters
    ----------
    records : sequence of SyntheticRecording
        Records of one length and sampling rate.

    Returns
    -------
    Recording
        Their voltages, and their spikes as its ground truth.
    """
    truths = [record.truth for record in records]
    channel = np.repeat(np.arange(len(records)), [len(truth) for truth in truths])
    return Recording(
        name="side_by_side",
        source=", ".join(record.name for record in records),
        format="synthetic",
        sampling_rate_hz=records[0].sampling_rate_hz,
        samples=_Columns(tuple(records)),
        scale=Scale(gain_v=1.0),
        truth=GroundTruth(
            frame=np.concatenate([truth.frame for truth in truths]),
            channel=channel.astype(np.int32),
            unit=np.concatenate([truth.unit for truth in truths]),
            amplitude_v=np.concatenate([truth.amplitude_v for truth in truths]),
        ),
    )


@dataclass(frozen=True)
class _Columns:
    """Samples of one-channel records, computed when they are read."""

    records: tuple[SyntheticRecording, ...]
    dtype = np.dtype(np.float32)

    @property
    def channels(self) -> int:
        return len(self.records)

    @property
    def frames(self) -> int:
        return self.records[0].frames

    def read(self, start: int, stop: int) -> npt.NDArray[np.float32]:
        columns = [next(record.blocks(stop - start, start, stop)) for record in self.records]
        return np.concatenate(columns, axis=1)


@dataclass(frozen=True, kw_only=True, eq=False)
class Trial:
    """Outcome of one detector on many records.

    Parameters
    ----------
    score : DetectionScore
        Its channels are the records.
    """

    score: DetectionScore

    @cached_property
    def f1(self) -> npt.NDArray[np.float64]:
        """F1 of each record; 0 without any spike or detection."""
        return np.array([row.counts.f1 or 0.0 for row in self.score.per_channel])

    @property
    def precision(self) -> float:
        """Mean over the records; of a record without detections, 0."""
        return fmean(row.counts.precision or 0.0 for row in self.score.per_channel)

    @property
    def recall(self) -> float:
        """Mean over the records; of a record without spikes, 0."""
        return fmean(row.counts.recall or 0.0 for row in self.score.per_channel)

    @property
    def false_alarms_per_s(self) -> float:
        """Mean over the records, per second."""
        return fmean(row.false_alarms_per_s for row in self.score.per_channel)


def detect(digitised: Digitised) -> Trial:
    """Let the golden chain of the design, with its settings, find the spikes.

    Parameters
    ----------
    digitised : Digitised
        What the recording frontend made of the records.

    Returns
    -------
    Trial
        Detections against the truth.
    """
    codes, design = digitised.codes, digitised.design
    frames, channels = codes.shape
    model = DetectionChainModel(design.chain, design.detector_settings, threads=THREADS)
    step = max(1, BLOCK_SAMPLES // channels)
    events = [model.process(codes[first : first + step]).events for first in range(0, frames, step)]
    score = score_detection(
        np.concatenate([each["time"] for each in events]),
        np.concatenate([each["channel"] for each in events]),
        digitised.truth,
        sampling_rate_hz=design.chain.sampling_rate_hz,
        frames=frames,
        channels=channels,
    )
    return Trial(score=score)
