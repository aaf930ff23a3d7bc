"""What is proven of the units for products and quotients: that they compute those, if narrow."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from amaranth.hdl import Assert, Assume, Cover, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In

from rtl.divider import Divider
from rtl.one_cycle_multiplier import OneCycleMultiplier
from rtl.serial_multiplier import SerialMultiplier

__all__ = ["UNIT_PROOFS", "UnitHarness", "UnitProof"]

WIDTH = 6


class UnitHarness(wiring.Component):
    """A unit of :data:`WIDTH` bits that is asked for anything, and held to the definition.

    Parameters
    ----------
    unit : Divider, OneCycleMultiplier or SerialMultiplier
        The unit.
    longest : int
        Cycles from a question to its answer, at most.

    Members
    -------
    start : ``In(1)``
        Asks.
    a, b : ``In(WIDTH)``
        Operands.
    function : ``In(2)``
        Field funct3 of the instruction, without its highest bit.
    """

    start: Signal
    a: Signal
    b: Signal
    function: Signal

    def __init__(self, unit: Any, longest: int) -> None:
        self._unit = unit
        self._longest = longest
        super().__init__({"start": In(1), "a": In(WIDTH), "b": In(WIDTH), "function": In(2)})

    def elaborate(self, _platform: object) -> Module:
        m = Module()
        m.submodules.unit = unit = self._unit
        asked = {name: getattr(self, name) for name in ("start", "a", "b", "function")}
        before = {
            name: Signal.like(signal, name=f"{name}_before") for name, signal in asked.items()
        }
        waits, waited = Signal(), Signal(range(self._longest + 2))
        m.d.comb += [unit.start.eq(self.start), unit.a.eq(self.a), unit.b.eq(self.b)]
        m.d.sync += [waits.eq(self.start & ~unit.done)]
        m.d.sync += [before[name].eq(signal) for name, signal in asked.items()]
        m.d.sync += waited.eq(Mux(self.start & ~unit.done, waited + 1, 0))
        for name, signal in asked.items():
            m.d.comb += Assume(~waits | (signal == before[name]), "a question is held")
        m.d.comb += [
            Assert(waited <= self._longest, "it answers in time"),
            Cover(self.start & unit.done & (self.function == 3), "it answers"),
        ]
        with m.If(self.start & unit.done):
            if isinstance(unit, Divider):
                self._quotient(m, unit)
            else:
                self._product(m, unit)
        if isinstance(unit, Divider):
            m.d.comb += unit.unsigned.eq(self.function[0])
            m.d.comb += unit.wants_remainder.eq(self.function[1])
        else:
            m.d.comb += unit.function.eq(self.function)
        return m

    def _product(self, m: Module, unit: Any) -> None:
        """Demand half of the product: mul, mulh, mulhsu, mulhu."""
        a, b = self.a, self.b
        with m.Switch(self.function):
            for number, product in (
                (0, a * b),
                (1, (a.as_signed() * b.as_signed()) >> WIDTH),
                (2, (a.as_signed() * b) >> WIDTH),
                (3, (a * b) >> WIDTH),
            ):
                with m.Case(number):
                    m.d.comb += Assert(unit.result == product[:WIDTH], "half of the product")

    def _quotient(self, m: Module, unit: Any) -> None:
        """Demand what the specification's table has, and the definition elsewhere."""
        a, b, result = self.a, self.b, unit.result
        of_signed, remainder = ~self.function[0], self.function[1]
        least = 1 << (WIDTH - 1)
        with m.If(b == 0):
            ones = (1 << WIDTH) - 1
            m.d.comb += Assert(result == Mux(remainder, a, ones), "division by zero")
        with m.Elif(of_signed & (a == least) & b.all()):
            m.d.comb += Assert(result == Mux(remainder, 0, a), "the one overflow")
        with m.Else():
            negative_a, negative_b = of_signed & a[-1], of_signed & b[-1]
            size_a, size_b = Signal(WIDTH), Signal(WIDTH)
            m.d.comb += [size_a.eq(Mux(negative_a, -a, a)), size_b.eq(Mux(negative_b, -b, b))]
            size = Mux(remainder, size_a % size_b, size_a // size_b)
            negative = negative_a ^ (negative_b & ~remainder)
            m.d.comb += Assert(result == Mux(negative, -size, size)[:WIDTH], "rounded towards 0")


@dataclass(frozen=True, kw_only=True)
class UnitProof:
    """A unit, and how long to look at it.

    Parameters
    ----------
    unit : callable
        Makes it.
    longest : int
        Cycles from a question to its answer, at most.
    """

    unit: Callable[[], Any]
    longest: int

    @property
    def depth(self) -> int:
        """Cycles of the check: the first answer, and into the second."""
        return self.longest + 3


UNIT_PROOFS: Mapping[str, UnitProof] = MappingProxyType(
    {
        "divider": UnitProof(unit=lambda: Divider(WIDTH), longest=WIDTH + 1),
        "one_cycle_multiplier": UnitProof(
            unit=lambda: OneCycleMultiplier(WIDTH), longest=OneCycleMultiplier.upper_latency
        ),
        "serial_multiplier": UnitProof(unit=lambda: SerialMultiplier(WIDTH), longest=WIDTH + 1),
    }
)
"""By the name of the unit."""
