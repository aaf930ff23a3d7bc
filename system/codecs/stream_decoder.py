"""From the bytes of a stream, in pieces of any size, to frames or to events."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from rtl.packet_format import Mode
from system.codecs.damage import Damage
from system.codecs.decoding import PacketDecoder, Pieces
from system.codecs.event_times import EventTimes
from system.codecs.lfp_decoding import LfpPacketDecoder
from system.codecs.lfp_format import LfpFormat
from system.codecs.packets import Batch, PacketReader
from system.codecs.stream_format import StreamFormat
from system.codecs.template_decoding import TemplatePacketDecoder
from system.codecs.template_rows import TemplateRows
from system.codecs.timeline import Block, Loss, Timeline
from verification.golden.snippet_buffer import event_dtype

__all__ = ["EventDecoder", "SampleDecoder", "Tally"]

MOST_LISTED = 1000


@dataclass
class Tally:
    """What was decoded of a stream, and what was not.

    Parameters
    ----------
    packets : int
        Packets that arrived whole.
    damaged : int
        Packets, and stretches between them, that could not be used.
    damaged_bytes : int
        How long they were.
    lost_samples : int
        Samples that did not arrive between those that did.
    gaps : int
        Packets of snippets before which the sender says that others are missing.
    damage : list of Damage
        The first of what could not be used.
    losses : list of Loss
        The first stretches that did not arrive.
    """

    packets: int = 0
    damaged: int = 0
    damaged_bytes: int = 0
    lost_samples: int = 0
    gaps: int = 0
    damage: list[Damage] = field(default_factory=list)
    losses: list[Loss] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        """Whether nothing is missing."""
        return not (self.damaged or self.lost_samples or self.gaps)

    def add_damage(self, damage: list[Damage]) -> None:
        """Count what could not be used.

        Parameters
        ----------
        damage : list of Damage
            What it was.
        """
        self.damaged += len(damage)
        self.damaged_bytes += sum(each.length_bytes for each in damage)
        self.damage += damage[: MOST_LISTED - len(self.damage)]

    def add_losses(self, losses: list[Loss], stream: StreamFormat | LfpFormat) -> None:
        """Count what did not arrive.

        Parameters
        ----------
        losses : list of Loss
            Stretches of groups of channels.
        stream : StreamFormat or LfpFormat
            Sizes of the stream.
        """
        self.lost_samples += sum(loss.frames * stream.inside(loss.group) for loss in losses)
        self.losses += losses[: MOST_LISTED - len(self.losses)]


class _Decoder:
    """Finds packets and decodes them, and keeps the tally."""

    def __init__(
        self,
        packets: PacketDecoder | LfpPacketDecoder | TemplatePacketDecoder,
        tally: Tally | None,
        offset: int = 0,
    ) -> None:
        self.tally = Tally() if tally is None else tally
        self._reader = PacketReader(offset=offset)
        self._packets = packets

    def _decoded(self, batches: Iterator[Batch]) -> Iterator[Pieces]:
        for batch in batches:
            self.tally.packets += len(batch.packets)
            self.tally.add_damage(batch.damage)
            damage: list[Damage] = []
            for pieces in self._packets.decode(batch.packets, damage):
                self.tally.add_damage(damage)
                damage.clear()
                yield pieces
            self.tally.add_damage(damage)

    def _fed(self, chunk: bytes | bytearray | memoryview) -> Iterator[Pieces]:
        yield from self._decoded(self._reader.feed(chunk))

    def _ended(self) -> Iterator[Pieces]:
        yield from self._decoded(iter([self._reader.finish()]))


class SampleDecoder(_Decoder):
    """Decodes a stream of all samples into frames, in order of time.

    Packets of field potentials and of action potentials may come in one stream: a decoder of one
    kind leaves those of the other alone.

    Parameters
    ----------
    stream : StreamFormat or LfpFormat
        Sizes and settings of the sender.
    tables : mapping of int to array_like
        Tables of the arithmetic coder by version; field potentials need none.
    filling : str
        What is given for samples that did not arrive: ``"zeros"`` keeps the time axis, ``"omit"``
        leaves out every frame that did not arrive whole.
    longest_gap_frames : int
        Most frames that may be missing in one go.
    first_frame : int
        Frame with which the first block begins.
    frames : int or None
        Frame after the last, if it is known.
    offset : int
        Where the first byte lies, for messages.
    tally : Tally, optional
        Where to count; a new one unless told.

    Attributes
    ----------
    tally : Tally
        What was decoded so far.
    """

    def __init__(
        self,
        stream: StreamFormat | LfpFormat,
        tables: Mapping[int, npt.ArrayLike],
        *,
        filling: str = "zeros",
        longest_gap_frames: int = 1 << 24,
        first_frame: int = 0,
        frames: int | None = None,
        offset: int = 0,
        tally: Tally | None = None,
    ) -> None:
        if isinstance(stream, LfpFormat):
            packets = LfpPacketDecoder(stream)
        else:
            packets = PacketDecoder(stream, Mode.ALL_SAMPLES, tables)
        super().__init__(packets, tally, offset)
        self._stream = stream
        self._timeline = Timeline(
            stream.channels,
            packet_channels=stream.packet_channels,
            packet_frames=stream.most_counted,
            filling=filling,
            longest_gap_frames=longest_gap_frames,
            first_frame=first_frame,
            frames=frames,
        )

    def feed(self, chunk: bytes | bytearray | memoryview) -> Iterator[Block]:
        """Yield the frames that become complete with a chunk of the stream.

        Parameters
        ----------
        chunk : bytes-like
            The next bytes.

        Yields
        ------
        Block
            Frames in order.
        """
        for pieces in self._fed(chunk):
            yield from self._placed(pieces)

    def finish(self) -> Iterator[Block]:
        """Yield the frames that are left when no byte will follow.

        Yields
        ------
        Block
            Frames in order.
        """
        for pieces in self._ended():
            yield from self._placed(pieces)
        damage: list[Damage] = []
        yield from self._counted(self._timeline.finish(damage), damage)

    def _placed(self, pieces: Pieces) -> Iterator[Block]:
        damage: list[Damage] = []
        yield from self._counted(self._timeline.place(pieces, damage), damage)

    def _counted(self, blocks: Iterator[Block], damage: list[Damage]) -> Iterator[Block]:
        for block in blocks:
            self.tally.add_losses(block.losses, self._stream)
            yield block
        self.tally.add_damage(damage)


class EventDecoder(_Decoder):
    """Decodes a stream of snippets into events.

    Parameters
    ----------
    stream : StreamFormat
        Sizes and settings of the sender; packets have one channel each.
    tables : mapping of int to array_like
        Tables of the arithmetic coder by version.
    tally : Tally, optional
        Where to count; a new one unless told.
    rows : TemplateRows, optional
        Of a stream of templates: rows by which snippets were coded.

    Attributes
    ----------
    tally : Tally
        What was decoded so far.
    """

    def __init__(
        self,
        stream: StreamFormat,
        tables: Mapping[int, npt.ArrayLike],
        tally: Tally | None = None,
        *,
        rows: TemplateRows | None = None,
    ) -> None:
        if stream.packet_channels != 1:
            raise ValueError(
                f"packet_channels must be 1 where snippets are sent, not {stream.packet_channels}"
            )
        super().__init__(
            TemplatePacketDecoder(stream, rows)
            if rows
            else PacketDecoder(stream, Mode.SNIPPETS, tables),
            tally,
        )
        self._stream = stream
        self._times = EventTimes(stream.channels)

    def feed(self, chunk: bytes | bytearray | memoryview) -> Iterator[npt.NDArray[np.void]]:
        """Yield the events of packets that end in a chunk of the stream.

        Parameters
        ----------
        chunk : bytes-like
            The next bytes.

        Yields
        ------
        ndarray of :func:`~verification.golden.snippet_buffer.event_dtype`
            Events, packet by packet.
        """
        for pieces in self._fed(chunk):
            yield self._events(pieces)

    def finish(self) -> Iterator[npt.NDArray[np.void]]:
        """Yield the events that are left when no byte will follow.

        Yields
        ------
        ndarray of :func:`~verification.golden.snippet_buffer.event_dtype`
            Events, packet by packet.
        """
        for pieces in self._ended():
            yield self._events(pieces)

    def _events(self, pieces: Pieces) -> npt.NDArray[np.void]:
        damage: list[Damage] = []
        begins = self._times.place(pieces, damage)
        self.tally.add_damage(damage)
        self.tally.gaps += int(pieces.gap[begins >= 0].sum())
        samples = self._stream.snippet_samples
        events = np.empty(len(pieces.distances), dtype=event_dtype(samples))
        firsts = np.cumsum(pieces.count) - pieces.count
        after = np.cumsum(pieces.distances)
        since = after - np.repeat((after - pieces.distances)[firsts], pieces.count)
        events["time"] = np.repeat(begins, pieces.count) + since
        events["channel"] = np.repeat(pieces.group, pieces.count)
        for first, count, place in zip(firsts, pieces.count, pieces.place, strict=True):
            snippets = pieces.samples[place : place + count * samples]
            events["snippet"][first : first + count] = snippets.reshape(count, samples)
        return events[np.repeat(begins >= 0, pieces.count)]
