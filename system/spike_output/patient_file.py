"""A file that keeps what the disk refuses, for libraries that do not survive a failed write."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["patient_file"]


class _PatientFile:
    """A binary file whose writes always succeed; what went wrong is kept in :attr:`failure`.

    HDF5 tries a write that failed again with whatever it does next, and may crash as it ends: a
    limit on the size of files was seen to end in a segmentation fault (HDF5 2.0.0). From the first
    failure on, this file is in memory.

    Parameters
    ----------
    file : io.RawIOBase
        Open for reading and writing.

    Attributes
    ----------
    failure : OSError or None
        The first one.
    """

    def __init__(self, file: io.RawIOBase) -> None:
        self._file: io.RawIOBase | io.BytesIO = file
        self.failure: OSError | None = None

    def read(self, size: int = -1) -> bytes | None:
        """Read as any file does."""
        return self._file.read(size)

    def readinto(self, buffer: memoryview) -> int | None:
        """Read into a buffer as any file does."""
        return self._file.readinto(buffer)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move as in any file."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Return the position as any file does."""
        return self._file.tell()

    def flush(self) -> None:
        """Do nothing: nothing is held back."""

    def truncate(self, size: int) -> int:
        """Set the length, zeros at the end of what was shorter."""
        try:
            return self._file.truncate(size)
        except OSError as failure:
            self._give_up_disk(failure)
            return self._file.truncate(size)

    def write(self, data: bytes | memoryview) -> int:
        """Write all of it, to memory if not to the disk."""
        start, left = self._file.tell(), memoryview(data)
        try:
            while left:
                left = left[self._file.write(left) :]
        except OSError as failure:
            self._give_up_disk(failure)
            self._file.seek(start)
            self._file.write(data)
        return len(data)

    def _give_up_disk(self, failure: OSError) -> None:
        self.failure = failure
        self._file.seek(0)
        self._file = io.BytesIO(self._file.read() or b"")


@contextmanager
def patient_file(path: Path) -> Iterator[_PatientFile]:
    """Open a file for a library that does not survive a failed write.

    Parameters
    ----------
    path : Path
        File to write, from its beginning.

    Yields
    ------
    file
        To hand to the library.

    Raises
    ------
    OSError
        Something could not be written; the library knows nothing of it and has ended.
    """
    with path.open("w+b", buffering=0) as file:
        patient = _PatientFile(file)
        try:
            yield patient
        finally:
            if patient.failure is not None:
                raise patient.failure
