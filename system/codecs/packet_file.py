"""Reading files of packets: from their beginning, or from any frame on."""

import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from system.codecs.container import Layout, read_layout
from system.codecs.stream_decoder import SampleDecoder, Tally
from system.codecs.timeline import Block
from system.errors import UserError

__all__ = ["PacketFile", "code_checksum"]

CHUNK_BYTES = 1 << 20


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
        header, begin = self.layout.header, self._begin(first_frame)
        decoder = SampleDecoder(
            header.stream,
            header.tables,
            filling=filling,
            longest_gap_frames=header.frames,
            first_frame=first_frame,
            frames=header.frames,
            offset=begin,
            tally=tally,
        )
        checksum = 0
        size = max(1, self.layout.end - begin)
        with self._path.open("rb") as file:
            file.seek(begin)
            left = size
            while left and (chunk := file.read(min(left, CHUNK_BYTES))):
                left -= len(chunk)
                for block in decoder.feed(chunk):
                    checksum = code_checksum(block.samples, checksum)
                    yield block, 1 - left / size
        for block in decoder.finish():
            checksum = code_checksum(block.samples, checksum)
            yield block, 1.0
        summary = self.layout.summary
        wanted = checksum if summary is None or first_frame else summary.checksum
        if tally.is_whole and checksum != wanted:
            raise UserError(
                f"{self._path.name}: samples must have checksum {wanted:#010x}, not"
                f" {checksum:#010x}, though every packet is whole"
            )

    def _begin(self, first_frame: int) -> int:
        """Return a byte from which on packets hold every frame from ``first_frame`` on."""
        begin, summary = self.layout.begin, self.layout.summary
        if summary is None or not summary.index:
            return begin
        frames, places = np.array(summary.index).T
        entry = int(np.searchsorted(frames, first_frame, side="right")) - 1
        return min(begin + int(places[entry]), self.layout.end) if entry >= 0 else begin
