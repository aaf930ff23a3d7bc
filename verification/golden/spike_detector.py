"""Bit-exact model of :class:`rtl.spike_detector.SpikeDetector`."""

from typing import NamedTuple

import numba
import numpy as np
import numpy.typing as npt

from rtl.detector_settings import DetectorControl, DetectorMode, DetectorSettings
from rtl.spike_detector import SpikeDetectorConfig

__all__ = ["Detection", "SpikeDetectorModel", "spike_detector"]


class Detection(NamedTuple):
    """What the detector makes of a block of frames, each of shape (frames, channels)."""

    spikes: npt.NDArray[np.bool_]
    level: npt.NDArray[np.int64]


def spike_detector(
    samples: npt.ArrayLike,
    config: SpikeDetectorConfig,
    control: DetectorControl,
    thresholds: npt.ArrayLike,
    enabled: npt.ArrayLike = True,
) -> Detection:
    """Return where the hardware reports spikes in ``samples``, and its detection signal.

    Written from the definitions. With x the samples of a channel, zero before the first:

    - energy ``e[n] = max(0, x[n-k]**2 - x[n] x[n-2k])``;
    - level: ``|x[n]|``, ``e[n]``, or e convolved with the triangle that two boxes of
      ``smoothing_samples`` make;
    - mean: ``m += floor((level - m) / 2**s)`` in units of ``2**-mean_fraction_bits``, with
      ``s = min(mean_shift, floor(log2(frames averaged)))``, from frame ``settle`` on;
    - quiet mean q: the same of ``min(level, 2 floor(q) + 16)``, unclipped in the warm-up;
    - above: ``level > t/16 floor(16 m)/16`` and ``level > floor/16 floor(16 q)/16`` with the means
      before this sample, or ``level > t``;
    - a peak is a sample above threshold, ``refractory`` frames or more after the peak before, that
      no sample exceeds from there to ``peak_window`` frames later.

    Parameters
    ----------
    samples : array_like of int, shape (frames, channels)
        Filtered samples.
    config : SpikeDetectorConfig
        The configuration of the hardware.
    control : DetectorControl
        Register values.
    thresholds : array_like of int, one or ``config.channels``
        Threshold registers.
    enabled : array_like of bool, one or ``config.channels``
        Channel enables.

    Returns
    -------
    Detection
        ``spikes`` is True at the frame of the report, ``peak_delay`` frames after the peak.

    Examples
    --------
    >>> settings = DetectorSettings(mode="absolute", adaptive=False, threshold=10, warm_up_s=0)
    >>> samples = np.array([[0], [12], [30], [20], [0], [0]])
    >>> config = SpikeDetectorConfig(channels=1)
    >>> found = spike_detector(samples, config, settings.control(6_000), 10)
    >>> np.flatnonzero(found.spikes) - 2  # the peak is two frames (0.33 ms) before its report
    array([2])
    """
    return SpikeDetectorModel(config, control, thresholds, enabled).process(np.asarray(samples))


class SpikeDetectorModel:
    """The same model with its state kept from one block of frames to the next.

    Parameters
    ----------
    config : SpikeDetectorConfig
        The configuration of the hardware.
    control : DetectorControl
        Register values.
    thresholds : array_like of int, one or ``config.channels``
        Threshold registers.
    enabled : array_like of bool, one or ``config.channels``
        Channel enables.
    """

    def __init__(
        self,
        config: SpikeDetectorConfig,
        control: DetectorControl,
        thresholds: npt.ArrayLike,
        enabled: npt.ArrayLike = True,
    ) -> None:
        self.config = config
        self.control = control
        channels = config.channels
        self._thresholds = np.broadcast_to(thresholds, channels).astype(np.int64)
        self._enabled = np.broadcast_to(enabled, channels).astype(np.bool_)
        box = np.ones(config.smoothing_samples, dtype=np.int64)
        self._weights = {
            DetectorMode.ABSOLUTE: np.zeros(0, dtype=np.int64),
            DetectorMode.NEO: np.ones(1, dtype=np.int64),
            DetectorMode.SMOOTHED_NEO: np.convolve(box, box),
        }[control.mode]
        self._before = np.zeros((2 * control.lag, channels), dtype=np.int16)
        self._energy = np.zeros((max(1, len(self._weights)), channels), dtype=np.int64)
        self._mean = np.zeros(channels, dtype=np.int64)
        self._quiet = np.zeros(channels, dtype=np.int64)
        self._best = np.zeros(channels, dtype=np.int64)
        self._since_peak = np.zeros(channels, dtype=np.int64)
        self._phase = np.zeros(channels, dtype=np.int8)
        self._frame = 0

    @property
    def mean(self) -> npt.NDArray[np.float64]:
        """Running mean of the detection signal of each channel, in units of that signal."""
        return self._mean / float(1 << self.config.mean_fraction_bits)

    @property
    def quiet_mean(self) -> npt.NDArray[np.float64]:
        """Its mean without the spikes, likewise."""
        return self._quiet / float(1 << self.config.mean_fraction_bits)

    @classmethod
    def from_settings(
        cls, config: SpikeDetectorConfig, settings: DetectorSettings, sampling_rate_hz: float
    ) -> "SpikeDetectorModel":
        """Return the model of a detector set up for ``sampling_rate_hz``, hertz."""
        return cls(
            config,
            settings.control(sampling_rate_hz),
            settings.threshold_words(config.channels),
            settings.enable_flags(config.channels),
        )

    def process(self, samples: npt.NDArray[np.integer]) -> Detection:
        """Return what is found in the next frames; see :func:`spike_detector`."""
        control = self.control
        x = np.concatenate((self._before, samples.astype(np.int16, copy=False)))
        spikes = np.zeros(samples.shape, dtype=np.bool_)
        level = np.empty(samples.shape, dtype=np.int64)
        _detect(
            x,
            level,
            spikes,
            self._energy,
            self._mean,
            self._quiet,
            self._best,
            self._since_peak,
            self._phase,
            self._thresholds,
            self._enabled,
            self._weights,
            self._frame,
            control.lag,
            control.adaptive,
            control.floor,
            control.mean_shift,
            self.config.mean_fraction_bits,
            control.peak_window,
            control.refractory,
            control.settle,
            control.warm_up,
        )
        self._before = x[len(x) - 2 * control.lag :].copy()
        self._frame += len(samples)
        return Detection(spikes, level)


