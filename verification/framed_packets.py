"""Bodies of packets to frame, and framed packets taken apart: for every simulator."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from rtl.coding_streams import coded_byte_layout
from rtl.packet_format import CHECKSUM_BYTES, HEADER_BYTES, LENGTH_BYTES, TRAILER_BYTES
from rtl.packet_framer import PacketFramerConfig
from verification.golden.packet_framer import packet_framer
from verification.payloads import payload_dtype

__all__ = ["Bodies", "interleaved", "missing_bodies", "packets_of", "random_bodies"]

Bodies = Sequence[Sequence[bytes]]
"""Bodies of each group, in their order."""

GROUP_AT = 2  # of a header


def random_bodies(
    count: int, config: PacketFramerConfig, *, rng: np.random.Generator, longest: int | None = None
) -> Bodies:
    """Return bodies of all groups, the shortest and the longest among them.

    Parameters
    ----------
    count : int
        How many of each group.
    config : PacketFramerConfig
        Of the framer that gets them.
    rng : numpy.random.Generator
        Source of lengths and bytes.
    longest : int, optional
        Bytes; by default as many as a ring takes without ending a packet.

    Returns
    -------
    Bodies
        Each with its group where its header has it, and a trailer of its own.
    """
    shortest = HEADER_BYTES + TRAILER_BYTES
    longest = longest or config.regular_body_bytes
    bodies = []
    for group in range(config.groups):
        lengths = rng.integers(shortest, longest + 1, count)
        lengths[:1], lengths[1:2] = longest, shortest
        of_group = []
        for number, length in enumerate(lengths):
            body = bytearray(rng.bytes(length))
            body[GROUP_AT] = group
            body[-TRAILER_BYTES:] = (257 * number + group + 1).to_bytes(TRAILER_BYTES, "little")
            of_group.append(bytes(body))
        bodies.append(of_group)
    return bodies


def interleaved(bodies: Bodies, *, rng: np.random.Generator) -> npt.NDArray[np.void]:
    """Return the bytes of all bodies as beats, groups mixed; trailers stay together.

    Parameters
    ----------
    bodies : Bodies
        What to send.
    rng : numpy.random.Generator
        Says whose turn it is, for how many bytes.

    Returns
    -------
    ndarray of records
        Beats, fields as in :func:`rtl.coding_streams.coded_byte_layout`.
    """
    left = [list(of_group) for of_group in bodies]
    beats: list[tuple[int, int, int]] = []
    while any(left):
        group = int(rng.choice([n for n, of_group in enumerate(left) if of_group]))
        body = left[group].pop(0)
        count = int(rng.integers(1, 24))
        if count >= len(body) - TRAILER_BYTES:
            count = len(body)
        else:
            left[group].insert(0, body[count:])
        beats += [(byte, group, 0) for byte in body[:count]]
        if count == len(body):
            beats[-1] = (*beats[-1][:2], 1)
    return np.array(beats, dtype=payload_dtype(coded_byte_layout(len(bodies))))


def packets_of(received: npt.NDArray[np.void]) -> list[bytes]:
    """Return the packets that a stream carries, one after the other.

    Parameters
    ----------
    received : ndarray of records
        Bytes, fields as in :func:`rtl.coding_streams.byte_layout`.

    Returns
    -------
    list of bytes
        Whole packets.

    Raises
    ------
    AssertionError
        If the last is not whole.
    """
    *packets, rest = np.split(received, np.flatnonzero(received["last"]) + 1)
    if len(rest):
        raise AssertionError(f"the last packet must be whole, but ends after {len(rest)} bytes")
    return [packet["byte"].astype(np.uint8).tobytes() for packet in packets]


def missing_bodies(packets: Sequence[bytes], bodies: Bodies) -> list[tuple[int, bytes]]:
    """Return the bodies that did not come, and demand that all others did, in their order.

    Parameters
    ----------
    packets : sequence of bytes
        What came.
    bodies : Bodies
        What was sent.

    Returns
    -------
    list of (int, bytes)
        Group and body of those missing, by group.

    Raises
    ------
    AssertionError
        If something came that was not sent, that is not as the golden model has it, or out of
        order.
    """
    left = [list(of_group) for of_group in bodies]
    missing = []
    for number, packet in enumerate(packets):
        body = packet[1 + LENGTH_BYTES : -CHECKSUM_BYTES]
        group = body[GROUP_AT]
        while left[group] and left[group][0] != body:
            missing.append((group, left[group].pop(0)))
        if not left[group] or packet != packet_framer(left[group].pop(0)):
            raise AssertionError(f"packet {number} of group {group} should not have come as it did")
    missing += [(group, body) for group, of_group in enumerate(left) for body in of_group]
    return sorted(missing, key=lambda each: each[0])
