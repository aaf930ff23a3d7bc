"""Serial multiplier: either half of the product of two words, a bit a cycle."""

from amaranth.hdl import Cat, Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

__all__ = ["SerialMultiplier"]

WORD = 32
MUL, MULHU = 0, 3


class SerialMultiplier(wiring.Component):
    """Multiply as mul, mulh, mulhsu and mulhu do, by shifting and adding.

    ``start`` is held, operands stable, until ``done``, :attr:`latency` cycles later.

    Parameters
    ----------
    width : int
        Bits of an operand; those of a core have 32, and of fewer everything can be proven.

    Members
    -------
    start : ``In(1)``
        Operands are there.
    a, b : ``In(32)``
        Factors.
    function : ``In(2)``
        Field funct3 of the instruction.
    done : ``Out(1)``
        The result is there, for one cycle.
    result : ``Out(32)``
        Lower or upper half of the product.
    """

    latency = WORD + 1

    start: Signal
    a: Signal
    b: Signal
    function: Signal
    done: Signal
    result: Signal

    def __init__(self, width: int = WORD) -> None:
        self._width = width
        self.latency = width + 1
        super().__init__(
            {
                "start": In(1),
                "a": In(width),
                "b": In(width),
                "function": In(2),
                "done": Out(1),
                "result": Out(width),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        width = self._width
        low = Signal(width)  # bits of b at first, which leave as the product's enter
        high = Signal(signed(width + 1))
        steps = Signal(range(width + 2))
        a = Signal(signed(width + 1))
        total = Signal(signed(width + 2))
        is_last = steps == width
        negative = is_last & ~self.function[1] & low[0]  # the sign of b counts backwards
        m.d.comb += [
            a.eq(Cat(self.a, self.a[-1] & (self.function != MULHU)).as_signed()),
            total.eq(high + Mux(negative, -a, Mux(low[0], a, 0))),
            self.done.eq(steps == width + 1),
            self.result.eq(Mux(self.function == MUL, low, high[:width])),
        ]
        with m.If(~self.start | self.done):
            m.d.sync += steps.eq(0)
        with m.Else():
            m.d.sync += steps.eq(steps + 1)
        with m.If(steps == 0):
            m.d.sync += [low.eq(self.b), high.eq(0)]
        with m.Elif(~self.done):
            m.d.sync += [low.eq(Cat(low[1:], total[0])), high.eq(total >> 1)]
        return m
