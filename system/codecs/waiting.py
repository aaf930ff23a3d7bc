"""Packets that do not continue their group, until something shows whether their times are right."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["WaitingPacket", "frame_of", "touching"]


@dataclass(frozen=True, kw_only=True, eq=False)
class WaitingPacket:
    """A packet before which others were lost, or whose time lies.

    Parameters
    ----------
    group : int
        Its group of channels.
    frame : int
        First frame.
    samples : ndarray of int16, shape (frames, channels of the group)
        Samples.
    expected : int
        Frame with which its group would have gone on.
    number : int
        Its number in the stream.
    offset : int
        Byte where it begins.
    length : int
        Bytes of its body.
    """

    group: int
    frame: int
    samples: npt.NDArray[np.int16]
    expected: int
    number: int
    offset: int
    length: int

    @property
    def stop(self) -> int:
        """Frame after the last."""
        return self.frame + len(self.samples)


def frame_of(packet: WaitingPacket) -> int:
    """Return the first frame of a packet, by which they are sorted.

    Parameters
    ----------
    packet : WaitingPacket
        The packet.

    Returns
    -------
    int
        Its first frame.
    """
    return packet.frame


def touching(packet: WaitingPacket, waiting: list[WaitingPacket]) -> list[WaitingPacket]:
    """Return the packets of one group of which each goes on where the one before ends.

    Only those between which none came that went on as expected: where one did, nothing was lost.

    Parameters
    ----------
    packet : WaitingPacket
        One of them.
    waiting : list of WaitingPacket
        Packets in order of frames, this one among them.

    Returns
    -------
    list of WaitingPacket
        The longest such row with this packet in it, at least itself.
    """
    place = packet.group, packet.expected
    group = [each for each in waiting if (each.group, each.expected) == place]
    first = last = group.index(packet)
    while first and group[first - 1].stop == group[first].frame:
        first -= 1
    while last + 1 < len(group) and group[last].stop == group[last + 1].frame:
        last += 1
    return group[first : last + 1]
