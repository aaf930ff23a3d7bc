"""Snippet marker: gathers the snippets of each channel in packets, each with its header."""

from dataclasses import dataclass

from amaranth.hdl import Module, Mux, Signal, signed, unsigned
from amaranth.lib import data, memory, stream, wiring
from amaranth.lib.wiring import In, Out

from rtl.checks import check_ranges
from rtl.coding_streams import BYTE_WIDTH, Kind, coding_layout
from rtl.packet_format import HEADER_BYTES, TRAILER_BYTES, Mode
from rtl.packet_settings import (
    COARSEST_SHIFT,
    COUNT_WIDTH,
    SHIFT_WIDTH,
    coarseness,
    header_layout,
    set_header,
    settings_layout,
)
from rtl.streams import TIME_WIDTH, channel_shape, packet_layout

__all__ = ["SnippetMarker", "SnippetMarkerConfig"]

DIFFERENCE_WIDTH = 2 * BYTE_WIDTH  # of times of peaks that follow each other in a packet


@dataclass(frozen=True, kw_only=True)
class SnippetMarkerConfig:
    """Sizes of a :class:`SnippetMarker`.

    Parameters
    ----------
    channels : int
        Number of channels, in 1..256.
    sample_width : int
        Sample width, bits, in 2..16.
    delivery_frames : int
        Frames from a peak until its snippet has come at the latest, in 1..65535.
    """

    channels: int = 16
    sample_width: int = 9
    delivery_frames: int = 256

    def __post_init__(self) -> None:
        check_ranges(
            self, channels=(1, 256), sample_width=(2, 16), delivery_frames=(1, (1 << 16) - 1)
        )


