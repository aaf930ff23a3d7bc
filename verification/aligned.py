"""Arrays that vector instructions read fast."""

import numpy as np
import numpy.typing as npt

__all__ = ["aligned_rows"]

LINE_BYTES = 64  # a cache line, and the widest vector


def aligned_rows(rows: npt.NDArray) -> npt.NDArray:
    """Return a copy whose every row begins at a cache line, padded with zeros to whole lines.

    A vector that lies across two lines takes twice as long to load and to store.

    Parameters
    ----------
    rows : numpy.ndarray
        Rows along the last axis.

    Returns
    -------
    numpy.ndarray
        C-contiguous, of the same type, its last axis as long or longer.

    Examples
    --------
    >>> aligned_rows(np.ones((2, 68))).shape
    (2, 72)
    """
    length = -(-rows.shape[-1] * rows.itemsize // LINE_BYTES) * LINE_BYTES // rows.itemsize
    shape = (*rows.shape[:-1], length)
    size = int(np.prod(shape)) * rows.itemsize
    memory = np.zeros(size + LINE_BYTES, dtype=np.uint8)
    start = -memory.ctypes.data % LINE_BYTES
    aligned = memory[start : start + size].view(rows.dtype).reshape(shape)
    aligned[..., : rows.shape[-1]] = rows
    return aligned
