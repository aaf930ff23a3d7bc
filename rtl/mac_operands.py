"""MAC operands: the factors that a job asks for, from weights, vector and constant."""

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from rtl.mac_array_config import FACTOR_WIDTH, MacOperation
from rtl.mac_lanes import GROUP

__all__ = ["MacOperands"]

BYTE = 8


class MacOperands(wiring.Component):
    """Choose factors for the lanes, differences among them. Combinational.

    Parameters
    ----------
    lanes : int
        Of the array.

    Members
    -------
    operation : ``In(2)``
        A :class:`~rtl.mac_array_config.MacOperation`.
    wide_weights, wide_vector : ``In(1)``
        Elements have 16 bits.
    weights, vector : ``In(8 * lanes)``
        Elements, those that count from bit 0 on.
    count : ``In(range(lanes + 1))``
        How many of them count.
    constant : ``In(16)``
        Of the row, for an update, its sign extended.
    a, b : ``Out(8 * lanes)``
        Factors.
    wide_a, wide_b : ``Out(1)``
        Their elements have 16 bits.
    unsigned : ``Out(1)``
        They have no sign.
    """

    operation: Signal
    wide_weights: Signal
    wide_vector: Signal
    weights: Signal
    vector: Signal
    count: Signal
    constant: Signal
    a: Signal
    b: Signal
    wide_a: Signal
    wide_b: Signal
    unsigned: Signal

    def __init__(self, lanes: int) -> None:
        self._lanes = lanes
        super().__init__(
            {
                "operation": In(2),
                "wide_weights": In(1),
                "wide_vector": In(1),
                "weights": In(BYTE * lanes),
                "vector": In(BYTE * lanes),
                "count": In(range(lanes + 1)),
                "constant": In(FACTOR_WIDTH),
                "a": Out(BYTE * lanes),
                "b": Out(BYTE * lanes),
                "wide_a": Out(1),
                "wide_b": Out(1),
                "unsigned": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        quarter = self._lanes // GROUP
        differences = Signal(BYTE * self._lanes)
        narrow = [self._difference(n, BYTE) for n in range(self._lanes)]
        wide = [self._difference(n, FACTOR_WIDTH) for n in range(quarter)]
        m.d.comb += differences.eq(Mux(self.wide_weights, Cat(wide), Cat(narrow)))

        counts = Signal(self._lanes)  # bytes of ``a``
        for byte in range(self._lanes):
            element = Mux(self.wide_weights, byte // 2, byte)
            m.d.comb += counts[byte].eq(element < self.count)
        mask = Cat(bit.replicate(BYTE) for bit in counts)

        is_update = self.operation == MacOperation.UPDATE
        m.d.comb += [
            self.wide_a.eq(self.wide_weights | is_update),
            self.wide_b.eq(self.wide_vector | is_update),
        ]
        with m.Switch(self.operation):
            with m.Case(MacOperation.PRODUCTS):
                m.d.comb += [self.a.eq(self.weights & mask), self.b.eq(self.vector)]
            with m.Case(MacOperation.UPDATE):
                elements = [
                    Mux(
                        self.wide_vector,
                        self.vector.word_select(n, FACTOR_WIDTH).as_signed(),
                        self.vector.word_select(n, BYTE).as_signed(),
                    )[:FACTOR_WIDTH]
                    for n in range(quarter)
                ]
                m.d.comb += [
                    self.a.eq(self.constant.replicate(quarter)),
                    self.b.eq(Cat(elements)),
                ]
            with m.Default():
                ones = Mux(
                    self.wide_weights,
                    _ones(FACTOR_WIDTH, quarter),
                    _ones(BYTE, self._lanes),
                )
                squares = self.operation == MacOperation.SQUARES
                m.d.comb += [
                    self.unsigned.eq(1),
                    self.a.eq(differences & mask),
                    self.b.eq(Mux(squares, differences, ones)),
                ]
        return m

    def _difference(self, index: int, width: int) -> Value:
        """Return the magnitude of weight less vector, of elements of some width."""
        weight = self.weights.word_select(index, width).as_signed()
        element = self.vector.word_select(index, width).as_signed()
        difference = weight - element
        return Mux(difference < 0, -difference, difference)[:width]


def _ones(width: int, count: int) -> int:
    return sum(1 << width * n for n in range(count))
