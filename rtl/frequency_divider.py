"""Frequency divider: the part of the table trainer that makes a frequency of a count."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from rtl.arithmetic_encoder_config import TOTAL_BITS

__all__ = ["FrequencyDivider"]


class FrequencyDivider(wiring.Component):
    """Divide ``count * (2**14 - 1 - symbols)`` by ``total``, upward, to 1 at least.

    A bit of the quotient a cycle. ``ready`` rises :attr:`latency` cycles after ``start``, and
    stays; ``count`` and ``total`` stay as well until then. A count of 0 takes as long.

    Parameters
    ----------
    count_width : int
        Width of a count, bits.
    total_width : int
        Width of a total, bits.
    symbol_width : int
        Logarithm of the symbols.

    Members
    -------
    start : ``In(1)``
        High for one cycle to begin.
    count : ``In(count_width)``
        The count, at most the total.
    total : ``In(total_width)``
        The total.
    ready : ``Out(1)``
        The frequency is there.
    frequency : ``Out(14)``
        The frequency.
    """

    latency = TOTAL_BITS + 1

    start: Signal
    count: Signal
    total: Signal
    ready: Signal
    frequency: Signal

    def __init__(self, *, count_width: int, total_width: int, symbol_width: int) -> None:
        self.symbol_width = symbol_width
        super().__init__(
            {
                "start": In(1),
                "count": In(count_width),
                "total": In(total_width),
                "ready": Out(1),
                "frequency": Out(TOTAL_BITS),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        count = self.count
        product = Signal(len(count) + TOTAL_BITS)
        rest, twice = Signal(len(self.total)), Signal(len(self.total) + 1)
        below, quotient = Signal(TOTAL_BITS), Signal(TOTAL_BITS)
        left, fits = Signal(range(TOTAL_BITS + 1)), Signal()
        m.d.comb += [
            product.eq((count << TOTAL_BITS) - (count << self.symbol_width) - count),
            twice.eq(Cat(below[-1], rest)),
            fits.eq(twice >= self.total),
            self.ready.eq((left == 0) & ~self.start),
            self.frequency.eq(Mux(count == 0, 1, quotient + (rest != 0))),
        ]
        # The upper bits of the product are less than the total, as the count is not more.
        with m.If(self.start):
            m.d.sync += [
                rest.eq(product >> TOTAL_BITS),
                below.eq(product),
                left.eq(TOTAL_BITS),
            ]
        with m.Elif(left != 0):
            m.d.sync += [
                rest.eq(Mux(fits, twice - self.total, twice)),
                below.eq(below << 1),
                quotient.eq(Cat(fits, quotient)),
                left.eq(left - 1),
            ]
        return m
