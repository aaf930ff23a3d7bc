"""Putting decoded packets into a window of frames, and why one cannot be put there."""

import numpy as np
import numpy.typing as npt

from analog_models.compiled import compiled

__all__ = [
    "ASTRAY",
    "BEYOND_WINDOW",
    "IMPLAUSIBLE",
    "PLACED",
    "TOO_LATE",
    "TWICE",
    "complete_rows",
    "place_packets",
]

PLACED, BEYOND_WINDOW, TOO_LATE, TWICE, IMPLAUSIBLE, ASTRAY = range(6)


@compiled
def complete_rows(known: npt.NDArray[np.bool_], held: int) -> int:
    """Return how many frames from the first on have come of all groups.

    Parameters
    ----------
    known : ndarray of bool, shape (frames, groups)
        What has come.
    held : int
        Frames that are looked at.

    Returns
    -------
    int
        At most ``held``.
    """
    for row in range(held):
        for group in range(known.shape[1]):
            if not known[row, group]:
                return row
    return held


@compiled
def place_packets(
    groups: npt.NDArray[np.int64],
    times: npt.NDArray[np.int64],
    frames: npt.NDArray[np.int64],
    places: npt.NDArray[np.int64],
    samples: npt.NDArray[np.int16],
    packet: int,
    window: npt.NDArray[np.int16],
    known: npt.NDArray[np.bool_],
    packet_channels: int,
    base: int,
    first_frame: int,
    following: npt.NDArray[np.int64],
    end: int,
    end_limit: int,
) -> tuple[int, int, int, int]:
    """Put packets into the window until one cannot be.

    Parameters
    ----------
    groups, times, frames, places : ndarray of int64, shape (packets,)
        Group of each packet, its time modulo 2**32, its number of frames, and where in ``samples``
        it begins.
    samples : ndarray of int16
        Samples of all packets.
    packet : int
        Index of the first packet.
    window : ndarray of int16, shape (frames, channels)
        Where they go.
    known : ndarray of bool, shape (frames, groups)
        Which of them have come.
    packet_channels : int
        Channels that share a packet.
    base : int
        Frame of the window's first row.
    first_frame : int
        Frame before which packets are ignored.
    following : ndarray of int64, shape (groups,)
        Frame with which each group goes on.
    end : int
        Frame after the last that has come.
    end_limit : int
        Frame after the last that may come.

    Returns
    -------
    tuple of int
        Index of the packet that cannot be placed, why, its frame, and the new end.
    """
    capacity, channels = window.shape
    while packet < len(groups):
        group, count = groups[packet], frames[packet]
        # The sender's clock has 32 bits: the frame that is nearest to what is expected.
        frame = end + ((times[packet] - end + (1 << 31)) & 0xFFFFFFFF) - (1 << 31)
        if frame < 0:
            frame += 1 << 32
        stop = frame + count
        skipped = min(max(0, base - frame), count)
        if stop > end_limit:
            return packet, IMPLAUSIBLE, frame, end
        if skipped == count and stop > first_frame:
            return packet, TOO_LATE, frame, end
        if frame != following[group] and frame > first_frame:
            return packet, ASTRAY, frame, end
        if stop > base + capacity:
            return packet, BEYOND_WINDOW, frame, end
        following[group] = max(following[group], stop)
        for n in range(skipped, count):
            if known[frame + n - base, group]:
                return packet, TWICE, frame, end
        first = group * packet_channels
        inside = min(packet_channels, channels - first)
        place = places[packet]
        for n in range(skipped, count):
            row = frame + n - base
            known[row, group] = True
            for channel in range(inside):
                window[row, first + channel] = samples[place + n * inside + channel]
        end = max(end, stop)
        packet += 1
    return packet, PLACED, 0, end
