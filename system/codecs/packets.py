"""From bytes in pieces of any size to whole packets, whatever lies between them.

A packet begins where the sync byte, the length and the checksum fit each other. Where they do not,
the search goes on at the next byte, so that a damaged packet costs itself alone, and each byte is
looked at a bounded number of times (see :mod:`system.codecs.checksums`).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analog_models.compiled import compiled
from rtl.packet_format import (
    CHECKSUM_BYTES,
    FRAMING_BYTES,
    HEADER_BYTES,
    LENGTH_BYTES,
    SYNC,
    TRAILER_BYTES,
)
from system.codecs.checksums import (
    byte_table,
    extend_registers,
    shift_table,
    stretch_checksum,
)
from system.codecs.damage import Damage

__all__ = ["LARGEST_BODY", "SMALLEST_BODY", "Batch", "PacketReader", "Packets"]

SMALLEST_BODY = HEADER_BYTES + TRAILER_BYTES
LARGEST_BODY = (1 << 8 * LENGTH_BYTES) - 1
PIECE_BYTES = 1 << 20  # of a longer chunk, so that memory does not grow with the caller's chunks
BODY_AT = 1 + LENGTH_BYTES

# Why a packet does not begin at a byte.
NO_SYNC, BAD_LENGTH, BAD_CHECKSUM, CUT_SHORT = range(4)


@dataclass(frozen=True, kw_only=True, eq=False)
class Packets:
    """Bodies of packets that arrived whole, in the order of the stream.

    Parameters
    ----------
    data : ndarray of uint8
        Bytes that hold the bodies.
    start, length : ndarray of int64, shape (packets,)
        Where in ``data`` each body begins, and how many bytes it has, at least ``SMALLEST_BODY``.
    offset : ndarray of int64, shape (packets,)
        Where in the stream each packet begins.
    first : int
        Number of the first of them, counted from the beginning of the stream.
    """

    data: npt.NDArray[np.uint8]
    start: npt.NDArray[np.int64]
    length: npt.NDArray[np.int64]
    offset: npt.NDArray[np.int64]
    first: int = 0

    def __len__(self) -> int:
        return len(self.start)

    def part(self, begin: int, end: int) -> "Packets":
        """Return some of them.

        Parameters
        ----------
        begin, end : int
            Index of the first, and index after the last.

        Returns
        -------
        Packets
            These, under the same numbers.
        """
        return Packets(
            data=self.data,
            start=self.start[begin:end],
            length=self.length[begin:end],
            offset=self.offset[begin:end],
            first=self.first + begin,
        )

    def __iter__(self) -> Iterator[bytes]:
        for start, length in zip(self.start, self.length, strict=True):
            yield self.data[start : start + length].tobytes()


@dataclass(frozen=True, kw_only=True, eq=False)
class Batch:
    """What a chunk of a stream gave.

    Parameters
    ----------
    packets : Packets
        Packets that ended in it.
    damage : list of Damage
        Stretches before these packets that belong to none.
    """

    packets: Packets
    damage: list[Damage]


class PacketReader:
    """Finds packets in a stream of bytes; holds at most one packet and one piece of a chunk.

    Parameters
    ----------
    largest_body : int
        Bytes in the largest body that the sender makes; a longer one is taken for damage.
    offset : int
        Where the first byte lies, if it is not the stream's first.
    """

    def __init__(self, largest_body: int = LARGEST_BODY, offset: int = 0) -> None:
        if not SMALLEST_BODY <= largest_body <= LARGEST_BODY:
            raise ValueError(
                f"largest_body must be in {SMALLEST_BODY}..{LARGEST_BODY}, not {largest_body}"
            )
        self._largest_body = largest_body
        self._kept = np.empty(0, dtype=np.uint8)
        self._registers = np.zeros(1, dtype=np.uint32)
        self._offset = offset  # of the first byte that is kept
        self._packets = 0
        self._stray = _Stray()

    @property
    def kept_bytes(self) -> int:
        """Bytes that are held until the rest of their packet comes."""
        return len(self._kept)

    def feed(self, chunk: bytes | bytearray | memoryview) -> Iterator[Batch]:
        """Yield the packets that end in a chunk of the stream.

        Parameters
        ----------
        chunk : bytes-like
            The next bytes, any number of them.

        Yields
        ------
        Batch
            One for each piece of at most ``PIECE_BYTES``.
        """
        data = np.frombuffer(chunk, dtype=np.uint8)
        for first in range(0, len(data), PIECE_BYTES):
            yield self._read(data[first : first + PIECE_BYTES], ended=False)

    def finish(self) -> Batch:
        """Return what is left when no byte will follow.

        Returns
        -------
        Batch
            Packets found in what looked like the beginning of a longer one, and the last damage.
        """
        return self._read(np.empty(0, dtype=np.uint8), ended=True)

    def _read(self, piece: npt.NDArray[np.uint8], *, ended: bool) -> Batch:
        data = np.concatenate((self._kept, piece))
        registers = np.empty(len(data) + 1, dtype=np.uint32)
        registers[: len(self._registers)] = self._registers
        extend_registers(registers, len(self._kept), data, byte_table())
        found = np.empty((len(data) // (SMALLEST_BODY + FRAMING_BYTES) + 1, 2), dtype=np.int64)
        gaps = np.empty((len(found) + 1, 5), dtype=np.int64)
        packets, stray_gaps, position = _scan(
            data,
            registers,
            shift_table(LENGTH_BYTES + LARGEST_BODY),
            self._stray.as_row(self._offset),
            self._largest_body,
            ended,
            found,
            gaps,
        )
        start, length = found[:packets].T.copy()
        batch = Batch(
            packets=Packets(
                data=data,
                start=start + BODY_AT,
                length=length,
                offset=start + self._offset,
                first=self._packets,
            ),
            damage=[self._damage(row, start) for row in gaps[:stray_gaps]],
        )
        self._packets += packets
        self._stray = _Stray.from_row(gaps[stray_gaps], self._offset)
        self._kept, self._registers = data[position:].copy(), registers[position:].copy()
        self._offset += position
        return batch

    def _damage(self, row: npt.NDArray[np.int64], starts: npt.NDArray[np.int64]) -> Damage:
        first, stop, reason, wanted, got = (int(value) for value in row)
        field, rule = {
            NO_SYNC: ("sync", f"must be {wanted:#04x}, not {got:#04x}"),
            BAD_LENGTH: ("length", f"must be in {SMALLEST_BODY}..{wanted}, not {got}"),
            BAD_CHECKSUM: ("checksum", f"must be {wanted:#010x}, not {got:#010x}"),
            CUT_SHORT: ("end", f"must come after {wanted} bytes, not after {got}"),
        }[reason]
        return Damage(
            packet=self._packets + int(np.searchsorted(starts, first)),
            offset=self._offset + first,
            length_bytes=stop - first,
            field=field,
            rule=rule,
        )


@dataclass(frozen=True, kw_only=True)
class _Stray:
    """The stretch without a packet at the end of what was read: where it began, and why."""

    offset: int = -1
    reason: int = NO_SYNC
    wanted: int = 0
    got: int = 0

    def as_row(self, base: int) -> npt.NDArray[np.int64]:
        first = self.offset - base if self.offset >= 0 else NO_STRAY
        return np.array([first, 0, self.reason, self.wanted, self.got], dtype=np.int64)

    @classmethod
    def from_row(cls, row: npt.NDArray[np.int64], base: int) -> "_Stray":
        first, _, reason, wanted, got = (int(value) for value in row)
        offset = -1 if first == NO_STRAY else first + base
        return cls(offset=offset, reason=reason, wanted=wanted, got=got)


NO_STRAY = np.iinfo(np.int64).min


@compiled
def _word(data: npt.NDArray[np.uint8], place: int, length: int) -> int:
    value = np.int64(0)
    for n in range(length):
        value |= np.int64(data[place + n]) << (8 * n)
    return int(value)


@compiled
def _scan(
    data: npt.NDArray[np.uint8],
    registers: npt.NDArray[np.uint32],
    shifts: npt.NDArray[np.uint32],
    stray: npt.NDArray[np.int64],
    largest_body: int,
    ended: bool,
    found: npt.NDArray[np.int64],
    gaps: npt.NDArray[np.int64],
) -> tuple[int, int, int]:
    """Fill ``found`` (start, length of body) and ``gaps``; return their counts, bytes done with.

    A gap is (first byte, byte after the last, reason, value wanted, value found). The one that is
    open at the end is the last, not counted; its first byte is ``NO_STRAY`` if there is none.
    """
    packets = gap_count = position = 0
    gaps[0] = stray
    while position < len(data):
        reason, wanted, got, size = NO_SYNC, SYNC, _word(data, position, 1), 0
        if data[position] == SYNC:
            left = len(data) - position
            if left < BODY_AT:
                if not ended:
                    break
                reason, wanted, got = CUT_SHORT, SMALLEST_BODY + FRAMING_BYTES, left
            else:
                body = _word(data, position + 1, LENGTH_BYTES)
                size = body + FRAMING_BYTES
                if body < SMALLEST_BODY or body > largest_body:
                    reason, wanted, got, size = BAD_LENGTH, largest_body, body, 0
                elif left < size:
                    if not ended:
                        break
                    reason, wanted, got, size = CUT_SHORT, size, left, 0
                else:
                    stop = position + size - CHECKSUM_BYTES
                    wanted = stretch_checksum(registers, position + 1, stop, shifts)
                    reason, got = BAD_CHECKSUM, _word(data, stop, CHECKSUM_BYTES)
                    if got != wanted:
                        size = 0
        is_open = gaps[gap_count, 0] != NO_STRAY
        if size:
            if is_open:
                gaps[gap_count, 1] = position
                gap_count += 1
                gaps[gap_count, 0] = NO_STRAY
            found[packets, 0], found[packets, 1] = position, size - FRAMING_BYTES
            packets += 1
            position += size
        else:
            if not is_open:
                gaps[gap_count, 0], gaps[gap_count, 2] = position, reason
                gaps[gap_count, 3], gaps[gap_count, 4] = wanted, got
            position += 1
    if ended and gaps[gap_count, 0] != NO_STRAY:
        gaps[gap_count, 1] = position
        gap_count += 1
        gaps[gap_count, 0] = NO_STRAY
    return packets, gap_count, position
