"""Samples in a flat file, read a stretch at a time."""

import tempfile
import weakref
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from system.errors import UserError
from system.recordings.third_party import third_party

__all__ = ["ArraySamples", "FlatSamples", "TemporaryFile", "check_sample_type"]


@dataclass(frozen=True, kw_only=True, eq=False)
class FlatSamples:
    """Samples that lie one after another in a file.

    They are read, not mapped: pages of a mapping count as memory of the process, and an hour of
    recording would come to many gigabytes.

    Parameters
    ----------
    path : Path
        The file.
    dtype : numpy.dtype
        Type of a sample.
    frames : int
        Number of frames.
    channels : int
        Number of channels.
    offset : int
        Bytes before the first sample.
    frames_first : bool
        All channels of a frame lie together; else all frames of a channel do.
    owner : object
        Kept alive as long as the samples: a temporary file.
    """

    path: Path
    dtype: np.dtype
    frames: int
    channels: int
    offset: int = 0
    frames_first: bool = True
    owner: object = None

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

        Raises
        ------
        UserError
            The file is gone or has become shorter.
        """
        with third_party(self.path.name, "read further"), self.path.open("rb") as file:
            if self.frames_first:
                flat = self._stretch(file, start * self.channels, (stop - start) * self.channels)
                return flat.reshape(stop - start, self.channels)
            rows = [
                self._stretch(file, channel * self.frames + start, stop - start)
                for channel in range(self.channels)
            ]
            return np.stack(rows, axis=1)

    def _stretch(self, file: BinaryIO, first: int, count: int) -> npt.NDArray:
        file.seek(self.offset + first * self.dtype.itemsize)
        values = np.fromfile(file, self.dtype, count)
        if values.size < count:
            raise UserError(f"{self.path.name}: has become shorter while it was read")
        return values


@dataclass(frozen=True, eq=False)
class ArraySamples:
    """Samples in memory.

    Parameters
    ----------
    array : numpy.ndarray
        Samples, [frames, channels].
    """

    array: npt.NDArray

    @property
    def frames(self) -> int:
        """Number of frames."""
        return self.array.shape[0]

    @property
    def channels(self) -> int:
        """Number of channels."""
        return self.array.shape[1]

    @property
    def dtype(self) -> np.dtype:
        """Type of a sample."""
        return self.array.dtype

    def read(self, start: int, stop: int) -> npt.NDArray:
        """Return frames ``start`` to ``stop`` (excluded).

        Parameters
        ----------
        start, stop : int
            First frame, and frame after the last.

        Returns
        -------
        numpy.ndarray
            Samples, [frames, channels].
        """
        return self.array[start:stop]


class TemporaryFile:
    """A file that vanishes with the last reference to it.

    What is packed, or is text, is unpacked into one, so that any stretch of it can be read.

    Parameters
    ----------
    suffix : str
        Suffix of its name.
    """

    def __init__(self, suffix: str = "") -> None:
        with tempfile.NamedTemporaryFile(suffix=suffix, prefix="axocell-", delete=False) as file:
            self.path = Path(file.name)
        self._remove = weakref.finalize(self, self.path.unlink, missing_ok=True)


def check_sample_type(name: str, dtype: np.dtype) -> None:
    """Refuse samples that are not plain numbers.

    Parameters
    ----------
    name : str
        Name of the file, for the message.
    dtype : numpy.dtype
        Type of its samples.

    Raises
    ------
    UserError
        The samples are complex, objects, text, truth values or records.
    """
    if dtype.kind not in "iuf":
        raise UserError(f"{name}: samples must be integer or floating point, not {dtype}")
