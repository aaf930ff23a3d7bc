"""Scoring of a detector: its events against ground truth."""

from typing import Literal

import numpy as np
import numpy.typing as npt

from system.ground_truth.truth import GroundTruth

from .matching import estimate_offset, match_spikes
from .scores import ChannelScore, Counts, DetectionScore, LevelScore, TimingError

__all__ = ["score_detection"]

_OFFSET_SEARCH_S = 2e-3  # a mark at the onset of a spike is at most about 1 ms from its peak
_OFFSET_PAIRS = 20  # fewer matched spikes do not show where the correlogram peaks


def score_detection(
    detected_frame: npt.ArrayLike,
    detected_channel: npt.ArrayLike,
    truth: GroundTruth,
    *,
    sampling_rate_hz: float,
    frames: int,
    channels: int | None = None,
    tolerance_s: float = 0.5e-3,
    offset: float | Literal["estimate"] = "estimate",
) -> DetectionScore:
    """Compare detections with what really happened.

    Detections and spikes are paired one to one on each channel
    (:func:`~system.metrics.matching.match_spikes`): first with the spikes that must be found,
    then what is left with neutral ones, which count neither for nor against. What is still
    left is a false alarm.

    Files differ in what they mark (onset, trough or peak of a spike) and detectors in what they
    report, so one constant offset for the whole recording is taken off first.

    Parameters
    ----------
    detected_frame : array_like
        Time of each detection, in frames, in any order.
    detected_channel : array_like
        Channel of each detection.
    truth : GroundTruth
        The spikes. Those at or after ``frames`` are left out: they were not recorded.
    sampling_rate_hz : float
        Frames per second.
    frames : int
        Length of what was searched.
    channels : int or None
        Number of channels; ``None`` for that of ``truth.noise_level``, else the highest seen.
    tolerance_s : float
        Greatest distance of a pair, seconds; the limit itself is allowed. The default is half
        a millisecond: less than half a spike, and less than the 1 ms after which the earliest
        next event of a detector comes, so that one event is near one spike.
    offset : float or "estimate"
        How late detections are by construction, seconds; "estimate" takes it from the peak of
        the cross-correlogram within 2 ms, or 0 when fewer than 20 spikes match there.

    Returns
    -------
    DetectionScore
        Counts, rates and timing.

    Raises
    ------
    ValueError
        If an argument is out of range, or a detection lies outside the recording.
    """
    if not 0 < sampling_rate_hz < np.inf:
        raise ValueError(f"sampling_rate_hz must be positive, not {sampling_rate_hz!r}")
    if frames < 1:
        raise ValueError(f"frames must be positive, not {frames!r}")
    if not 0 < tolerance_s < np.inf:
        raise ValueError(f"tolerance_s must be positive, not {tolerance_s!r}")
    truth = truth.select(truth.frame < frames)
    frame, channel, channels = _checked_detections(
        detected_frame, detected_channel, truth, frames=frames, channels=channels
    )
    tolerance = tolerance_s * sampling_rate_hz
    if offset == "estimate":
        search = _OFFSET_SEARCH_S * sampling_rate_hz
        late = _estimated_offset(frame, channel, truth, search=search, tolerance=tolerance)
    elif isinstance(offset, str) or not np.isfinite(offset):
        raise ValueError(f"offset must be 'estimate' or seconds, not {offset!r}")
    else:
        late = float(offset) * sampling_rate_hz

    seconds = frames / sampling_rate_hz
    rows, errors_s = [], []
    for index in range(channels):
        detected = frame[slice(*np.searchsorted(channel, (index, index + 1)))] - late
        spikes = np.flatnonzero(truth.channel == index)
        counts, error = _score_channel(
            detected, truth.frame[spikes], truth.neutral[spikes], tolerance=tolerance
        )
        error_s = error / sampling_rate_hz
        errors_s.append(error_s)
        rows.append(
            ChannelScore(
                channel=index,
                noise_level=None if truth.noise_level is None else float(truth.noise_level[index]),
                counts=counts,
                false_alarms_per_s=counts.false_positives / seconds,
                timing_error_s=float(np.median(np.abs(error_s))) if error_s.size else None,
                truth=counts.true_positives + counts.false_negatives,
                detected=detected.size,
            )
        )
    total = sum((row.counts for row in rows), start=Counts())
    return DetectionScore(
        counts=total,
        false_alarms_per_s=total.false_positives / seconds,
        tolerance_s=float(tolerance_s),
        timing_error_s=_timing_error(late / sampling_rate_hz, np.concatenate(errors_s)),
        per_channel=tuple(rows),
        per_noise_level=_by_noise_level(rows),
    )


