"""Events of a recording, in a file and as the words that a program finds in its ring."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from rtl.event_packer import BEAT_SAMPLES, EventPackerConfig
from system.atomic import atomic_file
from system.errors import UserError
from verification.golden.event_packer import event_packer

__all__ = ["read_event_words", "write_events"]

FIELDS = ("time", "channel", "snippet")
MOST_CHANNELS, MOST_SAMPLES, WIDTH = 1024, 256, 16
LARGEST = 1 << 30  # bytes
MAGIC = b"\x93NUMPY"


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
    return event_packer(events, config)


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
    try:
        events = np.load(path, allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise UserError(f"{path}: must be a whole file of numpy's, but cannot be read") from error
    if events.ndim != 1 or not events.dtype.names:
        raise UserError(f"{path}: must be a row of events, each {', '.join(FIELDS)}, but is not")
    kinds = {name: events.dtype[name] for name in events.dtype.names}
    for name in FIELDS:
        if name not in kinds:
            raise UserError(
                f"{path}: events must have {', '.join(FIELDS)}, but have {', '.join(kinds)}"
            )
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
    return events
