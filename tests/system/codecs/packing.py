"""Packets as the framer makes them, written down once more and as plainly as possible."""

import struct
import zlib


def packet(body):
    """Sync byte, length, body, checksum."""
    framed = struct.pack("<H", len(body)) + bytes(body)
    return b"\xa7" + framed + struct.pack("<I", zlib.crc32(framed))
