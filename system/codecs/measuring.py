"""Which codes give a recording back, found by reading it once."""

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from system.codecs.float_steps import find_step, ulps_beyond
from system.codecs.sample_codes import MOST_BITS, SampleCode, fewest_bits, packed_ulps, rounded
from system.errors import UserError
from system.recordings.recording import Recording

__all__ = ["frames_per_block", "measure_samples", "read_stored"]

BLOCK_SAMPLES = 1 << 20
MOST_VALUES = 1 << MOST_BITS  # that codes tell apart
ROUNDING = "--lsb-uv, and accept that they are rounded"


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
    if lossy_step is None and dtype.kind == "f":
        return _measure_floats(recording, progress)
    step = lossy_step or 1.0
    extremes = []
    for stored in _blocks(recording, progress):
        whole = stored if lossy_step is None else rounded(stored, step)
        extremes += [int(whole.min()), int(whole.max())]
    remedy = "a larger --lsb-uv" if lossy_step else ROUNDING
    width, offset = _width_and_offset(recording, min(extremes), max(extremes), remedy)
    return SampleCode(
        dtype=dtype.str, width=width, offset=offset, step=step, exact=lossy_step is None
    )


def _blocks(recording: Recording, progress: Callable[[float], None]) -> Iterator[npt.NDArray]:
    block_frames = frames_per_block(recording.channels)
    for start in range(0, recording.frames, block_frames):
        stop = min(start + block_frames, recording.frames)
        yield read_stored(recording, start, stop)
        progress(stop / recording.frames)


def _width_and_offset(
    recording: Recording, lowest: int, highest: int, remedy: str
) -> tuple[int, int]:
    width, offset = fewest_bits(lowest, highest)
    if width > MOST_BITS:
        raise UserError(
            f"{recording.subject}: samples must fit in {MOST_BITS} bits, but those from {lowest} to"
            f" {highest} need {width}; give {remedy}"
        )
    return width, offset


def _measure_floats(recording: Recording, progress: Callable[[float], None]) -> SampleCode:
    """Return codes of floats, which have few different values if they are multiples of anything."""
    values, signed_zero, frames = np.empty(0, dtype=recording.samples.dtype), False, 0
    rule = "floats must be whole multiples of one number to be coded without loss"
    for stored in _blocks(recording, progress):
        frames += len(stored)
        signed_zero = signed_zero or bool(np.signbit(stored[stored == 0]).any())
        values = np.union1d(values, stored)
        if len(values) > MOST_VALUES:
            raise UserError(
                f"{recording.subject}: {rule}, and have at most {MOST_VALUES} values, but those of"
                f" the first {frames} frames have {len(values)}; give --lsb-uv to round them"
            )
    step = find_step(values)
    if step is None:
        raise UserError(
            f"{recording.subject}: {rule}, but there is none that divides {values[0]!s},"
            f" {values[-1]!s} and the {len(values) - 2} values between; give --lsb-uv to round them"
        )
    whole = rounded(values, step)
    if signed_zero:
        whole -= values <= 0
    width, offset = _width_and_offset(recording, int(whole[0]), int(whole[-1]), ROUNDING)
    ulps = ulps_beyond(values, step)
    return SampleCode(
        dtype=recording.samples.dtype.str,
        width=width,
        offset=offset,
        step=step,
        signed_zero=signed_zero,
        ulps=packed_ulps(whole - offset, ulps, width) if ulps.any() else "",
    )
