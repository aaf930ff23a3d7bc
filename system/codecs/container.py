"""Files of packets: what a recording was, its packets, and a summary (``docs/codec_files.md``)."""

import json
import struct
import zlib
from dataclasses import asdict, dataclass
from typing import Any, BinaryIO

from system.codecs.file_header import FileHeader, Summary
from system.errors import UserError

__all__ = ["MAGIC", "Layout", "read_layout", "write_header", "write_summary"]

MAGIC = b"\x89AXC\r\n\x1a\n"
CLOSING_MAGIC = b"\x89AXCEND\n"
FORMAT_VERSION = 1
LARGEST_JSON = 1 << 26
FRONT = struct.Struct("<8sHI")  # magic, version, length of the JSON
BACK = struct.Struct("<HII8s")  # version, checksum of the JSON and the version, its length, magic
CHECKSUM = struct.Struct("<I")
VERSION = struct.Struct("<H")


def write_header(file: BinaryIO, header: FileHeader) -> None:
    """Write the beginning of a file.

    Parameters
    ----------
    file : binary file
        Where it goes.
    header : FileHeader
        What it says.
    """
    text = _text(header.as_json())
    front = FRONT.pack(MAGIC, FORMAT_VERSION, len(text)) + text
    file.write(front + CHECKSUM.pack(zlib.crc32(front)))


def write_summary(file: BinaryIO, header: FileHeader, summary: Summary) -> None:
    """Write the end of a file; it repeats the header, as the beginning may come to harm.

    Parameters
    ----------
    file : binary file
        Where it goes.
    header : FileHeader
        What the beginning says.
    summary : Summary
        What has come out.
    """
    text = _text({"header": header.as_json(), "summary": asdict(summary)})
    checksum = zlib.crc32(VERSION.pack(FORMAT_VERSION), zlib.crc32(text))
    file.write(text + BACK.pack(FORMAT_VERSION, checksum, len(text), CLOSING_MAGIC))


def _text(plain: dict[str, Any]) -> bytes:
    return json.dumps(plain, separators=(",", ":"), sort_keys=True, allow_nan=False).encode()


@dataclass(frozen=True, kw_only=True, eq=False)
class Layout:
    """Where what is in a file.

    Parameters
    ----------
    header : FileHeader
        What it says of its recording.
    summary : Summary or None
        What it says at its end; None if that is missing or damaged.
    begin, end : int
        First byte of the first packet, and byte after the last packet.
    notes : list of str
        Which of its ends is missing or damaged, and how.
    """

    header: FileHeader
    summary: Summary | None
    begin: int
    end: int
    notes: list[str]


def read_layout(subject: str, file: BinaryIO) -> Layout:
    """Return where what is in a file; one of its two ends is enough.

    Parameters
    ----------
    subject : str
        Name of the file, for messages.
    file : binary file
        Open for reading.

    Returns
    -------
    Layout
        Where what is.

    Raises
    ------
    UserError
        It is no such file, of another version, or both ends are damaged.
    """
    size = file.seek(0, 2)
    notes: list[str] = []
    front = _read_front(subject, file, size, notes)
    back = _read_back(subject, file, size, notes)
    if back is None:
        if front is None:
            raise UserError(notes[0])
        header, begin = front
        return Layout(header=header, summary=None, begin=begin, end=size, notes=notes)
    header, summary, end = back
    begin = max(0, end - summary.packet_bytes)
    if front is not None:
        header, begin = front
    return Layout(header=header, summary=summary, begin=min(begin, end), end=end, notes=notes)


def _read_front(
    subject: str, file: BinaryIO, size: int, notes: list[str]
) -> tuple[FileHeader, int] | None:
    """Return the header and the byte after it."""
    file.seek(0)
    front = file.read(FRONT.size)
    if len(front) < FRONT.size or not front.startswith(MAGIC):
        notes.append(f"{subject}: must begin as a file of packets, not with {front[:8]!r}")
        return None
    _, version, length = FRONT.unpack(front)
    after = FRONT.size + length + CHECKSUM.size
    if length > LARGEST_JSON or after > size:
        notes.append(f"{subject}: header must end before the file does, not at byte {after}")
        return None
    front += file.read(length)
    (wanted,) = CHECKSUM.unpack(file.read(CHECKSUM.size))
    if wanted != zlib.crc32(front):
        found = zlib.crc32(front)
        notes.append(f"{subject}: header must have checksum {wanted:#010x}, not {found:#010x}")
        return None
    _check_version(subject, version)
    return FileHeader.from_json(subject, _plain(subject, front[FRONT.size :])), after


def _read_back(
    subject: str, file: BinaryIO, size: int, notes: list[str]
) -> tuple[FileHeader, Summary, int] | None:
    """Return header and summary, and the byte where they begin."""
    file.seek(max(0, size - BACK.size))
    back = file.read()
    if len(back) < BACK.size or not back.endswith(CLOSING_MAGIC):
        notes.append(f"{subject}: must end with {CLOSING_MAGIC!r}, not with {back[-8:]!r}")
        return None
    version, wanted, length, _ = BACK.unpack(back)
    begin = size - BACK.size - length
    if length > LARGEST_JSON or begin < 0:
        notes.append(f"{subject}: summary must be shorter than the file, not {length} bytes long")
        return None
    file.seek(begin)
    text = file.read(length)
    found = zlib.crc32(VERSION.pack(version), zlib.crc32(text))
    if wanted != found:
        notes.append(f"{subject}: summary must have checksum {wanted:#010x}, not {found:#010x}")
        return None
    _check_version(subject, version)
    plain = _plain(subject, text)
    header = FileHeader.from_json(subject, plain.get("header", {}))
    return header, Summary.from_json(subject, plain.get("summary", {})), begin


def _check_version(subject: str, version: int) -> None:
    if version != FORMAT_VERSION:
        raise UserError(f"{subject}: version of the file must be {FORMAT_VERSION}, not {version}")


def _plain(subject: str, text: bytes) -> dict[str, Any]:
    try:
        plain = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UserError(f"{subject}: header must be JSON, but is not: {error}") from error
    if not isinstance(plain, dict):
        raise UserError(f"{subject}: header must be a JSON object, not {type(plain).__name__}")
    return plain
