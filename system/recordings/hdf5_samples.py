"""Samples in an HDF5 data set."""

from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
import numpy.typing as npt

from system.recordings.third_party import third_party

__all__ = ["Hdf5Samples"]

# Holds a row of chunks of a many-channel recording, so that none is unpacked twice.
_CHUNK_CACHE_BYTES = 32 << 20


@dataclass(frozen=True, kw_only=True, eq=False)
class Hdf5Samples:
    """Samples in an HDF5 data set; the file is open only while it is read.

    Parameters
    ----------
    path : Path
        The file.
    dataset : str
        Path of the data set in it.
    dtype : numpy.dtype
        Type of a sample.
    frames : int
        Number of frames.
    channels : int
        Number of channels.
    frames_first : bool
        The data set is frames x channels; else it is channels x frames.
    """

    path: Path
    dataset: str
    dtype: np.dtype
    frames: int
    channels: int
    frames_first: bool

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
            The file cannot be read any more.
        """
        with (
            third_party(self.path.name, "read further"),
            h5py.File(self.path, "r", rdcc_nbytes=_CHUNK_CACHE_BYTES) as file,
        ):
            stored = file[self.dataset]
            if not isinstance(stored, h5py.Dataset):
                raise TypeError(f"{self.dataset} is no data set")
            return stored[start:stop] if self.frames_first else stored[:, start:stop].T
