"""Events of a recording, in a file and as the words that a program finds in its ring."""

import warnings
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from rtl.event_packer import BEAT_SAMPLES, EventPackerConfig
from system.atomic import atomic_file
from system.errors import UserError
from verification.golden.event_packer import event_packer
from verification.golden.snippet_buffer import event_dtype

__all__ = ["read_event_words", "write_events"]

FIELDS = ("time", "channel", "snippet")
MOST_CHANNELS, MOST_SAMPLES, WIDTH = 1024, 256, 16
LARGEST = 1 << 30  # bytes
MAGIC = b"\x93NUMPY"
HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
    (3, 0): np.lib.format.read_array_header_2_0,  # differs in the letters of other fields' names
}


def write_events(path: Path, events: npt.NDArray[np.void]) -> None:
    """Write events as a file of numpy's, which appears whole or not at all.

    Parameters
    ----------
    path : Path
        The file.
    events : ndarray of event_dtype
        Events.

    Raises
    ------
    UserError
        It cannot be written, or the events have no snippets: of too many a run keeps none.
    """
    if "snippet" not in (events.dtype.names or ()):
        raise UserError(
            f"{path}: events must have their samples to be written, but a run does not keep those "
            f"of {len(events)}; process less with --seconds"
        )
    with atomic_file(path) as temporary, temporary.open("wb") as file:
        np.save(file, events, allow_pickle=False)


def read_event_words(path: Path) -> npt.NDArray[np.uint32]:
    """Return the words of events in a file, as :class:`rtl.event_packer.EventPacker` makes them.

    Parameters
    ----------
    path : Path
        A file of numpy's with the fields ``time``, ``channel`` and ``snippet``.

    Returns
    -------
    ndarray of uint32, shape (events, words)
        A row each.

    Raises
    ------
    UserError
        The file is something else, or an event is none that the chip could have.
    """
    events = _events_in(path)
    samples = events.dtype["snippet"].shape[0]
    for name, limit in (("time", 1 << 32), ("channel", MOST_CHANNELS)):
        wrong = np.flatnonzero((events[name] < 0) | (events[name] >= limit))
        if wrong.size:
            raise UserError(
                f"{path}: {name} must be in 0..{limit - 1}, "
                f"not {events[name][wrong[0]]}, in event {wrong[0]}"
            )
    snippets = events["snippet"]
    high = 1 << (WIDTH - 1)
    if snippets.size and not (-high <= snippets.min() and snippets.max() < high):
        raise UserError(
            f"{path}: samples of a snippet must be in {-high}..{high - 1}, "
            f"not {snippets.min()}..{snippets.max()}"
        )
    config = EventPackerConfig(
        channels=MOST_CHANNELS,
        sample_width=WIDTH,
        samples=-(-samples // BEAT_SAMPLES) * BEAT_SAMPLES,
    )
    of_the_chip = np.empty(len(events), event_dtype(samples))
    for name in FIELDS:
        of_the_chip[name] = events[name]
    return event_packer(of_the_chip, config)


def _events_in(path: Path) -> npt.NDArray[np.void]:
    """Return events of the right fields."""
    if not path.is_file():
        raise UserError(f"{path}: must be a file of events, but is not")
    if path.stat().st_size > LARGEST:
        raise UserError(f"{path}: must have at most {LARGEST} bytes, not {path.stat().st_size}")
    with path.open("rb") as file:
        start = file.read(len(MAGIC))
    if start != MAGIC:
        raise UserError(
            f"{path}: must be a file of numpy's, but begins with {start.hex() or 'nothing'}"
        )
    with path.open("rb") as file:
        shape, dtype = _header(path, file)
        if len(shape) != 1 or not dtype.names or dtype.hasobject:
            raise UserError(
                f"{path}: must be a row of events, each {', '.join(FIELDS)}, but is not"
            )
        _check_fields(path, dtype)
        held = (path.stat().st_size - file.tell()) // dtype.itemsize
        if not 0 <= shape[0] <= held:
            raise UserError(
                f"{path}: must have as many events as its header says, but has {held} whole ones"
            )
        return np.fromfile(file, dtype, shape[0])


def _header(path: Path, file: BinaryIO) -> tuple[tuple[int, ...], np.dtype]:
    """Return shape and type of an array, and leave the file where its data begin."""
    try:
        with warnings.catch_warnings(action="ignore"):  # about old ways to write a header
            read = HEADERS[np.lib.format.read_magic(file)]
            shape, _, dtype = read(file)
    except Exception as error:  # Python reads it, and raises nearly anything of corrupt text
        raise UserError(f"{path}: must be a whole file of numpy's, but cannot be read") from error
    return shape, dtype


def _check_fields(path: Path, dtype: np.dtype) -> None:
    """Raise an error unless events of a type have what they must."""
    kinds = {name: dtype[name] for name in dtype.names or ()}
    for name in FIELDS:
        if name not in kinds:
            held = ", ".join(map(repr, kinds))
            raise UserError(f"{path}: events must have {', '.join(FIELDS)}, but have {held}")
        if kinds[name].base.kind not in "iu":
            raise UserError(f"{path}: {name} must be whole numbers, not {kinds[name].base}")
    shape = kinds["snippet"].shape
    if len(shape) != 1 or not 1 <= shape[0] <= MOST_SAMPLES:
        raise UserError(
            f"{path}: snippet must have 1..{MOST_SAMPLES} samples, not the shape {shape}"
        )
    for name in ("time", "channel"):
        if kinds[name].shape:
            raise UserError(f"{path}: {name} must be one number, not the shape {kinds[name].shape}")
