"""Which codes give a recording back, found by reading it once."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from system.codecs.sample_codes import MOST_BITS, SampleCode, fewest_bits, rounded
from system.errors import UserError
from system.recordings.recording import Recording

__all__ = ["float_step", "frames_per_block", "measure_samples", "read_stored"]

BLOCK_SAMPLES = 1 << 20
DECIMALS = range(2, 10)  # digits of a step that somebody wrote down
NEIGHBOURS = range(-3, 4)  # floats beside a quotient, which is rounded twice


def frames_per_block(channels: int) -> int:
    """Return how many frames are handled at a time.

    Parameters
    ----------
    channels : int
        Number of channels.

    Returns
    -------
    int
        At least one, and otherwise so many that a block has a million samples.
    """
    return max(1, BLOCK_SAMPLES // channels)


def read_stored(recording: Recording, start: int, stop: int) -> npt.NDArray:
    """Return a stretch of a recording as its file holds it.

    Parameters
    ----------
    recording : Recording
        The recording.
    start, stop : int
        First frame, and frame after the last.

    Returns
    -------
    ndarray
        Stored samples, [frames, channels].

    Raises
    ------
    UserError
        The file gave something else, or a sample that is not finite.
    """
    stored = np.asarray(recording.samples.read(start, stop))
    if stored.shape != (stop - start, recording.channels):
        raise UserError(
            f"{recording.subject}: frames {start}..{stop} of {recording.channels} channels were"
            f" expected, but the file gave samples of shape {stored.shape}"
        )
    if stored.dtype.kind == "f" and not np.isfinite(stored).all():
        row, channel = np.argwhere(~np.isfinite(stored))[0]
        raise UserError(
            f"{recording.subject}: samples must be finite, but channel {channel} at frame"
            f" {start + row} is {stored[row, channel]}"
        )
    return stored


def measure_samples(
    recording: Recording,
    *,
    lossy_step: float | None = None,
    progress: Callable[[float], None] = lambda _: None,
) -> SampleCode:
    """Return the narrowest codes that give a recording back.

    Parameters
    ----------
    recording : Recording
        The recording; it is read once.
    lossy_step : float or None
        What a code is worth, in units of a stored sample, where samples may be rounded.
    progress : callable
        Told which part of the recording has been read.

    Returns
    -------
    SampleCode
        The codes.

    Raises
    ------
    UserError
        Samples need more than 16 bits, or are floats that are no multiples of one number.
    """
    dtype = recording.samples.dtype
    block_frames = frames_per_block(recording.channels)
    step = lossy_step or 1.0
    if lossy_step is None and dtype.kind == "f":
        step = float_step(read_stored(recording, 0, min(recording.frames, block_frames)))
    lowest, highest = None, None
    for start in range(0, recording.frames, block_frames):
        stop = min(start + block_frames, recording.frames)
        stored = read_stored(recording, start, stop)
        codes = stored
        if lossy_step is not None or dtype.kind == "f":
            codes = rounded(stored, step)
        if lossy_step is None and dtype.kind == "f":
            _check_multiples(recording, stored, codes, step, start)
        low, high = int(codes.min()), int(codes.max())
        lowest = low if lowest is None else min(low, lowest)
        highest = high if highest is None else max(high, highest)
        progress(stop / recording.frames)
    width, offset = fewest_bits(lowest or 0, highest or 0)
    if width > MOST_BITS:
        remedy = "a larger --lsb-uv" if lossy_step else "--lsb-uv, and accept that they are rounded"
        raise UserError(
            f"{recording.subject}: samples must fit in {MOST_BITS} bits, but those from {lowest} to"
            f" {highest} need {width}; give {remedy}"
        )
    return SampleCode(
        dtype=dtype.str, width=width, offset=offset, step=step, exact=lossy_step is None
    )


def float_step(stored: npt.NDArray) -> float:
    """Return what floats look like multiples of: 1, a short decimal, or their least distance.

    Parameters
    ----------
    stored : ndarray of float
        Some samples.

    Returns
    -------
    float
        The largest step that gives all of them back exactly; if none does, the least distance.

    Examples
    --------
    >>> float_step(np.array([0.195, -0.39, 1.95], dtype=np.float32))
    0.195
    """
    values = np.unique(np.abs(stored.astype(np.float64)))
    if len(values) < 2:
        return float(values[0]) if len(values) and values[0] else 1.0
    distances = np.diff(values, prepend=0.0)
    largest = values[-1]
    # Rounding to the type makes distances a little larger or smaller than the step.
    noise = 4 * largest * np.finfo(stored.dtype).eps
    least = float(distances[distances > noise].min(initial=largest))
    count = np.rint(largest / least)
    near = float(largest / count)
    # Every sample leaves its step as much room as rounding it to the type took away.
    codes = rounded(stored, near)
    chosen = codes != 0
    middles, room = np.abs(stored[chosen] / codes[chosen].astype(np.float64)), 0.5
    room = room * np.spacing(np.abs(stored[chosen])).astype(np.float64) / np.abs(codes[chosen])
    middle = float((middles - room).max() + (middles + room).min()) / 2
    decimals = (float(f"{near:.{digits}g}") for digits in DECIMALS)
    beside = (near + shift * float(np.spacing(near)) for shift in NEIGHBOURS)
    for step in (1.0, *decimals, middle, *beside):
        if step > 0 and _gives_back(stored, rounded(stored, step), step):
            return step
    return near


def _gives_back(stored: npt.NDArray, codes: npt.NDArray[np.int64], step: float) -> bool:
    return (codes * step).astype(stored.dtype).tobytes() == stored.tobytes()


def _check_multiples(
    recording: Recording,
    stored: npt.NDArray,
    codes: npt.NDArray[np.int64],
    step: float,
    start: int,
) -> None:
    given = (codes * step).astype(stored.dtype)
    wrong = (given != stored) | (np.signbit(given) != np.signbit(stored))
    if wrong.any():
        row, channel = np.argwhere(wrong)[0]
        raise UserError(
            f"{recording.subject}: floats must be whole multiples of one number to be coded"
            f" without loss, but channel {channel} at frame {start + row} is"
            f" {stored[row, channel]!s}, no multiple of {step:.9g}; give --lsb-uv to round them"
        )
