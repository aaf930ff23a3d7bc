"""Spikes put in order, and what their times mean."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["CHUNK", "Lateness", "check_events", "in_order", "meaning_of_times"]

CHUNK = 1 << 18
"""Spikes that are in a file's own form at a time: 6 MB of a sorting's."""

LONGEST = 1 << 62  # frames of all channels together: thousands of years


@dataclass(frozen=True, kw_only=True)
class Lateness:
    """How long after the extremum of a spike's voltage its event is timed.

    It depends on the waveform, so that it cannot be taken off a spike of unknown waveform.

    Parameters
    ----------
    shortest_s : float
        Of the waveform with the least delay, seconds.
    typical_s : float
        Of the median waveform, seconds.
    longest_s : float
        Of the waveform with the largest delay, seconds.
    """

    shortest_s: float
    typical_s: float
    longest_s: float


def meaning_of_times(lateness: Lateness | None) -> str:
    """Return what the times of spikes are, for the files that hold them.

    Parameters
    ----------
    lateness : Lateness or None
        How late they are, where known.

    Returns
    -------
    str
        One sentence.

    Examples
    --------
    >>> known = Lateness(shortest_s=0.13e-3, typical_s=0.24e-3, longest_s=0.33e-3)
    >>> meaning_of_times(known)[-56:]
    '0.24 ms for a typical waveform, 0.13 to 0.33 ms for all.'
    """
    text = (
        "Times are those at which the detector's level peaked: later than the extremum of the "
        "voltage by the delay of the filters, which depends on the waveform and is not taken off"
    )
    if lateness is None:
        return f"{text}."
    shortest, typical, longest = (
        f"{1e3 * late_s:.2f}"
        for late_s in (lateness.shortest_s, lateness.typical_s, lateness.longest_s)
    )
    return f"{text}; {typical} ms for a typical waveform, {shortest} to {longest} ms for all."


def in_order(
    major: npt.NDArray[np.integer], minor: npt.NDArray[np.integer], span: int
) -> npt.NDArray[np.int64]:
    """Return pairs of numbers in order, each as one: ``major * span + minor``.

    One array sorted in place is all that this takes; sorting indices takes four times as much.

    Parameters
    ----------
    major : numpy.ndarray
        What to sort by first.
    minor : numpy.ndarray
        What to sort by then: at least 0, less than ``span``.
    span : int
        One more than the largest ``minor``.

    Returns
    -------
    numpy.ndarray
        One number for each pair; ``divmod`` by ``span`` takes them apart.

    Examples
    --------
    >>> in_order(np.array([7, 5]), np.array([0, 2]), 3).tolist()
    [17, 21]
    """
    pairs = np.multiply(major, span, dtype=np.int64)
    pairs += minor
    pairs.sort()
    return pairs


def check_events(events: npt.NDArray[np.void], channels: int) -> None:
    """Refuse spikes that no recording can have.

    Parameters
    ----------
    events : numpy.ndarray
        Spikes with the fields ``time`` (frames) and ``channel``.
    channels : int
        Number of channels of the recording.

    Raises
    ------
    ValueError
        A spike is before the recording, on no channel of it, or thousands of years after its start.
    """
    if channels < 1:
        raise ValueError(f"number of channels must be at least 1, not {channels}")
    if events.size == 0:
        return
    earliest, latest = events["time"].min(), events["time"].max()
    if earliest < 0:
        raise ValueError(f"event time must not be negative, not {earliest}")
    if latest >= LONGEST // channels:  # a time and a channel are one number while sorted
        raise ValueError(f"event time must be below {LONGEST // channels}, not {latest}")
    for extreme in (events["channel"].min(), events["channel"].max()):
        if not 0 <= extreme < channels:
            raise ValueError(f"event channel must be in 0..{channels - 1}, not {extreme}")
