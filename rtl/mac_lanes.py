"""MAC lanes: multipliers of 8 by 8 bits that join for 8 by 16 and 16 by 16."""

from amaranth.hdl import Cat, Module, Mux, Signal, Value, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

__all__ = ["GROUP", "PRODUCT", "MacLanes"]

BYTE = 8
GROUP = 4
"""Lanes that make a product of 16 by 16 bits."""
PRODUCT = signed(33)
"""Such a product; one of unsigned factors has 32 bits."""


class MacLanes(wiring.Component):
    """Multiply, element by element, and add. Combinational.

    As many elements count as there are multipliers for: all bytes, half as many if one factor is
    wide, a quarter if both are. Elements lie side by side from bit 0 on.

    Parameters
    ----------
    lanes : int
        Multipliers, a multiple of 4.

    Members
    -------
    a, b : ``In(8 * lanes)``
        Factors.
    wide_a, wide_b : ``In(1)``
        Elements of that factor have 16 bits.
    unsigned : ``In(1)``
        No factor has a sign.
    products : ``Out(ArrayLayout(signed(33), lanes // 4))``
        Of each element, if both factors are wide.
    total : ``Out(signed(...))``
        Sum of all products.
    """

    a: Signal
    b: Signal
    wide_a: Signal
    wide_b: Signal
    unsigned: Signal
    products: data.View
    total: Signal

    def __init__(self, lanes: int) -> None:
        self._lanes = lanes
        groups = lanes // GROUP
        super().__init__(
            {
                "a": In(BYTE * lanes),
                "b": In(BYTE * lanes),
                "wide_a": In(1),
                "wide_b": In(1),
                "unsigned": In(1),
                "products": Out(data.ArrayLayout(PRODUCT, groups)),
                "total": Out(signed(PRODUCT.width + groups.bit_length())),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        both, one = self.wide_a & self.wide_b, self.wide_a | self.wide_b
        lanes = [self._lane(m, lane, both) for lane in range(self._lanes)]
        for group in range(self._lanes // GROUP):
            p = lanes[GROUP * group :][:GROUP]
            low = p[0] + _raised(p[1], one)
            high = p[2] + _raised(p[3], one)
            m.d.comb += self.products[group].eq(low + _raised(high, both))
        m.d.comb += self.total.eq(sum(self.products[n] for n in range(self._lanes // GROUP)))
        return m

    def _lane(self, m: Module, lane: int, both: Value) -> Value:
        """Return the product of the bytes that a lane multiplies.

        Of a group of four, lanes 0 and 1 have the lower byte of a where both are wide, lanes 2
        and 3 the upper one; of b, even lanes the lower byte, odd ones the upper.
        """
        pair, crossed = lane // 2, lane // GROUP * 2 + lane % 2
        a, b = Signal(signed(BYTE + 1), name=f"a{lane}"), Signal(signed(BYTE + 1), name=f"b{lane}")
        alone_a, alone_b = self.a.word_select(lane, BYTE), self.b.word_select(lane, BYTE)
        narrow_a, narrow_b = self.a.word_select(pair, BYTE), self.b.word_select(pair, BYTE)
        byte_a = Mux(self.wide_b, narrow_a, alone_a)
        byte_b = Mux(both, self.b.word_select(crossed, BYTE), Mux(self.wide_a, narrow_b, alone_b))
        has_sign_a = ~self.wide_a | Mux(both, (lane // 2) % 2, lane % 2)
        has_sign_b = ~self.wide_b | lane % 2
        product = Signal(signed(2 * BYTE + 2), name=f"product{lane}")
        m.d.comb += [
            a.eq(Cat(byte_a, byte_a[-1] & has_sign_a & ~self.unsigned).as_signed()),
            b.eq(Cat(byte_b, byte_b[-1] & has_sign_b & ~self.unsigned).as_signed()),
            product.eq(a * b),
        ]
        return product


def _raised(value: Value, raise_it: Value) -> Value:
    """Return a number times 256, or as it is."""
    return Mux(raise_it, value << BYTE, value)
