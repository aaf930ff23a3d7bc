"""WAVE files: integers of 8 to 32 bits and floats, RIFF and its 64-bit form RF64.

Layout: IBM and Microsoft, "Multimedia Programming Interface and Data Specifications 1.0", 1991;
RF64: EBU Tech 3306, 2009.
"""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from system.errors import UserError
from system.recordings.flat_samples import FlatSamples
from system.recordings.given import Given
from system.recordings.stored import StoredRecording, StoredSamples

__all__ = ["open_wave"]

_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
_IN_DS64 = 0xFFFFFFFF  # a size that RF64 keeps elsewhere

_DTYPES = {
    (_PCM, 1): "u1",
    (_PCM, 2): "<i2",
    (_PCM, 4): "<i4",
    (_FLOAT, 4): "<f4",
    (_FLOAT, 8): "<f8",
}


def open_wave(path: Path, given: Given) -> StoredRecording:
    """Open a WAVE file.

    Parameters
    ----------
    path : Path
        The file.
    given : Given
        What the user says: the scale, which no WAVE file states.

    Returns
    -------
    StoredRecording
        Its samples; those of 8 bits, which are unsigned, around zero.

    Raises
    ------
    UserError
        The file is no WAVE file, is compressed, or ends before its data do.
    """
    given.check_no_stream("WAVE")
    with path.open("rb") as file:
        header = _read_header(path.name, file)
    samples = FlatSamples(
        path=path,
        dtype=np.dtype("u1" if header.bytes_per_sample == 3 else header.dtype),
        frames=header.data_bytes // (header.channels * header.bytes_per_sample),
        channels=header.channels * (3 if header.bytes_per_sample == 3 else 1),
        offset=header.offset,
    )
    stored: StoredSamples = samples
    if header.bytes_per_sample == 3:
        stored = _PackedSamples(samples)
    elif header.bytes_per_sample == 1:
        stored = _UnsignedSamples(samples)
    return StoredRecording(
        samples=stored,
        format="WAVE",
        sampling_rate_hz=float(header.sampling_rate_hz),
        counts=True,
    )


@dataclass(frozen=True, kw_only=True)
class _Header:
    kind: int
    channels: int
    sampling_rate_hz: int
    bytes_per_sample: int
    offset: int
    data_bytes: int

    @property
    def dtype(self) -> str:
        return _DTYPES[self.kind, self.bytes_per_sample]


def _read_header(name: str, file: BinaryIO) -> _Header:
    magic = file.read(12)
    if magic[:4] not in {b"RIFF", b"RF64"} or magic[8:12] != b"WAVE":
        raise UserError(f"{name}: must begin as a WAVE file, not with {magic[:12]!r}")
    size = file.seek(0, 2)
    position, layout, long_size = 12, b"", _IN_DS64
    while position + 8 <= size:
        file.seek(position)
        chunk, length = struct.unpack("<4sI", file.read(8))
        if chunk == b"ds64":
            long_size = struct.unpack("<Q", file.read(28)[8:16])[0]
        elif chunk == b"fmt ":
            layout = file.read(min(length, 40))
        elif chunk == b"data":
            length = long_size if length == _IN_DS64 else length
            return _header(name, layout, position + 8, length, size - position - 8)
        position += 8 + length + length % 2
    raise UserError(f"{name}: truncated; it ends before its data begin")


def _header(name: str, layout: bytes, offset: int, promised: int, actual: int) -> _Header:
    if len(layout) < 16:
        raise UserError(f"{name}: must say how its samples are laid out before they begin")
    kind, channels, rate, _, frame_bytes, bits = struct.unpack("<HHIIHH", layout[:16])
    if kind == _EXTENSIBLE and len(layout) >= 26:
        kind = struct.unpack("<H", layout[24:26])[0]
    if channels < 1:
        raise UserError(f"{name}: must have at least one channel, not 0")
    width = frame_bytes // channels
    if (kind, width) not in {*_DTYPES, (_PCM, 3)} or width * channels != frame_bytes:
        raise UserError(
            f"{name}: samples must be integers of 8 to 32 bits or floats,"
            f" not of kind {kind} with {bits} bits"
        )
    if promised > actual:
        raise UserError(
            f"{name}: truncated; its header promises {promised} bytes of samples, it has {actual}"
        )
    return _Header(
        kind=kind,
        channels=channels,
        sampling_rate_hz=rate,
        bytes_per_sample=width,
        offset=offset,
        data_bytes=promised,
    )


@dataclass(frozen=True, eq=False)
class _UnsignedSamples:
    """Samples of 8 bits, whose zero is 128."""

    stored: FlatSamples

    @property
    def dtype(self) -> np.dtype:
        return np.dtype(np.int16)

    @property
    def frames(self) -> int:
        return self.stored.frames

    @property
    def channels(self) -> int:
        return self.stored.channels

    def read(self, start: int, stop: int) -> npt.NDArray:
        return self.stored.read(start, stop).astype(np.int16) - 128


@dataclass(frozen=True, eq=False)
class _PackedSamples:
    """Samples of 24 bits, three bytes each."""

    stored: FlatSamples

    @property
    def dtype(self) -> np.dtype:
        return np.dtype(np.int32)

    @property
    def frames(self) -> int:
        return self.stored.frames

    @property
    def channels(self) -> int:
        return self.stored.channels // 3

    def read(self, start: int, stop: int) -> npt.NDArray:
        packed = self.stored.read(start, stop).reshape(stop - start, self.channels, 3)
        wide = np.zeros((*packed.shape[:2], 4), dtype=np.uint8)
        wide[..., 1:] = packed
        return wide.view("<i4")[..., 0] >> 8
