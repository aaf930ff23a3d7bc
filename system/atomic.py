"""Files and folders that appear whole or not at all."""

import errno
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from system.errors import UserError

__all__ = ["atomic_file", "atomic_folder"]

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def atomic_file(path: str | Path) -> Iterator[Path]:
    """Give a temporary path to write; move it to ``path`` when the body succeeds.

    An earlier file at ``path`` stays until that moment, and for good when the body fails; the
    temporary file and the parent folders made for it are then removed.

    Parameters
    ----------
    path : str or Path
        Where the file is to appear.

    Yields
    ------
    Path
        An empty file beside ``path`` with the same suffix, to be written or replaced.

    Raises
    ------
    UserError
        ``path`` is a folder, its folder cannot be written, or the disk is full.
    """
    path = _absolute(path)
    if path.is_dir():
        raise UserError(f"{path}: an output file cannot take the place of a folder")
    with _beside(path) as temporary:
        with _explained(path):
            temporary.touch(exist_ok=False)
        yield temporary
        with _explained(path):
            temporary.replace(path)


@contextmanager
def atomic_folder(path: str | Path, *, recognised_by: str) -> Iterator[Path]:
    """Give a temporary folder to fill; move it to ``path`` when the body succeeds.

    Parameters
    ----------
    path : str or Path
        Where the folder is to appear.
    recognised_by : str
        Name of a file that every earlier output of this kind holds. A folder with other things in
        it is never replaced, so that a mistyped output cannot cost anybody their data.

    Yields
    ------
    Path
        An empty folder beside ``path``, to be filled.

    Raises
    ------
    UserError
        ``path`` is a file, the current folder or one above it, or a folder with other things in
        it; or its folder cannot be written, or the disk is full.
    """
    path = _absolute(path)
    with _explained(path):
        _check_replaceable(path, recognised_by)
    with _beside(path) as temporary:
        with _explained(path):
            temporary.mkdir()
        yield temporary
        with _explained(path):
            _check_replaceable(path, recognised_by)
            _replace_folder(temporary, path)


def _absolute(path: str | Path) -> Path:
    """Return ``path`` without links and dots: what a link points at is replaced, not the link."""
    path = Path(path)
    with _explained(path):
        return path.resolve()


def _check_replaceable(path: Path, recognised_by: str) -> None:
    if Path.cwd().is_relative_to(path):
        raise UserError(f"{path}: an output folder cannot take the place of the current folder")
    if path.is_dir():
        if any(path.iterdir()) and not (path / recognised_by).is_file():
            raise UserError(
                f"{path}: an output folder must be new, empty, or an earlier output; "
                f"this one holds other things and no {recognised_by}"
            )
    elif path.exists():
        raise UserError(f"{path}: an output folder cannot take the place of a file")


def _replace_folder(temporary: Path, path: Path) -> None:
    """Put ``temporary`` in the place of ``path``, or leave ``path`` as it was."""
    if not path.exists():
        temporary.replace(path)
        return
    earlier = _sibling(path, "earlier")
    path.replace(earlier)
    try:
        temporary.replace(path)
    except BaseException:
        earlier.replace(path)
        raise
    shutil.rmtree(earlier)


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """Give a free path beside ``path``; when the body fails, remove all that came of it."""
    temporary = _sibling(path, "partial")
    made = [folder for folder in path.parents if not folder.exists()]
    try:
        with _explained(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
    except BaseException as error:
        _remove(temporary)
        for folder in made:
            with suppress(OSError):  # somebody else may have put something in it meanwhile
                folder.rmdir()
        if isinstance(error, OSError) and error.errno in _NO_ROOM:
            raise UserError(f"{path}: cannot be written: {error.strerror or error}") from error
        raise


def _sibling(path: Path, role: str) -> Path:
    """Return a hidden name beside ``path``; the suffix stays, since writers look at it."""
    return path.with_name(f".{path.stem}.{secrets.token_hex(4)}.{role}{path.suffix}")


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink()


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turn what the file system refuses into a message about the output."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or error
        raise UserError(f"{path}: the output cannot be written here: {reason}") from error
