"""What really happened in a recording: every spike, with its channel, unit and time."""

from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

__all__ = ["ROWS", "ChannelTruth", "GroundTruth"]


ROWS: dict[str, type[np.generic]] = {
    "frame": np.float64,
    "channel": np.int32,
    "unit": np.int32,
    "amplitude_v": np.float64,
    "neutral": np.bool_,
}
"""What is known of each row, and the type in which it is kept."""

ROWS_AT_ONCE = 1 << 18


def _nothing() -> npt.NDArray[np.bool_]:
    return np.zeros(0, dtype=np.bool_)


@dataclass(frozen=True, kw_only=True, eq=False)
class GroundTruth:
    """The spikes that a detector should find: one row per spike and channel, in order of time.

    A spike seen on three channels is three rows of one unit. Rows may be given in any order and
    are sorted by time, then channel; arrays that are in order are kept and not copied. A row takes
    25 bytes.

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
        For each channel, standard deviation of the noise over the spike peak, not negative:
        float64; ``None`` where unknown.
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
        if np.size(self.neutral) == 0:
            object.__setattr__(self, "neutral", np.zeros(np.shape(self.frame), dtype=np.bool_))
        rows = {name: _numbers(name, getattr(self, name), dtype) for name, dtype in ROWS.items()}
        for name, values in rows.items():
            if values.ndim != 1:
                raise ValueError(f"truth {name} must have one dimension, not {values.ndim}")
            if values.size != rows["frame"].size:
                raise ValueError(
                    f"truth {name} must have one value per row ({rows['frame'].size}),"
                    f" not {values.size}"
                )
        extremes = rows["frame"].min(initial=0.0), rows["frame"].max(initial=0.0)
        if not np.all(np.isfinite(extremes)):
            raise ValueError("truth frame must be finite")
        for name in ("frame", "channel"):
            if rows[name].size and rows[name].min() < 0:
                raise ValueError(f"truth {name} must not be negative, not {rows[name].min()}")
        if self.noise_level is not None:
            level = _numbers("noise_level", self.noise_level, np.float64)
            if level.ndim != 1 or level.size <= rows["channel"].max(initial=-1):
                raise ValueError(
                    "truth noise_level must have one value per channel"
                    f" (at least {rows['channel'].max(initial=-1) + 1}), not shape {level.shape}"
                )
            wrong = level[~((level >= 0) & (level < np.inf))]
            if wrong.size:
                raise ValueError(f"truth noise_level must be at least 0 and finite, not {wrong[0]}")
            object.__setattr__(self, "noise_level", level)
        if not _in_order(rows["frame"], rows["channel"], rows["unit"]):
            order = np.lexsort((rows["unit"], rows["channel"], rows["frame"]))
            for name in rows:  # one by one: an hour has millions of rows
                rows[name] = rows[name][order]
        for name, values in rows.items():
            object.__setattr__(self, name, np.ascontiguousarray(values))

    def __len__(self) -> int:
        return self.frame.size

    @property
    def channels(self) -> int:
        """Number of channels: those with a noise level, else up to the highest with a spike."""
        if self.noise_level is not None:
            return self.noise_level.size
        return 1 + int(self.channel.max(initial=-1))

    def of_channel(self, channel: int) -> "GroundTruth":
        """Return the truth of one channel.

        Parameters
        ----------
        channel : int
            Which channel.

        Returns
        -------
        GroundTruth
            Its rows.
        """
        return self.select(self.channel == channel)

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
        return self._taken(rows)

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
            Rows with ``start <= frame < stop``, moved to begin at frame 0. It shares memory with
            this truth.

        Raises
        ------
        ValueError
            If the excerpt ends before it starts.
        """
        if not 0 <= start <= stop:
            raise ValueError(f"truth excerpt must have 0 <= start <= stop, not {start}..{stop}")
        kept = self._taken(slice(*np.searchsorted(self.frame, (start, stop))))
        return replace(kept, frame=kept.frame - start) if start else kept

    def _taken(self, rows: npt.NDArray[np.bool_] | slice) -> "GroundTruth":
        return replace(self, **{name: getattr(self, name)[rows] for name in ROWS})


class ChannelTruth(Protocol):
    """The truth of a recording, channel by channel: all of it may be more than fits in memory.

    :class:`GroundTruth` is one, and so is what a generated recording makes on demand.
    """

    @property
    def noise_level(self) -> npt.NDArray[np.float64] | None:
        """For each channel, standard deviation of the noise over the spike peak, where known."""
        ...

    @property
    def channels(self) -> int:
        """Number of channels, at least those with a spike."""
        ...

    def of_channel(self, channel: int) -> GroundTruth:
        """Return the truth of one channel.

        Parameters
        ----------
        channel : int
            Which channel.

        Returns
        -------
        GroundTruth
            Its rows.
        """
        ...


def _numbers(name: str, values: npt.ArrayLike, kind: type[np.generic]) -> npt.NDArray[Any]:
    """Return values in the type in which they are kept; refuse those that it cannot hold."""
    given = np.asarray(values)
    if given.dtype.kind not in "biuf":
        raise ValueError(f"truth {name} must be real numbers, not {given.dtype}")
    if given.dtype == kind:
        return given
    if issubclass(kind, np.integer):
        limits = np.iinfo(kind)
        wrong = given[~((given >= limits.min) & (given <= limits.max) & (given == np.rint(given)))]
        if wrong.size:
            raise ValueError(
                f"truth {name} must be whole numbers of at most {limits.max}, not {wrong[0]}"
            )
    elif kind is np.bool_:
        wrong = given[(given != 0) & (given != 1)]
        if wrong.size:
            raise ValueError(f"truth {name} must be true or false, not {wrong[0]}")
    return given.astype(kind)


def _in_order(
    frame: npt.NDArray[np.float64], channel: npt.NDArray[np.int32], unit: npt.NDArray[np.int32]
) -> bool:
    """Whether rows are sorted by frame, then channel, then unit."""
    for start in range(0, frame.size, ROWS_AT_ONCE):
        piece = slice(start, start + ROWS_AT_ONCE + 1)  # pieces share a row
        sorted_ = np.ones(frame[piece].size - 1, dtype=np.bool_)
        for values in (unit[piece], channel[piece], frame[piece]):  # the last decides, if it can
            here, later = values[:-1], values[1:]
            sorted_ = (here < later) | ((here == later) & sorted_)
        if not sorted_.all():
            return False
    return True
