"""Reading files of packets: from their beginning, or from any frame on."""

import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from rtl.packet_format import FRAMING_BYTES
from system.codecs.container import Layout, read_layout
from system.codecs.packets import SMALLEST_BODY
from system.codecs.stream_decoder import SampleDecoder, Tally
from system.codecs.timeline import Block
from system.errors import UserError

__all__ = ["PacketFile", "code_checksum"]

CHUNK_BYTES, PROBE_BYTES = 1 << 20, 1 << 16
# Of the likeliest of four symbols or more, of 14-bit frequencies: 3.5e-4 bits, so 22 700 a byte.
MOST_SAMPLES_PER_BYTE = 1 << 15


def code_checksum(codes: npt.NDArray[np.int16], before: int = 0) -> int:
    """Return the CRC-32 of codes as little-endian 16-bit integers.

    Parameters
    ----------
    codes : ndarray of int16
        Codes.
    before : int
        The checksum of those before.

    Returns
    -------
    int
        The checksum of all.
    """
    return zlib.crc32(np.ascontiguousarray(codes, dtype="<i2").data, before)


class PacketFile:
    """A file of packets.

    Parameters
    ----------
    path : Path
        The file.

    Attributes
    ----------
    layout : Layout
        What it says of its recording, and where its packets are.
    frames : int
        Frames of the recording, but no more than bytes are there for.

    Raises
    ------
    UserError
        It cannot be read, is no such file, is of another version, or both its ends are damaged.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            with path.open("rb") as file:
                self.layout: Layout = read_layout(path.name, file)
        except OSError as error:
            raise UserError(f"{path}: cannot be read: {error.strerror}") from error
        self.frames = min(self.layout.header.frames, self._most_frames())
        if self.frames < self.layout.header.frames:
            self.layout.notes.append(
                f"{path.name}: {self.layout.end - self.layout.begin} bytes of packets hold at most"
                f" {self.frames} frames, not {self.layout.header.frames}"
            )

    def _most_frames(self) -> int:
        """Return how many frames so many bytes can hold, so that no header makes up a recording."""
        stream, size = self.layout.header.stream, self.layout.end - self.layout.begin
        packets = size // (SMALLEST_BODY + FRAMING_BYTES)
        by_packets = (packets // stream.groups + 1) * stream.most_counted
        by_bytes = size * MOST_SAMPLES_PER_BYTE // stream.channels + 1
        return min(by_packets, by_bytes)

    def blocks(
        self, tally: Tally, *, first_frame: int = 0, filling: str = "zeros"
    ) -> Iterator[tuple[Block, float]]:
        """Yield the recording in order, and which part of the file has been read.

        Parameters
        ----------
        tally : Tally
            Where it is counted what could be used and what could not.
        first_frame : int
            Frame to begin with.
        filling : str
            ``"zeros"`` or ``"omit"``, for frames that did not survive.

        Yields
        ------
        tuple of Block and float
            Codes, not yet stored samples; and a number in 0..1.
        """
        begin = self._begin(first_frame)
        decoder = self._decoder(first_frame, begin, filling, tally)
        checksum = 0
        size = max(1, self.layout.end - begin)
        for chunk, left in self._chunks(begin, CHUNK_BYTES):
            for block in decoder.feed(chunk):
                checksum = code_checksum(block.samples, checksum)
                yield block, 1 - left / size
        for block in decoder.finish():
            checksum = code_checksum(block.samples, checksum)
            yield block, 1.0
        summary = self.layout.summary
        wanted = checksum if summary is None or first_frame else summary.checksum
        if tally.is_whole and not self.layout.notes and checksum != wanted:
            raise UserError(
                f"{self._path.name}: samples must have checksum {wanted:#010x}, not"
                f" {checksum:#010x}, though every packet is whole"
            )

    def _decoder(
        self, first_frame: int, begin: int, filling: str, tally: Tally | None
    ) -> SampleDecoder:
        header = self.layout.header
        return SampleDecoder(
            header.stream,
            header.tables,
            filling=filling,
            longest_gap_frames=self.frames,
            first_frame=first_frame,
            frames=self.frames,
            offset=begin,
            tally=tally,
        )

    def _chunks(self, begin: int, most: int) -> Iterator[tuple[bytes, int]]:
        """Yield the packets from a byte on, in pieces, and how many bytes are left."""
        with self._path.open("rb") as file:
            file.seek(begin)
            left = self.layout.end - begin
            while left and (chunk := file.read(min(left, most))):
                left -= len(chunk)
                yield chunk, left

    def _begin(self, first_frame: int) -> int:
        """Return a byte from which on packets hold every frame from ``first_frame`` on.

        Where bytes were lost, or came in from elsewhere, the index may point beyond it.
        """
        begin, summary = self.layout.begin, self.layout.summary
        if summary is None or not summary.index:
            return begin
        frames, places = np.array(summary.index).T
        entry = int(np.searchsorted(frames, first_frame, side="right")) - 1
        if entry < 0:
            return begin
        lost = max(0, summary.packet_bytes - (self.layout.end - begin))
        place = min(begin + int(places[entry]) - lost, self.layout.end)
        return place if place > begin and self._holds(first_frame, place) else begin

    def _holds(self, frame: int, begin: int) -> bool:
        """Return whether packets from a byte on hold a frame, and so all that follow it."""
        decoder = self._decoder(frame, begin, "zeros", None)
        for chunk, _ in self._chunks(begin, PROBE_BYTES):
            for block in decoder.feed(chunk):
                return bool(block.arrived[0])
        first = next(decoder.finish(), None)
        return first is not None and bool(first.arrived[:1].any())
