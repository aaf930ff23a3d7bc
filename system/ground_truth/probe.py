"""Many channels in a row along a probe, with units that neighbours share."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .audible import Audibility
from .background import SlowBackground
from .firing import spike_trains
from .noise import NoiseConfig, NoiseSource
from .recording import SEGMENT_FRAMES, SyntheticRecording
from .scene import OVERSAMPLING, Footprints, Scene
from .shapes import SHAPE_SETS

__all__ = ["DEFAULT_LEVELS", "ProbeConfig", "shared_unit_recording"]

DEFAULT_LEVELS = (0.05, 0.10, 0.15, 0.20, 0.25, 0.30, 0.35, 0.40)
"""Noise levels of the channels, in turn."""

_FAINTEST = 0.01  # a unit ends where its spikes are this small a part of their peak


@dataclass(frozen=True, kw_only=True)
class ProbeConfig:
    """A column of electrodes and what distance does to a signal.

    Parameters
    ----------
    pitch_m : float
        Distance from electrode to electrode, metres.
    decay_length_m : float
        Distance at which a spike has half its height, metres: the height is
        ``1 / (1 + (distance / decay_length_m)**2)``, which far away falls with the square of
        the distance, as a dipole's (Pettersen and Einevoll, Biophys. J. 94, 2008).
    speed_m_per_s : float
        How fast a spike travels along the cell and so along the probe, metres per second
        (0.3-0.7 measured in pyramidal dendrites; Buzsaki and Kandel, J. Neurophysiol. 79, 1998).
    noise_correlation_m : float
        Distance over which the correlation of the slow noise of two channels falls to 1/e,
        metres; zero makes channels independent.
    """

    pitch_m: float = 25e-6
    decay_length_m: float = 30e-6
    speed_m_per_s: float = 0.5
    noise_correlation_m: float = 0.0

    def __post_init__(self) -> None:
        for name in ("pitch_m", "decay_length_m", "speed_m_per_s"):
            if not getattr(self, name) > 0:
                raise ValueError(f"probe {name} must be positive, not {getattr(self, name)!r}")
        if not self.noise_correlation_m >= 0:
            raise ValueError(
                f"probe noise_correlation_m must not be negative, not {self.noise_correlation_m!r}"
            )

    def slow_mixing(self, channels: int) -> npt.NDArray[np.float64] | None:
        """Return the matrix that makes independent slow noise correlated.

        Parameters
        ----------
        channels : int
            Number of electrodes.

        Returns
        -------
        numpy.ndarray or None
            Matrix (channels, channels) to multiply rows of channels with from the right, its
            columns of unit length; ``None`` if channels are independent.
        """
        if self.noise_correlation_m == 0:
            return None
        position_m = self.pitch_m * np.arange(channels)
        distance_m = np.abs(position_m[:, None] - position_m)
        return np.linalg.cholesky(np.exp(-distance_m / self.noise_correlation_m)).T

    def footprints(
        self,
        main_channel: npt.NDArray[np.int64],
        *,
        channels: int,
        spike_peak_v: float,
        step_rate_hz: float,
    ) -> Footprints:
        """Return where units that sit beside ``main_channel`` are seen.

        Parameters
        ----------
        main_channel : numpy.ndarray
            Nearest electrode of each unit; there its spikes have their full height.
        channels : int
            Number of electrodes.
        spike_peak_v : float
            The full height, volts.
        step_rate_hz : float
            Steps per second in which delays are counted.

        Returns
        -------
        Footprints
            One row per unit and channel on which it is above 1 % of its height.
        """
        distance_m = self.pitch_m * np.abs(main_channel[:, None] - np.arange(channels))
        height = 1 / (1 + (distance_m / self.decay_length_m) ** 2)
        unit, channel = np.nonzero(height > _FAINTEST)
        return Footprints(
            unit=unit,
            channel=channel,
            peak_v=spike_peak_v * height[unit, channel],
            delay_steps=np.rint(
                distance_m[unit, channel] / self.speed_m_per_s * step_rate_hz
            ).astype(np.int64),
        )


def shared_unit_recording(
    channels: int = 68,
    *,
    seconds: float = 60.0,
    sampling_rate_hz: float = 24e3,
    units: int | None = None,
    rate_range_hz: tuple[float, float] = (2.0, 20.0),
    noise_levels: Sequence[float] = DEFAULT_LEVELS,
    spike_peak_v: float = 100e-6,
    background_v: float = 0.0,
    probe: ProbeConfig | None = None,
    audibility: Audibility | None = None,
    rng: np.random.Generator,
) -> SyntheticRecording:
    """Return a recording of a whole probe whose units are seen by several channels each.

    Parameters
    ----------
    channels : int
        Number of electrodes.
    seconds : float
        Length, seconds. Computed while read: an hour needs no more memory than a second.
    sampling_rate_hz : float
        Sampling rate, at least 10 kHz.
    units : int or None
        Number of units, spread evenly over the electrodes: none at all for noise alone,
        ``None`` for one per electrode.
    rate_range_hz : tuple of float
        Lowest and highest mean firing rate; rates are spread evenly on a logarithmic scale.
    noise_levels : sequence of float
        Standard deviation of the noise over the spike peak, 0-1, given to the channels in turn.
    spike_peak_v : float
        Height of every unit on its nearest electrode, volts.
    background_v : float
        Standard deviation of a field-potential-like background, volts; zero leaves it out.
    probe : ProbeConfig or None
        Geometry; ``None`` for the default one.
    audibility : Audibility or None
        Which spikes are truth on which channel; ``None`` for the default bounds.
    rng : numpy.random.Generator
        Source of randomness: the same generator state gives the same recording.

    Returns
    -------
    SyntheticRecording
        ``channels`` channels; ``truth`` lists each spike on every channel it is heard on.

    Raises
    ------
    ValueError
        If an argument is out of range.
    """
    probe = probe or ProbeConfig()
    units = channels if units is None else units
    config = NoiseConfig(sampling_rate_hz=sampling_rate_hz)
    if channels < 1:
        raise ValueError(f"channels must be positive, not {channels!r}")
    if units < 0:
        raise ValueError(f"units must not be negative, not {units!r}")
    if not 1 <= seconds * sampling_rate_hz < np.inf:
        raise ValueError(f"seconds must cover at least one frame, not {seconds!r}")
    if not 0 < rate_range_hz[0] <= rate_range_hz[1]:
        raise ValueError(f"rate_range_hz must be positive and rising, not {rate_range_hz!r}")
    if not noise_levels or not all(0 <= level <= 1 for level in noise_levels):
        raise ValueError(f"noise_levels must be one or more values in 0..1, not {noise_levels!r}")
    if not spike_peak_v > 0:
        raise ValueError(f"spike_peak_v must be positive, not {spike_peak_v!r}")
    if not background_v >= 0:
        raise ValueError(f"background_v must not be negative, not {background_v!r}")

    frames = round(seconds * sampling_rate_hz)
    noise_entropy, background_entropy = rng.integers(1 << 62, size=2).tolist()
    noise_level = np.resize(np.array(noise_levels, dtype=np.float64), channels)
    noise = NoiseSource(
        config,
        level_v=noise_level * spike_peak_v,
        segment_frames=SEGMENT_FRAMES,
        entropy=noise_entropy,
        slow_mixing=probe.slow_mixing(channels),
    )
    background = None
    if background_v:
        background = SlowBackground(
            std_v=background_v,
            channels=channels,
            sampling_rate_hz=sampling_rate_hz,
            segment_frames=noise.segment_frames,
            rng=np.random.default_rng(background_entropy),
        )
    return SyntheticRecording(
        name=f"shared_units_{channels}ch",
        source=f"synthetic: {units} units along a probe of {channels} channels",
        frames=frames,
        scene=_draw_units(
            units,
            channels=channels,
            frames=frames,
            sampling_rate_hz=sampling_rate_hz,
            rate_range_hz=rate_range_hz,
            spike_peak_v=spike_peak_v,
            probe=probe,
            rng=rng,
        ),
        noise=noise,
        noise_level=noise_level,
        background=background,
        audibility=audibility or Audibility(),
    )


def _draw_units(
    units: int,
    *,
    channels: int,
    frames: int,
    sampling_rate_hz: float,
    rate_range_hz: tuple[float, float],
    spike_peak_v: float,
    probe: ProbeConfig,
    rng: np.random.Generator,
) -> Scene:
    """Draw the place, waveform and spike times of each unit."""
    table = [shape for shapes in SHAPE_SETS.values() for shape in shapes]
    shapes = tuple(
        table[rng.integers(len(table))].stretched(rng.uniform(0.9, 1.2)) for _ in range(units)
    )
    places = np.arange(units) * channels // max(units, 1)
    main_channel = np.sort((places + rng.integers(channels)) % channels)
    step_rate_hz = sampling_rate_hz * OVERSAMPLING
    return Scene(
        shapes=shapes,
        trains=spike_trains(
            np.geomspace(*rate_range_hz, units)[rng.permutation(units)].tolist(),
            steps=frames * OVERSAMPLING,
            step_rate_hz=step_rate_hz,
            rng=rng,
        ),
        footprints=probe.footprints(
            main_channel,
            channels=channels,
            spike_peak_v=spike_peak_v,
            step_rate_hz=step_rate_hz,
        ),
        sampling_rate_hz=sampling_rate_hz,
    )
