"""The folder of a run: its files appear together at the end, and nothing of a failed run stays."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from system.atomic import full_disk_explained
from system.errors import UserError
from system.staging import staging_in

__all__ = ["DESIGN", "NWB", "REPORTS", "SORTING", "output_folder"]

DESIGN = "design.toml"
NWB = "spikes.nwb"
REPORTS = ("report.json", "report.html")
SORTING = "sorting"
SORTING_MARK = "si_folder.json"  # what every sorting of ours holds


@contextmanager
def output_folder(folder: Path) -> Iterator[Path]:
    """Give a hidden folder to fill; move its content into ``folder`` when the body succeeds.

    Files of an earlier run are replaced, other files of the folder are left alone. When the body
    fails, everything is as it was before.

    Parameters
    ----------
    folder : Path
        Where the content is to appear; made if it does not exist.

    Yields
    ------
    Path
        An empty hidden folder, inside of ``folder``.

    Raises
    ------
    UserError
        The folder cannot be written, holds something else of a name that the run needs, or the
        disk is full.
    """
    missing = [parent for parent in (folder, *folder.parents) if not parent.exists()]
    try:
        with ExitStack() as stack:
            with _explained(folder):
                folder.mkdir(parents=True, exist_ok=True)
                _check_replaceable(folder)
                staging = stack.enter_context(staging_in(folder))
            with full_disk_explained(folder), _named_as_it_appears(staging.new, folder):
                yield staging.new
            with _explained(folder):
                _check_replaceable(folder)
                staging.publish(*sorted(item.name for item in staging.new.iterdir()))
    except BaseException:
        for made in missing:
            with suppress(OSError):  # somebody else may have put something in it meanwhile
                made.rmdir()
        raise


def _check_replaceable(folder: Path) -> None:
    for name in (DESIGN, NWB, *REPORTS):
        if (folder / name).is_dir():
            raise UserError(f"{folder / name}: must be absent or a file, not a folder")
    taken = [name for name in (DESIGN, NWB, *REPORTS) if (folder / name).exists()]
    if taken and not _is_report(folder / REPORTS[0]):
        raise UserError(
            f"{folder / taken[0]}: must be absent or of an earlier run, whose {REPORTS[0]} stands "
            f"beside it; choose another --output"
        )
    sorting = folder / SORTING
    if sorting.exists() and not (sorting / SORTING_MARK).is_file():
        raise UserError(
            f"{sorting}: must be absent or the sorting of an earlier run, which has {SORTING_MARK}"
        )


def _is_report(path: Path) -> bool:
    """Whether a file is the report of a run."""
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(report, dict) and {"schema", "axocell", "rtl_golden"} <= report.keys()


@contextmanager
def _explained(folder: Path) -> Iterator[None]:
    """Turn what the file system refuses into a message about the output."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or error
        raise UserError(f"{folder}: the output cannot be written here: {reason}") from error


@contextmanager
def _named_as_it_appears(hidden: Path, folder: Path) -> Iterator[None]:
    """Let messages about an output name its place, not the hidden folder in which it is made."""
    try:
        yield
    except UserError as error:
        message = str(error).replace(str(hidden.resolve()), str(folder))
        if message == str(error):
            raise
        raise UserError(message) from error
