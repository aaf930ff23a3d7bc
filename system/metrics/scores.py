"""What a score consists of: counts, rates and timing, in all, by channel and by noise level."""

from dataclasses import dataclass
from typing import Any

__all__ = [
    "ChannelScore",
    "Counts",
    "DetectionScore",
    "LevelScore",
    "TimingError",
]


@dataclass(frozen=True, kw_only=True)
class Counts:
    """Outcomes of a detector.

    A quotient whose denominator is zero is ``None``: precision without detections, recall
    without spikes, F1 without either. With spikes but no detection F1 is 0.

    Parameters
    ----------
    true_positives : int
        Spikes found.
    false_positives : int
        Detections of nothing; a second detection of a spike is one.
    false_negatives : int
        Spikes missed.
    """

    true_positives: int = 0
    false_positives: int = 0
    false_negatives: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            true_positives=self.true_positives + other.true_positives,
            false_positives=self.false_positives + other.false_positives,
            false_negatives=self.false_negatives + other.false_negatives,
        )

    @property
    def precision(self) -> float | None:
        """Part of the detections that are spikes."""
        return _quotient(self.true_positives, self.true_positives + self.false_positives)

    @property
    def recall(self) -> float | None:
        """Part of the spikes that are detected."""
        return _quotient(self.true_positives, self.true_positives + self.false_negatives)

    @property
    def f1(self) -> float | None:
        """Harmonic mean of precision and recall."""
        errors = self.false_positives + self.false_negatives
        return _quotient(2 * self.true_positives, 2 * self.true_positives + errors)

    def rates(self) -> dict[str, float | None]:
        """Return the quotients by name.

        Returns
        -------
        dict
            ``precision``, ``recall`` and ``f1``.
        """
        return {"precision": self.precision, "recall": self.recall, "f1": self.f1}


@dataclass(frozen=True, kw_only=True)
class TimingError:
    """How far matched detections are from their spikes, once the constant offset is taken off.

    ``None`` where nothing matched.

    Parameters
    ----------
    offset : float
        The constant, seconds; positive where detections are late.
    median : float or None
        Median of the absolute error, seconds.
    std : float or None
        Standard deviation of the signed error, seconds.
    p95 : float or None
        95th percentile of the absolute error, seconds.
    """

    offset: float
    median: float | None
    std: float | None
    p95: float | None


@dataclass(frozen=True, kw_only=True)
class ChannelScore:
    """Outcome on one channel.

    Parameters
    ----------
    channel : int
        Which channel.
    noise_level : float or None
        Standard deviation of its noise over the spike peak, where known.
    counts : Counts
        Outcomes.
    false_alarms_per_s : float
        False positives per second.
    timing_error_s : float or None
        Median absolute timing error, seconds.
    truth : int
        Spikes to be found.
    detected : int
        Detections, those of neutral spikes included.
    """

    channel: int
    noise_level: float | None
    counts: Counts
    false_alarms_per_s: float
    timing_error_s: float | None
    truth: int
    detected: int


@dataclass(frozen=True, kw_only=True)
class LevelScore:
    """Outcome on all channels of one noise level, counted together.

    Parameters
    ----------
    noise_level : float
        Standard deviation of the noise over the spike peak.
    channels : int
        Number of channels.
    counts : Counts
        Outcomes.
    """

    noise_level: float
    channels: int
    counts: Counts


@dataclass(frozen=True, kw_only=True)
class DetectionScore:
    """Outcome on a recording.

    Parameters
    ----------
    counts : Counts
        Outcomes of all channels together.
    false_alarms_per_s : float
        False positives per second, of all channels together.
    tolerance_s : float
        Greatest distance of a detection from its spike, seconds.
    timing_error_s : TimingError
        How precisely spikes are timed.
    per_channel : tuple of ChannelScore
        Every channel, in order.
    per_noise_level : tuple of LevelScore
        Every noise level, rising; empty where levels are unknown.
    """

    counts: Counts
    false_alarms_per_s: float
    tolerance_s: float
    timing_error_s: TimingError
    per_channel: tuple[ChannelScore, ...]
    per_noise_level: tuple[LevelScore, ...]

    @property
    def precision(self) -> float | None:
        """Part of the detections that are spikes."""
        return self.counts.precision

    @property
    def recall(self) -> float | None:
        """Part of the spikes that are detected."""
        return self.counts.recall

    @property
    def f1(self) -> float | None:
        """Harmonic mean of precision and recall."""
        return self.counts.f1

    def as_dict(self) -> dict[str, Any]:
        """Return the ``detection`` object of a report.

        Returns
        -------
        dict
            Plain values that JSON can hold; what is undefined is ``None``.
        """
        return {
            **self.counts.rates(),
            "false_alarms_per_s": self.false_alarms_per_s,
            "true_positives": self.counts.true_positives,
            "false_positives": self.counts.false_positives,
            "false_negatives": self.counts.false_negatives,
            "tolerance_s": self.tolerance_s,
            "timing_error_s": {
                "offset": self.timing_error_s.offset,
                "median": self.timing_error_s.median,
                "std": self.timing_error_s.std,
                "p95": self.timing_error_s.p95,
            },
            "per_channel": [
                {
                    "channel": row.channel,
                    "noise_level": row.noise_level,
                    **row.counts.rates(),
                    "false_alarms_per_s": row.false_alarms_per_s,
                    "timing_error_s": row.timing_error_s,
                    "truth": row.truth,
                    "detected": row.detected,
                }
                for row in self.per_channel
            ],
            "per_noise_level": [
                {
                    "noise_level": row.noise_level,
                    "channels": row.channels,
                    **row.counts.rates(),
                }
                for row in self.per_noise_level
            ],
        }


def _quotient(part: int, whole: int) -> float | None:
    return part / whole if whole else None
