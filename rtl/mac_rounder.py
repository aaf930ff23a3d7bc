"""MAC rounder: scales a sum down, rounds, and saturates it to the width of an output."""

from amaranth.hdl import Module, Mux, Signal, Value, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from rtl.mac_array_config import SHIFT_WIDTH, OutputWidth

__all__ = ["MacRounder", "rounded", "saturated"]

WIDEST = 32


class MacRounder(wiring.Component):
    """Divide by a power of two, halves up; make negatives zero on demand; saturate. Combinational.

    Parameters
    ----------
    width : int
        Bits of a sum.

    Members
    -------
    i : ``In(signed(width))``
        Sum.
    shift : ``In(6)``
        The power.
    relu : ``In(1)``
        Negatives become zero.
    output_width : ``In(2)``
        An :class:`~rtl.mac_array_config.OutputWidth`.
    o : ``Out(signed(32))``
        Output.
    """

    i: Signal
    shift: Signal
    relu: Signal
    output_width: Signal
    o: Signal

    def __init__(self, width: int) -> None:
        super().__init__(
            {
                "i": In(signed(width)),
                "shift": In(SHIFT_WIDTH),
                "relu": In(1),
                "output_width": In(2),
                "o": Out(signed(WIDEST)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        scaled = Signal(signed(len(self.i) + 1))
        m.d.comb += scaled.eq(rounded(self.i, self.shift))
        with m.If(self.relu & (scaled < 0)):
            m.d.comb += self.o.eq(0)
        with m.Else(), m.Switch(self.output_width):
            with m.Case(OutputWidth.BITS_8):
                m.d.comb += self.o.eq(saturated(scaled, 8))
            with m.Case(OutputWidth.BITS_16):
                m.d.comb += self.o.eq(saturated(scaled, 16))
            with m.Default():
                m.d.comb += self.o.eq(saturated(scaled, WIDEST))
        return m


def rounded(value: Value, shift: Value) -> Value:
    """Return a signed number divided by a power of two, rounded to the nearest, halves up.

    Parameters
    ----------
    value : Value
        Number.
    shift : Value
        The power.

    Returns
    -------
    Value
        A bit wider.
    """
    return ((value << 1 >> shift) + 1) >> 1


def saturated(value: Value, width: int) -> Value:
    """Return the number of ``width`` bits that is closest to a signed one.

    Parameters
    ----------
    value : Value
        Number, of more bits.
    width : int
        Bits that are left.

    Returns
    -------
    Value
        Signed.
    """
    sign = value[-1]
    fits = (value[width - 1 :] == 0) | value[width - 1 :].all()
    limit = Mux(sign, -1 << (width - 1), (1 << (width - 1)) - 1)
    return Mux(fits, value, limit)[:width].as_signed()
