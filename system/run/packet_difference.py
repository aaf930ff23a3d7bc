"""Where the packets of a circuit and of its model differ, byte by byte."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import zip_longest

import numpy as np

from rtl.packet_format import HEADER_BYTES, LENGTH_BYTES

__all__ = ["PacketDifference", "packet_difference"]

GROUP_BYTE = 1 + LENGTH_BYTES + 2
TIME_BYTES = slice(1 + LENGTH_BYTES + 4, 1 + LENGTH_BYTES + HEADER_BYTES)


@dataclass(frozen=True, kw_only=True)
class PacketDifference:
    """How the packets of circuit and model differ.

    Parameters
    ----------
    compared : int
        Bytes that either sent, each counted once.
    mismatches : int
        Bytes that differ, or that only one of them sent.
    first : str or None
        The first mismatch, in words.
    """

    compared: int
    mismatches: int
    first: str | None


def packet_difference(golden: Iterable[bytes], circuit: Iterable[bytes]) -> PacketDifference:
    """Compare packets, those of each group of channels in their order.

    Packets of different groups may leave the circuit in another order than the model: which are
    ready at once depends on the clock.

    Parameters
    ----------
    golden, circuit : iterable of bytes
        Whole packets.

    Returns
    -------
    PacketDifference
        Of all of them.

    Examples
    --------
    >>> packet_difference([bytes(12)], [bytes(11) + b"x"])
    PacketDifference(compared=12, mismatches=1, first='byte 11 of packet 0 of group 0, of frame 0: \
00 in the model, 78 in the circuit')
    """
    model, found = _by_group(golden), _by_group(circuit)
    compared = mismatches = 0
    first = None
    for group in sorted(model | found):
        pairs = zip_longest(model.get(group, []), found.get(group, []), fillvalue=b"")
        for index, (wanted, came) in enumerate(pairs):
            longest = max(len(wanted), len(came))
            compared += longest
            if wanted == came:
                continue
            differs = _padded(wanted, longest) != _padded(came, longest)
            mismatches += int(np.count_nonzero(differs))
            if first is None:
                place = int(differs.argmax())
                time = int.from_bytes((wanted or came)[TIME_BYTES], "little")
                first = (
                    f"byte {place} of packet {index} of group {group}, of frame {time}: "
                    f"{_named(wanted, place)} in the model, {_named(came, place)} in the circuit"
                )
    return PacketDifference(compared=compared, mismatches=mismatches, first=first)


def _by_group(packets: Iterable[bytes]) -> dict[int, list[bytes]]:
    """Return the packets of each group; one too short to name it counts as of group 0."""
    groups: dict[int, list[bytes]] = {}
    for packet in packets:
        group = packet[GROUP_BYTE] if len(packet) > GROUP_BYTE else 0
        groups.setdefault(group, []).append(packet)
    return groups


def _padded(packet: bytes, length: int) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    """Return the bytes, and after them what no byte is."""
    padded = np.full(length, -1, dtype=np.int16)
    padded[: len(packet)] = np.frombuffer(packet, dtype=np.uint8)
    return padded


def _named(packet: bytes, place: int) -> str:
    return f"{packet[place]:02x}" if place < len(packet) else "nothing"
