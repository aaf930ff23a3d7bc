"""Table trainer: counts residuals and makes tables of them for the arithmetic encoder."""

from typing import Any

from amaranth.hdl import Array, Cat, Module, Mux, Signal, Value
from amaranth.lib import memory, stream, wiring
from amaranth.lib.wiring import In, Out

from rtl.arithmetic_encoder_config import TOTAL, TOTAL_BITS, table_write_signature
from rtl.coding_streams import BYTE_WIDTH, byte_layout, symbol_layout
from rtl.frequency_divider import FrequencyDivider
from rtl.packet_format import HEADER_BYTES, LENGTH_BYTES, TRAILER_BYTES
from rtl.symbol_counters import SymbolCounters
from rtl.table_sender import CONTEXT_BYTES, TableSender
from rtl.table_trainer_config import COUNT_DIGITS, TableTrainerConfig

__all__ = ["TableTrainer"]


class TableTrainer(wiring.Component):
    """Count the residuals that an arithmetic encoder takes, and on command make tables that fit.

    Counting never stops the stream. ``build`` begins a training, as soon as no packet uses the bank
    that is not in use now: context by context, counters are read, rounded to four significant bits
    and cleared, then a table is made of them and written into that bank. Then ``o`` sends the body
    of a packet that tells a decoder the rounded counts, and when its last byte has been taken,
    ``version`` is one more: its lowest bit is the bank that new packets use. ``send`` sends the
    body of the present tables again.

    What passes while its context is being read, in ``symbols`` + 2 cycles, is not counted, nor in
    the first ``contexts * symbols`` cycles after reset, in which the counters are cleared. Until
    the first ``build`` there is nothing to send: the tables of version 0 were written by others.

    Latency is :attr:`latency` cycles from ``send`` to the first byte;
    :attr:`~rtl.table_trainer_config.TableTrainerConfig.build_cycles` from ``build``.
    Throughput is one byte in two cycles.

    The bit-exact model is :func:`verification.golden.table_trainer.table_trainer`.

    Parameters
    ----------
    config : TableTrainerConfig
        Sizes.

    Members
    -------
    beat : ``In(symbol_layout(...))``
        What the encoder is offered.
    taken : ``In(1)``
        Whether the encoder takes it now.
    opened : ``In(1)``
        A packet begins that uses the present version; it ends with the encoder's beat that has
        ``last`` set.
    build, send : ``In(1)``
        Commands; without effect while ``busy``.
    busy : ``Out(1)``
        A command is being carried out.
    version : ``Out(8)``
        Version of the tables that new packets use.
    table : ``Out(table_write_signature(...))``
        Writes into the tables of the encoder.
    o : ``Out(stream.Signature(byte_layout()))``
        Bodies of packets, in mode ``TABLE``.
    length : ``Out(16)``
        Bytes of the body, while ``o`` is valid.
    """

    latency = 1
    throughput = "1 byte in 2 cycles"

    beat: Any
    taken: Signal
    opened: Signal
    build: Signal
    send: Signal
    busy: Signal
    version: Signal
    table: Any
    o: stream.Interface
    length: Signal

    def __init__(self, config: TableTrainerConfig | None = None) -> None:
        self.config = config = config or TableTrainerConfig()
        coder = config.coder
        super().__init__(
            {
                "beat": In(symbol_layout(coder.sample_width, coder.channels)),
                "taken": In(1),
                "opened": In(1),
                "build": In(1),
                "send": In(1),
                "busy": Out(1),
                "version": Out(8),
                "table": Out(table_write_signature(coder.contexts, coder.symbol_width)),
                "o": Out(stream.Signature(byte_layout())),
                "length": Out(BYTE_WIDTH * LENGTH_BYTES),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config, coder = self.config, self.config.coder
        middle, final = coder.symbols // 2, coder.symbols - 1
        count_width = config.counter_width + 1  # rounded upward it may need a bit more

        m.submodules.counters = counters = SymbolCounters(config)
        m.submodules.sender = sender = TableSender(
            contexts=coder.contexts, symbol_width=coder.symbol_width
        )
        m.submodules.codes = codes = memory.Memory(
            shape=BYTE_WIDTH, depth=coder.contexts * coder.symbols, init=[]
        )
        code_write, code_read = codes.write_port(), codes.read_port()
        total = Signal(count_width + coder.symbol_width)
        m.submodules.divider = divider = FrequencyDivider(
            count_width=count_width, total_width=len(total), symbol_width=coder.symbol_width
        )
        wiring.connect(m, wiring.flipped(self.o), sender.o)

        # One context after the other, and in each one symbol after the other.
        context, symbol = Signal.like(counters.context), Signal(coder.symbol_width)
        collected, collecting = Signal.like(symbol), Signal()
        cumulative, upper = Signal(TOTAL_BITS), Signal(init=1)
        built, trained, reading = Signal(), Signal(), Signal()  # trained at all
        target = Signal.like(self.version)
        code = self._code_of(m, counters.count)
        free = self._bank_is_free(m, target[0])
        m.d.comb += [
            target.eq(self.version + 1),
            counters.beat.eq(self.beat),
            counters.taken.eq(self.taken),
            counters.context.eq(context),
            counters.symbol.eq(symbol),
            code_write.addr.eq(Cat(collected, context)),
            code_write.data.eq(code),
            code_write.en.eq(collecting),
            sender.version.eq(Mux(built, target, self.version)),
            sender.code.eq(code_read.data),
            code_read.addr.eq(Mux(reading, Cat(symbol, context), sender.address)),
            code_read.en.eq(reading | sender.read),
            divider.count.eq(_count_of(code_read.data)),
            divider.total.eq(total),
            self.table.bank.eq(target[0]),
            self.table.context.eq(context),
            self.table.symbol.eq(Mux(upper, symbol + 1, symbol)),
            self.table.cumulative.eq(
                Mux(upper, cumulative - divider.frequency, cumulative + divider.frequency)
            ),
        ]
        m.d.sync += [collecting.eq(0), collected.eq(symbol)]
        with m.If(collecting):
            m.d.sync += total.eq(total + _count_of(code))
        self._measure_body(m, code=code, first=collected == 0, collecting=collecting)

        with m.FSM(init="clear") as fsm:
            m.d.comb += self.busy.eq(~fsm.ongoing("idle"))
            with m.State("clear"):
                m.d.comb += counters.collect.eq(1)
                m.d.sync += symbol.eq(symbol + 1)
                with m.If(symbol == final):
                    m.d.sync += context.eq(context + 1)
                    with m.If(context == coder.contexts - 1):
                        m.next = "idle"
            with m.State("idle"):
                m.d.sync += [built.eq(self.build), context.eq(0), symbol.eq(0), total.eq(0)]
                with m.If(self.build):
                    m.next = "wait"
                with m.Elif(self.send & trained):
                    m.d.comb += sender.start.eq(1)
                    m.next = "send"
            with m.State("wait"), m.If(free):
                m.next = "collect"
            with m.State("collect"):
                m.d.comb += counters.collect.eq(1)
                m.d.sync += [symbol.eq(symbol + 1), collecting.eq(1)]
                with m.If(symbol == final):
                    m.next = "begin"
            with m.State("begin"):
                m.d.comb += [
                    self.table.valid.eq(1),
                    self.table.symbol.eq(0),
                    self.table.cumulative.eq(TOTAL),
                ]
                m.d.sync += [cumulative.eq(TOTAL), upper.eq(1)]
                m.next = "read"
            with m.State("read"):
                m.d.comb += reading.eq(1)
                m.next = "start"
            with m.State("start"):
                m.d.comb += divider.start.eq(1)
                m.next = "divide"
            # From the first symbol to that of residual 0, then from the last one back to it: it has
            # what is left.
            with m.State("divide"), m.If(divider.ready):
                m.d.comb += self.table.valid.eq(1)
                m.d.sync += [
                    cumulative.eq(self.table.cumulative),
                    symbol.eq(Mux(upper, symbol + 1, symbol - 1)),
                ]
                m.next = "read"
                with m.If(upper & (symbol == middle - 1)):
                    m.d.sync += [upper.eq(0), symbol.eq(final), cumulative.eq(0)]
                with m.Elif(~upper & (symbol == middle + 1)):
                    m.d.sync += [context.eq(context + 1), symbol.eq(0), total.eq(0)]
                    m.next = "collect"
                    with m.If(context == coder.contexts - 1):
                        m.d.comb += sender.start.eq(1)
                        m.next = "send"
            with m.State("send"), m.If(sender.done):
                m.d.sync += [self.version.eq(self.version + built), trained.eq(1)]
                m.next = "idle"
        return m

    def _bank_is_free(self, m: Module, bank: Value) -> Value:
        """Return whether no packet uses a bank, from its beginning until the encoder ends it."""
        most = 4 * self.config.coder.groups  # those before the encoder included
        users = [Signal(range(most + 1), name=f"users_of_{number}") for number in range(2)]
        for number, count in enumerate(users):
            begins = self.opened & (self.version[0] == number)
            ends = self.taken & self.beat.last & (self.beat.bank == number)
            m.d.sync += count.eq(count + begins - ends)
        return Array(users)[bank] == 0

    def _measure_body(self, m: Module, *, code: Signal, first: Value, collecting: Signal) -> None:
        """Find how long the body will be, from codes that come context by context."""
        around = HEADER_BYTES + TRAILER_BYTES + CONTEXT_BYTES * self.config.coder.contexts
        counts = Signal.like(self.length)  # of symbols from the first that came to the last
        since, came = Signal(self.config.coder.symbol_width), Signal()  # the last one, and any
        m.d.comb += self.length.eq(counts + around)
        with m.If(collecting):
            m.d.sync += since.eq(since + 1)
            with m.If(first):
                m.d.sync += [came.eq(0), since.eq(0)]
            with m.Elif(code != 0):
                m.d.sync += [came.eq(1), since.eq(0)]
                m.d.sync += counts.eq(counts + Mux(came, since, 0) + 1)
        with m.If(self.build & ~self.busy):
            m.d.sync += counts.eq(0)

    def _code_of(self, m: Module, count: Signal) -> Signal:
        """Return a count, rounded to four significant bits, as a byte."""
        code = Signal(BYTE_WIDTH)
        m.d.comb += code.eq(count)
        for dropped in range(1, len(count) - COUNT_DIGITS + 1):
            top = dropped + COUNT_DIGITS - 1
            with m.If(count[top:] == 1):
                rounded = count[dropped : top + 1] + count[dropped - 1]
                m.d.comb += code.eq((dropped << (COUNT_DIGITS - 1)) + rounded)
        return code


def _count_of(code: Value) -> Value:
    """Return the count that a code stands for."""
    above = code[COUNT_DIGITS - 1 :]
    digits = code[: COUNT_DIGITS - 1]
    return Mux(above < 2, code, Cat(digits, 1) << (above - 1)[: len(above)])
