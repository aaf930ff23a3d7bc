"""Text files: lines and columns of numbers; unpacked into a temporary binary file."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

from system.errors import UserError
from system.recordings.flat_samples import FlatSamples, TemporaryFile
from system.recordings.given import Given
from system.recordings.orientation import orient
from system.recordings.stored import StoredRecording
from system.recordings.third_party import third_party

__all__ = ["open_text"]

_LINES_AT_A_TIME = 50_000
_TIME_NAMES = {"t", "time", "times", "seconds", "time_s", "time (s)", "time [s]"}
_NOT_WHOLE = re.compile(r"[.eEnNiI]")  # of 1.0, 1e3, nan, inf


def open_text(path: Path, given: Given) -> StoredRecording:
    """Open a text file of numbers.

    A line is a frame and a column a channel, or the other way round by the rule for arrays (see
    :func:`~system.recordings.orientation.orient`). Columns are separated by commas, semicolons,
    tabs or blanks. A first line that is not numbers names the columns; a first column named time,
    in seconds, is left out and gives the sampling rate. Empty lines and lines that begin with
    ``#`` or ``%`` are skipped. Numbers that are whole throughout are taken for a converter's
    counts, which need a scale.

    Parameters
    ----------
    path : Path
        The file.
    given : Given
        What the user says.

    Returns
    -------
    StoredRecording
        Its samples, read from a temporary file.

    Raises
    ------
    UserError
        A line is not numbers, or has another number of columns than the first.
    """
    given.check_no_stream("text")
    notes: list[str] = []
    unpacked = TemporaryFile()
    with third_party(path.name, "read as text"), path.open(encoding="utf-8-sig") as file:
        lines = _numbered_lines(file)
        first = next(lines, None)
        delimiter = _delimiter(first.text) if first else None
        names = [name.strip('" ').lower() for name in first.split(delimiter)] if first else []
        if first and not first.is_numbers(delimiter):
            first = next(lines, None)
            timed = len(names) > 1 and names[0] in _TIME_NAMES
        else:
            timed = False
        if first is None:
            raise UserError(f"{path.name}: has no line of numbers")
        table = _unpack(path.name, chain([first], lines), delimiter, timed, unpacked.path)
    if timed:
        notes.append(f"column {names[0]!r} was left out and gives the sampling rate")
    layout = orient(path.name, (table.rows, table.columns), given.channels, notes)
    samples = FlatSamples(
        path=unpacked.path,
        dtype=np.dtype(np.float64),
        frames=layout.frames,
        channels=layout.channels,
        frames_first=not layout.transposed,
        owner=unpacked,
    )
    return StoredRecording(
        samples=samples,
        format="text",
        sampling_rate_hz=table.sampling_rate_hz,
        counts=table.whole,
        notes=notes,
    )


@dataclass(frozen=True)
class _Line:
    number: int
    text: str

    def split(self, delimiter: str | None) -> list[str]:
        return self.text.split(delimiter)

    def is_numbers(self, delimiter: str | None) -> bool:
        try:
            [float(word) for word in self.split(delimiter)]
        except ValueError:
            return False
        return True


@dataclass(frozen=True)
class _Table:
    rows: int
    columns: int
    whole: bool
    sampling_rate_hz: float | None


def _numbered_lines(file: Iterator[str]) -> Iterator[_Line]:
    for number, line in enumerate(file, start=1):
        text = line.strip()
        if text and text[0] not in "#%":
            yield _Line(number, text)


def _delimiter(text: str) -> str | None:
    """Return what separates columns; ``None`` stands for blanks."""
    return next((mark for mark in ("\t", ";", ",") if mark in text), None)


def _unpack(
    name: str, lines: Iterator[_Line], delimiter: str | None, timed: bool, path: Path
) -> _Table:
    """Write the numbers to a binary file, a stretch of lines at a time."""
    rows, columns, whole = 0, 0, True
    first_times = np.zeros(0)
    with path.open("wb") as binary:
        while stretch := list(islice(lines, _LINES_AT_A_TIME)):
            columns = columns or len(stretch[0].split(delimiter))
            values = _numbers(name, stretch, delimiter, columns)
            whole = whole and not any(_NOT_WHOLE.search(line.text) for line in stretch)
            if timed:
                first_times = values[:1000, 0] if not rows else first_times
                values = values[:, 1:]
            values.tofile(binary)
            rows += len(values)
    period_s = float(np.median(np.diff(first_times))) if first_times.size > 1 else 0.0
    return _Table(
        rows=rows,
        columns=columns - timed,
        whole=whole,
        sampling_rate_hz=1 / period_s if period_s else None,
    )


def _numbers(
    name: str, lines: list[_Line], delimiter: str | None, columns: int
) -> npt.NDArray[np.float64]:
    try:
        values = np.loadtxt(
            [line.text for line in lines], delimiter=delimiter, comments=None, ndmin=2
        )
    except ValueError as error:
        raise _wrong_line(name, lines, delimiter, columns) or error from error
    if values.shape[1] != columns:
        raise _wrong_line(name, lines, delimiter, columns) or ValueError("columns differ")
    return values


def _wrong_line(
    name: str, lines: list[_Line], delimiter: str | None, columns: int
) -> UserError | None:
    for line in lines:
        shown = line.text if len(line.text) <= 40 else line.text[:37] + "..."
        if not line.is_numbers(delimiter):
            return UserError(f"{name}: line {line.number} must be numbers, not {shown!r}")
        if len(line.split(delimiter)) != columns:
            return UserError(
                f"{name}: line {line.number} must have {columns} columns as the first has,"
                f" not {len(line.split(delimiter))}"
            )
    return None
