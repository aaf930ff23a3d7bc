"""A slow background like a local field potential: random phases under a falling spectrum."""

import numpy as np
import numpy.typing as npt

__all__ = ["SlowBackground"]

_COMPONENTS = 48
_LOWEST_HZ, _HIGHEST_HZ = 1.0, 150.0


class SlowBackground:
    """Waves of 1-150 Hz whose power falls as 1/f^2, travelling along the channels.

    The spectrum is that of cortical local field potentials below about 100 Hz (Bedard, Kroeger
    and Destexhe, Phys. Rev. Lett. 97, 2006, give 1/f to 1/f^2). It is a sum of sinusoids, so
    that any stretch of it can be computed alone.

    Parameters
    ----------
    std_v : float
        Standard deviation on every channel, volts.
    channels : int
        Number of channels.
    sampling_rate_hz : float
        Sampling rate.
    segment_frames : int
        Length of the stretches to be computed.
    rng : numpy.random.Generator
        Draws frequencies, phases and how each wave shifts from channel to channel.
    """

    def __init__(
        self,
        *,
        std_v: float,
        channels: int,
        sampling_rate_hz: float,
        segment_frames: int,
        rng: np.random.Generator,
    ) -> None:
        ratio = _HIGHEST_HZ / _LOWEST_HZ
        frequency_hz = _LOWEST_HZ * ratio ** rng.uniform(0, 1, _COMPONENTS)
        # Log-spaced components: a spectrum of f^-2 gives each the power f * f^-2.
        power = 1 / frequency_hz
        self._angle_per_frame = 2 * np.pi * frequency_hz / sampling_rate_hz
        amplitude_v = std_v * np.sqrt(2 * power / power.sum())
        phase = rng.uniform(0, 2 * np.pi, _COMPONENTS)
        shift = rng.normal(0, 0.05, _COMPONENTS)  # radians a channel
        self._weight = amplitude_v[:, None] * np.exp(
            1j * (phase[:, None] + shift[:, None] * np.arange(channels))
        )
        angle = np.outer(np.arange(segment_frames), self._angle_per_frame)
        self._table = np.hstack((np.cos(angle), -np.sin(angle))).astype(np.float32)

    def segment(self, index: int) -> npt.NDArray[np.float32]:
        """Return one stretch.

        Parameters
        ----------
        index : int
            Which stretch, from 0.

        Returns
        -------
        numpy.ndarray
            Volts, float32, shape (segment_frames, channels).
        """
        start = index * self._table.shape[0]
        weight = self._weight * np.exp(1j * (start * self._angle_per_frame))[:, None]
        return self._table @ np.vstack((weight.real, weight.imag)).astype(np.float32)
