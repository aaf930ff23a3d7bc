"""Bit-exact model of :class:`rtl.spike_detector.SpikeDetector`."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from analog_models.compiled import compiled
from rtl.detector_settings import (
    MULTIPLIER_WIDTH,
    THRESHOLD_WIDTH,
    DetectorControl,
    DetectorMode,
    DetectorSettings,
)
from rtl.spike_detector import SpikeDetectorConfig
from verification.aligned import aligned_rows

__all__ = ["Detection", "SpikeDetectorModel", "spike_detector"]


class Detection(NamedTuple):
    """What the detector makes of a block of frames.

    ``spikes`` is where it reports one, ``level`` its detection signal; both have shape
    (frames, channels).
    """

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
        Threshold registers, 31 bits, of which an adaptive threshold uses 12.
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
        Threshold registers, 31 bits, of which an adaptive threshold uses 12.
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
        words = np.broadcast_to(thresholds, channels).astype(np.int64)
        if not ((words >= 0) & (words < 1 << THRESHOLD_WIDTH)).all():
            raise ValueError(
                f"thresholds must be in 0..{(1 << THRESHOLD_WIDTH) - 1}, "
                f"not {words.min()}..{words.max()}"
            )
        used_bits = MULTIPLIER_WIDTH if control.adaptive else THRESHOLD_WIDTH
        self._thresholds = aligned_rows(words & ((1 << used_bits) - 1))
        self._enabled = aligned_rows(np.broadcast_to(enabled, channels).astype(np.bool_))
        self._box_length = {
            DetectorMode.ABSOLUTE: 0,
            DetectorMode.NEO: 1,
            DetectorMode.SMOOTHED_NEO: config.smoothing_samples,
        }[control.mode]
        zeros = np.zeros(channels, dtype=np.int64)
        # Half the width is nearly twice the speed, where it holds the boxes of the largest energy.
        largest = 2 * 4 ** (config.sample_width - 1) * max(self._box_length, 1) ** 2
        narrow = np.int32 if largest < 1 << 31 else np.int64
        boxes = np.zeros((self._box_length, channels), dtype=narrow)
        self._before = np.zeros((2 * control.lag, channels), dtype=np.int16)
        self._energies = aligned_rows(boxes)
        self._sums = aligned_rows(boxes)
        self._level = aligned_rows(zeros.astype(narrow))
        self._mean = aligned_rows(zeros)
        self._quiet = aligned_rows(zeros)
        self._climbing = aligned_rows(np.zeros(channels, dtype=np.uint8))
        self._peak_level = aligned_rows(zeros.astype(narrow))
        self._peak_frame = aligned_rows(zeros - control.refractory)
        self._frame = 0

    @property
    def mean(self) -> npt.NDArray[np.float64]:
        """Running mean of the detection signal of each channel, in units of that signal."""
        return self._mean[: self.config.channels] / float(1 << self.config.mean_fraction_bits)

    @property
    def quiet_mean(self) -> npt.NDArray[np.float64]:
        """Its mean without the spikes, likewise."""
        return self._quiet[: self.config.channels] / float(1 << self.config.mean_fraction_bits)

    @classmethod
    def from_settings(
        cls, config: SpikeDetectorConfig, settings: DetectorSettings, sampling_rate_hz: float
    ) -> "SpikeDetectorModel":
        """Return the model for ``config`` and ``settings`` at ``sampling_rate_hz``, hertz."""
        return cls(
            config,
            settings.control(sampling_rate_hz),
            settings.threshold_words(config.channels),
            settings.enable_flags(config.channels),
        )

    def process(self, samples: npt.NDArray[np.integer]) -> Detection:
        """Return what is found in the next frames; see :func:`spike_detector`."""
        level = np.empty(samples.shape, dtype=np.int64)
        return Detection(self._detect(samples, level), level)

    def spikes(self, samples: npt.NDArray[np.integer]) -> npt.NDArray[np.bool_]:
        """Return the spikes in the next ``samples`` alone, which is faster."""
        return self._detect(samples, np.empty((0, self.config.channels), dtype=np.int64))

    def _detect(
        self, samples: npt.NDArray[np.integer], levels: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.bool_]:
        control = self.control
        x = np.concatenate((self._before, samples.astype(np.int16, copy=False)))
        spikes = np.zeros(samples.shape, dtype=np.bool_)
        _detect(
            x,
            spikes,
            levels,
            self._energies,
            self._sums,
            self._level,
            self._mean,
            self._quiet,
            self._climbing,
            self._peak_level,
            self._peak_frame,
            self._thresholds,
            self._enabled,
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
        return spikes


EIGHT = 8  # flags in a word


# Whole arrays are indexed and nothing is called: both rows taken out of arrays and arrays handed to
# functions cost as much as the arithmetic.
@compiled
def _detect(
    x: npt.NDArray[np.int16],
    spikes: npt.NDArray[np.bool_],
    levels: npt.NDArray[np.int64],
    energies: npt.NDArray[np.signedinteger],
    sums: npt.NDArray[np.signedinteger],
    level: npt.NDArray[np.signedinteger],
    mean: npt.NDArray[np.int64],
    quiet: npt.NDArray[np.int64],
    climbing: npt.NDArray[np.uint8],
    peak_level: npt.NDArray[np.signedinteger],
    peak_frame: npt.NDArray[np.int64],
    thresholds: npt.NDArray[np.int64],
    enabled: npt.NDArray[np.bool_],
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
    frames, channels = spikes.shape
    length = len(energies)
    oldest = first_frame % max(length, 1)
    newest = oldest - 1 if oldest else length - 1
    to_sixteenths = mean_fraction_bits - 4
    shift = 0
    flags = np.zeros(-(-channels // EIGHT) * EIGHT, dtype=np.uint8)
    eight_flags = flags.view(np.uint64)
    narrow = level.dtype.type
    for n in range(frames):
        frame = first_frame + n
        warm = frame >= warm_up

        if length == 0:
            for c in range(channels):
                level[c] = abs(np.int64(x[n + 2 * lag, c]))
        else:  # each box gains its newest and loses its oldest
            for c in range(channels):
                square = x[n + lag, c] * x[n + lag, c]
                energy = narrow(max(narrow(square - x[n + 2 * lag, c] * x[n, c]), narrow(0)))
                energy_sum = narrow(sums[newest, c] + energy - energies[oldest, c])
                energies[oldest, c] = energy
                level[c] += narrow(energy_sum - sums[oldest, c])
                sums[oldest, c] = energy_sum
            newest = oldest
            oldest = oldest + 1 if oldest + 1 < length else 0
        if len(levels):
            for c in range(channels):
                levels[n, c] = level[c]

        if warm:
            if adaptive:
                for c in range(channels):
                    over_mean = (np.int64(level[c]) << 8) > (mean[c] >> to_sixteenths) * thresholds[
                        c
                    ]
                    over_quiet = (np.int64(level[c]) << 8) > (quiet[c] >> to_sixteenths) * floor
                    flags[c] = over_mean & over_quiet
            else:
                for c in range(channels):
                    flags[c] = level[c] > thresholds[c]
            for c in range(channels):
                flags[c] = (flags[c] & enabled[c]) | climbing[c]

        if frame >= settle:
            while shift < mean_shift and frame - settle + 1 >= 2 << shift:
                shift += 1
            for c in range(channels):
                mean[c] += ((np.int64(level[c]) << mean_fraction_bits) - mean[c]) >> shift
            for c in range(channels):
                limit = 2 * (quiet[c] >> mean_fraction_bits) + 16
                clipped = min(level[c], limit) if warm else level[c]
                quiet[c] += ((np.int64(clipped) << mean_fraction_bits) - quiet[c]) >> shift

        if warm:
            for group in range(len(eight_flags)):
                if eight_flags[group] == 0:
                    continue  # eight channels with nothing to do, as most of the time
                for c in range(EIGHT * group, min(EIGHT * (group + 1), channels)):
                    if not flags[c]:
                        continue
                    if climbing[c] and level[c] <= peak_level[c]:
                        if frame - peak_frame[c] >= peak_window:
                            spikes[n, c] = True
                            climbing[c] = False
                    elif climbing[c] or frame - peak_frame[c] >= refractory:
                        climbing[c] = True
                        peak_level[c] = level[c]
                        peak_frame[c] = frame
