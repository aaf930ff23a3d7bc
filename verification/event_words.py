"""Events as the words of their packets, and events that reach the borders of coded packets."""

from typing import Protocol

import numpy as np
import numpy.typing as npt

from rtl.streams import TIME_WIDTH, packet_layout
from verification.golden.snippet_buffer import event_dtype
from verification.payloads import payload_dtype

__all__ = ["PacketSizes", "event_words", "random_events"]

STEPS = (0, 1, 7, 60, 255, 256, 899)  # frames from event to event


class PacketSizes(Protocol):
    """What the configuration of a block says that takes packets of events."""

    @property
    def channels(self) -> int:
        """Number of channels."""
        ...

    @property
    def sample_width(self) -> int:
        """Sample width, bits."""
        ...


def random_events(
    count: int, config: PacketSizes, *, samples: int, rng: np.random.Generator
) -> npt.NDArray[np.void]:
    """Return events of random channels, close to each other and far apart.

    Parameters
    ----------
    count : int
        How many.
    config : PacketSizes
        Of the block that gets them.
    samples : int
        Samples of each snippet.
    rng : numpy.random.Generator
        Source of all of it.

    Returns
    -------
    ndarray of event_dtype(samples)
        Events, in the order of their times.
    """
    events = np.empty(count, dtype=event_dtype(samples))
    limit = 1 << (config.sample_width - 1)
    events["time"] = 300 + np.cumsum(rng.choice(STEPS, count))
    events["channel"] = rng.integers(config.channels, size=count)
    events["snippet"] = rng.integers(-limit, limit, (count, samples))
    events["snippet"][0, :2] = -limit, limit - 1
    return events


def event_words(events: npt.NDArray[np.void], config: PacketSizes) -> npt.NDArray[np.void]:
    """Return the words of the packets of events.

    Parameters
    ----------
    events : ndarray of event_dtype
        Events.
    config : PacketSizes
        Of the block that gets them.

    Returns
    -------
    ndarray of records
        Words, fields as in :func:`rtl.streams.packet_layout`.
    """
    size = events["snippet"].shape[1]
    layout = packet_layout(config.sample_width, config.channels)
    words = np.zeros((len(events), size), dtype=payload_dtype(layout))
    words["sample"] = events["snippet"]
    words["channel"] = events["channel"][:, np.newaxis]
    words["time"] = events["time"][:, np.newaxis] % (1 << TIME_WIDTH)
    words["first"][:, 0] = words["last"][:, -1] = 1
    return words.ravel()
