"""Processor: work per clock cycle of the circuit, how fast circuit and model run, and area.

Cycles are counted by the circuit, on which every program of the kit runs; they are the same
wherever it is simulated. Speeds are of CPU time, the shortest of several runs. Areas are of what
:mod:`system.costs.gate_area` makes of the circuits.
"""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from system.benchmarks import BenchmarkRow, NotMeasured
from system.benchmarks.processor.area import measure_area
from system.engines.library import find_compiler
from system.firmware.machine import Observer, Outcome
from system.firmware.runner import LIMITS, PlaceName, machine_for, open_program

__all__ = ["measure"]

PROGRAMS = (
    "coremark_like",
    "dhrystone_like",
    "matrix_vector",
    "matrix_vector_dot",
    "matrix_vector_array",
)
FOR_SPEED = "coremark_like"
MEGA = 1e6


def measure(report: Callable[[str], None], *, repetitions: int = 3) -> Iterator[BenchmarkRow]:
    """Yield the rows.

    Parameters
    ----------
    report : callable
        Told in a line of text what is being measured.
    repetitions : int
        Times that a speed is measured; the best counts.

    Yields
    ------
    BenchmarkRow
        Each row once.

    Raises
    ------
    NotMeasured
        There is no C++ compiler, or, after everything else, no synthesiser.
    """
    if find_compiler() is None:
        raise NotMeasured("a C++ compiler must be there to count cycles, but there is none")
    report("processor: compiling the circuit")
    outcomes = {name: _run("rtl", name)[0] for name in PROGRAMS}

    for name, goal in (("coremark_like", 3.9), ("dhrystone_like", None)):
        loops, cycles, instructions, _ = outcomes[name].scratch
        yield _row(f"{name}.loops", MEGA * loops / cycles, "loops/s/MHz", goal=goal)
        per_cycle = instructions / cycles
        yield _row(f"{name}.instructions", per_cycle, "instructions/cycle")
    for name, program, goal in (
        ("plain_c", "matrix_vector", 6.0),
        ("dot_products", "matrix_vector_dot", 0.5),
        ("array.with_software", "matrix_vector_array", None),
    ):
        products, cycles, _, _ = outcomes[program].scratch
        yield _row(f"mac.{name}", cycles / products, "cycles/MAC", goal=goal, better="lower")
    products, _, own, _ = outcomes["matrix_vector_array"].scratch
    yield _row("mac.array", own / products, "cycles/MAC", goal=1 / 14, better="lower")

    for name, array in (("circuit", True), ("circuit.without_mac_array", False)):
        report("processor: speed of the circuit")
        runs = _runs("rtl", repetitions, mac_array=array)
        speed = max(_cycles(outcome) / cpu_s for outcome, cpu_s in runs)
        yield _row(name, speed, "cycles/s", goal=5e6)
    report("processor: speed of the model")
    runs = _runs("golden", repetitions, mac_array=True)
    golden = max(outcome.instructions / cpu_s for outcome, cpu_s in runs)
    yield _row("golden", golden, "instructions/s", goal=10e6)
    yield from measure_area(report)


def _row(
    name: str, value: float, unit: str, *, goal: float | None = None, better: str = "higher"
) -> BenchmarkRow:
    direction = "lower" if better == "lower" else "higher"
    return BenchmarkRow(
        name=f"processor.{name}", value=value, unit=unit, goal=goal, better=direction
    )


def _runs(place: PlaceName, repetitions: int, *, mac_array: bool) -> list[tuple[Outcome, float]]:
    return [_run(place, FOR_SPEED, mac_array=mac_array) for _ in range(repetitions)]


def _run(place: PlaceName, name: str, *, mac_array: bool = True) -> tuple[Outcome, float]:
    """Return how a program ended, and the CPU time that it took."""
    machine = machine_for(place, open_program(Path(name)), mac_array=mac_array)
    start = time.process_time()
    outcome = machine.run(LIMITS[place], Observer())
    cpu_s = time.process_time() - start
    if outcome.exit_code != 0:
        raise RuntimeError(f"the program {name} must end well, but its exit code is not 0")
    return outcome, cpu_s


def _cycles(outcome: Outcome) -> int:
    return outcome.cycles or 0
