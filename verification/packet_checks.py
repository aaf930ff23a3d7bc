"""Packets of all samples, held against the samples that they should carry."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from rtl.ap_codec_config import ApCodecConfig
from rtl.packet_format import (
    CHECKSUM_BYTES,
    FRAMING_BYTES,
    HEADER_BYTES,
    LENGTH_BYTES,
    TRAILER_BYTES,
    Engine,
    Mode,
)
from rtl.packet_settings import PacketSettings, header_layout
from verification.golden.packet_framer import packet_framer
from verification.golden.packet_marker import header_bytes, trailer_bytes
from verification.golden.table_trainer import cumulative_tables, unpack_tables
from verification.packet_coding import PacketCoder
from verification.payloads import unpack

__all__ = ["Packet", "check_frames", "packets_of"]

LONGEST_RING = 1 << 17  # of a model that never ends a packet by itself


@dataclass(frozen=True, kw_only=True)
class Packet:
    """One packet of a stream, as its header and trailer say.

    Parameters
    ----------
    mode : Mode
        What it holds.
    settings : PacketSettings
        How it is coded.
    group : int
        Its group.
    time : int
        Its first frame, or that of its first peak.
    gap : bool
        Whether something before it was left out.
    count : int
        What its trailer counts.
    data : bytes
        All of it.
    """

    mode: Mode
    settings: PacketSettings
    group: int
    time: int
    gap: bool
    count: int
    data: bytes


def packets_of(stream: bytes) -> Iterator[Packet]:
    """Yield the packets of a stream without damage.

    Parameters
    ----------
    stream : bytes
        Packets, one after the other.

    Yields
    ------
    Packet
        Each of them.

    Raises
    ------
    AssertionError
        The stream does not end with a packet.
    """
    place = 0
    while place < len(stream):
        begin = place + 1 + LENGTH_BYTES
        length = FRAMING_BYTES + int.from_bytes(stream[place + 1 : begin], "little")
        data = stream[place : place + length]
        if len(data) < length or length < FRAMING_BYTES + HEADER_BYTES + TRAILER_BYTES:
            raise AssertionError(f"byte {place}: a packet of {length} bytes has {len(data)}")
        head = int.from_bytes(data[1 + LENGTH_BYTES :][:HEADER_BYTES], "little")
        fields = unpack(header_layout(), [head])[0]
        count = int.from_bytes(data[-CHECKSUM_BYTES - TRAILER_BYTES : -CHECKSUM_BYTES], "little")
        yield Packet(
            mode=Mode(fields["mode"]),
            settings=PacketSettings(
                engine=Engine(fields["engine"]),
                order=int(fields["order"]),
                cross=bool(fields["cross"]),
                adaptive=bool(fields["adaptive"]),
                table=int(fields["table"]),
                shift=int(fields["shift"]),
            ),
            group=int(fields["group"]),
            time=int(fields["time"]),
            gap=bool(fields["gap"]),
            count=count,
            data=data,
        )
        place += length


def _told(packet: Packet, config: ApCodecConfig) -> npt.NDArray[np.int32]:
    """Return the tables of a packet, as those of both banks."""
    payload = packet.data[1 + LENGTH_BYTES + HEADER_BYTES : -CHECKSUM_BYTES - TRAILER_BYTES]
    table = cumulative_tables(unpack_tables(payload, config.arithmetic))
    return np.stack([table, table])


def check_frames(
    stream: bytes,
    samples: npt.NDArray[np.integer],
    config: ApCodecConfig,
    tables: npt.ArrayLike | None = None,
) -> list[Packet]:
    """Demand that each packet is what its header and trailer say that it is, byte by byte.

    And that a header tells of a gap exactly where frames of its group are missing before it; and,
    where tables are trained, that packets with tables came before those that use them.

    Parameters
    ----------
    stream : bytes
        Packets of all samples.
    samples : ndarray of int, shape (frames, channels)
        The recording.
    config : ApCodecConfig
        The configuration of the hardware.
    tables : array_like of int, shape (2, contexts, symbols + 1), optional
        Cumulative frequencies of both banks, for the arithmetic coder.

    Returns
    -------
    list of Packet
        The packets, without those of tables.

    Raises
    ------
    AssertionError
        A packet is wrong, or comes where it should not.
    """
    told: dict[int, npt.ArrayLike] = {}
    if config.training and tables is not None:
        told[0] = tables
    patient = replace(config, ring_bytes=LONGEST_RING)
    ends = [0] * config.groups
    packets: list[Packet] = []
    for number, packet in enumerate(packets_of(stream)):
        version = packet.settings.table
        if packet.mode == Mode.TABLE and config.training:
            told[version] = _told(packet, config)
            continue
        if config.training and version not in told:
            raise AssertionError(f"packet {number} should have come after its table: {packet}")
        packets.append(packet)
        group, stop = packet.group, packet.time + packet.count
        if packet.mode != Mode.ALL_SAMPLES or not ends[group] <= packet.time < stop <= len(samples):
            raise AssertionError(f"packet {number} should not have come: {packet}")
        if packet.gap != (packet.time > ends[group]):
            raise AssertionError(f"packet {number} begins after {ends[group]}: {packet}")
        ends[group] = stop
        first = group * config.packet_channels
        frames = samples[packet.time : stop, first : first + config.packet_channels]
        (payload,) = PacketCoder(patient, packet.settings, told.get(version, tables)).payloads(
            frames.astype(np.int16),
            np.empty((packet.count, 0), dtype=np.uint8),
            first_items=packet.count,
            most_items=packet.count,
            ends=True,
        )
        header = header_bytes(
            packet.settings,
            mode=packet.mode,
            group=group,
            time=packet.time,
            gap=packet.gap,
            shift=packet.settings.shift,
        )
        expected = packet_framer(header + payload.code + trailer_bytes(packet.count))
        if packet.data != expected:
            raise AssertionError(f"packet {number} should have been {expected.hex()}: {packet}")
    return packets
