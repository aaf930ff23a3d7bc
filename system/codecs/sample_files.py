"""Writing samples a block at a time, as a NumPy array or as nothing but numbers."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from os import SEEK_CUR
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from system.errors import UserError
from system.recordings.formats import RAW

__all__ = ["SUFFIXES", "check_suffix", "sample_writer"]

SUFFIXES = (".npy", *RAW.suffixes)


def check_suffix(path: Path) -> None:
    """Refuse a file of a kind that cannot be written.

    Parameters
    ----------
    path : Path
        The file.

    Raises
    ------
    UserError
        Its suffix is none of :data:`SUFFIXES`.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise UserError(
            f"{path.name}: suffix must be one of {' '.join(SUFFIXES)},"
            f" not {path.suffix or 'missing'}"
        )


@contextmanager
def sample_writer(
    path: Path, dtype: np.dtype, frames: int, channels: int, *, one_dimensional: bool = False
) -> Iterator[Callable[[npt.NDArray], None]]:
    """Give a function that appends blocks to a file.

    Parameters
    ----------
    path : Path
        The file; its suffix says which kind.
    dtype : numpy.dtype
        Type of a sample.
    frames : int
        Frames that are expected; there may be fewer.
    channels : int
        Channels.
    one_dimensional : bool
        Whether the only channel has no axis of its own in an array.

    Yields
    ------
    callable
        Takes samples of this type, [frames, channels].
    """
    is_array = path.suffix.lower() == ".npy"
    axes = () if one_dimensional else (channels,)
    written = 0
    with path.open("wb") as file:
        if is_array:
            _write_array_header(file, dtype, (frames, *axes))

        def write(samples: npt.NDArray) -> None:
            nonlocal written
            written += len(samples)
            block = np.ascontiguousarray(samples, dtype=dtype).view(np.uint8)
            if block.any():
                file.write(block.data)
            else:
                file.seek(block.size, SEEK_CUR)  # a hole takes no room on most disks

        yield write
        file.truncate()
        if is_array and written != frames:
            file.seek(0)
            _write_array_header(file, dtype, (written, *axes))


def _write_array_header(file: BinaryIO, dtype: np.dtype, shape: tuple[int, ...]) -> None:
    """Write the same number of bytes however many frames: NumPy leaves room for their growth."""
    np.lib.format.write_array_header_1_0(
        file,
        {
            "shape": shape,
            "fortran_order": False,
            "descr": np.lib.format.dtype_to_descr(dtype),
        },
    )