class SnippetMarker(wiring.Component):
    """Put a header before, and a trailer after, the snippets of every packet.

    Event packets arrive word by word. Each channel has its own packets: one begins with a snippet,
    has the time of its peak, and ends

    - after a snippet that is its ``packet_snippets``-th, or at whose last word the channel's bit of
      ``close`` is up;
    - before a snippet whose peak is ``max_age`` frames or more after the packet's time, or before
      the peak of the last one;
    - ``max_age`` and ``config.delivery_frames`` after its time, by the clock: too late for any
      snippet that would still have belonged to it, so that what packets hold does not depend on
      the clock;
    - when ``flush`` is up between snippets: all that are open end. While it stays up, no snippet
      is taken.

    Where the channel's bit of ``discard`` is up as a packet would begin, the snippet is left out:
    ``lost`` says so, and the header of the channel's next packet has ``gap`` set. So does that
    after a frame in which its bit of ``dropped`` was up.

    Samples are made coarser as those of a :class:`rtl.packet_marker.PacketMarker`. Settings hold
    from header to trailer; ``packet_snippets`` and ``max_age`` act at once.

    Latency is :attr:`latency` cycles from a word that opens a packet to the first byte of its
    header. Throughput is one word a cycle, with 3 cycles more for a snippet, 8 for a header and 2
    or 3 for a trailer. Back-pressure on ``o`` stalls ``i``, and so does, for two cycles a channel,
    the search for old packets that begins with a ``tick``; it makes way for snippets.

    The bit-exact model is :func:`verification.golden.snippet_marker.snippet_marker`.

    Parameters
    ----------
    config : SnippetMarkerConfig
        Sizes.

    Members
    -------
    i : ``In(stream.Signature(packet_layout(config.sample_width, config.channels)))``
        Event packets.
    o : ``Out(stream.Signature(coding_layout(config.sample_width, config.channels)))``
        Headers, snippets and trailers.
    settings : ``In(settings_layout())``
        Of packets that begin.
    packet_snippets : ``In(16)``
        Snippets of a packet; 0 counts as 1.
    max_age : ``In(16)``
        Frames from the first to the last peak of a packet, at most one fewer.
    tick : ``In(1)``
        High for a cycle in every frame since the reset from which times are counted.
    close : ``In(config.channels)``
        A bit a channel: end the packet.
    discard : ``In(config.channels)``
        A bit a channel: begin no packet.
    dropped : ``In(config.channels)``
        A bit a channel: a packet that was sent got lost.
    level : ``In(3)``
        How much coarser new packets must be.
    flush : ``In(1)``
        End all packets.
    flushed : ``Out(1)``
        All packets have ended, and no snippet is taken.
    opened : ``Out(1)``
        High for a cycle as a packet begins and the settings are taken.
    lost : ``Out(1)``
        High for a cycle for each snippet that is left out.
    """

    latency = 2
    throughput = "1 word/cycle, 3 cycles/snippet more, 10 or 11 cycles/packet more"

    i: stream.Interface
    o: stream.Interface
    settings: data.View
    packet_snippets: Signal
    max_age: Signal
    tick: Signal
    close: Signal
    discard: Signal
    dropped: Signal
    level: Signal
    flush: Signal
    flushed: Signal
    opened: Signal
    lost: Signal

    def __init__(self, config: SnippetMarkerConfig | None = None) -> None:
        self.config = config = config or SnippetMarkerConfig()
        sizes = config.sample_width, config.channels
        super().__init__(
            {
                "i": In(stream.Signature(packet_layout(*sizes))),
                "o": Out(stream.Signature(coding_layout(*sizes))),
                "settings": In(settings_layout()),
                "packet_snippets": In(COUNT_WIDTH),
                "max_age": In(DIFFERENCE_WIDTH),
                "tick": In(1),
                "close": In(config.channels),
                "discard": In(config.channels),
                "dropped": In(config.channels),
                "level": In(3),
                "flush": In(1),
                "flushed": Out(1),
                "opened": Out(1),
                "lost": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self.config
        time = unsigned(TIME_WIDTH)
        packets_layout = data.StructLayout(
            {"snippets": COUNT_WIDTH, "begin": time, "peak": time, "shift": SHIFT_WIDTH, "bank": 1}
        )
        m.submodules.packets = packets = memory.Memory(
            shape=packets_layout, depth=config.channels, init=[]
        )
        write = packets.write_port()
        read = packets.read_port(transparent_for=(write,))
        packet = read.data  # of ``channel``, refreshed after every write
        is_open = Signal(config.channels)
        gap = Signal(config.channels)

        word = Signal.like(self.i.payload)
        word_valid = Signal()
        done = Signal()  # the word needs no more cycle
        between = Signal(init=1)  # the last word taken was the last of its snippet
        channel = Signal(channel_shape(config.channels))
        scan = Signal.like(channel)  # next one whose age is looked at
        scanning, looking = Signal(), Signal()
        refresh = Signal()
        m.d.comb += [
            channel.eq(Mux(word_valid, word.channel, scan)),
            self.i.ready.eq((~word_valid | done) & ~looking & ~(self.flush & between)),
            read.en.eq(self.i.ready | refresh),
            read.addr.eq(Mux(refresh, channel, self.i.payload.channel)),
            write.addr.eq(channel),
            write.data.eq(packet),
        ]
        with m.If(done):
            m.d.sync += word_valid.eq(0)
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += [
                word.eq(self.i.payload),
                word_valid.eq(1),
                between.eq(self.i.payload.last),
            ]

        now, age = Signal(time), Signal(time)
        since_begin, since_peak = Signal(time), Signal(time)
        difference = Signal(DIFFERENCE_WIDTH)
        m.d.sync += now.eq(now + self.tick)
        m.d.comb += [
            age.eq(now - packet.begin),
            since_begin.eq(word.time - packet.begin),
            since_peak.eq(word.time - packet.peak),
        ]
        header = Signal(header_layout())  # of the packet that was opened last
        shift = coarseness(self.settings, self.level)
        rounded = Signal(signed(max(config.sample_width, COARSEST_SHIFT) + 1))
        begun, leaves_out = Signal(), Signal()  # of the snippet
        byte = Signal(range(HEADER_BYTES))
        passes = self.o.valid & self.o.ready
        m.d.comb += [
            rounded.eq(word.sample + ((1 << packet.shift) >> 1)),
            self.o.payload.channel.eq(channel),
            self.o.payload.bank.eq(packet.bank),
        ]
        m.d.comb += self.flushed.eq(self.flush & between & ~word_valid & ~is_open.any())
        m.d.sync += gap.eq(gap | self.dropped)
        with m.If(self.tick | (self.flush & between & is_open.any())):
            m.d.sync += scanning.eq(1)
        next_scan = [
            looking.eq(0),
            scan.eq(Mux(scan == config.channels - 1, 0, scan + 1)),
            scanning.eq(scan != config.channels - 1),
        ]

        with m.FSM():
            with m.State("pass"):
                with m.If(~word_valid):
                    idle = between & (self.flush | ~self.i.valid)
                    with m.If(idle & scanning):
                        m.d.comb += refresh.eq(1)
                        m.d.sync += looking.eq(1)
                        m.next = "look"
                with m.Elif(begun):
                    m.d.comb += [
                        self.o.valid.eq(~leaves_out),
                        self.o.payload.kind.eq(Kind.SAMPLE),
                        self.o.payload.value.eq(rounded >> packet.shift),
                        self.o.payload.restart.eq(word.first),
                        self.o.payload.fresh.eq(word.first & (packet.snippets == 1)),
                    ]
                    with m.If(passes | leaves_out):
                        m.d.comb += done.eq(1)
                        with m.If(word.last):
                            m.d.sync += [begun.eq(0), leaves_out.eq(0)]
                            ends = self.close.bit_select(channel, 1)
                            ends |= packet.snippets >= self.packet_snippets
                            with m.If(ends & ~leaves_out):
                                m.d.comb += done.eq(0)
                                m.d.sync += begun.eq(1)
                                m.next = "trailer"
                with m.Elif(is_open.bit_select(channel, 1)):
                    with m.If((since_begin >= self.max_age) | since_peak[-1]):
                        m.next = "trailer"
                    with m.Else():
                        m.d.comb += [
                            write.en.eq(1),
                            write.data.snippets.eq(packet.snippets + 1),
                            write.data.peak.eq(word.time),
                            refresh.eq(1),
                        ]
                        m.d.sync += difference.eq(since_peak)
                        m.next = "difference"
                with m.Elif(~self.discard.bit_select(channel, 1)):
                    m.d.comb += [
                        self.opened.eq(1),
                        write.en.eq(1),
                        write.data.snippets.eq(1),
                        write.data.begin.eq(word.time),
                        write.data.peak.eq(word.time),
                        write.data.shift.eq(shift),
                        write.data.bank.eq(self.settings.table[0]),
                        refresh.eq(1),
                    ]
                    m.d.sync += [
                        *set_header(header, self.settings, mode=Mode.SNIPPETS, shift=shift),
                        header.gap.eq(gap.bit_select(channel, 1)),
                        header.group.eq(channel),
                        header.time.eq(word.time),
                        gap.bit_select(channel, 1).eq(self.dropped.bit_select(channel, 1)),
                        difference.eq(0),
                    ]
                    m.next = "header"
                with m.Else():
                    m.d.comb += self.lost.eq(1)
                    m.d.sync += [
                        begun.eq(1),
                        leaves_out.eq(1),
                        gap.bit_select(channel, 1).eq(1),
                    ]
            with m.State("header"):
                m.d.comb += [
                    self.o.valid.eq(1),
                    self.o.payload.value.eq(header.as_value().word_select(byte, BYTE_WIDTH)),
                ]
                with m.If(passes):
                    m.d.sync += byte.eq(byte + 1)
                    with m.If(byte == HEADER_BYTES - 1):
                        m.d.sync += is_open.bit_select(channel, 1).eq(1)
                        m.next = "difference"
            with m.State("difference"):
                m.d.comb += [
                    self.o.valid.eq(1),
                    self.o.payload.kind.eq(Kind.RAW),
                    self.o.payload.value.eq(difference.word_select(byte[0], BYTE_WIDTH)),
                ]
                with m.If(passes):
                    m.d.sync += byte[0].eq(~byte[0])
                    with m.If(byte[0]):
                        m.d.sync += begun.eq(1)
                        m.next = "pass"
            with m.State("look"):
                # A packet of a time that has not come yet is not old.
                old = ~age[-1] & (age >= self.max_age + config.delivery_frames)
                with m.If(is_open.bit_select(channel, 1) & (self.flush | old)):
                    m.next = "trailer"
                with m.Else():
                    m.d.sync += next_scan
                    m.next = "pass"
            with m.State("trailer"):
                m.d.comb += [
                    self.o.valid.eq(1),
                    self.o.payload.value.eq(packet.snippets.word_select(byte[0], BYTE_WIDTH)),
                    self.o.payload.last.eq(byte[0]),
                ]
                with m.If(passes):
                    m.d.sync += byte.eq(byte + 1)
                    with m.If(byte == TRAILER_BYTES - 1):
                        m.d.comb += done.eq(begun)
                        m.d.sync += [
                            byte.eq(0),
                            begun.eq(0),
                            is_open.bit_select(channel, 1).eq(0),
                        ]
                        with m.If(looking):
                            m.d.sync += next_scan
                        m.next = "pass"
        return m
