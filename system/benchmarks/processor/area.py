"""Area of the processor's circuits as gates."""

from collections.abc import Callable, Iterator

from rtl.mac_array import MacArray
from rtl.processor_config import ProcessorCoreConfig
from rtl.processor_core import ProcessorCore
from system.benchmarks import BenchmarkRow, NotMeasured
from system.costs.gate_area import count_gates, find_synthesiser
from verification.simulators import MissingToolError

__all__ = ["measure_area"]

GOAL = 22_000.0


def measure_area(report: Callable[[str], None]) -> Iterator[BenchmarkRow]:
    """Yield the area of the core with its registers and multiplier, and of what can be added.

    Parameters
    ----------
    report : callable
        Told in a line of text what is being measured.

    Yields
    ------
    BenchmarkRow
        Each row once, in gate equivalents.

    Raises
    ------
    NotMeasured
        The synthesiser is not installed.
    """
    try:
        find_synthesiser()
    except MissingToolError as error:
        raise NotMeasured(str(error)) from error
    latches = ProcessorCoreConfig(registers="latches")
    for name, config, memories, goal in (
        ("core.area", latches, True, GOAL),
        ("core.area.of_flip_flops", ProcessorCoreConfig(), True, GOAL),
        ("core.area.without_registers", ProcessorCoreConfig(), False, None),
        ("core.area.with_dot", ProcessorCoreConfig(registers="latches", dot=True), True, None),
    ):
        report(f"processor: {name}")
        count = count_gates(ProcessorCore(config), memories=memories)
        yield _row(name, count.equivalents, goal)
    report("processor: area of the MAC array")
    yield _row("mac_array.area", count_gates(MacArray()).equivalents, None)


def _row(name: str, value: float, goal: float | None) -> BenchmarkRow:
    return BenchmarkRow(
        name=f"processor.{name}", value=value, unit="gate equivalents", goal=goal, better="lower"
    )
