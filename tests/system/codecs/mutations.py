"""Packets that were damaged in every way that a radio, a disk or an enemy knows."""

import struct
import zlib

from tests.system.codecs.packing import packet


def flip(parts, rng):
    """A few bits of the packet are the others."""
    damaged = bytearray(parts[0])
    for _ in range(int(rng.integers(1, 9))):
        damaged[int(rng.integers(len(damaged)))] ^= 1 << int(rng.integers(8))
    return bytes(damaged)


def truncate(parts, rng):
    """The packet ends early, or begins late."""
    at = int(rng.integers(len(parts[0])))
    return parts[0][:at] if rng.random() < 0.5 else parts[0][at:]


def splice(parts, rng):
    """The packet goes on as another."""
    return parts[0][: int(rng.integers(len(parts[0])))] + parts[1][int(rng.integers(40)) :]


def hostile_length(parts, rng):
    """The length is anything."""
    return parts[0][:1] + rng.bytes(2) + parts[0][3:]


def hostile_body(_parts, rng):
    """A body of random bytes under a checksum that is right."""
    return packet(rng.bytes(int(rng.integers(10, 90))))


def believable(parts, rng):
    """The body of the packet with a few bytes changed, under a checksum that is right."""
    body = bytearray(parts[0][3:-4])
    for _ in range(int(rng.integers(1, 5))):
        body[int(rng.integers(len(body)))] = int(rng.integers(256))
    return packet(body)


def promises_more(parts, rng):
    """The trailer counts anything, under a checksum that is right."""
    return packet(parts[0][3:-6] + rng.bytes(2))


def shorter_payload(parts, rng):
    """Bytes are missing or too many, under a checksum that is right."""
    at = int(rng.integers(11, len(parts[0]) - 6))
    more = rng.bytes(int(rng.integers(4)))
    return packet(parts[0][3:at] + more + parts[0][-6:-4])


def other_packet(parts, _rng):
    """Another packet comes here, whole."""
    return parts[1]


def claims(_parts, rng):
    """Sync bytes, each of which could be the beginning of a packet."""
    return b"\xa7" * int(rng.integers(1, 40))


def right_checksum_wrong_length(parts, rng):
    """The length is anything, under a checksum that is right for what is there."""
    framed = rng.bytes(2) + parts[0][3:-4]
    return b"\xa7" + framed + struct.pack("<I", zlib.crc32(framed))


def tables(parts, rng):
    """The packet says that it holds a table, under a checksum that is right."""
    body = bytearray(parts[0][3:-4])
    body[0] = 0b111
    body[2] = 0
    body[-2:] = bytes([int(rng.integers(6)), 0])
    return packet(body)


MUTATIONS = (
    flip,
    truncate,
    splice,
    hostile_length,
    hostile_body,
    believable,
    promises_more,
    shorter_payload,
    other_packet,
    claims,
    tables,
    right_checksum_wrong_length,
)


BLIND = (flip, truncate, splice, hostile_length, claims)
"""What nobody means: no checksum is right but that of a packet that was sent."""

LIES = (hostile_body, believable, promises_more, shorter_payload, other_packet)
"""What has a checksum that is right."""


def mutated(packets, rng, count, kinds=MUTATIONS):
    """``count`` damaged packets, made from some of ``packets``."""
    which = rng.integers(len(kinds), size=count)
    chosen = rng.integers(len(packets), size=(count, 2))
    return [
        kinds[kind]([packets[a], packets[b]], rng)
        for kind, (a, b) in zip(which, chosen, strict=True)
    ]
