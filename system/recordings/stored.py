"""A recording as its file holds it, before scaling: what every reader returns."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from system.ground_truth.truth import GroundTruth
    from system.recordings.recording import Recording

__all__ = ["Scale", "StoredRecording", "StoredSamples"]


class StoredSamples(Protocol):
    """Samples on disk, or in memory where a format leaves no choice, read a stretch at a time."""

    @property
    def frames(self) -> int:
        """Number of frames."""
        ...

    @property
    def channels(self) -> int:
        """Number of channels."""
        ...

    @property
    def dtype(self) -> np.dtype:
        """Type of a sample."""
        ...

    def read(self, start: int, stop: int) -> npt.NDArray:
        """Return frames ``start`` to ``stop`` (excluded).

        Parameters
        ----------
        start, stop : int
            First frame, and frame after the last.

        Returns
        -------
        numpy.ndarray
            Samples as stored, [frames, channels].
        """
        ...


@dataclass(frozen=True, kw_only=True, eq=False)
class Scale:
    """From stored samples to volts: ``samples * gain_v + offset_v``.

    Parameters
    ----------
    gain_v : float or numpy.ndarray
        Volts per unit of a sample, one for all channels or one for each.
    offset_v : float or numpy.ndarray
        Volts at a sample of zero, one for all channels or one for each.
    declared : bool
        Whether somebody stated it: the file or the user. If not, samples are volts by default, and
        have to look like volts.
    note : str
        What the user should know if this scale is used.
    """

    gain_v: float | npt.NDArray[np.float64]
    offset_v: float | npt.NDArray[np.float64] = 0.0
    declared: bool = True
    note: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class StoredRecording:
    """What a reader found in a file.

    Parameters
    ----------
    samples : StoredSamples
        The samples.
    format : str
        Name of the format.
    sampling_rate_hz : float or None
        Frames per second, if the file says so.
    scale : Scale or None
        Scale, if the file says so.
    counts : bool
        Samples are a converter's counts or fractions of its full scale whatever their type, so
        that they mean nothing without a scale.
    start_s : float
        Time of the first frame on the file's own clock, seconds.
    notes : list of str
        What the user should know about how the file was understood.
    find_truth : callable or None
        Makes the ground truth that the file holds, from the recording in volts.
    """

    samples: StoredSamples
    format: str
    sampling_rate_hz: float | None = None
    scale: Scale | None = None
    counts: bool = False
    start_s: float = 0.0
    notes: list[str] = field(default_factory=list)
    find_truth: "Callable[[Recording], GroundTruth] | None" = None
