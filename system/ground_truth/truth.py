"""What really happened in a recording: every spike, with its channel, unit and time."""

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

__all__ = ["GroundTruth"]


def _nothing() -> npt.NDArray[np.bool_]:
    return np.zeros(0, dtype=np.bool_)


@dataclass(frozen=True, kw_only=True, eq=False)
class GroundTruth:
    """The spikes that a detector should find: one row per spike and channel, in order of time.

    A spike seen on three channels is three rows of one unit. Rows may be given in any order and
    are sorted by time, then channel.

    Parameters
    ----------
    frame : numpy.ndarray
        Time of the unit's extremal peak on that channel, in frames from the start of the
        recording: float64, may be fractional, not negative.
    channel : numpy.ndarray
        Channel of each row, from 0: int32.
    unit : numpy.ndarray
        Neuron of each row, numbered over the whole recording: int32.
    amplitude_v : numpy.ndarray
        Height of the peak of each row, volts, positive: float64; NaN where unknown.
    noise_level : numpy.ndarray or None
        For each channel, standard deviation of the noise over the spike peak: float64; ``None``
        where unknown.
    neutral : numpy.ndarray
        Rows that are neither demanded nor forbidden: too faint to be asked for, too loud for
        their detection to be a mistake. Empty, the default, means that no row is.
    """

    frame: npt.NDArray[np.float64]
    channel: npt.NDArray[np.int32]
    unit: npt.NDArray[np.int32]
    amplitude_v: npt.NDArray[np.float64]
    noise_level: npt.NDArray[np.float64] | None = None
    neutral: npt.NDArray[np.bool_] = field(default_factory=_nothing)

    def __post_init__(self) -> None:
        rows = {
            "frame": np.asarray(self.frame, dtype=np.float64),
            "channel": np.asarray(self.channel, dtype=np.int32),
            "unit": np.asarray(self.unit, dtype=np.int32),
            "amplitude_v": np.asarray(self.amplitude_v, dtype=np.float64),
            "neutral": np.asarray(self.neutral, dtype=np.bool_),
        }
        if rows["neutral"].size == 0:
            rows["neutral"] = np.zeros(rows["frame"].shape, dtype=np.bool_)
        for name, values in rows.items():
            if values.ndim != 1:
                raise ValueError(f"truth {name} must have one dimension, not {values.ndim}")
            if values.size != rows["frame"].size:
                raise ValueError(
                    f"truth {name} must have one value per row ({rows['frame'].size}),"
                    f" not {values.size}"
                )
        if not np.all(np.isfinite(rows["frame"])):
            raise ValueError("truth frame must be finite")
        for name in ("frame", "channel"):
            if rows[name].size and rows[name].min() < 0:
                raise ValueError(f"truth {name} must not be negative, not {rows[name].min()}")
        if self.noise_level is not None:
            level = np.asarray(self.noise_level, dtype=np.float64)
            if level.ndim != 1 or level.size <= rows["channel"].max(initial=-1):
                raise ValueError(
                    "truth noise_level must have one value per channel"
                    f" (at least {rows['channel'].max(initial=-1) + 1}), not shape {level.shape}"
                )
            object.__setattr__(self, "noise_level", level)
        order = np.lexsort((rows["unit"], rows["channel"], rows["frame"]))
        for name, values in rows.items():
            object.__setattr__(self, name, np.ascontiguousarray(values[order]))

    def __len__(self) -> int:
        return self.frame.size

    def select(self, rows: npt.NDArray[np.bool_]) -> "GroundTruth":
        """Return the truth of the chosen rows only.

        Parameters
        ----------
        rows : numpy.ndarray
            True for each row to keep.

        Returns
        -------
        GroundTruth
            Those rows; noise levels as before.
        """
        return replace(
            self,
            frame=self.frame[rows],
            channel=self.channel[rows],
            unit=self.unit[rows],
            amplitude_v=self.amplitude_v[rows],
            neutral=self.neutral[rows],
        )

    def crop(self, start: float, stop: float) -> "GroundTruth":
        """Return the truth of an excerpt, its frames counted from the start of the excerpt.

        Parameters
        ----------
        start : float
            First frame of the excerpt.
        stop : float
            Frame after the last of the excerpt.

        Returns
        -------
        GroundTruth
            Rows with ``start <= frame < stop``, moved to begin at frame 0.

        Raises
        ------
        ValueError
            If the excerpt ends before it starts.
        """
        if not 0 <= start <= stop:
            raise ValueError(f"truth excerpt must have 0 <= start <= stop, not {start}..{stop}")
        kept = self.select((self.frame >= start) & (self.frame < stop))
        return replace(kept, frame=kept.frame - start)
