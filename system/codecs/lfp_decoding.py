"""Whole packets of field potentials in, their samples out."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from rtl.packet_format import HEADER_BYTES, TRAILER_BYTES, Mode
from system.codecs.damage import Damage
from system.codecs.decoding import Pieces
from system.codecs.headers import Expectation, check_headers, read_headers
from system.codecs.lfp_format import LfpFormat
from system.codecs.lfp_payloads import decode_lfp_packets
from system.codecs.packets import Packets
from system.codecs.payloads import BAD_CODE, DECODED

__all__ = ["LfpPacketDecoder"]

MOST_SAMPLES = 1 << 22  # decoded at a time, but at least one packet
CODING = ("group", "order", "cross", "adaptive", "shift", "count")


class LfpPacketDecoder:
    """Decodes the payloads of packets; holds nothing from one to the next.

    Parameters
    ----------
    stream : LfpFormat
        Sizes and settings of the sender.
    """

    def __init__(self, stream: LfpFormat) -> None:
        self._stream = stream
        self._payload = stream.payload
        self._expected = Expectation(
            mode=Mode.ALL_SAMPLES,
            groups=stream.groups,
            most_counted=stream.most_counted,
            tables=(),
            cross=stream.packet_channels > 1,
            lfp=True,
        )

    def decode(self, packets: Packets, damage: list[Damage]) -> Iterator[Pieces]:
        """Yield what packets hold.

        Parameters
        ----------
        packets : Packets
            Whole packets; those of action potentials are left alone.
        damage : list of Damage
            Where those that cannot be decoded are added.

        Yields
        ------
        Pieces
            Some packets after the other, as many as memory is meant for.
        """
        headers = read_headers(packets)
        usable = np.flatnonzero(check_headers(headers, packets, self._expected, damage))
        per_packet = self._stream.packet_channels
        inside = np.minimum(per_packet, self._stream.channels - headers["group"] * per_packet)
        borders = np.cumsum((headers["count"] * inside)[usable])
        first = 0
        while first < len(usable):
            before = int(borders[first - 1]) if first else 0
            last = int(np.searchsorted(borders, before + MOST_SAMPLES, side="right"))
            last = max(last, first + 1)
            chosen = usable[first:last]
            places = np.concatenate(([0], borders[first : last - 1] - before)).astype(np.int64)
            samples = np.zeros(int(borders[last - 1]) - before, dtype=np.int16)
            status = np.empty((len(chosen), 2), dtype=np.int64)
            decode_lfp_packets(
                packets.data,
                packets.start[chosen],
                packets.length[chosen],
                np.column_stack([headers[chosen][name] for name in CODING]),
                self._payload,
                places,
                samples,
                status,
            )
            good = status[:, 0] == DECODED
            damage += [
                _damage(packets, int(chosen[n]), int(headers["count"][chosen[n]]), status[n])
                for n in np.flatnonzero(~good)
            ]
            whole = chosen[good]
            yield Pieces(
                number=packets.first + whole,
                offset=packets.offset[whole],
                length=packets.length[whole],
                group=headers["group"][whole],
                time=headers["time"][whole],
                count=headers["count"][whole],
                gap=headers["gap"][whole] != 0,
                place=places[good],
                samples=samples,
                distances=np.empty(0, dtype=np.int64),
            )
            first = last


def _damage(packets: Packets, index: int, count: int, status: npt.NDArray[np.int64]) -> Damage:
    held = int(packets.length[index]) - HEADER_BYTES - TRAILER_BYTES
    if status[0] == BAD_CODE:
        rule = f"must hold codes of {count} frames in {held} bytes, but has none after {status[1]}"
    else:
        rule = f"must have the {status[1]} bytes that {count} frames take, not {held}"
    return Damage(
        packet=packets.first + index,
        offset=int(packets.offset[index]),
        length_bytes=int(packets.length[index]),
        field="payload",
        rule=rule,
    )
