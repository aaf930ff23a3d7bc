"""Packet framer: holds bodies of packets until they are whole, and sends them with a checksum."""

from dataclasses import dataclass
from importlib import import_module
from typing import Any

from amaranth.hdl import Cat, Const, Module, Mux, Signal, unsigned
from amaranth.lib import data, memory, stream, wiring
from amaranth.lib.wiring import In, Out

from rtl.checks import check_ranges
from rtl.coding_streams import BYTE_WIDTH, byte_layout, coded_byte_layout
from rtl.packet_format import CHECKSUM_BYTES, LENGTH_BYTES, SYNC
from rtl.packet_settings import COARSEST_LEVEL, COUNT_WIDTH
from rtl.streams import channel_shape

__all__ = ["RATE_FRAMES", "PacketFramer", "PacketFramerConfig"]

crc: Any = import_module("amaranth.lib.crc")  # amaranth-stubs 0.5 lack it

RATE_FRAMES = 256  # the rate is one of bytes in so many frames
RATE_WIDTH = 20
LEVELS = COARSEST_LEVEL + 1
SMALLEST_SHARE = 16  # bytes of a ring that are left for a body: header, trailer and a little more


@dataclass(frozen=True, kw_only=True)
class PacketFramerConfig:
    """Sizes of a :class:`PacketFramer`.

    Parameters
    ----------
    groups : int
        Groups of channels, each with its own ring, in 1..256.
    ring_bytes : int
        Bytes of each ring: a power of two, in 64..65536.
    margin_bytes : int
        The most that may still come of a packet once ``close`` is up; at least 1, and so little
        that half a ring holds 16 bytes more.
    direct : bool
        Whether there is an input for packets of whose body the length is known as it comes.
    """

    groups: int = 16
    ring_bytes: int = 4096
    margin_bytes: int = 256
    direct: bool = False

    def __post_init__(self) -> None:
        check_ranges(
            self,
            groups=(1, 256),
            ring_bytes=(64, 1 << (8 * LENGTH_BYTES)),
            margin_bytes=(1, self.ring_bytes // 2 - SMALLEST_SHARE),
        )
        if self.ring_bytes.bit_count() != 1:
            raise ValueError(f"ring_bytes must be a power of two, not {self.ring_bytes!r}")

    @property
    def closing_bytes(self) -> int:
        """Bytes of a packet, length and body, at which it is to end."""
        return self.ring_bytes // 2 - self.margin_bytes

    @property
    def regular_body_bytes(self) -> int:
        """The longest body that no ring ever ends, as long as the output keeps up."""
        return self.closing_bytes - LENGTH_BYTES - 1


class PacketFramer(wiring.Component):
    """Collect bodies of packets in rings, and send each with sync, length and checksum.

    A group's body goes into its ring. With its last byte its length is known, and it waits for its
    turn: rings that hold whole packets take turns, packet by packet.

    ``close`` is up while the open body of a group has come to
    :attr:`PacketFramerConfig.closing_bytes`, and ``discard`` while its ring holds more than that:
    if no more than ``margin_bytes`` follow, and no packet begins, whatever is sent or not fits.
    What does not fit all the same is left out as a whole: ``dropped`` is up for a cycle, with the
    frames (or snippets) that its trailer counts at ``lost``; its two bytes come one after the
    other. What has been sent is always whole.

    With a ``rate``, no more leaves than it says: any stretch of n frames carries at most
    ((n + 1) * rate + 255) / 256 bytes. ``level`` is the number of ``thresholds`` that the bytes of
    whole packets waiting have reached; all five raise ``discard`` of every group.

    A body at ``direct`` needs no ring: its packet is the next to be sent, and the body is taken as
    it leaves. So no packet that begins after its last byte was taken is sent before it.

    ``i`` waits for two cycles after the last byte of a body, and never for the output. Latency is
    :attr:`latency` cycles from that byte to the first one sent, if no other group has its turn; it
    takes a cycle for each group that has nothing to send. Throughput is one byte a cycle.

    The bit-exact model is :func:`verification.golden.packet_framer.packet_framer`.

    Parameters
    ----------
    config : PacketFramerConfig
        Sizes.

    Members
    -------
    i : ``In(stream.Signature(coded_byte_layout(config.groups)))``
        Bodies, in pieces as they come.
    o : ``Out(stream.Signature(byte_layout()))``
        Packets.
    direct : ``In(stream.Signature(byte_layout()))``
        Bodies that go at once; a port only with ``config.direct``, as is the next.
    direct_length : ``In(16)``
        Bytes of the body, as long as any of it waits.
    tick : ``In(1)``
        High for a cycle in every frame.
    rate : ``In(20)``
        Bytes in :data:`RATE_FRAMES` frames; 0 sets no limit.
    thresholds : ``In(ArrayLayout(..., 5))``
        Bytes waiting, for each level; 0 is never reached.
    close, discard : ``Out(config.groups)``
        A bit a group: end the packet; begin none.
    level : ``Out(3)``
        How much coarser packets should become.
    dropped : ``Out(config.groups)``
        A bit a group: a packet was left out.
    lost : ``Out(16)``
        What was in it; 0 in all other cycles.
    """

    latency = 4
    throughput = "1 byte/cycle"

    i: stream.Interface
    o: stream.Interface
    direct: stream.Interface
    direct_length: Signal
    tick: Signal
    rate: Signal
    thresholds: data.View
    close: Signal
    discard: Signal
    level: Signal
    dropped: Signal
    lost: Signal

    def __init__(self, config: PacketFramerConfig | None = None) -> None:
        self.config = config = config or PacketFramerConfig()
        waiting = unsigned((config.groups * config.ring_bytes).bit_length())
        direct = {
            "direct": In(stream.Signature(byte_layout())),
            "direct_length": In(BYTE_WIDTH * LENGTH_BYTES),
        }
        super().__init__(
            {
                "i": In(stream.Signature(coded_byte_layout(config.groups))),
                "o": Out(stream.Signature(byte_layout())),
                **(direct if config.direct else {}),
                "tick": In(1),
                "rate": In(RATE_WIDTH),
                "thresholds": In(data.ArrayLayout(waiting, LEVELS)),
                "close": Out(config.groups),
                "discard": Out(config.groups),
                "level": Out(3),
                "dropped": Out(config.groups),
                "lost": Out(COUNT_WIDTH),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self.config
        place_width = config.ring_bytes.bit_length() - 1
        # A pointer has a bit more than a place, for a ring that is full is not one that is empty.
        pointers = data.ArrayLayout(unsigned(place_width + 1), config.groups)
        behind = [LENGTH_BYTES] * config.groups
        ends = Signal(pointers, init=behind)  # where the next byte goes
        starts = Signal(pointers)  # of the packets that are not whole: where their length goes
        reads = Signal(pointers)  # of the oldest packets
        m.submodules.rings = rings = memory.Memory(
            shape=BYTE_WIDTH, depth=config.groups * config.ring_bytes, init=[]
        )
        write, read = rings.write_port(), rings.read_port()

        whole_bytes = Signal(unsigned(place_width + 1))  # of a packet that became whole
        taken = Signal()  # a byte of a ring is sent
        waiting = Signal.like(self.thresholds[0])
        m.d.sync += waiting.eq(waiting + whole_bytes - taken)
        reached = [(each != 0) & (waiting >= each) for each in self.thresholds]
        m.d.comb += self.level.eq(sum(reached))
        for group in range(config.groups):
            own, used = Signal(place_width + 1), Signal(place_width + 1)
            m.d.comb += [
                own.eq(ends[group] - starts[group]),
                used.eq(ends[group] - reads[group]),
                self.close[group].eq(own >= config.closing_bytes),
                self.discard[group].eq(
                    (used >= config.closing_bytes + LENGTH_BYTES) | (self.level == LEVELS)
                ),
            ]

        self._write_side(m, write, ends=ends, starts=starts, reads=reads, whole_bytes=whole_bytes)
        self._read_side(m, read, starts=starts, reads=reads, taken=taken)
        return m

    def _write_side(
        self,
        m: Module,
        write: memory.WritePort,
        *,
        ends: data.View,
        starts: data.View,
        reads: data.View,
        whole_bytes: Signal,
    ) -> None:
        """Put bytes into rings; with the last of a body, its length before it."""
        config = self.config
        place_width = config.ring_bytes.bit_length() - 1
        beat = self.i.payload
        group = Signal.like(beat.group)  # of the length
        at = Signal(unsigned(place_width + 1))
        length = Signal(unsigned(place_width + 1))
        before = Signal(BYTE_WIDTH)
        dropping = Signal(config.groups)
        fits = Signal()
        m.d.comb += [
            fits.eq(
                (ends[beat.group] - reads[beat.group])[: place_width + 1] < config.ring_bytes,
            ),
            length.eq(ends[group] - starts[group] - LENGTH_BYTES),
            write.addr.eq(Cat(at[:place_width], group)),
        ]
        with m.FSM():
            with m.State("body"):
                m.d.comb += [
                    self.i.ready.eq(1),
                    at.eq(ends[beat.group]),
                    write.addr.eq(Cat(at[:place_width], beat.group)),
                    write.data.eq(beat.byte),
                ]
                m.d.sync += group.eq(beat.group)
                with m.If(self.i.valid):
                    m.d.sync += before.eq(beat.byte)
                    with m.If(fits & ~dropping.bit_select(beat.group, 1)):
                        m.d.comb += write.en.eq(1)
                        m.d.sync += ends[beat.group].eq(at + 1)
                        with m.If(beat.last):
                            m.next = "low"
                    with m.Else():
                        m.d.sync += [
                            ends[beat.group].eq(starts[beat.group] + LENGTH_BYTES),
                            dropping.bit_select(beat.group, 1).eq(~beat.last),
                        ]
                        with m.If(beat.last):
                            m.d.comb += [
                                self.dropped.eq(1 << beat.group),
                                self.lost.eq(Cat(before, beat.byte)),
                            ]
            for name, n, following in (("low", 0, "high"), ("high", 1, "body")):
                with m.State(name):
                    m.d.comb += [
                        at.eq(starts[group] + n),
                        write.data.eq(length >> (BYTE_WIDTH * n)),
                        write.en.eq(1),
                    ]
                    m.next = following
                    if following == "body":
                        m.d.comb += whole_bytes.eq(length + LENGTH_BYTES)
                        m.d.sync += [
                            starts[group].eq(ends[group]),
                            ends[group].eq(ends[group] + LENGTH_BYTES),
                        ]

    def _read_side(
        self,
        m: Module,
        read: memory.ReadPort,
        *,
        starts: data.View,
        reads: data.View,
        taken: Signal,
    ) -> None:
        """Send the packets of the rings in turn, no faster than the rate allows."""
        config = self.config
        place_width = config.ring_bytes.bit_length() - 1
        m.submodules.check = check = crc.catalog.CRC32_ISO_HDLC(data_width=BYTE_WIDTH).create()
        turn = Signal(channel_shape(config.groups))
        at = Signal(unsigned(place_width + 1))
        left = Signal(BYTE_WIDTH * LENGTH_BYTES)
        index = Signal(range(CHECKSUM_BYTES))
        send, takes = Signal(), Signal()  # a byte goes to the output; one of length or body
        byte, last = Signal(BYTE_WIDTH), Signal()
        # Whether the packet that is sent has no ring, and whether there is such a one.
        directly, waits = (
            (Signal(), self.direct.valid) if config.direct else (Const(0, 1), Const(0, 1))
        )
        lengths, source = [read.data] * LENGTH_BYTES, read.data
        if config.direct:
            lengths = [
                Mux(directly, self.direct_length.word_select(n, BYTE_WIDTH), read.data)
                for n in range(LENGTH_BYTES)
            ]
            source = Mux(directly, self.direct.payload.byte, read.data)

        limited = self.rate != 0
        credit = Signal(RATE_WIDTH + 2)  # in parts of a byte: as many as frames of the rate
        spent = Signal.like(credit)
        earned = Signal.like(credit)
        most = self.rate + (RATE_FRAMES - 1)
        may = Signal()
        m.d.comb += [
            may.eq((~self.o.valid | self.o.ready) & (~limited | (credit >= RATE_FRAMES))),
            spent.eq(credit - Mux(send & limited, RATE_FRAMES, 0)),
            earned.eq(spent + Mux(self.tick, self.rate, 0)),
        ]
        m.d.sync += credit.eq(Mux(earned > most, most, earned))

        m.d.comb += [
            at.eq(reads[turn] + taken),
            read.addr.eq(Cat(at[:place_width], turn)),
            byte.eq(source),
            check.data.eq(byte),
            check.valid.eq(takes),
            taken.eq(takes & ~directly),
        ]
        m.d.sync += reads[turn].eq(at)
        with m.If(self.o.ready):
            m.d.sync += self.o.valid.eq(0)
        with m.If(send):
            m.d.sync += [
                self.o.valid.eq(1),
                self.o.payload.byte.eq(byte),
                self.o.payload.last.eq(last),
            ]
        with m.FSM():
            with m.State("sync"):
                m.d.comb += [byte.eq(SYNC), check.start.eq(1)]
                if config.direct:
                    m.d.sync += directly.eq(waits)
                with m.If(~waits & (starts[turn] == reads[turn])):
                    m.d.sync += turn.eq(Mux(turn == config.groups - 1, 0, turn + 1))
                with m.Elif(may):
                    m.d.comb += send.eq(1)
                    m.next = "low"
            for name, n, following in (("low", 0, "high"), ("high", 1, "body")):
                with m.State(name), m.If(may):
                    m.d.comb += [send.eq(1), takes.eq(1), byte.eq(lengths[n])]
                    m.d.sync += left.word_select(n, BYTE_WIDTH).eq(byte)
                    m.next = following
            with m.State("body"), m.If(may & (waits | ~directly)):
                m.d.comb += [send.eq(1), takes.eq(1)]
                if config.direct:
                    m.d.comb += self.direct.ready.eq(directly)
                m.d.sync += [left.eq(left - 1), index.eq(0)]
                with m.If(left == 1):
                    m.next = "check"
            with m.State("check"), m.If(may):
                m.d.comb += [
                    send.eq(1),
                    byte.eq(check.crc.word_select(index, BYTE_WIDTH)),
                    last.eq(index == CHECKSUM_BYTES - 1),
                ]
                m.d.sync += index.eq(index + 1)
                with m.If(last):
                    m.d.sync += turn.eq(Mux(turn == config.groups - 1, 0, turn + 1))
                    m.next = "sync"
