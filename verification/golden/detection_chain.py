"""Bit-exact model of :class:`rtl.detection_chain.DetectionChain`."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rtl.detection_chain import DetectionChainConfig
from rtl.detector_settings import DetectorSettings
from verification.golden.band_pass import BandPassModel
from verification.golden.snippet_buffer import SnippetBufferModel
from verification.golden.spike_detector import SpikeDetectorModel

__all__ = ["ChainOutput", "DetectionChainModel", "detection_chain"]


class ChainOutput(NamedTuple):
    """What the chain makes of a block of frames.

    ``filtered`` has shape (frames, channels); ``events`` are those whose last sample is in the
    block, of type :func:`~verification.golden.snippet_buffer.event_dtype`.
    """

    filtered: npt.NDArray[np.int16]
    events: npt.NDArray[np.void]


def detection_chain(
    codes: npt.ArrayLike, config: DetectionChainConfig, settings: DetectorSettings
) -> ChainOutput:
    """Return what the hardware, set up with ``settings``, makes of a whole recording.

    Parameters
    ----------
    codes : array_like of int, shape (frames, channels)
        Converter samples, each within ``config.sample_width`` bits.
    config : DetectionChainConfig
        The configuration of the hardware.
    settings : DetectorSettings
        What its registers are set to.

    Returns
    -------
    ChainOutput
        Filtered samples and events.

    Examples
    --------
    >>> from rtl.band_pass import BandPassConfig
    >>> config = DetectionChainConfig.fitted(BandPassConfig(channels=2))
    >>> settings = DetectorSettings(mode="absolute", adaptive=False, threshold=200)
    >>> codes = np.zeros((4_800, 2), dtype=np.int16)
    >>> codes[2_400, 1] = 300  # the low-pass filter delays it by three samples
    >>> detection_chain(codes, config, settings).events[["time", "channel"]].tolist()
    [(2403, 1)]
    """
    return DetectionChainModel(config, settings).process(np.asarray(codes))


class DetectionChainModel:
    """The same model with its state kept from one block of frames to the next.

    Channels are independent up to the snippet buffer, so groups of them run side by side.

    Parameters
    ----------
    config : DetectionChainConfig
        The configuration of the hardware.
    settings : DetectorSettings
        What its registers are set to.
    threads : int
        Groups of channels that run side by side; at most the number of channels is used.
    """

    def __init__(
        self, config: DetectionChainConfig, settings: DetectorSettings, *, threads: int = 1
    ) -> None:
        if threads < 1:
            raise ValueError(f"threads must be positive, not {threads!r}")
        self.config = config
        control = config.control(settings)
        thresholds = np.array(settings.threshold_words(config.channels))
        enabled = np.array(settings.enable_flags(config.channels))
        self._groups = np.array_split(np.arange(config.channels), min(threads, config.channels))
        self._filters, self._detectors = [], []
        for group in self._groups:
            self._filters.append(BandPassModel(replace(config.band_pass, channels=len(group))))
            self._detectors.append(
                SpikeDetectorModel(
                    replace(config.spike_detector, channels=len(group)),
                    control,
                    thresholds[group],
                    enabled[group],
                )
            )
        self._snippets = SnippetBufferModel(
            config.snippet_buffer,
            peak_delay=control.peak_delay(config.spike_detector.smoothing_samples),
        )
        self._pool = ThreadPoolExecutor(len(self._groups)) if len(self._groups) > 1 else None

    def process(self, codes: npt.NDArray[np.integer]) -> ChainOutput:
        """Return what becomes of the next frames; see :func:`detection_chain`."""
        if codes.ndim != 2 or codes.shape[1] != self.config.channels:
            raise ValueError(
                f"codes must have shape (frames, {self.config.channels}), not {codes.shape!r}"
            )
        run = self._pool.map if self._pool else map
        parts = list(run(lambda n: self._process_group(n, codes), range(len(self._groups))))
        filtered, spikes = (np.concatenate(part, axis=1) for part in zip(*parts, strict=True))
        return ChainOutput(filtered, self._snippets.process(filtered, spikes))

    def _process_group(
        self, n: int, codes: npt.NDArray[np.integer]
    ) -> tuple[npt.NDArray[np.int16], npt.NDArray[np.bool_]]:
        group = self._groups[n]
        filtered = self._filters[n].process(codes[:, group[0] : group[-1] + 1])
        return filtered, self._detectors[n].spikes(filtered)
