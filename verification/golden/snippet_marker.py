"""Bit-exact model of :class:`rtl.snippet_marker.SnippetMarker`."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rtl.coding_streams import BYTE_WIDTH, Kind, coding_layout
from rtl.packet_format import Mode
from rtl.packet_settings import COARSEST_LEVEL, PacketSettings
from rtl.snippet_marker import DIFFERENCE_WIDTH, SnippetMarkerConfig
from verification.golden.packet_marker import coarse, header_bytes, trailer_bytes
from verification.payloads import payload_dtype

__all__ = ["snippet_marker", "snippet_plan"]

LEFT_OUT = -1


def snippet_plan(
    events: npt.NDArray[np.void],
    *,
    packet_snippets: int,
    max_age: int,
    close: npt.ArrayLike = False,
    discard: npt.ArrayLike = False,
) -> npt.NDArray[np.int64]:
    """Return in which packet each event goes.

    Parameters
    ----------
    events : ndarray of records
        Events in the order in which they come: their ``time`` and ``channel``.
    packet_snippets : int
        Snippets of a packet.
    max_age : int
        Frames that an event of a packet is less after its first.
    close, discard : array_like, broadcast to the events
        What the bit of its channel is as an event ends (``close``) or begins (``discard``).

    Returns
    -------
    ndarray of int
        Numbers of the packets, in the order in which they begin; -1 for what is left out.

    Examples
    --------
    >>> events = np.array([(5, 0), (8, 1), (9, 0), (15, 0)], [("time", int), ("channel", int)])
    >>> snippet_plan(events, packet_snippets=9, max_age=10).tolist()
    [0, 1, 0, 2]
    """
    plan = np.empty(len(events), dtype=np.int64)
    close, discard = (np.broadcast_to(each, plan.shape) for each in (close, discard))
    packets = 0
    is_open: dict[int, tuple[int, int, int, int]] = {}  # channel: packet, begin, peak, snippets
    for n, (time, channel) in enumerate(events[["time", "channel"]].tolist()):
        packet, begin, peak, snippets = is_open.pop(channel, (packets, time, time, 0))
        if time < peak or time - begin >= max_age:
            packet, begin, snippets = packets, time, 0
        if snippets == 0 and discard[n]:
            plan[n] = LEFT_OUT
            continue
        packets = max(packets, packet + 1)
        plan[n] = packet
        if not close[n] and snippets + 1 < packet_snippets:
            is_open[channel] = packet, begin, time, snippets + 1
    return plan


def snippet_marker(
    events: npt.NDArray[np.void],
    config: SnippetMarkerConfig,
    settings: PacketSettings,
    *,
    packet_snippets: int,
    max_age: int,
    close: npt.ArrayLike = False,
    discard: npt.ArrayLike = False,
    level: npt.ArrayLike = 0,
) -> npt.NDArray[np.void]:
    """Return the beats of a whole recording, after whose last event all open packets end.

    The hardware ends packets by its clock as well. Then their trailers come earlier, but never
    otherwise among the beats of their own channel.

    Parameters
    ----------
    events : ndarray of event_dtype
        Events in the order in which they come; see :mod:`verification.golden.snippet_buffer`.
    config : SnippetMarkerConfig
        The configuration of the hardware.
    settings : PacketSettings
        Of all packets.
    packet_snippets : int
        Snippets of a packet.
    max_age : int
        Frames that an event of a packet is less after its first.
    close, discard, level : array_like, broadcast to the events
        As for :func:`snippet_plan`; ``level`` as an event begins.

    Returns
    -------
    ndarray of records
        Beats, fields as in :func:`rtl.coding_streams.coding_layout`.

    Examples
    --------
    >>> from verification.golden.snippet_buffer import event_dtype
    >>> events = np.array([(258, 0, [7, -8])], event_dtype(2))
    >>> config = SnippetMarkerConfig(channels=1)
    >>> beats = snippet_marker(events, config, PacketSettings(), packet_snippets=9, max_age=1000)
    >>> beats["value"].tolist()
    [1, 17, 0, 0, 2, 1, 0, 0, 0, 0, 7, -8, 1, 0]
    """
    plan = snippet_plan(
        events, packet_snippets=packet_snippets, max_age=max_age, close=close, discard=discard
    )
    close, level = (np.broadcast_to(each, plan.shape) for each in (close, level))
    beats = _Beats(settings.table & 1)
    is_open: dict[int, _Packet] = {}  # by channel
    missed: set[int] = set()  # channels of which something was left out

    def end(channel: int) -> None:
        beats.verbatim(channel, trailer_bytes(is_open.pop(channel).snippets), last=1)

    for n, (time, channel) in enumerate(events[["time", "channel"]].tolist()):
        if channel in is_open and is_open[channel].number != plan[n]:
            end(channel)
        if plan[n] == LEFT_OUT:
            missed.add(channel)
            continue
        if channel not in is_open:
            shift = max(settings.shift, min(int(level[n]), COARSEST_LEVEL))
            header = header_bytes(
                settings,
                mode=Mode.SNIPPETS,
                group=channel,
                time=time,
                gap=channel in missed,
                shift=shift,
            )
            beats.verbatim(channel, header)
            is_open[channel] = _Packet(number=int(plan[n]), shift=shift, peak=time)
            missed.discard(channel)
        packet = is_open[channel]
        beats.difference(channel, time - packet.peak)
        beats.snippet(
            channel, coarse(events["snippet"][n], packet.shift), fresh=packet.snippets == 0
        )
        packet.peak = time
        packet.snippets += 1
        if close[n] or packet.snippets >= packet_snippets:
            end(channel)
    for channel in sorted(is_open):
        end(channel)
    layout = coding_layout(config.sample_width, config.channels)
    return np.array(beats.rows, dtype=payload_dtype(layout))


@dataclass
class _Packet:
    """A packet that is open."""

    number: int
    shift: int
    peak: int
    snippets: int = 0


class _Beats:
    """Beats of one bank, in the order of the fields of their layout."""

    def __init__(self, bank: int) -> None:
        self.bank = bank
        self.rows: list[tuple[int, ...]] = []

    def verbatim(self, channel: int, values: bytes, *, last: int = 0) -> None:
        kind = Kind.VERBATIM.value
        self.rows += [(value, channel, kind, 0, 0, self.bank, 0) for value in values]
        self.rows[-1] = (*self.rows[-1][:-1], last)

    def difference(self, channel: int, frames: int) -> None:
        kind = Kind.RAW.value
        values = frames.to_bytes(DIFFERENCE_WIDTH // BYTE_WIDTH, "little")
        self.rows += [(value, channel, kind, 0, 0, self.bank, 0) for value in values]

    def snippet(self, channel: int, values: npt.NDArray[np.int64], *, fresh: bool) -> None:
        kind = Kind.SAMPLE.value
        first, *others = values.tolist()
        self.rows.append((first, channel, kind, 1, int(fresh), self.bank, 0))
        self.rows += [(value, channel, kind, 0, 0, self.bank, 0) for value in others]
