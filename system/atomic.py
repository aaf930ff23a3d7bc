"""Files and folders that appear whole or not at all."""

import errno
import os
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from system.errors import UserError
from system.staging import Staging, staging_in

__all__ = ["atomic_file", "atomic_folder", "full_disk_explained"]

NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
# What libraries raise that lose the number of the error, or keep it in the text: HDF5, NumPy.
NUMBER_IN_TEXT = re.compile(r"errno = (\d+)")
WRITTEN_IN_PART = re.compile(r"\d+ requested and \d+ written")


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
        An empty file of the same name, to be written or replaced.

    Raises
    ------
    UserError
        ``path`` is a folder or a device, its folder cannot be written, or the disk is full.
    """
    path = _absolute(path)
    if path.is_dir():
        raise UserError(f"{path}: an output file cannot take the place of a folder")
    if path.exists() and not path.is_file():
        raise UserError(f"{path}: an output file cannot take the place of a device or a pipe")
    with _beside(path) as staging:
        temporary = staging.new / path.name
        with _explained(path):
            temporary.touch(exist_ok=False)
        yield temporary
        with _explained(path):
            staging.publish(path.name)


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
        An empty folder of the same name, to be filled.

    Raises
    ------
    UserError
        ``path`` is a file, the current folder or one above it, or a folder with other things in
        it; or its folder cannot be written, or the disk is full.
    """
    path = _absolute(path)
    with _explained(path):
        _check_replaceable(path, recognised_by)
    with _beside(path) as staging:
        temporary = staging.new / path.name
        with _explained(path):
            temporary.mkdir()
        yield temporary
        with _explained(path):
            _check_replaceable(path, recognised_by)
            staging.publish(path.name)


@contextmanager
def full_disk_explained(path: Path) -> Iterator[None]:
    """Turn what the body, or a library it uses, says of a full disk into a message.

    A quota that is used up and a file that is too large count as full.

    Parameters
    ----------
    path : Path
        What is being written, for the message.

    Yields
    ------
    None

    Raises
    ------
    UserError
        There was no room.
    """
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        if reason := _no_room(error):
            raise UserError(f"{path}: cannot be written: {reason}") from error
        raise


def _no_room(error: BaseException | None) -> str | None:
    """Return what an error, or one that led to it, says of a full disk."""
    while error is not None:
        found = NUMBER_IN_TEXT.search(str(error))
        number = int(found[1]) if found else None
        if isinstance(error, OSError):
            number = error.errno or number
            if WRITTEN_IN_PART.search(str(error)):
                number = errno.ENOSPC
        if number in NO_ROOM:
            return os.strerror(number)
        error = error.__cause__ or error.__context__
    return None


def _absolute(path: str | Path) -> Path:
    """Return ``path`` without links and dots: what a link points at is replaced, not the link."""
    path = Path(path)
    try:
        return path.resolve()
    except (OSError, RuntimeError) as error:  # the latter of links in a circle, up to Python 3.12
        raise UserError(f"{path}: the output cannot be written here: {error}") from error


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


@contextmanager
def _beside(path: Path) -> Iterator[Staging]:
    """Give a hidden folder beside ``path``; when the body fails, remove all that came of it."""
    made = [folder for folder in path.parents if not folder.exists()]
    try:
        with ExitStack() as stack:
            with _explained(path):
                path.parent.mkdir(parents=True, exist_ok=True)
                staging = stack.enter_context(staging_in(path.parent))
            with full_disk_explained(path):
                yield staging
    except BaseException:
        for folder in made:
            with suppress(OSError):  # somebody else may have put something in it meanwhile
                folder.rmdir()
        raise


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turn what the file system refuses into a message about the output."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or error
        raise UserError(f"{path}: the output cannot be written here: {reason}") from error
