"""Processor dot products: sums of products of bytes or halves, beside the integer registers."""

from typing import Any

from amaranth.hdl import Array, Cat, Module, Mux, Signal, Value, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from rtl.dot_instructions import ACCUMULATOR_WIDTH, ACCUMULATORS, HIGH_REGISTERS, LOW_REGISTERS
from rtl.processor_config import dot_sums

__all__ = ["ProcessorDot"]

WORD = 32


class ProcessorDot(wiring.Component):
    """Multiply and add in the cycle after an instruction, when what it loads is there.

    The registers that show the sums show them with that addition.

    Parameters
    ----------
    tells_sums : bool
        There is a port for them, too.

    Members
    -------
    start : ``In(1)``
        An instruction completes.
    wide : ``In(1)``
        Elements have 16 bits.
    accumulator : ``In(2)``
        Sum that is added to.
    b : ``In(32)``
        Second factors.
    loads : ``In(1)``
        First factors come from memory.
    passed, loaded : ``In(32)``
        First factors, in the cycle after all others: of a register, or from memory.
    address : ``In(12)``
        Register of machine mode.
    exists : ``Out(1)``
        It is one of these.
    read_data : ``Out(32)``
        Its value.
    write : ``In(1)``
        Write ``write_data`` to it.
    write_data : ``In(32)``
        What is written.
    sums : ``Out(dot_sums())``
        Each as its registers show it, if there is that port.
    """

    latency = 1

    start: Signal
    wide: Signal
    accumulator: Signal
    b: Signal
    loads: Signal
    passed: Signal
    loaded: Signal
    address: Signal
    exists: Signal
    read_data: Signal
    write: Signal
    write_data: Signal
    sums: Any

    def __init__(self, *, tells_sums: bool = False) -> None:
        self._tells_sums = tells_sums
        told = {"sums": Out(dot_sums())} if tells_sums else {}
        super().__init__(
            {
                **told,
                "start": In(1),
                "wide": In(1),
                "accumulator": In(range(ACCUMULATORS)),
                "b": In(WORD),
                "loads": In(1),
                "passed": In(WORD),
                "loaded": In(WORD),
                "address": In(12),
                "exists": Out(1),
                "read_data": Out(WORD),
                "write": In(1),
                "write_data": In(WORD),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        sums = Array(
            Signal(signed(ACCUMULATOR_WIDTH), name=f"sum_{n}") for n in range(ACCUMULATORS)
        )
        adds, wide, loads = Signal(), Signal(), Signal()
        which = Signal.like(self.accumulator)
        b = Signal(WORD)
        m.d.sync += adds.eq(self.start)
        with m.If(self.start):
            m.d.sync += [
                loads.eq(self.loads),
                wide.eq(self.wide),
                which.eq(self.accumulator),
                b.eq(self.b),
            ]
        a = Signal(WORD)
        added = Signal(signed(WORD + 1))
        m.d.comb += [
            a.eq(Mux(loads, self.loaded, self.passed)),
            added.eq(Mux(wide, self._dotted(a, b, 16), self._dotted(a, b, 8))),
        ]

        total, shown = Signal.like(sums[0]), Signal.like(sums[0])
        number = self.address[: len(which)]
        is_low = self.address[len(which) :] == LOW_REGISTERS >> len(which)
        is_high = self.address[len(which) :] == HIGH_REGISTERS >> len(which)
        m.d.comb += [
            total.eq(sums[which] + added),
            shown.eq(Mux(adds & (number == which), total, sums[number])),
            self.exists.eq(is_low | is_high),
        ]
        for n in range(ACCUMULATORS if self._tells_sums else 0):
            m.d.comb += self.sums[n].eq(Mux(adds & (which == n), total, sums[n]))
        with m.If(is_low):
            m.d.comb += self.read_data.eq(shown)
        with m.Elif(is_high):
            m.d.comb += self.read_data.eq(shown >> WORD)

        with m.If(adds):
            m.d.sync += sums[which].eq(total)
        with m.If(self.write & is_low):
            m.d.sync += sums[number].eq(self.write_data.as_signed())
        with m.If(self.write & is_high):
            m.d.sync += sums[number].eq(Cat(shown[:WORD], self.write_data).as_signed())
        return m

    def _dotted(self, a: Value, b: Value, width: int) -> Value:
        """Return the sum of the products of the signed elements of two words."""
        pairs = ((word.word_select(n, width) for word in (a, b)) for n in range(WORD // width))
        first, *others = (one.as_signed() * other.as_signed() for one, other in pairs)
        return sum(others, start=first)
