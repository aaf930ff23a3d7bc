"""What software sets in a spike detector: in seconds for people, in frames for registers."""

import math
from dataclasses import dataclass
from enum import IntEnum

from rtl.checks import check_ranges

__all__ = ["DetectorControl", "DetectorMode", "DetectorSettings"]

THRESHOLD_FRACTION_BITS = 4
THRESHOLD_WIDTH = 31
MULTIPLIER_WIDTH = 12
FLOOR_WIDTH = 8
MAX_LAG = 4
MAX_MEAN_SHIFT = 16
MAX_WINDOW = 127
MAX_WARM_UP = (1 << 20) - 1
LAG_S = 1 / 24_000  # unless set
MEAN_TIME_S = 1.4  # unless set
SETTLE_SHIFT = 4  # the first sixteenth of the warm-up is the filter's, not averaged


class DetectorMode(IntEnum):
    """Which signal is held against the threshold."""

    ABSOLUTE = 0
    NEO = 1
    SMOOTHED_NEO = 2


@dataclass(frozen=True, kw_only=True)
class DetectorControl:
    """Register values of a spike detector, all channels alike.

    Parameters
    ----------
    mode : DetectorMode
        The detection signal.
    lag : int
        Lag k of the nonlinear energy, samples, in 1..4.
    adaptive : bool
        Threshold a multiple of the running mean of the detection signal; else a fixed level.
    floor : int
        Sixteenths of the quiet mean below which an adaptive threshold does not fall, in 0..255;
        0 for no floor.
    mean_shift : int
        The running means forget with a time constant of ``2**mean_shift`` frames, in 0..16.
    peak_window : int
        Frames that a peak must stay unsurpassed, in 1..127.
    refractory : int
        Frames from a peak to where the next may begin, from ``peak_window`` to 127. Equal to
        ``peak_window`` it means one more: in the frame that reports a peak none begins.
    warm_up : int
        Frames after reset in which nothing is detected: the filter settles in the first
        sixteenth of them, the means in the others.
    """

    mode: DetectorMode
    lag: int
    adaptive: bool
    floor: int
    mean_shift: int
    peak_window: int
    refractory: int
    warm_up: int

    def __post_init__(self) -> None:
        check_ranges(
            self,
            lag=(1, MAX_LAG),
            floor=(0, (1 << FLOOR_WIDTH) - 1),
            mean_shift=(0, MAX_MEAN_SHIFT),
            peak_window=(1, MAX_WINDOW),
            refractory=(self.peak_window, MAX_WINDOW),
            warm_up=(0, MAX_WARM_UP),
        )

    @property
    def settle(self) -> int:
        """Frames after reset in which the means are not yet formed."""
        return self.warm_up >> SETTLE_SHIFT

    def signal_delay(self, smoothing_samples: int) -> int:
        """Return the frames by which the signal, with its ``smoothing_samples``, trails."""
        delay = 0 if self.mode is DetectorMode.ABSOLUTE else self.lag
        if self.mode is DetectorMode.SMOOTHED_NEO:
            delay += smoothing_samples - 1
        return delay

    def peak_delay(self, smoothing_samples: int) -> int:
        """Return the frames from spike to report, for moving sums of ``smoothing_samples``."""
        return self.signal_delay(smoothing_samples) + self.peak_window


