"""Packet marker: cuts the samples of groups of channels into packets, each with its header."""

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
from rtl.streams import TIME_WIDTH, channel_shape, sample_layout

__all__ = ["PacketMarker", "PacketMarkerConfig"]

MOST_GROUPS = 256  # whose numbers are a byte


@dataclass(frozen=True, kw_only=True)
class PacketMarkerConfig:
    """Sizes of a :class:`PacketMarker`.

    Parameters
    ----------
    channels : int
        Channels of a frame, in 1..1024.
    sample_width : int
        Sample width, bits, in 2..16.
    packet_channels : int
        Successive channels that share a packet: a power of two, and so many that there are at most
        256 groups. The last group may have fewer.
    lfp : bool
        Whether headers say that samples are field potentials.
    """

    channels: int = 16
    sample_width: int = 9
    packet_channels: int = 1
    lfp: bool = False

    def __post_init__(self) -> None:
        check_ranges(self, channels=(1, 1024), sample_width=(2, 16), packet_channels=(1, 1024))
        if self.packet_channels.bit_count() != 1:
            raise ValueError(
                f"packet_channels must be a power of two, not {self.packet_channels!r}"
            )
        if self.groups > MOST_GROUPS:
            raise ValueError(
                f"packet_channels must leave at most {MOST_GROUPS} groups of {self.channels} "
                f"channels, not {self.groups}"
            )

    @property
    def groups(self) -> int:
        """Groups of channels, each with its own packets."""
        return -(-self.channels // self.packet_channels)

    @property
    def stagger_shift(self) -> int:
        """How far ``packet_frames`` is shifted for the frames between two groups' first ends."""
        return (self.groups - 1).bit_length()


class PacketMarker(wiring.Component):
    """Put a header before, and a trailer after, the samples of every packet.

    Samples arrive frame by frame, channel 0 first. A group of channels has its own packets: one
    begins with the next frame of the group after the last has ended, and ends after a frame

    - that is its ``packet_frames``-th; first packets after a reset are shorter by
      ``packet_frames >> config.stagger_shift`` from group to group, so that later on not all
      groups end theirs together;
    - at whose last sample the group's bit of ``close`` is up;
    - when ``flush`` is up between frames: all that are open end, in the order of groups. While it
      stays up, no sample is taken.

    Where the group's bit of ``discard`` is up as a packet would begin, the group's samples of this
    frame are left out: ``lost`` says so, and the header of its next packet has ``gap`` set. So does
    that after a frame in which its bit of ``dropped`` was up.

    Samples are made coarser by ``settings.shift`` bits, or by ``level`` up to
    :data:`~rtl.packet_settings.COARSEST_LEVEL` if that is more: rounded to the nearest, upward from
    the middle. All settings hold from header to trailer; what changes meanwhile is for the next
    packet.

    Latency is :attr:`latency` cycles from a sample that opens a packet to the first byte of its
    header, one for other samples. Throughput is one sample a cycle, with 9 cycles more where a
    packet begins and 2 where it ends. Back-pressure on ``o`` stalls ``i``.

    The bit-exact model is :func:`verification.golden.packet_marker.packet_marker`.

    Parameters
    ----------
    config : PacketMarkerConfig
        Sizes.

    Members
    -------
    i : ``In(stream.Signature(sample_layout(config.sample_width, config.channels)))``
        Samples.
    o : ``Out(stream.Signature(coding_layout(config.sample_width, config.channels)))``
        Headers, samples and trailers; verbatim bytes have the first channel of the group.
    settings : ``In(settings_layout())``
        Of packets that begin.
    packet_frames : ``In(16)``
        Frames of a packet; 0 counts as 1.
    close : ``In(config.groups)``
        A bit a group: end the packet.
    discard : ``In(config.groups)``
        A bit a group: begin no packet.
    dropped : ``In(config.groups)``
        A bit a group: a packet that was sent got lost.
    level : ``In(3)``
        How much coarser new packets must be.
    flush : ``In(1)``
        End all packets.
    flushed : ``Out(1)``
        All packets have ended, and no sample is taken.
    opened : ``Out(1)``
        High for a cycle as a packet begins and the settings are taken.
    lost : ``Out(1)``
        High for a cycle for each frame of a group that is left out.
    """

    latency = 2
    throughput = "1 sample/cycle, 11 cycles/packet more"

    i: stream.Interface
    o: stream.Interface
    settings: data.View
    packet_frames: Signal
    close: Signal
    discard: Signal
    dropped: Signal
    level: Signal
    flush: Signal
    flushed: Signal
    opened: Signal
    lost: Signal

    def __init__(self, config: PacketMarkerConfig | None = None) -> None:
        self.config = config = config or PacketMarkerConfig()
        samples = sample_layout(config.sample_width, config.channels)
        super().__init__(
            {
                "i": In(stream.Signature(samples)),
                "o": Out(stream.Signature(coding_layout(config.sample_width, config.channels))),
                "settings": In(settings_layout()),
                "packet_frames": In(COUNT_WIDTH),
                "close": In(config.groups),
                "discard": In(config.groups),
                "dropped": In(config.groups),
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
        group_bits = config.packet_channels.bit_length() - 1
        places = config.packet_channels - 1  # mask of a channel's place in its group

        packet_layout = data.StructLayout(
            {"frames": COUNT_WIDTH, "limit": COUNT_WIDTH, "shift": SHIFT_WIDTH, "bank": 1}
        )
        m.submodules.packets = packets = memory.Memory(
            shape=packet_layout, depth=config.groups, init=[]
        )
        write = packets.write_port()
        read = packets.read_port(transparent_for=(write,))
        packet = read.data  # of ``group``, refreshed after every write
        is_open = Signal(config.groups)
        gap = Signal(config.groups)
        time = Signal(unsigned(TIME_WIDTH))

        beat = Signal.like(self.i.payload)
        beat_valid = Signal()
        done = Signal()  # the beat needs no more cycle
        between = Signal(init=1)  # the last sample taken was the last of its frame
        group = Signal(channel_shape(config.groups))
        sweep = Signal.like(group)  # next one to end at a flush
        sweeping = Signal()  # even if the flush is over
        refresh = Signal()
        m.d.comb += [
            group.eq(Mux(beat_valid, beat.channel >> group_bits, sweep)),
            self.i.ready.eq((~beat_valid | done) & ~sweeping & ~(self.flush & between)),
            read.en.eq(self.i.ready | refresh),
            read.addr.eq(Mux(refresh, group, self.i.payload.channel >> group_bits)),
            write.addr.eq(group),
            write.data.eq(packet),
        ]
        first, last = Signal(), Signal()  # of the group
        end_of_frame = beat.channel == config.channels - 1
        m.d.comb += [
            first.eq((beat.channel & places) == 0),
            last.eq(((beat.channel & places) == places) | end_of_frame),
        ]
        with m.If(done):
            m.d.sync += beat_valid.eq(0)
            with m.If(end_of_frame):
                m.d.sync += time.eq(time + 1)
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += [
                beat.eq(self.i.payload),
                beat_valid.eq(1),
                between.eq(self.i.payload.channel == config.channels - 1),
            ]

        header = Signal(header_layout())  # of the packet that was opened last

        ahead = Signal(COUNT_WIDTH)  # frames by which the first packet of a group is shorter
        with m.If(done & beat.restart & last):
            m.d.sync += ahead.eq(ahead + (self.packet_frames >> config.stagger_shift))

        shift = coarseness(self.settings, self.level)
        rounded = Signal(signed(max(config.sample_width, COARSEST_SHIFT) + 1))
        frames = Signal(COUNT_WIDTH + 1)
        byte = Signal(range(HEADER_BYTES))
        passes = self.o.valid & self.o.ready
        m.d.comb += [
            rounded.eq(beat.sample + ((1 << packet.shift) >> 1)),
            frames.eq(packet.frames + 1),
            self.o.payload.channel.eq(group << group_bits),
            self.o.payload.bank.eq(packet.bank),
        ]
        m.d.comb += self.flushed.eq(self.flush & between & ~beat_valid & ~is_open.any())
        m.d.sync += gap.eq(gap | self.dropped)
        with m.FSM():
            with m.State("pass"):
                with m.If(~beat_valid):
                    with m.If(self.flush & between & is_open.any()):
                        m.d.comb += refresh.eq(1)
                        with m.If(is_open.bit_select(sweep, 1)):
                            m.d.sync += sweeping.eq(1)
                            m.next = "trailer"
                        with m.Else():
                            m.d.sync += sweep.eq(sweep + 1)
                    with m.Else():
                        m.d.sync += sweep.eq(0)
                with m.Elif(is_open.bit_select(group, 1)):
                    m.d.comb += [
                        self.o.valid.eq(1),
                        self.o.payload.kind.eq(Kind.SAMPLE),
                        self.o.payload.channel.eq(beat.channel),
                        self.o.payload.value.eq(rounded >> packet.shift),
                        self.o.payload.restart.eq(packet.frames == 0),
                        self.o.payload.fresh.eq(packet.frames == 0),
                        write.data.frames.eq(frames),
                    ]
                    with m.If(passes):
                        m.d.comb += [write.en.eq(last), done.eq(1)]
                        closed = self.close.bit_select(group, 1)
                        with m.If(last & (closed | (frames >= packet.limit))):
                            m.d.comb += [refresh.eq(1), done.eq(0)]
                            m.next = "trailer"
                with m.Elif(first & ~self.discard.bit_select(group, 1)):
                    m.d.comb += [
                        self.opened.eq(1),
                        write.en.eq(1),
                        write.data.frames.eq(0),
                        write.data.limit.eq(self.packet_frames - Mux(beat.restart, ahead, 0)),
                        write.data.shift.eq(shift),
                        write.data.bank.eq(self.settings.table[0]),
                        refresh.eq(1),
                    ]
                    m.d.sync += [
                        *set_header(
                            header,
                            self.settings,
                            mode=Mode.ALL_SAMPLES,
                            shift=shift,
                            lfp=config.lfp,
                        ),
                        header.gap.eq(gap.bit_select(group, 1)),
                        header.group.eq(group),
                        header.time.eq(time),
                        gap.bit_select(group, 1).eq(self.dropped.bit_select(group, 1)),
                    ]
                    m.next = "header"
                with m.Else():
                    m.d.comb += [self.lost.eq(first), done.eq(1)]
                    m.d.sync += gap.bit_select(group, 1).eq(1)
            with m.State("header"):
                m.d.comb += [
                    self.o.valid.eq(1),
                    self.o.payload.value.eq(header.as_value().word_select(byte, BYTE_WIDTH)),
                ]
                with m.If(passes):
                    m.d.sync += byte.eq(byte + 1)
                    with m.If(byte == HEADER_BYTES - 1):
                        m.d.sync += is_open.bit_select(group, 1).eq(1)
                        m.next = "pass"
            with m.State("trailer"):
                m.d.comb += [
                    self.o.valid.eq(1),
                    self.o.payload.value.eq(packet.frames.word_select(byte[0], BYTE_WIDTH)),
                    self.o.payload.last.eq(byte[0]),
                ]
                with m.If(passes):
                    m.d.sync += byte.eq(byte + 1)
                    with m.If(byte == TRAILER_BYTES - 1):
                        m.d.sync += [
                            byte.eq(0),
                            is_open.bit_select(group, 1).eq(0),
                            sweeping.eq(0),
                        ]
                        m.d.comb += done.eq(beat_valid)
                        m.next = "pass"
        return m
