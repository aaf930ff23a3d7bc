"""What is proven of the divider at its whole width: every step keeps what makes it right."""

from amaranth.hdl import Assert, Assume, C, Cat, Cover, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In

from rtl.divider import Divider

__all__ = ["DivisionHarness"]


class DivisionHarness(wiring.Component):
    """A divider that is asked for anything, and the product of its quotient and divisor.

    Nobody proves a product of 32 bits, but this one need not be computed: a bit of the quotient
    doubles what there is, and adds the divisor if it is one. The bits of the dividend that have
    been divided are that product and the remainder, which is less than the divisor, in each step;
    in the last one that is what division means.

    Parameters
    ----------
    unit : Divider
        The unit.

    Members
    -------
    start, unsigned, wants_remainder : ``In(1)``
        Asks, for operands of this kind and this result.
    a, b : ``In(32)``
        Operands.
    """

    start: Signal
    unsigned: Signal
    wants_remainder: Signal
    a: Signal
    b: Signal

    def __init__(self, unit: Divider) -> None:
        self._unit = unit
        flags = ("start", "unsigned", "wants_remainder")
        super().__init__(
            {**{name: In(1) for name in flags}, "a": In(len(unit.a)), "b": In(len(unit.b))}
        )

    def elaborate(self, _platform: object) -> Module:
        m = Module()
        m.submodules.unit = unit = self._unit
        width = len(self.a)
        asked = {name: getattr(self, name) for name in self.signature.members}
        waits = Signal()
        m.d.sync += waits.eq(self.start & ~unit.done)
        for name, signal in asked.items():
            before = Signal.like(signal, name=f"{name}_before")
            m.d.sync += before.eq(signal)
            m.d.comb += getattr(unit, name).eq(signal)
            m.d.comb += Assume(~waits | (signal == before), "a question is held")

        negative_a, negative_b = ~self.unsigned & self.a[-1], ~self.unsigned & self.b[-1]
        a, b = Signal(width), Signal(width)
        m.d.comb += [a.eq(Mux(negative_a, -self.a, self.a)), b.eq(Mux(negative_b, -self.b, self.b))]
        done = Signal(range(width + 1))  # bits
        found, found_before = Signal(width), Signal(width)  # of the quotient
        product, product_before = Signal(width + 2), Signal(width + 2)  # of that and the divisor
        unknown = Signal(width)  # places of the quotient in which bits of the dividend wait
        begun = unit.steps != 0
        m.d.comb += [
            done.eq(unit.steps - 1),
            product.eq(Mux(done == 0, 0, (product_before << 1) + Mux(unit.quotient[0], b, 0))),
            found.eq(Mux(done == 0, 0, Cat(unit.quotient[0], found_before))),
            unknown.eq(C((1 << width) - 1, width) << done),
        ]
        m.d.sync += [product_before.eq(product), found_before.eq(found)]
        divided = Signal(2 * width)  # its upper half has the bits that are divided
        m.d.comb += divided.eq(a << done)
        with m.If(begun):
            m.d.comb += [
                Assert(waits, "it works for a question"),
                Assert(unit.steps <= width + 1, "it answers in time"),
                Assert((unit.quotient & unknown) == divided[:width], "the rest waits"),
                Assert((unit.quotient & ~unknown) == found, "what was found stays"),
                Assert(product + unit.remainder == divided[width:], "all that is divided is there"),
                Assert(product <= a, "a product of two words is a word"),
                Assert((b == 0) | (unit.remainder < b), "the remainder is less than the divisor"),
                Assert((b != 0) | (unit.quotient | unknown).all(), "zero is there once more"),
            ]
        quotient = Mux(negative_a ^ negative_b, -unit.quotient, unit.quotient)
        with m.If(unit.done):
            m.d.comb += [
                Assert(done == width, "all bits are divided"),
                Cover(self.start & negative_a & negative_b & (unit.remainder == 5), "it answers"),
            ]
            with m.If(self.wants_remainder):
                of_sign = Mux(negative_a, -unit.remainder, unit.remainder)
                m.d.comb += Assert(unit.result == of_sign[:width], "with the sign of the dividend")
            with m.Elif(b == 0):
                m.d.comb += Assert(unit.result.all(), "division by zero")
            with m.Else():
                m.d.comb += Assert(unit.result == quotient[:width], "negative if one of them is")
        return m