def _checked_detections(
    detected_frame: npt.ArrayLike,
    detected_channel: npt.ArrayLike,
    truth: GroundTruth,
    *,
    frames: int,
    channels: int | None,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64], int]:
    """Return detections sorted by channel and time, and the number of channels."""
    frame = np.asarray(detected_frame, dtype=np.float64)
    channel = np.asarray(detected_channel, dtype=np.int64)
    if frame.ndim != 1 or frame.shape != channel.shape:
        raise ValueError(
            "detected_frame and detected_channel must be two sequences of one length,"
            f" not of shape {frame.shape} and {channel.shape}"
        )
    levels = truth.noise_level
    if channels is None and levels is not None:
        channels = levels.size
    elif channels is None:
        channels = 1 + int(max(channel.max(initial=0), truth.channel.max(initial=0)))
    elif levels is not None and levels.size != channels:
        raise ValueError(f"truth noise_level must have {channels} values, not {levels.size}")
    for name, values, limit in (
        ("detected_frame", frame, frames),
        ("detected_channel", channel, channels),
        ("truth channel", truth.channel, channels),
    ):
        wrong = values[~((values >= 0) & (values < limit))]
        if wrong.size:
            raise ValueError(f"{name} must be at least 0 and below {limit}, not {wrong[0]}")
    order = np.lexsort((frame, channel))
    return frame[order], channel[order], channels


def _estimated_offset(
    frame: npt.NDArray[np.float64],
    channel: npt.NDArray[np.int64],
    truth: GroundTruth,
    *,
    search: float,
    tolerance: float,
) -> float:
    """Return the offset of all channels together, in frames; 0 if too few spikes show it."""
    demanded = truth.select(~truth.neutral)
    order = np.lexsort((demanded.frame, demanded.channel))
    # Channels end to end, so far apart that nothing of one is near anything of another.
    gap = 4 * (search + tolerance) + max(frame.max(initial=0.0), demanded.frame.max(initial=0.0))
    detected = frame + gap * channel
    spikes = demanded.frame[order] + gap * demanded.channel[order]
    late = estimate_offset(detected, spikes, search=search, width=min(2 * tolerance, search))
    matched = np.count_nonzero(match_spikes(detected - late, spikes, tolerance=tolerance) >= 0)
    return late if matched >= _OFFSET_PAIRS else 0.0


def _score_channel(
    detected: npt.NDArray[np.float64],
    spikes: npt.NDArray[np.float64],
    neutral: npt.NDArray[np.bool_],
    *,
    tolerance: float,
) -> tuple[Counts, npt.NDArray[np.float64]]:
    """Return the counts of one channel and the timing error of each spike found."""
    demanded = spikes[~neutral]
    partner = match_spikes(detected, demanded, tolerance=tolerance)
    found = partner >= 0
    left = np.delete(detected, partner[found])
    excused = np.count_nonzero(match_spikes(left, spikes[neutral], tolerance=tolerance) >= 0)
    counts = Counts(
        true_positives=int(np.count_nonzero(found)),
        false_positives=int(left.size - excused),
        false_negatives=int(np.count_nonzero(~found)),
    )
    return counts, detected[partner[found]] - demanded[found]


def _timing_error(offset_s: float, error_s: npt.NDArray[np.float64]) -> TimingError:
    if error_s.size == 0:
        return TimingError(offset=offset_s, median=None, std=None, p95=None)
    return TimingError(
        offset=offset_s,
        median=float(np.median(np.abs(error_s))),
        std=float(np.std(error_s)),
        p95=float(np.percentile(np.abs(error_s), 95)),
    )


def _by_noise_level(rows: list[ChannelScore]) -> tuple[LevelScore, ...]:
    """Pool the channels of each noise level; levels equal to a millionth are one."""
    groups: dict[float, list[Counts]] = {}
    for row in rows:
        if row.noise_level is not None:
            groups.setdefault(round(row.noise_level, 6), []).append(row.counts)
    return tuple(
        LevelScore(
            noise_level=level,
            channels=len(groups[level]),
            counts=sum(groups[level], start=Counts()),
        )
        for level in sorted(groups)
    )
