"""Hidden folders in which outputs are made, beside the place where they are to appear.

A process that ends takes its folder away. One that is killed cannot; the next that writes to the
same place does, and knows by a lock, which ends with its process, that nobody is at work there.
"""

import errno
import os
import re
import secrets
import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

if sys.platform != "win32":
    import fcntl

__all__ = ["Staging", "staging_in"]

PATTERN = re.compile(r"\.axocell-\d+-[0-9a-f]{8}")  # the number of the process is for people
LOCK, NEW, EARLIER = "lock", "new", "earlier"


class Staging:
    """A hidden folder for what is to appear in the folder around it.

    Parameters
    ----------
    folder : Path
        The hidden folder, which exists.

    Attributes
    ----------
    new : Path
        Folder to fill; everything in it has the name under which it is to appear.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.new = folder / NEW
        self._earlier = folder / EARLIER

    def publish(self, *names: str) -> None:
        """Move what is new to its place; what has been there goes.

        A single file takes the place of another in one step. Several things come together, and
        not mixed with those that another process publishes in the same folder at the same time.

        Parameters
        ----------
        *names : str
            Of files or folders in :attr:`new`.

        Raises
        ------
        OSError
            Something cannot be moved; everything is as it was.
        """
        around = self._folder.parent
        come: list[str] = []
        with _turn(around):
            try:
                for name in names:
                    # A folder that is not empty cannot be written over.
                    if (around / name).is_dir() or (len(names) > 1 and (around / name).exists()):
                        (around / name).replace(self._earlier / name)
                for name in names:
                    (self.new / name).replace(around / name)
                    come.append(name)
            except BaseException:
                for name in come:
                    (around / name).replace(self.new / name)
                self._put_back()
                raise

    def _put_back(self) -> None:
        """Return what was taken away to make place, where nothing has come instead."""
        for item in self._earlier.iterdir():
            place = self._folder.parent / item.name
            if not place.exists():
                item.replace(place)

    def clear(self) -> None:
        """Remove the hidden folder and all that is still in it."""
        with suppress(OSError):
            self._put_back()
        shutil.rmtree(self._folder, ignore_errors=True)


@contextmanager
def staging_in(folder: Path) -> Iterator[Staging]:
    """Give a hidden folder in ``folder`` for as long as the body runs.

    Those that killed processes left there are removed first.

    Parameters
    ----------
    folder : Path
        Where the output is to appear; exists.

    Yields
    ------
    Staging
        To be filled, and its content published.

    Raises
    ------
    OSError
        ``folder`` cannot be written.
    """
    with suppress(OSError):  # a folder that may be written but not listed
        for path in folder.iterdir():
            if PATTERN.fullmatch(path.name) and path.is_dir() and not path.is_symlink():
                _clear_if_abandoned(path)
    path, lock = _new_folder(folder)
    staging = Staging(path)
    try:
        staging.new.mkdir()
        (path / EARLIER).mkdir()
        yield staging
    finally:
        os.close(lock)  # first: some file systems keep a removed file that is open
        staging.clear()


def _new_folder(parent: Path) -> tuple[Path, int]:
    """Return a new hidden folder, and a descriptor that keeps it locked until it is closed."""
    while True:
        path = parent / f".axocell-{os.getpid()}-{secrets.token_hex(4)}"
        path.mkdir(mode=0o700)
        with suppress(BlockingIOError, FileNotFoundError):  # taken for abandoned: not locked yet
            lock = _open_lock(path)
            try:
                _lock(lock)
            except BlockingIOError:
                os.close(lock)
                raise
            except OSError:  # nothing can be locked here, so that nobody takes it for abandoned
                pass
            return path, lock


def _clear_if_abandoned(path: Path) -> None:
    with suppress(OSError):  # somebody else's, still in use, or nobody can tell
        lock = _open_lock(path)
        try:
            _lock(lock)
            Staging(path).clear()
        finally:
            os.close(lock)


def _open_lock(path: Path) -> int:
    return os.open(path / LOCK, os.O_RDWR | os.O_CREAT, 0o600)


@contextmanager
def _turn(folder: Path) -> Iterator[None]:
    """Wait until no other process publishes in a folder, where the system has locks for that."""
    with ExitStack() as stack:
        with suppress(OSError):
            descriptor = os.open(folder, os.O_RDONLY)
            stack.callback(os.close, descriptor)
            _lock(descriptor, wait=True)
        yield


def _lock(descriptor: int, *, wait: bool = False) -> None:
    """Lock a file or folder until its descriptor is closed, by the process itself or by its end.

    Raises
    ------
    BlockingIOError
        Somebody else has locked it, and there is no waiting.
    OSError
        The system or the file system has no locks.
    """
    if sys.platform == "win32":
        raise OSError(errno.ENOTSUP, "no locks that end with their process")
    fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
