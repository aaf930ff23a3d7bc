"""Which side of a stored array is time."""

from collections.abc import Sequence
from dataclasses import dataclass

from system.errors import UserError

__all__ = ["MOST_ROWS_AS_CHANNELS", "SHORTEST_FRAMES_PER_CHANNEL", "Orientation", "orient"]

# An array of at most so many rows and at least so many times more columns is channels x frames.
# Probes have up to about a thousand sites; a recording of fewer frames than this is no recording.
MOST_ROWS_AS_CHANNELS = 1024
SHORTEST_FRAMES_PER_CHANNEL = 8


@dataclass(frozen=True)
class Orientation:
    """How the samples of an array are laid out.

    Parameters
    ----------
    frames : int
        Number of frames.
    channels : int
        Number of channels.
    transposed : bool
        The array is channels x frames.
    """

    frames: int
    channels: int
    transposed: bool


def orient(
    name: str, shape: Sequence[int], channels: int | None, notes: list[str] | None = None
) -> Orientation:
    """Tell frames from channels.

    One dimension is one channel. Two are frames x channels, unless the number of channels is given
    and only the rows match it, or it is not given and the array has at most 1024 rows and at
    least eight times as many columns.

    Parameters
    ----------
    name : str
        Name of the file, for messages.
    shape : sequence of int
        Shape of the array.
    channels : int or None
        Number of channels, if the user gave it.
    notes : list of str, optional
        Where to say that an array was taken as channels x frames.

    Returns
    -------
    Orientation
        The layout.

    Raises
    ------
    UserError
        The array has no or more than two dimensions, or no side of the given number of channels.

    Examples
    --------
    >>> orient("a.npy", (240_000, 68), None)
    Orientation(frames=240000, channels=68, transposed=False)
    >>> orient("a.npy", (68, 240_000), None)
    Orientation(frames=240000, channels=68, transposed=True)
    """
    shape = tuple(int(side) for side in shape)
    if len(shape) not in {1, 2}:
        raise UserError(
            f"{name}: samples must be an array of one or two dimensions, not of shape {shape}"
        )
    rows, columns = (*shape, 1)[:2]
    if channels is not None and channels not in (shape if len(shape) == 2 else (1,)):
        raise UserError(
            f"{name}: samples of shape {shape} do not have the {channels} channels given"
        )
    if channels is not None:
        transposed = columns != channels
    else:
        transposed = (
            0 < rows <= MOST_ROWS_AS_CHANNELS and columns >= SHORTEST_FRAMES_PER_CHANNEL * rows
        )
    if not transposed:
        return Orientation(frames=rows, channels=columns, transposed=False)
    if notes is not None and rows > 1:
        notes.append(f"samples of shape {shape} were taken as {rows} channels x {columns} frames")
    return Orientation(frames=columns, channels=rows, transposed=True)
