"""Bit-exact model of :class:`rtl.detection_chain.DetectionChain`."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise, tee
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rtl.detection_chain import DetectionChainConfig
from rtl.detector_settings import DetectorSettings
from verification.golden.band_pass import BandPassModel
from verification.golden.snippet_buffer import SnippetBufferModel
from verification.golden.spike_detector import SpikeDetectorModel

__all__ = ["ChainOutput", "DetectionChainModel", "detection_chain"]

SLICE_SAMPLES = 1 << 18  # processed in one go: what lies between the models then stays in the cache


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

    Two threads share the work on some channels: while one searches for spikes, the other filters
    what comes next and collects the snippets of what was found. More threads share the channels,
    whose events are put in order afterwards.

    Parameters
    ----------
    config : DetectionChainConfig
        The configuration of the hardware.
    settings : DetectorSettings
        What its registers are set to.
    threads : int
        Threads to use; no more than two for each channel are.
    """

    def __init__(
        self, config: DetectionChainConfig, settings: DetectorSettings, *, threads: int = 1
    ) -> None:
        if threads < 1:
            raise ValueError(f"threads must be positive, not {threads!r}")
        self.config = config
        pairs = min(-(-threads // 2), config.channels)
        bounds = np.linspace(0, config.channels, pairs + 1).astype(int)
        self._groups = [
            _ChannelGroup(config, settings, first, stop, has_helper=n < threads - pairs)
            for n, (first, stop) in enumerate(pairwise(bounds))
        ]
        self._pool = ThreadPoolExecutor(pairs) if pairs > 1 else None

    def process(self, codes: npt.NDArray[np.integer]) -> ChainOutput:
        """Return what becomes of the next frames; see :func:`detection_chain`."""
        if codes.ndim != 2 or codes.shape[1] != self.config.channels:
            raise ValueError(
                f"codes must have shape (frames, {self.config.channels}), not {codes.shape!r}"
            )
        filtered = np.empty(codes.shape, dtype=np.int16)
        run = self._pool.map if self._pool else map
        parts = run(lambda group: group.process(codes, filtered), self._groups)
        events = np.concatenate(list(parts))
        return ChainOutput(filtered, events[np.lexsort((events["channel"], events["time"]))])


class _ChannelGroup:
    """The chain of the channels from ``first`` to before ``stop``."""

    def __init__(
        self,
        config: DetectionChainConfig,
        settings: DetectorSettings,
        first: int,
        stop: int,
        *,
        has_helper: bool,
    ) -> None:
        control = config.control(settings)
        size = stop - first
        self._first = first
        self._columns = slice(first, stop)
        self._slice_frames = max(1, SLICE_SAMPLES // size)
        self._filter = BandPassModel(replace(config.band_pass, channels=size))
        self._detector = SpikeDetectorModel(
            replace(config.spike_detector, channels=size),
            control,
            settings.threshold_words(config.channels)[self._columns],
            settings.enable_flags(config.channels)[self._columns],
        )
        self._snippets = SnippetBufferModel(
            replace(config.snippet_buffer, channels=size),
            peak_delay=control.peak_delay(config.spike_detector.smoothing_samples),
        )
        self._helper = ThreadPoolExecutor(1) if has_helper else None  # one: keeps the order

    def process(
        self, codes: npt.NDArray[np.integer], filtered: npt.NDArray[np.int16]
    ) -> npt.NDArray[np.void]:
        """Return the events of the group in the next frames, and fill its part of ``filtered``."""
        starts = range(0, max(1, len(codes)), self._slice_frames)
        rows = [slice(start, start + self._slice_frames) for start in starts]
        run = self._helper.map if self._helper else map
        filtered_slices = run(self._filter.process, [codes[each, self._columns] for each in rows])

        def collect(
            each: slice, samples: npt.NDArray[np.int16], spikes: npt.NDArray[np.bool_]
        ) -> npt.NDArray[np.void]:
            filtered[each, self._columns] = samples
            return self._snippets.process(samples, spikes)

        samples, searched = tee(filtered_slices)
        spikes = map(self._detector.spikes, searched)  # here, whatever the helper is doing
        events = np.concatenate(list(run(collect, rows, samples, spikes)))
        events["channel"] += self._first
        return events
