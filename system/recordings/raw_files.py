"""Raw binary files: samples and nothing else."""

from pathlib import Path

import numpy as np

from system.errors import UserError
from system.recordings.flat_samples import FlatSamples
from system.recordings.given import Given
from system.recordings.stored import StoredRecording

__all__ = ["open_raw"]


def open_raw(path: Path, given: Given) -> StoredRecording:
    """Open a file of samples, all channels of a frame together.

    Parameters
    ----------
    path : Path
        The file.
    given : Given
        What the user says: type, channels and sampling rate are all needed.

    Returns
    -------
    StoredRecording
        Its samples, read from where they lie.

    Raises
    ------
    UserError
        Something is not given, or the file is not a whole number of frames long.
    """
    given.check_no_stream("raw binary")
    if given.dtype is None or given.channels is None or given.sampling_rate_hz is None:
        options = {
            "--sampling-rate": given.sampling_rate_hz,
            "--channels": given.channels,
            "--dtype": given.dtype,
        }
        missing = ", ".join(option for option, value in options.items() if value is None)
        raise UserError(f"{path.name}: a raw binary file says nothing about itself; give {missing}")
    dtype = np.dtype(given.dtype)
    size = path.stat().st_size
    frames, rest = divmod(size, given.channels * dtype.itemsize)
    if rest:
        raise UserError(
            f"{path.name}: must be a whole number of frames of {given.channels} x {dtype}"
            f" ({given.channels * dtype.itemsize} bytes), not {size} bytes"
        )
    samples = FlatSamples(path=path, dtype=dtype, frames=frames, channels=given.channels)
    return StoredRecording(samples=samples, format="raw binary")
