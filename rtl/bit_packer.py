"""Bit packer: the part of an entropy coder that gathers the bits of each group into bytes."""

from amaranth.hdl import Const, Module, Mux, Signal, Value
from amaranth.lib import data, memory, stream, wiring
from amaranth.lib.wiring import In, Out

from rtl.coding_streams import BYTE_WIDTH, coded_byte_layout
from rtl.streams import channel_shape

__all__ = ["BitPacker", "bit_string_layout"]


def bit_string_layout(longest: int, groups: int) -> data.StructLayout:
    """Return the layout of some bits of a group's packet.

    ``length`` bits, at most ``longest``, are highest in ``bits``, the first of them on top; what is
    below them is ignored. ``group`` is below ``groups``. ``finish`` means a one instead, and zeros
    up to the next whole byte. ``last`` marks the last bits of a packet, which end a byte.
    """
    return data.StructLayout(
        {
            "bits": longest,
            "length": range(longest + 1),
            "group": channel_shape(groups),
            "finish": 1,
            "last": 1,
        }
    )


class BitPacker(wiring.Component):
    """Gather the bits of each group into bytes.

    Bits that do not fill a byte wait in memory, so that groups may alternate. It is cleared in the
    first ``groups`` cycles after reset. Latency is :attr:`latency` cycles to the first byte,
    throughput one byte a cycle: strings of up to eight bits take one cycle each, longer ones one
    for every eight.

    Parameters
    ----------
    longest : int
        Most bits of a string, at least 8.
    groups : int
        Groups of channels.

    Members
    -------
    i : ``In(stream.Signature(bit_string_layout(longest, groups)))``
        Bits.
    o : ``Out(stream.Signature(coded_byte_layout(groups)))``
        Bytes.
    """

    latency = 1

    i: stream.Interface
    o: stream.Interface

    def __init__(self, longest: int, groups: int) -> None:
        self.longest = longest
        self.groups = groups
        super().__init__(
            {
                "i": In(stream.Signature(bit_string_layout(longest, groups))),
                "o": Out(stream.Signature(coded_byte_layout(groups))),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        waiting_layout = data.StructLayout({"bits": BYTE_WIDTH - 1, "count": 3})
        m.submodules.waiting = memories = memory.Memory(
            shape=waiting_layout, depth=self.groups, init=[]
        )
        write = memories.write_port()
        read = memories.read_port(transparent_for=(write,))

        string = Signal(bit_string_layout(self.longest, self.groups))
        busy, begun, done, step = Signal(), Signal(), Signal(), Signal()
        waiting, kept, left = (Signal(waiting_layout) for _ in range(3))
        clearing, cleared = Signal(init=1), Signal.like(string.group)
        m.d.comb += waiting.eq(Mux(begun, kept.as_value(), read.data.as_value()))

        # The next bits, eight at most, behind those that wait.
        bits = Signal(BYTE_WIDTH)
        count, total = Signal(range(BYTE_WIDTH + 1)), Signal(range(2 * BYTE_WIDTH))
        joined = Signal(2 * BYTE_WIDTH - 1)
        gives_byte, short = Signal(), Signal()
        m.d.comb += [
            short.eq(string.length < BYTE_WIDTH),
            count.eq(Mux(short, string.length, BYTE_WIDTH)),
            bits.eq(string.bits[-BYTE_WIDTH:] & ~(Const(0xFF, BYTE_WIDTH) >> count)),
        ]
        with m.If(string.finish):
            m.d.comb += [bits.eq(1 << (BYTE_WIDTH - 1)), count.eq(BYTE_WIDTH - waiting.count)]
        m.d.comb += [
            total.eq(waiting.count + count),
            joined.eq(
                (Value.cast(waiting.bits) << BYTE_WIDTH)
                | ((bits << (BYTE_WIDTH - 1)) >> waiting.count)
            ),
            gives_byte.eq(total >= BYTE_WIDTH),
            left.bits.eq(Mux(gives_byte, joined, joined >> BYTE_WIDTH)),
            left.count.eq(total),  # less eight, where a byte leaves
            done.eq(string.finish | (string.length <= BYTE_WIDTH)),
            step.eq(busy & (self.o.ready | ~gives_byte)),
            self.o.valid.eq(busy & gives_byte),
            self.o.payload.byte.eq(joined[BYTE_WIDTH - 1 :]),
            self.o.payload.group.eq(string.group),
            self.o.payload.last.eq(string.last & done),
            self.i.ready.eq(~clearing & (~busy | (done & step))),
            read.addr.eq(self.i.payload.group),
            read.en.eq(self.i.ready),
            write.addr.eq(Mux(clearing, cleared, string.group)),
            write.en.eq(clearing | (done & step)),
        ]
        with m.If(clearing):
            m.d.sync += [cleared.eq(cleared + 1), clearing.eq(cleared != self.groups - 1)]
        with m.Else():
            m.d.comb += write.data.eq(left)
        with m.If(self.i.ready):
            m.d.sync += [busy.eq(self.i.valid), string.eq(self.i.payload), begun.eq(0)]
        with m.Elif(step):
            m.d.sync += [
                begun.eq(1),
                kept.eq(left),
                string.bits.eq(string.bits << BYTE_WIDTH),
                string.length.eq(string.length - BYTE_WIDTH),
            ]
        return m
