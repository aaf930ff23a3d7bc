"""What codecs are tried with."""

import numpy as np
import numpy.typing as npt

from rtl.ap_codec_config import ApCodecConfig
from rtl.arithmetic_encoder_config import TOTAL
from verification.golden.snippet_buffer import event_dtype

__all__ = ["random_events", "random_tables", "waves"]


def waves(config: ApCodecConfig, frames: int, *, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Return a recording: slow waves, noise that comes and goes, steps to both ends, silence.

    Parameters
    ----------
    config : ApCodecConfig
        Says how many channels, and how wide samples are.
    frames : int
        Length.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray of int64, shape (frames, channels)
        Samples.
    """
    limit = 1 << (config.sample_width - 1)
    time = np.arange(frames)[:, None]
    wave = np.sin(time / (5 + np.arange(config.channels))) * limit / 3
    noise = rng.normal(size=(frames, config.channels)) * limit / 40 * (1 + (time // 40) % 4)
    samples = np.clip(np.rint(wave + noise), -limit, limit - 1).astype(np.int64)
    third = frames // 3
    samples[third : third + 4] = rng.choice([-limit, limit - 1], size=(4, config.channels))
    samples[2 * third : 2 * third + 20] = 0
    return samples


def random_tables(config: ApCodecConfig, *, rng: np.random.Generator) -> npt.NDArray[np.int32]:
    """Return tables for the arithmetic coder, whose small residuals are likely.

    Parameters
    ----------
    config : ApCodecConfig
        Says how many, and for how many symbols.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray of int32, shape (2, contexts, symbols + 1)
        Cumulative frequencies, descending.
    """
    symbols = config.arithmetic.symbols
    size = 2, config.contexts
    weights = rng.random((*size, symbols)) / (4 + np.abs(np.arange(symbols) - symbols // 2)) ** 2
    shares = weights / weights.sum(axis=-1, keepdims=True)
    frequencies = 1 + rng.multinomial(TOTAL - symbols, shares)
    cumulative = TOTAL - np.cumsum(frequencies, axis=-1)
    return np.concatenate((np.full((*size, 1), TOTAL), cumulative), axis=-1).astype(np.int32)


def random_events(
    config: ApCodecConfig, count: int, *, rng: np.random.Generator
) -> npt.NDArray[np.void]:
    """Return events of all channels: a shape and noise, at times near and far from each other.

    Parameters
    ----------
    config : ApCodecConfig
        Says how many channels, and how long snippets are and how wide samples.
    count : int
        Number of events.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray of event_dtype(config.snippet_samples)
        Events, in the order of their time but for one that steps back.
    """
    limit = 1 << (config.sample_width - 1)
    events = np.zeros(count, dtype=event_dtype(config.snippet_samples))
    events["time"] = 9000 + np.cumsum(rng.integers(0, 400, size=count))
    events["time"][count // 4] -= 5000
    events["time"][count // 2 :] += 70_000
    events["channel"] = rng.integers(config.channels, size=count)
    shape = np.sin(np.arange(config.snippet_samples) / 3) * limit / 2
    noise = rng.normal(size=(count, config.snippet_samples)) * limit / 30
    events["snippet"] = np.clip(np.rint(shape + noise), -limit, limit - 1)
    return events
