"""Integer unit: what OP and OP-IMM compute, and whether a branch is taken."""

from amaranth.hdl import C, Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

__all__ = ["IntegerUnit"]

WORD = 32


class IntegerUnit(wiring.Component):
    """Add, shift, compare and combine two words. Combinational.

    One adder subtracts for comparisons too, and one shifter shifts right: a word to be shifted
    left passes it in reverse.

    Members
    -------
    a, b : ``In(32)``
        Operands.
    function : ``In(3)``
        Field funct3 of OP.
    subtract : ``In(1)``
        Subtract; also for comparisons.
    arithmetic : ``In(1)``
        Shift copies of the sign in.
    sum : ``Out(32)``
        Sum or difference.
    result : ``Out(32)``
        What the function computes.
    equal, less, below : ``Out(1)``
        a = b; a < b as signed words; a < b as unsigned ones. Valid while ``subtract`` is set.
    """

    a: Signal
    b: Signal
    function: Signal
    subtract: Signal
    arithmetic: Signal
    sum: Signal
    result: Signal
    equal: Signal
    less: Signal
    below: Signal

    def __init__(self) -> None:
        super().__init__(
            {
                "a": In(WORD),
                "b": In(WORD),
                "function": In(3),
                "subtract": In(1),
                "arithmetic": In(1),
                "sum": Out(WORD),
                "result": Out(WORD),
                "equal": Out(1),
                "less": Out(1),
                "below": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        a, b = self.a, self.b

        total = Signal(WORD + 1)
        carried = Cat(C(1, 1), a) + Cat(self.subtract, b ^ self.subtract.replicate(WORD))
        m.d.comb += [
            total.eq(carried >> 1),  # one adder; its lowest bit makes the carry
            self.sum.eq(total),
            self.below.eq(~total[WORD]),
            self.less.eq(Mux(a[-1] ^ b[-1], a[-1], self.sum[-1])),
            self.equal.eq((a ^ b) == 0),
        ]

        leftward = self.function == 1
        source = Signal(WORD)
        shifted = Signal(WORD)
        fill = self.arithmetic & a[-1]
        m.d.comb += [
            source.eq(Mux(leftward, Cat(reversed(a)), a)),
            shifted.eq(Cat(source, fill).as_signed() >> b[:5]),
        ]

        with m.Switch(self.function):
            with m.Case(0):
                m.d.comb += self.result.eq(self.sum)
            with m.Case(1):
                m.d.comb += self.result.eq(Cat(reversed(shifted)))
            with m.Case(2):
                m.d.comb += self.result.eq(self.less)
            with m.Case(3):
                m.d.comb += self.result.eq(self.below)
            with m.Case(4):
                m.d.comb += self.result.eq(a ^ b)
            with m.Case(5):
                m.d.comb += self.result.eq(shifted)
            with m.Case(6):
                m.d.comb += self.result.eq(a | b)
            with m.Case(7):
                m.d.comb += self.result.eq(a & b)
        return m
