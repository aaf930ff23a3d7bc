"""Background noise of an electrode: the hum of distant spikes and a slow part.

Both parts are Gaussian. A sum of very many small spikes at random times is a Gaussian process
whose power spectrum is the mean energy spectrum of the spikes (Campbell's theorem; S. O. Rice,
Bell Syst. Tech. J. 23, 1944), so shaping white noise by that spectrum replaces placing them.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from analog_models.compiled import compiled

from .shapes import SHAPE_SETS

__all__ = ["NoiseConfig", "NoiseSource"]

_SPECTRUM_POINTS = 8192
_FORGETTING = 17.0  # time constants after which the slow part has forgotten: exp(-17) = 4e-8


@dataclass(frozen=True, kw_only=True)
class NoiseConfig:
    """Spectrum of the noise.

    The defaults are chosen for an autocorrelation near 0.94, 0.84, 0.62 and 0.36 at lags 2, 4, 8
    and 16 of 24 kS/s, with 60 % of the power slow. Making noise of spikes follows Quiroga,
    Nadasdy and Ben-Shaul (Neural Comput. 16, 2004): it is harder to tell from near spikes than
    white noise of the same power.

    Parameters
    ----------
    sampling_rate_hz : float
        Sampling rate, at least 10 kHz, or the distant spikes would alias.
    slow_fraction : float
        Part of the power that is slow, 0-1; the rest is distant spikes.
    slow_time_s : float
        Correlation time of the slow part, a first-order autoregressive process, seconds.
    distant_stretch : float
        Length of distant spikes over that of near ones: high frequencies fade faster with
        distance (Pettersen and Einevoll, Biophys. J. 94, 2008).
    """

    sampling_rate_hz: float = 24e3
    slow_fraction: float = 0.6
    slow_time_s: float = 2.7e-3
    distant_stretch: float = 1.4

    def __post_init__(self) -> None:
        if not 10e3 <= self.sampling_rate_hz < np.inf:
            raise ValueError(
                f"noise sampling_rate_hz must be at least 10000, not {self.sampling_rate_hz!r}"
            )
        if not 0 <= self.slow_fraction <= 1:
            raise ValueError(f"noise slow_fraction must be in 0..1, not {self.slow_fraction!r}")
        for name in ("slow_time_s", "distant_stretch"):
            if not getattr(self, name) > 0:
                raise ValueError(f"noise {name} must be positive, not {getattr(self, name)!r}")

    @property
    def slow_pole(self) -> float:
        """Correlation of the slow part from one frame to the next."""
        return float(np.exp(-1.0 / (self.slow_time_s * self.sampling_rate_hz)))

    @cached_property
    def distant_kernel(self) -> npt.NDArray[np.float64]:
        """Impulse response, of unit energy, that turns white noise into distant spikes.

        Its amplitude spectrum is the root of the mean energy spectrum of all tabulated shapes;
        its phase is zero (a Gaussian process has none), delayed to be causal.
        """
        shapes = [
            shape.stretched(self.distant_stretch) for set_ in SHAPE_SETS.values() for shape in set_
        ]
        time_s = (np.arange(_SPECTRUM_POINTS) - _SPECTRUM_POINTS // 2) / self.sampling_rate_hz
        energy = sum(np.abs(np.fft.rfft(shape.evaluate(time_s))) ** 2 for shape in shapes)
        response = np.fft.irfft(np.sqrt(energy))
        half = int(np.ceil(1.5e-3 * self.distant_stretch * self.sampling_rate_hz))
        kernel = np.concatenate((response[-half:], response[: half + 1]))
        kernel *= np.hanning(kernel.size + 2)[1:-1] ** 0.25  # close the ends without a step
        return kernel / np.sqrt(np.sum(kernel**2))

    @property
    def memory_frames(self) -> int:
        """Frames of white noise before a frame on which the noise of that frame depends."""
        slow = int(np.ceil(_FORGETTING * self.slow_time_s * self.sampling_rate_hz))
        return max(slow, self.distant_kernel.size - 1)

    def autocorrelation(self, lags: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Return the autocorrelation that the noise is made to have.

        Parameters
        ----------
        lags : array_like of int
            Distances, frames.

        Returns
        -------
        numpy.ndarray
            Correlation coefficients, of the same shape.

        Examples
        --------
        >>> NoiseConfig().autocorrelation([0, 2, 4, 8, 16]).round(2)
        array([1.  , 0.95, 0.86, 0.61, 0.36])
        """
        lag = np.abs(np.asarray(lags, dtype=np.int64))
        distant = np.zeros(max(int(lag.max()) + 1, self.distant_kernel.size))
        distant[: self.distant_kernel.size] = np.correlate(
            self.distant_kernel, self.distant_kernel, mode="full"
        )[self.distant_kernel.size - 1 :]
        return (1 - self.slow_fraction) * distant[lag] + self.slow_fraction * self.slow_pole**lag


