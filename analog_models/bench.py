"""What stands on the bench: a generator that drives all channels, and a recorder of codes."""

import numpy as np
import numpy.typing as npt

from analog_models.frontend import RecordingFrontend
from analog_models.tone import (
    TONE_LEVEL,
    TONE_SAMPLES,
    TONE_SEGMENTS,
    coherent_cycles,
    fit_sine,
)

__all__ = ["measure_gains", "measure_noise_v", "record_tone"]

NOISE_SAMPLES = 1 << 16
BLOCK_FRAMES = 1024


def record_tone(
    frontend: RecordingFrontend,
    *,
    channels: list[int],
    tone_hz: float,
    noise_rng: np.random.Generator,
) -> tuple[int, npt.NDArray[np.int16]]:
    """Drive all channels with one sine over most of full scale; record after it has settled.

    Parameters
    ----------
    frontend : RecordingFrontend
        The die; its state changes.
    channels : list of int
        Channels to record.
    tone_hz : float
        Frequency wanted, hertz; the nearest with whole cycles in a segment is used.
    noise_rng : numpy.random.Generator
        Draws the noise.

    Returns
    -------
    cycles : int
        Cycles in one of the record's segments.
    codes : numpy.ndarray
        The record ``[TONE_SEGMENTS * TONE_SAMPLES, channels]``.
    """
    cycles = coherent_cycles(
        tone_hz=tone_hz, sampling_rate_hz=frontend.sampling_rate_hz, samples=TONE_SAMPLES
    )
    samples = TONE_SAMPLES * TONE_SEGMENTS
    oversampling = frontend.config.oversampling
    turns = cycles * np.arange(2 * samples * oversampling) / (TONE_SAMPLES * oversampling)
    tone_v = _peak_v(frontend) * np.sin(2.0 * np.pi * turns)
    return cycles, _drive(frontend, tone_v, channels, noise_rng)[samples:]


def measure_gains(
    frontend: RecordingFrontend,
    *,
    channels: list[int],
    tone_hz: float,
    noise_rng: np.random.Generator,
) -> npt.NDArray[np.float64]:
    """Measure the gain from the electrodes to the converter with a tone.

    Parameters
    ----------
    frontend : RecordingFrontend
        The die; its state changes.
    channels : list of int
        Channels to measure.
    tone_hz : float
        Frequency of the tone, hertz.
    noise_rng : numpy.random.Generator
        Draws the noise.

    Returns
    -------
    numpy.ndarray
        Gain of each of ``channels``.
    """
    cycles, records = record_tone(frontend, channels=channels, tone_hz=tone_hz, noise_rng=noise_rng)
    amplitudes = [fit_sine(record, cycles=cycles * TONE_SEGMENTS).amplitude for record in records.T]
    return np.array(amplitudes) * frontend.config.converter.lsb_v / _peak_v(frontend)


def measure_noise_v(
    frontend: RecordingFrontend, *, channels: list[int], noise_rng: np.random.Generator
) -> npt.NDArray[np.float64]:
    """Measure the noise at the converter with shorted inputs.

    Parameters
    ----------
    frontend : RecordingFrontend
        The die; its state changes.
    channels : list of int
        Channels to measure.
    noise_rng : numpy.random.Generator
        Draws the noise.

    Returns
    -------
    numpy.ndarray
        RMS noise of each of ``channels``, volts at the converter, quantisation included.
    """
    shorted_v = np.zeros(NOISE_SAMPLES * frontend.config.oversampling)
    codes = _drive(frontend, shorted_v, channels, noise_rng)
    return codes.std(axis=0) * frontend.config.converter.lsb_v


def _drive(
    frontend: RecordingFrontend,
    input_v: npt.NDArray[np.float64],
    channels: list[int],
    noise_rng: np.random.Generator,
) -> npt.NDArray[np.int16]:
    """Apply one waveform to all channels, block by block, and keep the codes of some."""
    block = BLOCK_FRAMES * frontend.config.oversampling
    kept = []
    for first in range(0, input_v.size, block):
        column = input_v[first : first + block, np.newaxis]
        everywhere = np.broadcast_to(column, (column.size, frontend.channels))
        kept.append(frontend.process(everywhere, noise_rng=noise_rng)[:, channels])
    return np.concatenate(kept)


def _peak_v(frontend: RecordingFrontend) -> float:
    config = frontend.config
    limit_v = min(config.converter.reference_v, config.amplifier.saturation_v)
    return TONE_LEVEL * limit_v / config.amplifier.gain
