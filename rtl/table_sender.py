"""Table sender: the part of the table trainer that tells a decoder the rounded counts."""

from amaranth.hdl import Array, Cat, Const, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from rtl.coding_streams import BYTE_WIDTH, byte_layout
from rtl.packet_format import HEADER_BYTES, TRAILER_BYTES, VERSION, Engine, Mode
from rtl.streams import channel_shape

__all__ = ["CONTEXT_BYTES", "TableSender"]

CONTEXT_BYTES = 3  # before the counts of a context: the escape's, and their ends


class TableSender(wiring.Component):
    """Send the body of a packet with the rounded counts of all tables.

    It reads them through a port with ``address``, ``read`` and, a cycle later, ``code``. Of each
    context it looks for the first and the last symbol that came, then sends these.

    Latency is :attr:`latency` cycles from ``start`` to the first byte. Codes take two cycles each,
    what is sent of a context before them ``symbols + 4``.

    Parameters
    ----------
    contexts : int
        Tables.
    symbol_width : int
        Width of a symbol, bits, at most 8.

    Members
    -------
    start : ``In(1)``
        Begin.
    version : ``In(8)``
        Version of the tables.
    address : ``Out(context and symbol)``
        Of the code that is read, the symbol lowest.
    read : ``Out(1)``
        Read it.
    code : ``In(8)``
        What was read.
    o : ``Out(stream.Signature(byte_layout()))``
        The body.
    done : ``Out(1)``
        The last byte is taken.
    """

    latency = 1

    start: Signal
    version: Signal
    address: Signal
    read: Signal
    code: Signal
    o: stream.Interface
    done: Signal

    def __init__(self, *, contexts: int, symbol_width: int) -> None:
        self.contexts = contexts
        self.symbol_width = symbol_width
        super().__init__(
            {
                "start": In(1),
                "version": In(8),
                "address": Out(symbol_width + channel_shape(contexts).width),
                "read": Out(1),
                "code": In(BYTE_WIDTH),
                "o": Out(stream.Signature(byte_layout())),
                "done": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        final = (1 << self.symbol_width) - 1
        context, symbol = Signal(channel_shape(self.contexts)), Signal(self.symbol_width)
        seen, looking = Signal.like(symbol), Signal()
        escape, first, last = Signal(BYTE_WIDTH), Signal.like(symbol), Signal.like(symbol)
        place = Signal(range(HEADER_BYTES))
        taken = self.o.valid & self.o.ready

        flags = Mode.TABLE.value | Engine.ARITHMETIC.value << 2
        zeros = [Const(0, BYTE_WIDTH)] * (HEADER_BYTES - 4)
        header = Array([Const(flags, 8), Const(VERSION << 4, 8), Const(0, 8), self.version, *zeros])
        ends = Array([escape, first, last])
        m.d.comb += self.address.eq(Cat(symbol, context))

        # What was read a cycle ago, while all symbols of a context are looked at.
        m.d.sync += [looking.eq(0), seen.eq(symbol)]
        with m.If(looking & (seen == 0)):
            m.d.sync += [escape.eq(self.code), first.eq(1), last.eq(0)]
        with m.Elif(looking & (self.code != 0)):
            m.d.sync += [last.eq(seen), first.eq(Mux(last == 0, seen, first))]

        with m.FSM():
            with m.State("idle"):
                m.d.sync += [place.eq(0), context.eq(0), symbol.eq(0)]
                with m.If(self.start):
                    m.next = "header"
            with m.State("header"):
                m.d.comb += [self.o.valid.eq(1), self.o.payload.byte.eq(header[place])]
                with m.If(taken):
                    m.d.sync += place.eq(place + 1)
                    with m.If(place == HEADER_BYTES - 1):
                        m.d.sync += place.eq(0)
                        m.next = "look"
            with m.State("look"):
                m.d.comb += self.read.eq(1)
                m.d.sync += [looking.eq(1), symbol.eq(symbol + 1)]
                with m.If(symbol == final):
                    m.next = "looked"
            with m.State("looked"):
                m.next = "ends"
            with m.State("ends"):
                m.d.comb += [self.o.valid.eq(1), self.o.payload.byte.eq(ends[place])]
                with m.If(taken):
                    m.d.sync += [place.eq(place + 1), symbol.eq(first)]
                    with m.If(place == CONTEXT_BYTES - 1):
                        m.d.sync += place.eq(0)
                        m.next = "code"
                        with m.If(last == 0):
                            m.next = "context"
            with m.State("code"):
                m.d.comb += self.read.eq(1)
                m.next = "offer"
            with m.State("offer"):
                m.d.comb += [self.o.valid.eq(1), self.o.payload.byte.eq(self.code)]
                with m.If(taken):
                    m.d.sync += symbol.eq(symbol + 1)
                    m.next = "code"
                    with m.If(symbol == last):
                        m.next = "context"
            with m.State("context"):
                m.d.sync += [symbol.eq(0), context.eq(context + 1)]
                m.next = "look"
                with m.If(context == self.contexts - 1):
                    m.next = "trailer"
            with m.State("trailer"):
                final_byte = place == TRAILER_BYTES - 1
                m.d.comb += [
                    self.o.valid.eq(1),
                    self.o.payload.byte.eq(Mux(final_byte, 0, self.contexts)),
                    self.o.payload.last.eq(final_byte),
                    self.done.eq(taken & final_byte),
                ]
                with m.If(taken):
                    m.d.sync += place.eq(place + 1)
                    with m.If(final_byte):
                        m.next = "idle"
        return m
