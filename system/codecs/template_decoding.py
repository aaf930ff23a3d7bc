"""Whole packets of snippets as templates in, snippets out."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from rtl.packet_format import HEADER_BYTES, TRAILER_BYTES, Engine, Mode
from system.codecs.damage import Damage
from system.codecs.decoding import Pieces
from system.codecs.headers import Expectation, check_headers, read_headers
from system.codecs.packets import Packets
from system.codecs.payloads import BAD_CODE, DECODED
from system.codecs.stream_format import StreamFormat
from system.codecs.tables import MOST_VERSION
from system.codecs.template_payloads import TemplateFormat, decode_templates
from system.codecs.template_rows import TemplateRows
from verification.golden.template_encoder import rebuilt_snippets

__all__ = ["TemplatePacketDecoder"]

MOST_SNIPPETS = 1 << 16  # decoded at a time, but at least one packet


class TemplatePacketDecoder:
    """Decodes packets of templates; holds nothing from one to the next but rows that came.

    Parameters
    ----------
    stream : StreamFormat
        Sizes and settings of the sender.
    rows : TemplateRows
        Rows by which snippets may have been coded.

    Raises
    ------
    ValueError
        Rows are for other channels, samples or snippets.
    """

    def __init__(self, stream: StreamFormat, rows: TemplateRows) -> None:
        for name in ("channels", "sample_width", "snippet_samples"):
            wanted, given = getattr(stream, name), getattr(rows.config, name)
            if wanted != given:
                raise ValueError(f"{name} of templates must be the stream's {wanted}, not {given}")
        self._stream, self._rows = stream, rows
        self._form = TemplateFormat(
            width=stream.sample_width,
            templates=rows.config.templates,
            components=rows.config.components,
            unary_limit=stream.unary_limit,
            golomb_base=stream.golomb_base,
        )

    def decode(self, packets: Packets, damage: list[Damage]) -> Iterator[Pieces]:
        """Yield what packets hold.

        Parameters
        ----------
        packets : Packets
            Whole packets; tables of the arithmetic coder are left alone.
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
            if headers["engine"][place] == Engine.GOLOMB.value:
                damage += self._take_rows(packets.part(place, place + 1), headers[[place]])
            begin = place + 1
        part = packets.part(begin, len(packets))
        yield from self._decode_part(part, headers[begin:], damage)

    def _expectation(self, mode: Mode, most_counted: int) -> Expectation:
        return Expectation(
            mode=mode,
            groups=self._stream.channels,
            most_counted=most_counted,
            tables=range(MOST_VERSION + 1),
            cross=True,  # or not: it says nothing here
        )

    def _take_rows(self, packet: Packets, header: npt.NDArray[np.void]) -> list[Damage]:
        """Take over the rows that a packet holds, or say why not."""
        damage: list[Damage] = []
        expected = self._expectation(Mode.TABLE, self._rows.config.rows)
        if check_headers(header, packet, expected, damage).all():
            (body,) = packet
            version, channel = int(header["table"][0]), int(header["group"][0])
            try:
                self._rows.renew(version, channel, body[HEADER_BYTES:-TRAILER_BYTES])
            except ValueError as error:
                damage.append(_damage(packet, 0, "payload", f"must hold rows, but: {error}"))
        return damage

    def _decode_part(
        self, packets: Packets, headers: npt.NDArray[np.void], damage: list[Damage]
    ) -> Iterator[Pieces]:
        if not len(packets):
            return
        expected = self._expectation(Mode.TEMPLATES, self._stream.most_counted)
        usable = check_headers(headers, packets, expected, damage)
        wrong = usable & (headers["engine"] != Engine.GOLOMB.value)
        damage += [
            _damage(packets, n, "engine", "must be 0 in packets of templates, not 1")
            for n in np.flatnonzero(wrong).tolist()
        ]
        usable &= ~wrong
        chosen = np.flatnonzero(usable)
        known = self._rows.known[headers["table"][chosen], headers["group"][chosen]]
        damage += [self._without_rows(packets, headers, n) for n in chosen[~known].tolist()]
        chosen = chosen[known]
        borders = np.cumsum(headers["count"][chosen])
        first = 0
        while first < len(chosen):
            before = int(borders[first - 1]) if first else 0
            last = int(np.searchsorted(borders, before + MOST_SNIPPETS, side="right"))
            last = max(last, first + 1)
            yield self._decode(packets, headers[chosen[first:last]], chosen[first:last], damage)
            first = last

    def _without_rows(self, packets: Packets, headers: npt.NDArray[np.void], index: int) -> Damage:
        channel, version = int(headers["group"][index]), int(headers["table"][index])
        of_channel = np.flatnonzero(self._rows.known[:, channel]).tolist()
        names = ", ".join(map(str, of_channel)) or "none"
        rule = f"must be one whose rows are known of its channel ({names}), not {version}"
        return _damage(packets, index, "table", rule)

    def _decode(
        self,
        packets: Packets,
        headers: npt.NDArray[np.void],
        chosen: npt.NDArray[np.int64],
        damage: list[Damage],
    ) -> Pieces:
        config = self._rows.config
        counts = headers["count"]
        snippets = int(counts.sum())
        named = list(zip(headers["table"].tolist(), headers["group"].tolist(), strict=True))
        rows = {key: self._rows.of(*key) for key in set(named)}
        row = slice(0, config.components + 1)
        nearest = np.zeros(snippets, dtype=np.int64)
        coefficients = np.zeros((snippets, config.components), dtype=np.int64)
        distances = np.empty(snippets, dtype=np.int64)
        status = np.empty((len(chosen), 2), dtype=np.int64)
        decode_templates(
            packets.data,
            packets.start[chosen],
            packets.length[chosen],
            counts,
            np.stack([rows[key][config.contexts_row, row] for key in named]),
            self._form,
            nearest,
            coefficients,
            distances,
            status,
        )
        good = status[:, 0] == DECODED
        for n in np.flatnonzero(~good).tolist():
            rule = _rule(int(packets.length[chosen[n]]), int(counts[n]), status[n])
            damage.append(_damage(packets, int(chosen[n]), "payload", rule))
        samples = np.zeros((snippets, config.snippet_samples), dtype=np.int16)
        kinds = np.column_stack([headers[name] for name in ("table", "group", "shift")])
        for version, channel, shift in np.unique(kinds[good], axis=0).tolist():
            own = good & (kinds == (version, channel, shift)).all(axis=1)
            which = np.flatnonzero(np.repeat(own, counts))
            samples[which] = rebuilt_snippets(
                nearest[which],
                coefficients[which],
                rows[version, channel],
                config,
                coarser=shift,
            )
        whole = chosen[good]
        places = (np.cumsum(counts) - counts) * config.snippet_samples
        return Pieces(
            number=packets.first + whole,
            offset=packets.offset[whole],
            length=packets.length[whole],
            group=headers["group"][good],
            time=headers["time"][good],
            count=counts[good],
            gap=headers["gap"][good] != 0,
            place=places[good],
            samples=samples.ravel(),
            distances=distances[np.repeat(good, counts)],
        )


def _rule(length: int, count: int, status: npt.NDArray[np.int64]) -> str:
    held = length - HEADER_BYTES - TRAILER_BYTES
    if status[0] == BAD_CODE:
        return (
            f"must hold codes of {count} snippets in {held} bytes, but has none after {status[1]}"
        )
    return f"must have the {status[1]} bytes that {count} snippets take, not {held}"


def _damage(packets: Packets, index: int, field: str, rule: str) -> Damage:
    return Damage(
        packet=packets.first + index,
        offset=int(packets.offset[index]),
        length_bytes=int(packets.length[index]),
        field=field,
        rule=rule,
    )
