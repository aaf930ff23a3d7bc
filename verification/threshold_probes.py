"""Recordings on which the last bit of a running mean decides what is a spike."""

import numpy as np
import numpy.typing as npt

from rtl.detector_settings import DetectorControl, DetectorMode
from rtl.spike_detector import SpikeDetectorConfig
from verification.golden.spike_detector import SpikeDetectorModel

__all__ = ["threshold_probes"]

SIXTEENTHS = 16


def threshold_probes(
    config: SpikeDetectorConfig,
    control: DetectorControl,
    thresholds: npt.ArrayLike,
    *,
    frames: int,
    apart: int,
    rng: np.random.Generator,
) -> npt.NDArray[np.int64]:
    """Return noise with samples that are exactly as large as the threshold or one larger.

    Random samples seldom come so near that a slightly wrong mean changes a verdict. As much of the
    mean shows as the multiple magnifies: with 256 sixteenths, each sixteenth of it. While nothing
    is detected yet, samples are also large now and then; while the filter settles, all are.

    Parameters
    ----------
    config : SpikeDetectorConfig
        The detector.
    control : DetectorControl
        Its settings: mode absolute, adaptive.
    thresholds : array_like of int, one or ``config.channels``
        Its thresholds, sixteenths of the mean.
    frames : int
        Frames.
    apart : int
        Frames from one such sample of a channel to its next.
    rng : numpy.random.Generator
        Source of the noise, and of which samples are larger.

    Returns
    -------
    ndarray of int, shape (frames, channels)
        Samples.

    Raises
    ------
    ValueError
        The settings are others.

    Examples
    --------
    >>> from rtl.detector_settings import DetectorSettings
    >>> config, settings = SpikeDetectorConfig(channels=1), DetectorSettings(mode="absolute")
    >>> sizes = {"frames": 1_200, "apart": 10, "rng": np.random.default_rng(1)}
    >>> threshold_probes(config, settings.control(24e3), settings.threshold_words(1), **sizes).shape
    (1200, 1)
    """
    if control.mode is not DetectorMode.ABSOLUTE or not control.adaptive:
        raise ValueError(f"control must be of an adaptive absolute threshold, not {control!r}")
    model = SpikeDetectorModel(config, control, thresholds)
    channels = np.arange(config.channels)
    largest = (1 << (config.sample_width - 1)) - 1
    multiple = np.maximum(thresholds, control.floor)
    # The mean of the noise is half its limit; the threshold must stay within the samples' range.
    faint = np.clip(SIXTEENTHS // 2 * largest // multiple, 1, 6 * 4 ** (channels % 3))
    loud = largest // 4
    samples = np.zeros((frames, config.channels), dtype=np.int64)
    for frame in range(frames):
        mean, quiet = (
            np.floor(SIXTEENTHS * each) / SIXTEENTHS for each in (model.mean, model.quiet_mean)
        )
        limit = np.maximum(
            np.asarray(thresholds) * mean / SIXTEENTHS, control.floor * quiet / SIXTEENTHS
        )
        noise = rng.integers(-faint, faint + 1)
        probes = np.floor(limit) + rng.integers(0, 2, config.channels)
        probes *= rng.choice([-1, 1], config.channels)
        now = np.where((frame + channels) % apart == 0, probes, noise)
        if frame < control.warm_up:
            often = 1.0 if frame < control.settle else 0.1
            now = np.where(rng.random(config.channels) < often, loud, noise)
        samples[frame] = np.clip(now, -largest, largest)
        model.process(samples[frame : frame + 1])
    return samples
