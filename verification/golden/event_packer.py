"""Bit-exact model of :class:`rtl.event_packer.EventPacker`."""

import numpy as np
import numpy.typing as npt

from rtl.event_packer import HEAD_WORDS, EventPackerConfig

__all__ = ["event_packer"]


def event_packer(events: npt.NDArray[np.void], config: EventPackerConfig) -> npt.NDArray[np.uint32]:
    """Return the words of events.

    Parameters
    ----------
    events : ndarray of event_dtype
        Events, as :func:`verification.golden.snippet_buffer.snippet_buffer` returns them.
    config : EventPackerConfig
        The configuration of the hardware.

    Returns
    -------
    ndarray of uint32, shape (events, config.words)
        A row each.

    Examples
    --------
    >>> from verification.golden.snippet_buffer import event_dtype
    >>> events = np.array([(300, 2, [5, -1, 7])], event_dtype(3))
    >>> words = event_packer(events, EventPackerConfig(samples=8))
    >>> [f"{word:x}" for word in words[0]]
    ['12c', '80002', '0', '0', 'ffff0005', '7', '0', '0']
    """
    snippets = events["snippet"][:, : config.samples].astype("<i2")
    samples = np.zeros((len(events), config.samples), dtype="<i2")
    samples[:, : snippets.shape[1]] = snippets
    words = np.zeros((len(events), config.words), dtype="<u4")
    words[:, 0] = events["time"] % (1 << 32)
    words[:, 1] = events["channel"] + (config.samples << 16)
    if config.samples:
        words[:, HEAD_WORDS:] = samples.view("<u4")
    return words
