"""MAC updater: adds scaled products to some weights of a beat."""

from amaranth.hdl import Cat, Module, Mux, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from rtl.mac_array_config import FACTOR_WIDTH, SHIFT_WIDTH
from rtl.mac_lanes import GROUP, PRODUCT
from rtl.mac_rounder import rounded, saturated

__all__ = ["MacUpdater"]

BYTE = 8


class MacUpdater(wiring.Component):
    """Add to weights the products over a power of two, rounded, and saturate. Combinational.

    Parameters
    ----------
    lanes : int
        Of the array; a quarter as many weights are updated.

    Members
    -------
    weights : ``In(4 * lanes)``
        Weights of 8 or 16 bits, side by side.
    wide : ``In(1)``
        They have 16 bits.
    products : ``In(ArrayLayout(signed(33), lanes // 4))``
        What is added, before the shift.
    shift : ``In(6)``
        The power.
    o : ``Out(4 * lanes)``
        New weights; narrow ones in the lower half.
    """

    weights: Signal
    wide: Signal
    products: data.View
    shift: Signal
    o: Signal

    def __init__(self, lanes: int) -> None:
        self._count = lanes // GROUP
        width = FACTOR_WIDTH * self._count
        super().__init__(
            {
                "weights": In(width),
                "wide": In(1),
                "products": In(data.ArrayLayout(PRODUCT, self._count)),
                "shift": In(SHIFT_WIDTH),
                "o": Out(width),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        narrow, wide = [], []
        for index in range(self._count):
            old = Mux(
                self.wide,
                self.weights.word_select(index, FACTOR_WIDTH).as_signed(),
                self.weights.word_select(index, BYTE).as_signed(),
            )
            new = Signal(signed(PRODUCT.width + 2), name=f"new{index}")
            m.d.comb += new.eq(old + rounded(self.products[index], self.shift))
            narrow.append(saturated(new, BYTE))
            wide.append(saturated(new, FACTOR_WIDTH))
        m.d.comb += self.o.eq(Mux(self.wide, Cat(wide), Cat(narrow)))
        return m
