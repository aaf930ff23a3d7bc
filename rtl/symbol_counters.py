"""Symbol counters: the part of the table trainer that counts what an encoder takes."""

from typing import Any

from amaranth.hdl import Cat, Module, Mux, Signal, signed
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out

from rtl.coding_streams import CONTEXT_WIDTH, Kind, symbol_layout
from rtl.streams import channel_shape
from rtl.table_trainer_config import TableTrainerConfig

__all__ = ["SymbolCounters"]


class SymbolCounters(wiring.Component):
    """Count the symbols of each context as they pass, one a cycle.

    When a counter of a context is full, nothing of this context is counted any more. ``collect``
    reads a counter and clears it; a symbol that passes in the same cycle is not counted.

    Parameters
    ----------
    config : TableTrainerConfig
        Sizes.

    Members
    -------
    beat : ``In(symbol_layout(...))``
        What the encoder is offered.
    taken : ``In(1)``
        Whether it takes it now.
    collect : ``In(1)``
        Read and clear a counter.
    context : ``In(context)``
        Its context.
    symbol : ``In(config.coder.symbol_width)``
        Its symbol.
    count : ``Out(config.counter_width)``
        What was read, :attr:`latency` cycles later.
    """

    latency = 1

    beat: Any
    taken: Signal
    collect: Signal
    context: Signal
    symbol: Signal
    count: Signal

    def __init__(self, config: TableTrainerConfig) -> None:
        self.config = config
        coder = config.coder
        super().__init__(
            {
                "beat": In(symbol_layout(coder.sample_width, coder.channels)),
                "taken": In(1),
                "collect": In(1),
                "context": In(channel_shape(coder.contexts)),
                "symbol": In(coder.symbol_width),
                "count": Out(config.counter_width),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config, coder = self.config, self.config.coder
        m.submodules.counters = counters = memory.Memory(
            shape=config.counter_width, depth=coder.contexts * coder.symbols, init=[]
        )
        write = counters.write_port()
        read = counters.read_port(transparent_for=(write,))

        above, last = Signal(signed(CONTEXT_WIDTH + 1)), coder.contexts - 1
        table = Signal.like(self.context)
        symbol = Signal(signed(len(self.beat.value) + 1))
        within = (symbol >= 0) & (symbol < coder.symbols)
        m.d.comb += [
            above.eq(self.beat.context - coder.context_base),
            table.eq(Mux(above < 0, 0, Mux(above > last, last, above))),
            symbol.eq(self.beat.value + coder.symbols // 2),
            read.addr.eq(
                Mux(
                    self.collect,
                    Cat(self.symbol, self.context),
                    Cat(Mux(within, symbol[: coder.symbol_width], 0)[: coder.symbol_width], table),
                )
            ),
        ]

        counting, clearing = Signal(), Signal()
        full = Signal(coder.contexts)
        address = Signal.like(read.addr)
        context = address[coder.symbol_width :]
        is_full = full.bit_select(context, 1)
        m.d.sync += [
            counting.eq(self.taken & (self.beat.kind == Kind.SAMPLE) & ~self.collect),
            clearing.eq(self.collect),
            address.eq(read.addr),
        ]
        m.d.comb += [
            self.count.eq(read.data),
            write.addr.eq(address),
            write.en.eq(clearing | (counting & ~is_full)),
        ]
        with m.If(clearing):
            m.d.sync += is_full.eq(0)
        with m.Else():
            m.d.comb += write.data.eq(read.data + 1)
            with m.If(write.en & write.data.all()):
                m.d.sync += is_full.eq(1)
        return m
