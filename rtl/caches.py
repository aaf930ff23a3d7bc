"""Where to keep what takes long to make: among the user's caches, or until the process ends."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from platformdirs import user_cache_path

__all__ = ["cache_folder", "environment", "writable_caches"]


def cache_folder(name: str) -> Path:
    """Return an existing folder that can be written.

    It is the user's own in either case: a place that others can write to before us could hold
    code of theirs.

    Parameters
    ----------
    name : str
        What is kept in it.

    Returns
    -------
    Path
        In the user's cache folder; where that cannot be written, a temporary one, the same until
        the process ends.
    """
    kept = user_cache_path("axocell") / name
    if not _can_be_written(kept):
        kept = _temporary_folder() / name
        kept.mkdir(exist_ok=True)
    return kept


@contextmanager
def writable_caches() -> Iterator[None]:
    """Give libraries that end with an error without the user's cache folder another one instead.

    They are told as their makers meant it, by ``XDG_CACHE_HOME``.

    Yields
    ------
    None
        Inside of the context there is a cache folder that can be written.
    """
    if _can_be_written(user_cache_path()):
        yield
    else:
        with environment(XDG_CACHE_HOME=str(_temporary_folder())):
            yield


def _can_be_written(folder: Path) -> bool:
    """Whether there is such a folder, or now is, in which a file can be made."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError:
        return False
    return True


@cache
def _temporary_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="axocell-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@contextmanager
def environment(**variables: str) -> Iterator[None]:
    """Set environment variables, for libraries that cannot be told otherwise, and set them back.

    Parameters
    ----------
    **variables : str
        Names and values.

    Yields
    ------
    None
        The variables are set inside of the context.
    """
    earlier = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in earlier.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
