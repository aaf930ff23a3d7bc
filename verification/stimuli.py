"""Recordings that reach the corners which random draws miss."""

import numpy as np
import numpy.typing as npt
from scipy import signal

from rtl.band_pass import BandPassConfig
from rtl.streams import sample_layout
from verification.payloads import payload_dtype

__all__ = [
    "corner_codes",
    "rounding_ties",
    "sample_records",
    "spiky_samples",
    "worst_case_codes",
]

Codes = npt.NDArray[np.int64]


def corner_codes(
    *, channels: int, width: int, frames: int, rng: np.random.Generator
) -> dict[str, Codes]:
    """Return short recordings, each with a corner of its own.

    Parameters
    ----------
    channels : int
        Number of channels.
    width : int
        Sample width, bits; all recordings reach both limits somewhere.
    frames : int
        Frames of each recording.
    rng : numpy.random.Generator
        Source of what is random in them.

    Returns
    -------
    dict from str to ndarray of int, shape (frames, channels)
        By name.
    """
    low, high = -(1 << (width - 1)), (1 << (width - 1)) - 1
    frame, channel = np.mgrid[:frames, :channels]
    noise = rng.integers(low, high + 1, size=(frames, channels))
    ramp = np.linspace(low, high, frames).round().astype(np.int64)
    return {
        "silence": np.zeros_like(noise),
        "offset": np.where(channel % 2, high, low),
        "square": np.where(frame // (4 + channel % 8) % 2, high, low),
        "alternating_extremes": np.where((frame + channel) % 2, high, low),
        "impulses": np.select(
            [(frame + 3 * channel) % 16 == 3, (frame + 3 * channel) % 16 == 11], [high, low]
        ),
        "ramp": np.where(channel % 2, ramp[::-1, np.newaxis], ramp[:, np.newaxis]),
        # One channel after the other is busy while all others must stay perfectly silent.
        "one_channel_at_a_time": np.where(frame * channels // frames == channel, noise, 0),
        "coarse": rng.choice([-2, -1, 0, 1, 2], size=(frames, channels)),
        "noise": noise,
    }


def worst_case_codes(config: BandPassConfig, *, frames: int) -> Codes:
    """Return the input that drives the filter furthest: its impulse response's signs, reversed.

    Parameters
    ----------
    config : BandPassConfig
        The filter.
    frames : int
        Frames; the peak comes with the last.

    Returns
    -------
    ndarray of int, shape (frames, channels)
        Odd channels are driven to the other side.
    """
    one = 1 << config.coefficient_fraction_bits
    sections = [
        [s.gain / one, s.gain * s.zero / one, s.gain / one, 1.0, s.a1 / one, s.a2 / one]
        for s in config.sections
    ]
    impulse = np.zeros(frames)
    impulse[0] = 1.0
    toward = np.asarray(signal.sosfilt(sections, impulse))[::-1, np.newaxis] > 0
    up = toward ^ (np.arange(config.channels) % 2 == 1)
    limit = 1 << (config.sample_width - 1)
    return np.where(up, limit - 1, -limit)


def rounding_ties(config: BandPassConfig) -> Codes:
    """Return codes which, as the first sample after silence, lie exactly between two results.

    Random samples hit a tie of a section about once in ``2**coefficient_fraction_bits``.

    Parameters
    ----------
    config : BandPassConfig
        The filter.

    Returns
    -------
    ndarray of int, shape (count,)
        Those with a tie in any section or at the output.
    """
    limit = 1 << (config.sample_width - 1)
    codes = np.arange(-limit, limit)
    exact = codes << config.guard_bits
    tie = np.zeros(len(codes), dtype=bool)
    shifts = [config.coefficient_fraction_bits] * len(config.sections)
    gains = [section.gain for section in config.sections]
    drop = config.guard_bits - config.output_fraction_bits
    for gain, shift in zip([*gains, 1], [*shifts, drop], strict=True):
        exact = exact * gain
        half = 1 << (shift - 1)
        tie |= exact & ((1 << shift) - 1) == half
        exact = (exact + half) >> shift
    return codes[tie]


def spiky_samples(*, channels: int, width: int, frames: int, rng: np.random.Generator) -> Codes:
    """Return noise with spikes of many heights, some too close together and some with flat tops.

    Parameters
    ----------
    channels : int
        Number of channels.
    width : int
        Sample width, bits.
    frames : int
        Frames.
    rng : numpy.random.Generator
        Source of noise and spikes.

    Returns
    -------
    ndarray of int, shape (frames, channels)
        Samples.
    """
    low, high = -(1 << (width - 1)), (1 << (width - 1)) - 1
    samples = rng.normal(0, high / 40, size=(frames, channels))
    shapes = ([0.3, 1.0, 0.2, -0.4], [0.6, 0.6, 0.6, -0.6], [0.2, -0.9, -0.9, 0.5])
    for channel in range(channels):
        frame = int(rng.integers(0, 20))
        while frame + 4 <= frames:
            shape = np.array(shapes[int(rng.integers(len(shapes)))])
            samples[frame : frame + 4, channel] += shape * rng.uniform(0.2, 1.3) * high
            frame += int(rng.integers(3, 60))
    return np.clip(samples.round(), low, high).astype(np.int64)


def sample_records(codes: Codes, *, width: int) -> npt.NDArray[np.void]:
    """Return a recording as the beats of a time-multiplexed stream.

    Parameters
    ----------
    codes : ndarray of int, shape (frames, channels)
        The recording.
    width : int
        Sample width, bits.

    Returns
    -------
    ndarray of records
        Frame by frame, channel 0 first; the first frame restarts every channel.
    """
    frames, channels = codes.shape
    records = np.zeros(codes.size, dtype=payload_dtype(sample_layout(width, channels)))
    records["sample"] = codes.ravel()
    records["channel"] = np.tile(np.arange(channels), frames)
    records["restart"][:channels] = 1
    return records