IDLE, PENDING, DEAD = 0, 1, 2


@numba.njit(nogil=True, cache=True, error_model="numpy", boundscheck=False)
def _detect(
    x: npt.NDArray[np.int16],
    level: npt.NDArray[np.int64],
    spikes: npt.NDArray[np.bool_],
    energy: npt.NDArray[np.int64],
    mean: npt.NDArray[np.int64],
    quiet: npt.NDArray[np.int64],
    best: npt.NDArray[np.int64],
    since_peak: npt.NDArray[np.int64],
    phase: npt.NDArray[np.int8],
    thresholds: npt.NDArray[np.int64],
    enabled: npt.NDArray[np.bool_],
    weights: npt.NDArray[np.int64],
    first_frame: int,
    lag: int,
    adaptive: bool,
    floor: int,
    mean_shift: int,
    mean_fraction_bits: int,
    peak_window: int,
    refractory: int,
    settle: int,
    warm_up: int,
) -> None:
    frames, channels = level.shape
    taps = len(weights)
    above = np.empty(channels, dtype=np.bool_)
    to_sixteenths = mean_fraction_bits - 4
    for n in range(frames):
        now, middle, oldest = x[n + 2 * lag], x[n + lag], x[n]
        here = level[n]
        if taps == 0:
            for c in range(channels):
                here[c] = abs(np.int64(now[c]))
        else:
            newest = energy[(first_frame + n) % taps]
            for c in range(channels):
                exact = np.int64(middle[c]) * np.int64(middle[c]) - np.int64(now[c]) * np.int64(
                    oldest[c]
                )
                newest[c] = max(exact, 0)
                here[c] = 0
            for age in range(taps):
                row = energy[(first_frame + n - age) % taps]
                weight = weights[age]
                for c in range(channels):
                    here[c] += weight * row[c]

        frame = first_frame + n
        warm = frame >= warm_up
        for c in range(channels):
            if adaptive:
                over_mean = (here[c] << 8) > (mean[c] >> to_sixteenths) * thresholds[c]
                over_quiet = (here[c] << 8) > (quiet[c] >> to_sixteenths) * floor
                over = over_mean & over_quiet
            else:
                over = here[c] > thresholds[c]
            above[c] = over & enabled[c] & warm
        if frame >= settle:
            shift = min(mean_shift, int(np.log2(frame - settle + 1)))
            for c in range(channels):
                clipped = here[c]
                if warm:
                    clipped = min(clipped, 2 * (quiet[c] >> mean_fraction_bits) + 16)
                mean[c] += ((here[c] << mean_fraction_bits) - mean[c]) >> shift
                quiet[c] += ((clipped << mean_fraction_bits) - quiet[c]) >> shift

        for c in range(channels):
            if phase[c] == PENDING:
                since_peak[c] += 1
                if here[c] > best[c]:
                    best[c] = here[c]
                    since_peak[c] = 0
                elif since_peak[c] >= peak_window:
                    spikes[n, c] = True
                    phase[c] = DEAD
            elif phase[c] == DEAD or above[c]:
                since_peak[c] += 1
                if phase[c] == IDLE or since_peak[c] >= refractory:
                    phase[c] = IDLE
                    if above[c]:
                        phase[c] = PENDING
                        best[c] = here[c]
                        since_peak[c] = 0
