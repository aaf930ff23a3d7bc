"""Whole packets in, their samples out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from rtl.packet_format import HEADER_BYTES, TRAILER_BYTES, Engine, Mode
from system.codecs.damage import Damage
from system.codecs.headers import Expectation, check_headers, read_headers
from system.codecs.packets import Packets
from system.codecs.payloads import BAD_CODE, DECODED, decode_packets
from system.codecs.stream_format import StreamFormat
from system.codecs.tables import MOST_VERSION, DecodingTables
from verification.golden.table_trainer import cumulative_tables, unpack_tables

__all__ = ["PacketDecoder", "Pieces"]

MOST_SAMPLES = 1 << 22  # decoded at a time, but at least one packet
CODING = ("engine", "group", "order", "cross", "adaptive", "shift")


@dataclass(frozen=True, kw_only=True, eq=False)
class Pieces:
    """Decoded packets.

    Parameters
    ----------
    number, offset, length : ndarray of int64, shape (packets,)
        Number of each packet in the stream, the byte where it begins, and the bytes of its body.
    group, time, count : ndarray of int64, shape (packets,)
        Group of channels, first frame modulo 2**32, number of frames or snippets.
    place : ndarray of int64, shape (packets,)
        Where in ``samples`` its first sample is; the others follow, frame by frame or snippet by
        snippet.
    samples : ndarray of int16
        Samples of all packets.
    distances : ndarray of int64, shape (snippets,)
        Frames from each snippet's peak to the one before, in the order of packets; 0 for the first.
    gap : ndarray of bool, shape (packets,)
        Whether the sender left something out before it; of snippets only, as times tell of samples.
    """

    number: npt.NDArray[np.int64]
    offset: npt.NDArray[np.int64]
    length: npt.NDArray[np.int64]
    group: npt.NDArray[np.int64]
    time: npt.NDArray[np.int64]
    count: npt.NDArray[np.int64]
    place: npt.NDArray[np.int64]
    samples: npt.NDArray[np.int16]
    distances: npt.NDArray[np.int64]
    gap: npt.NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, dtype=np.bool_))


class PacketDecoder:
    """Decodes the payloads of packets; holds nothing from one to the next but tables that came.

    Parameters
    ----------
    stream : StreamFormat
        Sizes and settings of the sender.
    mode : Mode
        What packets hold: all samples, or snippets.
    tables : mapping of int to array_like
        Tables of the arithmetic coder by version.

    Raises
    ------
    UserError
        A table is none.
    """

    def __init__(
        self, stream: StreamFormat, mode: Mode, tables: Mapping[int, npt.ArrayLike]
    ) -> None:
        if mode not in {Mode.ALL_SAMPLES, Mode.SNIPPETS}:
            raise ValueError(f"mode must be of all samples or of snippets, not {mode}")
        self._stream, self._mode = stream, mode
        self._tables = DecodingTables(tables, stream)

    def decode(self, packets: Packets, damage: list[Damage]) -> Iterator[Pieces]:
        """Yield what packets hold.

        Parameters
        ----------
        packets : Packets
            Whole packets.
        damage : list of Damage
            Where those that cannot be decoded are added.

        Yields
        ------
        Pieces
            Some packets after the other, as many as memory is meant for.
        """
        headers, begin = read_headers(packets), 0
        for place in np.flatnonzero(headers["mode"] == Mode.TABLE.value).tolist():
            part = packets.part(begin, place)
            yield from self._decode_part(part, headers[begin:place], damage)
            if headers["engine"][place] == Engine.ARITHMETIC.value:  # others are of templates
                part = packets.part(place, place + 1)
                damage += self._take_table(part, headers[place : place + 1])
            begin = place + 1
        part = packets.part(begin, len(packets))
        yield from self._decode_part(part, headers[begin:], damage)

    def _take_table(self, packet: Packets, header: npt.NDArray[np.void]) -> list[Damage]:
        """Take over the table that a packet holds, or say why not."""
        damage: list[Damage] = []
        config = self._stream.codec.arithmetic
        expected = Expectation(
            mode=Mode.TABLE,
            groups=1,
            most_counted=config.contexts,
            tables=range(MOST_VERSION + 1),
            cross=False,
        )
        if check_headers(header, packet, expected, damage).all():
            (body,) = packet
            try:
                codes = unpack_tables(body[HEADER_BYTES:-TRAILER_BYTES], config)
                self._tables.renew(int(header["table"][0]), cumulative_tables(codes))
            except ValueError as error:
                damage.append(
                    Damage(
                        packet=packet.first,
                        offset=int(packet.offset[0]),
                        length_bytes=len(body),
                        field="payload",
                        rule=f"must hold tables, but: {error}",
                    )
                )
        return damage

    def _decode_part(
        self, packets: Packets, headers: npt.NDArray[np.void], damage: list[Damage]
    ) -> Iterator[Pieces]:
        if not len(packets):
            return
        expected = Expectation(
            mode=self._mode,
            groups=self._stream.groups,
            most_counted=self._stream.most_counted,
            tables=self._tables.versions,
            cross=self._stream.packet_channels > 1,
        )
        usable = np.flatnonzero(check_headers(headers, packets, expected, damage))
        sizes = self._samples_of(headers[usable])
        borders = np.cumsum(sizes)
        first = 0
        while first < len(usable):
            before = borders[first - 1] if first else 0
            last = int(np.searchsorted(borders, before + MOST_SAMPLES, side="right"))
            last = max(last, first + 1)
            chosen = usable[first:last]
            yield self._decode(packets, headers[chosen], chosen, sizes[first:last], damage)
            first = last

    def _samples_of(self, headers: npt.NDArray[np.void]) -> npt.NDArray[np.int64]:
        if self._mode is Mode.SNIPPETS:
            return headers["count"] * self._stream.snippet_samples
        per_packet = self._stream.packet_channels
        inside = np.minimum(per_packet, self._stream.channels - headers["group"] * per_packet)
        return headers["count"] * inside

    def _decode(
        self,
        packets: Packets,
        headers: npt.NDArray[np.void],
        chosen: npt.NDArray[np.int64],
        sizes: npt.NDArray[np.int64],
        damage: list[Damage],
    ) -> Pieces:
        start, length = packets.start[chosen], packets.length[chosen]
        place = np.cumsum(sizes) - sizes
        samples = np.empty(int(sizes.sum()), dtype=np.int16)
        snippets = int(headers["count"].sum()) if self._mode is Mode.SNIPPETS else 0
        distances = np.empty(snippets, dtype=np.int64)
        status = np.empty((len(chosen), 2), dtype=np.int64)
        columns = [headers[name] for name in CODING]
        columns += [self._tables.first_rows()[headers["table"]], headers["count"]]
        decode_packets(
            packets.data,
            start,
            length,
            np.column_stack(columns),
            self._tables.cumulative,
            self._tables.symbols,
            self._stream.payload(self._mode),
            place,
            samples,
            distances,
            status,
        )
        good = status[:, 0] == DECODED
        damage += [
            self._damage(packets, chosen[n], headers[n], status[n]) for n in np.flatnonzero(~good)
        ]
        if snippets:
            distances = distances[np.repeat(good, headers["count"])]
        return Pieces(
            number=packets.first + chosen[good],
            offset=packets.offset[chosen][good],
            length=length[good],
            group=headers["group"][good],
            time=headers["time"][good],
            count=headers["count"][good],
            place=place[good],
            samples=samples,
            distances=distances,
            gap=headers["gap"][good] != 0,
        )

    def _damage(
        self,
        packets: Packets,
        index: int,
        header: np.void,
        status: npt.NDArray[np.int64],
    ) -> Damage:
        held = int(packets.length[index]) - HEADER_BYTES - TRAILER_BYTES
        counted = f"{header['count']} {'frames' if self._mode is Mode.ALL_SAMPLES else 'snippets'}"
        if status[0] == BAD_CODE:
            rule = f"must hold codes of {counted} in {held} bytes, but has none after {status[1]}"
        else:
            rule = f"must have the {status[1]} bytes that {counted} take, not {held}"
        return Damage(
            packet=packets.first + int(index),
            offset=int(packets.offset[index]),
            length_bytes=int(packets.length[index]),
            field="payload",
            rule=rule,
        )
