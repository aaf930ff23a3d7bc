"""One-cycle multiplier: the lower half of a product at once, the upper one in four cycles."""

from amaranth.hdl import Cat, Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

__all__ = ["OneCycleMultiplier"]

WORD = 32
MUL, MULHU = 0, 3
LAST_STEP = 3


class OneCycleMultiplier(wiring.Component):
    """Multiply as mul, mulh, mulhsu and mulhu do.

    The lower half of a product, which is nearly all that programs want, is there in the cycle of
    the operands. The multiplier for it has half of the gates of one for the whole product, and is
    also what multiplies the halves of the operands, one pair a cycle, for the upper one; until
    that is done, ``start`` is held and operands are stable.

    Parameters
    ----------
    width : int
        Bits of an operand, even; those of a core have 32, and of fewer everything can be proven.

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
    upper_latency = LAST_STEP

    start: Signal
    a: Signal
    b: Signal
    function: Signal
    done: Signal
    result: Signal

    def __init__(self, width: int = WORD) -> None:
        self._width = width
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
        width, half = self._width, self._width // 2
        is_upper = self.function != MUL
        has_sign_a = self.a[-1] & (self.function != MULHU)
        has_sign_b = self.b[-1] & ~self.function[1]
        step = Signal(range(LAST_STEP + 1))  # 0: lower halves, 1, 2: a's upper, b's, 3: both
        total = Signal(signed(width + 2))  # without its lower half, or quarter at first
        upper_a, upper_b = step[0], step[1]

        a, b = Signal(width), Signal(width)
        for factor, whole, upper, has_sign in (
            (a, self.a, upper_a, has_sign_a),
            (b, self.b, upper_b, has_sign_b),
        ):
            fill = Mux(is_upper, (upper & has_sign).replicate(half), whole[half:])
            m.d.comb += factor.eq(Cat(Mux(upper, whole[half:], whole[:half]), fill))

        product = Signal(width)
        sum_ = Signal.like(total)
        negative = product[-1] & ((upper_a & has_sign_a) ^ (upper_b & has_sign_b))
        m.d.comb += [
            product.eq(a * b),
            sum_.eq(total + Cat(product, negative).as_signed()),
            self.result.eq(Mux(is_upper, sum_, product)),
            self.done.eq(self.start & (~is_upper | (step == LAST_STEP))),
        ]
        with m.If(~self.start | self.done):
            m.d.sync += [step.eq(0), total.eq(0)]
        with m.Else():
            m.d.sync += [
                step.eq(step + 1),
                total.eq(Mux(step[0], sum_, sum_ >> half)),  # after steps 0 and 2
            ]
        return m
