"""One-channel records of three units, in the manner of Quiroga's simulated records."""

from collections.abc import Sequence

import numpy as np

from .firing import EQUAL_RATES_HZ, spike_trains
from .noise import NoiseConfig, NoiseSource
from .recording import SEGMENT_FRAMES, SyntheticRecording
from .scene import OVERSAMPLING, Footprints, Scene
from .shapes import SHAPE_SETS

__all__ = ["BENCHMARK_LEVELS", "benchmark_records", "quiroga_style_record"]

BENCHMARK_LEVELS = {
    "easy1": (0.05, 0.10, 0.15, 0.20, 0.25, 0.30, 0.35, 0.40),
    "easy2": (0.05, 0.10, 0.15, 0.20),
    "difficult1": (0.05, 0.10, 0.15, 0.20),
    "difficult2": (0.05, 0.10, 0.15, 0.20),
}
"""Noise levels of each shape set in the detection benchmark: twenty records."""


def quiroga_style_record(
    shape_set: str = "easy1",
    noise_level: float = 0.10,
    *,
    seconds: float = 60.0,
    sampling_rate_hz: float = 24e3,
    rates_hz: Sequence[float] = EQUAL_RATES_HZ,
    spike_peak_v: float = 100e-6,
    rng: np.random.Generator,
) -> SyntheticRecording:
    """Return a record of three units of equal height on one channel.

    Built after Quiroga, Nadasdy and Ben-Shaul (Neural Comput. 16, 2004): 24 kS/s, spikes on a
    grid four times as fine, noise made of distant spikes, overlaps allowed, every spike in the
    truth. Waveforms and noise are this package's own (see :mod:`system.ground_truth.shapes`
    and :class:`~system.ground_truth.noise.NoiseConfig`).

    Parameters
    ----------
    shape_set : str
        One of ``SHAPE_SETS``: easy1, easy2, difficult1, difficult2.
    noise_level : float
        Standard deviation of the noise over the spike peak, 0-1; published records have
        0.05-0.40. Zero gives clean spikes.
    seconds : float
        Length, seconds.
    sampling_rate_hz : float
        Sampling rate, at least 10 kHz.
    rates_hz : sequence of float
        Mean firing rate of each of the three units, spikes per second.
    spike_peak_v : float
        Height of every spike, volts.
    rng : numpy.random.Generator
        Source of randomness: the same generator state gives the same record.

    Returns
    -------
    SyntheticRecording
        One channel; ``truth`` holds every spike.

    Raises
    ------
    ValueError
        If an argument is out of range.

    Examples
    --------
    >>> record = quiroga_style_record("easy1", 0.1, seconds=2.0, rng=np.random.default_rng(7))
    >>> record.voltage_v.shape
    (48000, 1)
    """
    if shape_set not in SHAPE_SETS:
        raise ValueError(f"shape_set must be one of {', '.join(SHAPE_SETS)}, not {shape_set!r}")
    if not 0 <= noise_level <= 1:
        raise ValueError(f"noise_level must be in 0..1, not {noise_level!r}")
    if not spike_peak_v > 0:
        raise ValueError(f"spike_peak_v must be positive, not {spike_peak_v!r}")
    shapes = SHAPE_SETS[shape_set]
    if len(rates_hz) != len(shapes):
        raise ValueError(f"rates_hz must have {len(shapes)} values, not {len(rates_hz)}")
    config = NoiseConfig(sampling_rate_hz=sampling_rate_hz)
    if not 1 <= seconds * sampling_rate_hz < np.inf:
        raise ValueError(f"seconds must cover at least one frame, not {seconds!r}")
    frames = round(seconds * sampling_rate_hz)
    noise = NoiseSource(
        config,
        level_v=np.array([noise_level * spike_peak_v]),
        segment_frames=SEGMENT_FRAMES,
        entropy=int(rng.integers(1 << 62)),
    )
    units = np.arange(len(shapes))
    scene = Scene(
        shapes=shapes,
        trains=spike_trains(
            rates_hz,
            steps=frames * OVERSAMPLING,
            step_rate_hz=sampling_rate_hz * OVERSAMPLING,
            rng=rng,
        ),
        footprints=Footprints(
            unit=units,
            channel=np.zeros_like(units),
            peak_v=np.full(units.size, spike_peak_v),
            delay_steps=np.zeros_like(units),
        ),
        sampling_rate_hz=sampling_rate_hz,
    )
    return SyntheticRecording(
        name=f"{shape_set}_noise{round(noise_level * 100):03d}",
        source=f"synthetic: three units of set {shape_set}, noise level {noise_level:g}",
        frames=frames,
        scene=scene,
        noise=noise,
        noise_level=np.array([noise_level]),
    )


def benchmark_records(
    *,
    seed: int = 2004,
    seconds: float = 60.0,
    sampling_rate_hz: float = 24e3,
    rates_hz: Sequence[float] = EQUAL_RATES_HZ,
) -> tuple[SyntheticRecording, ...]:
    """Return the twenty records of the detection benchmark (:data:`BENCHMARK_LEVELS`).

    Each record has a seed of its own, made of ``seed``, its shape set and its noise level, so
    that it does not depend on the others. Voltages are computed when asked for.

    Parameters
    ----------
    seed : int
        Chooses the whole set.
    seconds : float
        Length of every record, seconds.
    sampling_rate_hz : float
        Sampling rate.
    rates_hz : sequence of float
        Mean firing rate of each of the three units, spikes per second.

    Returns
    -------
    tuple of SyntheticRecording
        In the order of :data:`BENCHMARK_LEVELS`.
    """
    return tuple(
        quiroga_style_record(
            shape_set,
            noise_level,
            seconds=seconds,
            sampling_rate_hz=sampling_rate_hz,
            rates_hz=rates_hz,
            rng=np.random.default_rng((seed, *shape_set.encode(), round(noise_level * 1000))),
        )
        for shape_set, noise_levels in BENCHMARK_LEVELS.items()
        for noise_level in noise_levels
    )
