"""Interval shift: the part of the arithmetic encoder that takes certain bits off the interval."""

from amaranth.hdl import Cat, Module, Mux, Signal, Value, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

__all__ = ["END_WIDTH", "LONGEST_STRING", "MAX_PENDING", "IntervalShift"]

END_WIDTH = 16  # of the ends of the interval
MAX_PENDING = 15  # bits whose value is open, from one symbol to the next
LONGEST_STRING = 31  # a first bit, 15 that were open and 15 more; or as many more that were open


def _leading_ones(m: Module, bits: Value) -> Signal:
    """Return how many ones ``bits`` begin with, from the top."""
    count = Signal(range(len(bits) + 1))
    m.d.comb += count.eq(len(bits))
    for place in range(len(bits)):  # the last assignment, of the highest zero, holds
        with m.If(~bits[place]):
            m.d.comb += count.eq(len(bits) - 1 - place)
    return count


class IntervalShift(wiring.Component):
    """Normalise an interval: shift out all bits that are certain, at once.

    These are the first bits that both ends share. Then, while the interval lies around its middle
    within half of all, its second bit is taken away: it is open, the opposite of the next one that
    is certain. If more than :data:`MAX_PENDING` were open, the interval is cut to the half that
    holds more than a quarter. Combinational.

    Members
    -------
    low, high : ``In(16)``
        The interval, both ends included.
    pending : ``In(4)``
        Bits that are open.
    next_low, next_high : ``Out(15)``
        The interval that is left, without the first bits, 0 and 1.
    next_pending : ``Out(4)``
        Bits that are open then.
    bits : ``Out(31)``
        Bits that are certain now, the first one highest; what is below them means nothing.
    length : ``Out(5)``
        How many they are.
    """

    low: Signal
    high: Signal
    pending: Signal
    next_low: Signal
    next_high: Signal
    next_pending: Signal
    bits: Signal
    length: Signal

    def __init__(self) -> None:
        pending = range(MAX_PENDING + 1)
        super().__init__(
            {
                "low": In(END_WIDTH),
                "high": In(END_WIDTH),
                "pending": In(pending),
                "next_low": Out(END_WIDTH - 1),
                "next_high": Out(END_WIDTH - 1),
                "next_pending": Out(pending),
                "bits": Out(LONGEST_STRING),
                "length": Out(range(LONGEST_STRING + 1)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        # What is shifted in, zeros and ones, differs in any case.
        low, high = Cat(0, self.low)[: END_WIDTH + 1], Cat(1, self.high)[: END_WIDTH + 1]
        alike = Signal(END_WIDTH + 1)
        m.d.comb += alike.eq(~(low ^ high))
        same = _leading_ones(m, alike)

        # Ones up to the first difference, which is (0, 1), and where it is (1, 0) from there on.
        reached, crossed = Signal(END_WIDTH + 1), Signal(END_WIDTH + 1)
        m.d.comb += [
            reached.eq(Cat(*(alike[n + 1 :].all() for n in range(END_WIDTH)), 1)),
            crossed.eq(reached | (low & ~high)),
        ]
        ones = _leading_ones(m, crossed)

        opened, shift = Signal(range(END_WIDTH + 1)), Signal(range(END_WIDTH + 1))
        pending = Signal(range(2 * MAX_PENDING + 1))
        cut = Signal()
        shifted_low, shifted_high = Signal(END_WIDTH), Signal(END_WIDTH)
        m.d.comb += [
            opened.eq(ones - 1 - same),
            pending.eq(Mux(same == 0, self.pending, 0) + opened),
            cut.eq(pending > MAX_PENDING),
            shift.eq(ones - 1 + cut),
            shifted_low.eq(self.low << shift),
            shifted_high.eq(~(~self.high << shift)),
        ]
        # Where the interval is cut, one bit more is shifted: that of the high end tells the half.
        first = Signal()
        m.d.comb += [
            first.eq(Mux(cut, shifted_high[-1], self.low[-1])),
            self.next_low.eq(Mux(cut & first, 0, shifted_low)),
            self.next_high.eq(Mux(cut & ~first, -1, shifted_high)),
            self.next_pending.eq(Mux(cut, 0, pending)),
        ]

        # The first bit, then its opposite as often as bits were open, then the others.
        rest = Signal(signed(LONGEST_STRING))
        usual, opposites = Signal.like(self.bits), Signal.like(self.bits)
        m.d.comb += [
            rest.eq(Cat(self.low[:-1], ~first) << (LONGEST_STRING - END_WIDTH)),
            usual.eq(Cat((rest >> self.pending)[: LONGEST_STRING - 1], first)),
            opposites.eq(Cat((~first).replicate(LONGEST_STRING - 1), first)),
            self.bits.eq(Mux(cut, opposites, usual)),
            self.length.eq(Mux(cut, pending + 1, Mux(same == 0, 0, same + self.pending))),
        ]
        return m
