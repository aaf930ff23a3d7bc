"""Bit-exact model of :class:`rtl.snippet_buffer.SnippetBuffer`."""

import numpy as np
import numpy.typing as npt

from analog_models.compiled import compiled
from rtl.snippet_buffer import SnippetBufferConfig

__all__ = ["SnippetBufferModel", "event_dtype", "snippet_buffer"]


def event_dtype(snippet_samples: int) -> np.dtype[np.void]:
    """Return the type of an event: time (frame of the peak), channel, ``snippet_samples`` samples.

    The time counts on where the hardware's wraps, at 2**32 frames.

    >>> event_dtype(64)["snippet"].shape
    (64,)
    """
    return np.dtype(
        [("time", np.int64), ("channel", np.int32), ("snippet", np.int16, (snippet_samples,))]
    )


def snippet_buffer(
    samples: npt.ArrayLike, spikes: npt.ArrayLike, config: SnippetBufferConfig, *, peak_delay: int
) -> npt.NDArray[np.void]:
    """Return the events of a whole recording, in the order in which the packets leave.

    That is what the hardware sends when its output keeps up: events that it must lose, because of
    back-pressure or because their snippet begins before the first sample or ends after the last,
    are another matter. The first kind is in this list, the second is not.

    Parameters
    ----------
    samples : array_like of int, shape (frames, channels)
        Samples.
    spikes : array_like of bool, shape (frames, channels)
        True where a spike is reported: it peaked ``peak_delay`` frames earlier.
    config : SnippetBufferConfig
        The configuration of the hardware.
    peak_delay : int
        Frames from a peak to its report.

    Returns
    -------
    ndarray of event_dtype(config.snippet_samples)
        Events, by the frame and then the channel of their report.

    Examples
    --------
    >>> config = SnippetBufferConfig(channels=1, snippet_samples=4, pre_trigger=1)
    >>> marks = np.arange(10).reshape(-1, 1) == 5
    >>> snippet_buffer(np.arange(10).reshape(-1, 1), marks, config, peak_delay=2)["snippet"]
    array([[2, 3, 4, 5]], dtype=int16)
    """
    return SnippetBufferModel(config, peak_delay=peak_delay).process(
        np.asarray(samples), np.asarray(spikes, dtype=bool)
    )


class SnippetBufferModel:
    """The same model with its state kept from one block of frames to the next.

    Parameters
    ----------
    config : SnippetBufferConfig
        The configuration of the hardware.
    peak_delay : int
        Frames from a peak to its report.
    """

    def __init__(self, config: SnippetBufferConfig, *, peak_delay: int) -> None:
        self.config = config
        self.peak_delay = peak_delay
        self._event_dtype = event_dtype(config.snippet_samples)
        self._recent = np.empty((0, config.channels), dtype=np.int16)
        self._recent_start = 0
        self._waiting = np.empty((0, 2), dtype=np.int64)  # (first frame of the snippet, channel)

    def process(
        self, samples: npt.NDArray[np.integer], spikes: npt.NDArray[np.bool_]
    ) -> npt.NDArray[np.void]:
        """Return the events whose last sample is in these frames; see :func:`snippet_buffer`."""
        config = self.config
        recent, latest = self._recent, np.ascontiguousarray(samples, dtype=np.int16)
        start = self._recent_start
        end = start + len(recent) + len(latest)

        # The same as argwhere, several times as fast.
        marks = np.column_stack(np.divmod(np.flatnonzero(spikes), config.channels))
        marks[:, 0] += end - len(latest) - self.peak_delay - config.pre_trigger
        waiting = np.concatenate((self._waiting, marks[marks[:, 0] >= 0]))
        complete = waiting[:, 0] + config.snippet_samples <= end

        snippets = waiting[complete]
        events = np.empty(len(snippets), dtype=self._event_dtype)
        events["time"] = snippets[:, 0] + config.pre_trigger
        events["channel"] = snippets[:, 1]
        _cut(recent, latest, start, snippets, events["snippet"])

        self._waiting = waiting[~complete]
        keep = min(end - start, self.peak_delay + config.pre_trigger + config.snippet_samples)
        older = max(0, keep - len(latest))
        self._recent = np.concatenate(
            (recent[len(recent) - older :], latest[len(latest) - (keep - older) :])
        )
        self._recent_start = end - keep
        return events


@compiled
def _cut(
    recent: npt.NDArray[np.int16],
    latest: npt.NDArray[np.int16],
    start: int,
    snippets: npt.NDArray[np.int64],
    cut: npt.NDArray[np.int16],
) -> None:
    """Copy what begins at each (frame, channel) out of two arrays that follow each other."""
    for n in range(len(snippets)):
        frame, channel = snippets[n, 0] - start, snippets[n, 1]
        border = min(max(len(recent) - frame, 0), cut.shape[1])
        for i in range(border):
            cut[n, i] = recent[frame + i, channel]
        for i in range(border, cut.shape[1]):
            cut[n, i] = latest[frame + i - len(recent), channel]
