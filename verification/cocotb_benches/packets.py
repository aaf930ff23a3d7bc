"""Event packets, put together and held against those that should have come."""

import numpy as np
import numpy.typing as npt

from rtl.snippet_buffer import SnippetBufferConfig
from verification.golden.snippet_buffer import event_dtype

__all__ = ["check_some_events", "events_of"]


def events_of(words: npt.NDArray[np.void], config: SnippetBufferConfig) -> npt.NDArray[np.void]:
    """Return the events that a stream of packet words carries.

    Parameters
    ----------
    words : ndarray of records
        Words, fields as in :func:`rtl.streams.packet_layout`.
    config : SnippetBufferConfig
        Of the block that sent them.

    Returns
    -------
    ndarray of event_dtype
        One element a packet.

    Raises
    ------
    AssertionError
        If the words are not whole packets.
    """
    size = config.snippet_samples
    if len(words) % size:
        raise AssertionError(f"packets must have {size} words, but {len(words)} words came")
    packets = words.reshape(-1, size)
    place = np.arange(size)
    for field, expected in (
        ("first", place == 0),
        ("last", place == size - 1),
        ("time", packets["time"][:, :1]),
        ("channel", packets["channel"][:, :1]),
    ):
        wrong = np.argwhere(packets[field] != expected)
        if len(wrong):
            packet, word = wrong[0]
            raise AssertionError(f"packet {packet}: {field} is wrong in word {word}")
    events = np.empty(len(packets), dtype=event_dtype(size))
    events["time"], events["channel"] = packets["time"][:, 0], packets["channel"][:, 0]
    events["snippet"] = packets["sample"]
    return events


def check_some_events(received: npt.NDArray[np.void], possible: npt.NDArray[np.void]) -> None:
    """Demand that ``received`` are some of the ``possible`` events, in their order.

    Parameters
    ----------
    received : ndarray of event_dtype
        What came.
    possible : ndarray of event_dtype
        What would have come, had nothing been lost.

    Raises
    ------
    AssertionError
        If an event came that should not have, twice, out of order, or with a wrong snippet.
    """
    places = {(int(e["time"]), int(e["channel"])): n for n, e in enumerate(possible)}
    last = -1
    for n, event in enumerate(received):
        place = places.get((int(event["time"]), int(event["channel"])), -1)
        if place <= last:
            raise AssertionError(f"event {n}, {event}, should not have come here")
        if not np.array_equal(event["snippet"], possible[place]["snippet"]):
            raise AssertionError(f"event {n} is {event}, not {possible[place]}")
        last = place