@dataclass(frozen=True, kw_only=True)
class DetectorSettings:
    """Run-time settings of a spike detector, independent of the sampling rate.

    Times become the nearest whole number of frames, at least one; only the warm-up may be none.

    Parameters
    ----------
    mode : str
        "absolute" (magnitude), "neo" (nonlinear energy operator) or "smoothed_neo".
    lag_s : float or None
        Lag k of the nonlinear energy, seconds, 4 samples at most; unless set, 1/24000 s, or 4
        samples where that is more.
    adaptive : bool
        True: the threshold is ``threshold`` times the running mean of the detection signal of
        each channel. False: it is ``threshold`` itself.
    threshold : float
        Multiplier in steps of 1/16, below 256; or, if not adaptive, the fixed level in units of
        the detection signal, a whole number below 2**31.
    quiet_floor : float
        An adaptive threshold never falls below this multiple, in steps of 1/16 below 16, of the
        quiet mean: the mean of the signal clipped at twice that mean, which spikes do not raise.
        It silences channels with few spikes. 0 for no floor.
    mean_time_s : float or None
        Time constant of the running mean, seconds; the nearest power of two of frames, 65536 at
        most; unless set, 1.4 s, or 65536 frames where that is more.
    peak_window_s : float
        A peak is reported when nothing larger followed for this long, seconds.
    refractory_s : float
        Time from a peak to where the next may begin, seconds; ``peak_window_s`` at least.
    warm_up_s : float
        Time after the start in which nothing is reported while filter and means settle, seconds.
    channel_thresholds : tuple of float
        Thresholds channel by channel instead of ``threshold``; empty: the same for all.
    disabled_channels : tuple of int
        Channels on which nothing is detected.
    """

    mode: str = "smoothed_neo"
    lag_s: float | None = None
    adaptive: bool = True
    threshold: float = 4.75
    quiet_floor: float = 8.5
    mean_time_s: float | None = None
    peak_window_s: float = 0.33e-3
    refractory_s: float = 0.75e-3
    warm_up_s: float = 0.045
    channel_thresholds: tuple[float, ...] = ()
    disabled_channels: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        names = [mode.name.lower() for mode in DetectorMode]
        if self.mode not in names:
            raise ValueError(f"mode must be one of {', '.join(names)}, not {self.mode!r}")
        for name in ("lag_s", "mean_time_s", "peak_window_s", "refractory_s"):
            value_s = getattr(self, name)
            if value_s is not None and not 0 < value_s < math.inf:
                raise ValueError(f"{name} must be positive, not {value_s!r}")
        if not 0 <= self.warm_up_s < math.inf:
            raise ValueError(f"warm_up_s must not be negative, not {self.warm_up_s!r}")
        if self.refractory_s < self.peak_window_s:
            raise ValueError(
                f"refractory_s must be at least peak_window_s = {self.peak_window_s:g}, "
                f"not {self.refractory_s!r}"
            )
        floor = self.quiet_floor * (1 << THRESHOLD_FRACTION_BITS)
        if not 0 <= floor < 1 << FLOOR_WIDTH or floor != round(floor):
            raise ValueError(
                f"quiet_floor must be a multiple of {1 / (1 << THRESHOLD_FRACTION_BITS):g} in "
                f"0..{((1 << FLOOR_WIDTH) - 1) / (1 << THRESHOLD_FRACTION_BITS):g}, "
                f"not {self.quiet_floor!r}"
            )
        self._word("threshold", self.threshold)
        for threshold in self.channel_thresholds:
            self._word("channel_thresholds", threshold)

    def control(self, sampling_rate_hz: float) -> DetectorControl:
        """Return the register values that mean these settings.

        Parameters
        ----------
        sampling_rate_hz : float
            Frames per second.

        Returns
        -------
        DetectorControl
            The values.

        Raises
        ------
        ValueError
            A time has more frames than its register holds.
        """

        def frames(name: str, most: int, unset_s: float = 0.0) -> float:
            value_s = getattr(self, name)
            if value_s is None:
                return min(unset_s * sampling_rate_hz, most)
            if value_s * sampling_rate_hz >= most + 0.5:
                raise ValueError(
                    f"{name} must be at most {most / sampling_rate_hz:.4g} ({most} frames at "
                    f"{sampling_rate_hz:.10g} Hz), not {value_s!r} "
                    f"(possible up to {math.floor(most / value_s)} Hz)"
                )
            return value_s * sampling_rate_hz

        mean_frames = frames("mean_time_s", 1 << MAX_MEAN_SHIFT, MEAN_TIME_S)
        return DetectorControl(
            mode=DetectorMode[self.mode.upper()],
            lag=max(1, round(frames("lag_s", MAX_LAG, LAG_S))),
            adaptive=self.adaptive,
            floor=round(self.quiet_floor * (1 << THRESHOLD_FRACTION_BITS)),
            mean_shift=round(math.log2(max(1.0, mean_frames))),
            peak_window=max(1, round(frames("peak_window_s", MAX_WINDOW))),
            refractory=max(1, round(frames("refractory_s", MAX_WINDOW))),
            warm_up=round(frames("warm_up_s", MAX_WARM_UP)),
        )

    def threshold_words(self, channels: int) -> tuple[int, ...]:
        """Return the threshold register of each of ``channels`` channels."""
        if self.channel_thresholds and len(self.channel_thresholds) != channels:
            raise ValueError(
                f"channel_thresholds must have one value for each of {channels} channels, "
                f"not {len(self.channel_thresholds)}"
            )
        each = self.channel_thresholds or (self.threshold,) * channels
        return tuple(self._word("threshold", threshold) for threshold in each)

    def enable_flags(self, channels: int) -> tuple[bool, ...]:
        """Return whether each of ``channels`` channels is enabled."""
        for channel in self.disabled_channels:
            if not 0 <= channel < channels:
                raise ValueError(f"disabled_channels must be in 0..{channels - 1}, not {channel!r}")
        return tuple(channel not in self.disabled_channels for channel in range(channels))

    def _word(self, name: str, threshold: float) -> int:
        scale, width = 1, THRESHOLD_WIDTH
        if self.adaptive:
            scale, width = 1 << THRESHOLD_FRACTION_BITS, MULTIPLIER_WIDTH
        word = threshold * scale
        if not 0 < word < 1 << width or word != round(word):
            raise ValueError(
                f"{name} must be a positive multiple of {1 / scale:g} below "
                f"{(1 << width) // scale}, not {threshold!r}"
            )
        return round(word)
