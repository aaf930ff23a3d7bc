"""Divider: quotient and remainder of two words, a bit a cycle."""

from amaranth.hdl import C, Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

__all__ = ["Divider"]

WORD = 32


class Divider(wiring.Component):
    """Divide as div, divu, rem and remu do.

    ``start`` is held, operands stable, until ``done``, which comes :attr:`latency` cycles after
    it with the result, for one cycle. Division by zero gives all ones and the dividend, and the
    one signed overflow the dividend and zero, by the same steps and without a special case but
    for signs.

    Parameters
    ----------
    width : int
        Bits of an operand; those of a core have 32, and of fewer everything can be proven.

    Attributes
    ----------
    quotient, remainder : Signal
        Of the magnitudes. Dividend bits leave the quotient as its own enter.
    steps : Signal
        Cycles since ``start``.

    Members
    -------
    start : ``In(1)``
        Operands are there.
    a, b : ``In(32)``
        Dividend and divisor.
    unsigned : ``In(1)``
        Operands are unsigned.
    wants_remainder : ``In(1)``
        The remainder is the result.
    done : ``Out(1)``
        The result is there.
    result : ``Out(32)``
        Quotient or remainder.
    """

    latency = WORD + 1

    start: Signal
    a: Signal
    b: Signal
    unsigned: Signal
    wants_remainder: Signal
    done: Signal
    result: Signal

    def __init__(self, width: int = WORD) -> None:
        self._width = width
        self.latency = width + 1
        self.quotient = Signal(width, reset_less=True)
        self.remainder = Signal(width, reset_less=True)
        self.steps = Signal(range(width + 2))
        super().__init__(
            {
                "start": In(1),
                "a": In(width),
                "b": In(width),
                "unsigned": In(1),
                "wants_remainder": In(1),
                "done": Out(1),
                "result": Out(width),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        width = self._width
        negative_a = ~self.unsigned & self.a[-1]
        negative_b = ~self.unsigned & self.b[-1]
        quotient, remainder, steps = self.quotient, self.remainder, self.steps
        trial = Signal(width + 1)
        chosen = Signal(width)
        negate = Signal()
        begins = steps == 0
        # Less the magnitude of b, which is plus b if that is negative.
        addend = Cat(~negative_b, self.b ^ (~negative_b).replicate(width), C(1, 1))
        m.d.comb += [
            trial.eq((Cat(C(1, 1), quotient[-1], remainder) + addend) >> 1),
            self.done.eq(steps == width + 1),
            chosen.eq(Mux(begins, self.a, Mux(self.wants_remainder, remainder, quotient))),
            negate.eq(
                Mux(
                    begins | self.wants_remainder,
                    negative_a,
                    (negative_a ^ negative_b) & (self.b != 0),
                )
            ),
            self.result.eq(Mux(negate, -chosen, chosen)),  # at first the magnitude of a
        ]
        with m.If(~self.start | self.done):
            m.d.sync += steps.eq(0)
        with m.Else():
            m.d.sync += steps.eq(steps + 1)
        with m.If(begins):
            m.d.sync += [quotient.eq(self.result), remainder.eq(0)]
        with m.Else():
            fits = ~trial[width]
            m.d.sync += [
                quotient.eq(Cat(fits, quotient[:-1])),
                remainder.eq(Mux(fits, trial, Cat(quotient[-1], remainder[:-1]))),
            ]
        return m