class NoiseSource:
    """Noise of all channels in segments, each computable without the ones before it.

    White noise of segment ``k`` comes from a generator of its own, so that any part of a long
    recording is made in the same way whether or not the rest was; the filters look back into
    the segment before, as far as they remember.

    Parameters
    ----------
    config : NoiseConfig
        Spectrum.
    level_v : numpy.ndarray
        Standard deviation of the noise of each channel, volts.
    segment_frames : int
        Length of a segment.
    entropy : int
        Seed.
    slow_mixing : numpy.ndarray or None
        Matrix (channels, channels) whose columns, of unit length, mix independent slow noise
        into each channel: correlated slow noise. ``None`` leaves the channels independent.
    """

    def __init__(
        self,
        config: NoiseConfig,
        *,
        level_v: npt.NDArray[np.float64],
        segment_frames: int,
        entropy: int,
        slow_mixing: npt.NDArray[np.float64] | None = None,
    ) -> None:
        self.config = config
        self.segment_frames = max(segment_frames, config.memory_frames)
        self._entropy = entropy
        self._mixing = None if slow_mixing is None else slow_mixing.astype(np.float32)
        self.level_v = level_v
        distant_gain = np.sqrt(1 - config.slow_fraction)
        self._kernel = (distant_gain * config.distant_kernel).astype(np.float32)
        self._slow_gain = np.float32(np.sqrt(config.slow_fraction * (1 - config.slow_pole**2)))
        # White noise for distant spikes and for the slow part: what is remembered, then a segment.
        self._white = np.empty(
            (2, config.memory_frames + self.segment_frames, level_v.size), dtype=np.float32
        )
        self._index: int | None = None  # the segment that the buffer holds

    def segment(self, index: int) -> npt.NDArray[np.float32]:
        """Return the noise of one segment.

        Parameters
        ----------
        index : int
            Which segment, from 0.

        Returns
        -------
        numpy.ndarray
            Volts, float32, shape (segment_frames, channels).
        """
        memory = self.config.memory_frames
        if not self.level_v.any():
            return np.zeros((self.segment_frames, self.level_v.size), dtype=np.float32)
        if self._index != index - 1:
            self._draw(index - 1)
        self._white[:, :memory] = self._white[:, -memory:]
        self._draw(index)
        noise = _slow_noise(
            self._white[1], memory, np.float32(self.config.slow_pole), self._slow_gain
        )
        _add_distant_noise(
            self._white[0, memory - self._kernel.size + 1 :].ravel(),
            self._kernel,
            self.level_v.size,
            noise.ravel(),
        )
        noise *= self.level_v.astype(np.float32)
        return noise

    def _draw(self, index: int) -> None:
        """Fill the buffer, behind what is remembered, with the white noise of one segment."""
        distant, slow = self._white[:, self.config.memory_frames :]
        seed = np.random.SeedSequence(self._entropy, spawn_key=(index + 1,))
        rng = np.random.default_rng(seed)
        rng.standard_normal(out=distant, dtype=np.float32)
        rng.standard_normal(out=slow, dtype=np.float32)
        if self._mixing is not None:
            slow[:] = slow @ self._mixing
        self._index = index


@compiled
def _slow_noise(
    white: npt.NDArray[np.float32],
    memory: int,
    pole: np.float32,
    gain: np.float32,
) -> npt.NDArray[np.float32]:
    """Return first-order autoregressive noise, having forgotten its start over ``memory`` rows."""
    frames, channels = white.shape
    out = np.empty((frames - memory, channels), dtype=np.float32)
    out[0] = 0.0
    for frame in range(memory + 1):
        for channel in range(channels):
            out[0, channel] = pole * out[0, channel] + gain * white[frame, channel]
    for frame in range(1, frames - memory):
        for channel in range(channels):
            out[frame, channel] = (
                pole * out[frame - 1, channel] + gain * white[frame + memory, channel]
            )
    return out


@compiled
def _add_distant_noise(
    white: npt.NDArray[np.float32],
    kernel: npt.NDArray[np.float32],
    channels: int,
    out: npt.NDArray[np.float32],
) -> None:
    """Convolve every channel with ``kernel``; arrays are flat, so that one channel is as fast."""
    tile = 4096  # values at work, small enough for the nearest cache
    for start in range(0, out.size, tile):
        target = out[start : start + tile]
        for tap in range(kernel.size):
            source = white[start + tap * channels : start + tap * channels + target.size]
            weight = kernel[tap]
            for i in range(target.size):
                target[i] += weight * source[i]
