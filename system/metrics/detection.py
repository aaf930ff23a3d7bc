"""Scoring of a detector: its events against ground truth."""

from typing import Literal

import numpy as np
import numpy.typing as npt

from system.ground_truth.truth import ChannelTruth

from .by_channel import ByChannel
from .matching import densest_lag, lags_within, match_spikes
from .scores import ChannelScore, Counts, DetectionScore, LevelScore, TimingError

__all__ = ["score_detection"]

_OFFSET_SEARCH_S = 2e-3  # a mark at the onset of a spike is at most about 1 ms from its peak
_OFFSET_PAIRS = 20  # fewer matched spikes do not show where the correlogram peaks
_OFFSET_SPIKES = 1 << 18  # of all channels: enough for a median


def score_detection(
    detected_frame: npt.ArrayLike,
    detected_channel: npt.ArrayLike,
    truth: ChannelTruth,
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
    truth : ChannelTruth
        The spikes, all of them or channel by channel. Those at or after ``frames`` are left out:
        they were not recorded.
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
        the cross-correlogram within 2 ms, or 0 when fewer than 20 spikes match there. Of more
        than a quarter of a million spikes, an even selection is looked at.

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
    by_channel = ByChannel(
        detected_frame, detected_channel, truth, frames=frames, channels=channels
    )
    tolerance = tolerance_s * sampling_rate_hz
    if offset == "estimate":
        search = _OFFSET_SEARCH_S * sampling_rate_hz
        late = _estimated_offset(by_channel, search=search, tolerance=tolerance)
    elif isinstance(offset, str) or not np.isfinite(offset):
        raise ValueError(f"offset must be 'estimate' or seconds, not {offset!r}")
    else:
        late = float(offset) * sampling_rate_hz

    seconds = frames / sampling_rate_hz
    rows, errors_s = [], []
    for index in range(by_channel.channels):
        detected = by_channel.detected(index) - late
        counts, error = _score_channel(detected, *by_channel.spikes(index), tolerance=tolerance)
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
    error_s = np.concatenate(errors_s)
    del errors_s  # there may be millions
    return DetectionScore(
        counts=total,
        false_alarms_per_s=total.false_positives / seconds,
        tolerance_s=float(tolerance_s),
        timing_error_s=_timing_error(late / sampling_rate_hz, error_s),
        per_channel=tuple(rows),
        per_noise_level=_by_noise_level(rows),
    )


def _estimated_offset(by_channel: ByChannel, *, search: float, tolerance: float) -> float:
    """Return the offset of all channels together, in frames; 0 if too few spikes show it."""
    most = 1 + _OFFSET_SPIKES // by_channel.channels

    def demanded(channel: int) -> npt.NDArray[np.float64]:
        frame, neutral = by_channel.spikes(channel)
        frame = frame[~neutral]
        return frame[:: -(-frame.size // most) or 1]

    channels = range(by_channel.channels)
    lags = [
        lags_within(by_channel.detected(each), demanded(each), search=search) for each in channels
    ]
    late = densest_lag(np.concatenate(lags), width=min(2 * tolerance, search))
    matched = 0
    for each in channels:
        detected = by_channel.detected(each) - late
        matched += np.count_nonzero(
            match_spikes(detected, demanded(each), tolerance=tolerance) >= 0
        )
        if matched >= _OFFSET_PAIRS:
            return late
    return 0.0


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
    std = float(np.std(error_s))
    distance_s = np.abs(error_s, out=error_s)
    return TimingError(
        offset=offset_s,
        median=float(np.median(distance_s, overwrite_input=True)),
        std=std,
        p95=float(np.percentile(distance_s, 95, overwrite_input=True)),
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
