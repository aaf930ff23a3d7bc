"""A core whose products and quotients a solver can follow: for proofs."""

from typing import Any

from amaranth.hdl import C, Cat, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from rtl.processor_core import ProcessorCore
from rtl.processor_dot import ProcessorDot
from verification.alternative_arithmetic import alternative_dot, alternative_result

__all__ = ["AlternativeCore"]

WORD = 32
PORTS = {"start": In(1), "a": In(WORD), "b": In(WORD), "done": Out(1), "result": Out(WORD)}


class AlternativeCore(ProcessorCore):
    """A core whose products and quotients are those of :mod:`verification.alternative_arithmetic`.

    Some take a cycle more than others, as their operands decide.

    Parameters
    ----------
    config : ProcessorCoreConfig
        What it is built of.
    """

    def _units(self) -> tuple[Any, Any, Any]:
        dot = _AlternativeDot(tells_sums=self.config.tells_state) if self.config.dot else None
        return _AlternativeMultiplier(), _AlternativeDivider(), dot


class _AlternativeDot(ProcessorDot):
    def _dotted(self, a: Value, b: Value, width: int) -> Value:
        return alternative_dot(a, b, width)


class _AlternativeMultiplier(wiring.Component):
    def __init__(self) -> None:
        super().__init__({**PORTS, "function": In(2)})

    def elaborate(self, _platform: object) -> Module:
        m = Module()
        unit: Any = self
        function = Cat(unit.function, C(0, 1))
        m.d.comb += unit.result.eq(alternative_result(function, unit.a, unit.b))
        _take_time(m, unit)
        return m


class _AlternativeDivider(wiring.Component):
    def __init__(self) -> None:
        super().__init__({**PORTS, "unsigned": In(1), "wants_remainder": In(1)})

    def elaborate(self, _platform: object) -> Module:
        m = Module()
        unit: Any = self
        function = Cat(unit.unsigned, unit.wants_remainder, C(1, 1))
        m.d.comb += unit.result.eq(alternative_result(function, unit.a, unit.b))
        _take_time(m, unit)
        return m


def _take_time(m: Module, unit: Any) -> None:
    """Let operands that are odd take a cycle more."""
    late = Signal()
    m.d.sync += late.eq(unit.start & ~unit.done)
    m.d.comb += unit.done.eq(unit.start & (late | ~unit.a[0]))
