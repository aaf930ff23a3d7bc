"""One-cycle multiplier: either half of the product of two words, at once."""

from amaranth.hdl import Cat, Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

__all__ = ["OneCycleMultiplier"]

WORD = 32
MUL, MULHU = 0, 3


class OneCycleMultiplier(wiring.Component):
    """Multiply as mul, mulh, mulhsu and mulhu do, in the cycle of the operands.

    Members
    -------
    start : ``In(1)``
        Operands are there.
    a, b : ``In(32)``
        Factors.
    function : ``In(2)``
        Field funct3 of the instruction.
    done : ``Out(1)``
        The result is there.
    result : ``Out(32)``
        Lower or upper half of the product.
    """

    latency = 0

    start: Signal
    a: Signal
    b: Signal
    function: Signal
    done: Signal
    result: Signal

    def __init__(self) -> None:
        super().__init__(
            {
                "start": In(1),
                "a": In(WORD),
                "b": In(WORD),
                "function": In(2),
                "done": Out(1),
                "result": Out(WORD),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        a, b = Signal(signed(WORD + 1)), Signal(signed(WORD + 1))
        product = Signal(2 * WORD)
        m.d.comb += [
            a.eq(Cat(self.a, self.a[-1] & (self.function != MULHU)).as_signed()),
            b.eq(Cat(self.b, self.b[-1] & ~self.function[1]).as_signed()),
            product.eq(a * b),
            self.result.eq(Mux(self.function == MUL, product[:WORD], product[WORD:])),
            self.done.eq(self.start),
        ]
        return m
