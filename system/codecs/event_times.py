"""When the packets of a stream of snippets began, and which of them came twice."""

from collections import deque

import numpy as np
import numpy.typing as npt

from system.codecs.damage import Damage
from system.codecs.decoding import Pieces

__all__ = ["EventTimes"]

CLOCK = 1 << 32
REMEMBERED = 64  # packets of each group, by which one that comes again is known
WITNESSES = 3  # of which one may lie about its time


class EventTimes:
    """Unwraps the times of packets, and refuses those that were there.

    The sender's clock has 32 bits. A packet is nearest to the middle one of the three before it, so
    that a time that lies moves no other; the first three are taken at their word.

    Parameters
    ----------
    groups : int
        Groups of channels.
    """

    def __init__(self, groups: int) -> None:
        self._latest: deque[int] = deque(maxlen=WITNESSES)
        self._begun = [deque[int](maxlen=REMEMBERED) for _ in range(groups)]

    def place(self, pieces: Pieces, damage: list[Damage]) -> npt.NDArray[np.int64]:
        """Return when packets began.

        Parameters
        ----------
        pieces : Pieces
            Decoded packets.
        damage : list of Damage
            Where those are added that were there, or come too late to tell.

        Returns
        -------
        ndarray of int64, shape (packets,)
            Frame of the first peak; -1 for those that are refused.
        """
        begins = np.empty(len(pieces.time), dtype=np.int64)
        for packet, time in enumerate(pieces.time.tolist()):
            begin = self._unwrapped(time)
            begun = self._begun[pieces.group[packet]]
            rule = None
            if begin in begun:
                rule = f"must not be that of a packet that was there, but is {begin}"
            elif len(begun) == REMEMBERED and begin < min(begun):
                rule = f"must be at least {min(begun)}, not {begin}"
            begins[packet] = begin if rule is None else -1
            if rule is None:
                begun.append(begin)
                self._latest.append(begin)
            else:
                damage.append(
                    Damage(
                        packet=int(pieces.number[packet]),
                        offset=int(pieces.offset[packet]),
                        length_bytes=int(pieces.length[packet]),
                        field="time",
                        rule=rule,
                    )
                )
        return begins

    def _unwrapped(self, time: int) -> int:
        if len(self._latest) < WITNESSES:
            return time
        middle = sorted(self._latest)[WITNESSES // 2]
        begin = middle + (time - middle + CLOCK // 2) % CLOCK - CLOCK // 2
        return begin if begin >= 0 else begin + CLOCK
