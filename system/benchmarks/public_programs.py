"""Public programs on the generated circuit: EEMBC's CoreMark, and Dhrystone.

Figures are cycles that the circuit counts, the same wherever it is simulated. CoreMark's runs are
shorter than the ten seconds that a result to be published takes; its figure does not change then.
"""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from system.benchmarks import BenchmarkRow, NotMeasured
from system.engines.library import find_compiler
from system.errors import UserError
from system.firmware.machine import Observer, Outcome
from system.firmware.public_programs import (
    build_coremark,
    build_dhrystone,
    read_coremark,
    read_dhrystone,
)
from system.firmware.public_sources import find_public_sources
from system.firmware.runner import LIMITS, machine_for, open_program
from system.firmware.toolchain import find_toolchain

__all__ = ["measure"]

ITERATIONS = 20


def measure(report: Callable[[str], None]) -> Iterator[BenchmarkRow]:
    """Yield the rows.

    Parameters
    ----------
    report : callable
        Told in a line of text what is being measured.

    Yields
    ------
    BenchmarkRow
        Each row once.

    Raises
    ------
    NotMeasured
        The programs are not installed, or a compiler is not.
    """
    if find_compiler() is None:
        raise NotMeasured("a C++ compiler must be there to count cycles, but there is none")
    try:
        sources = find_public_sources()
        find_toolchain()
    except UserError as error:
        raise NotMeasured(str(error)) from None
    with tempfile.TemporaryDirectory() as scratch:
        program = Path(scratch) / "program.elf"
        report("public_programs: CoreMark")
        build_coremark(sources, program, iterations=ITERATIONS)
        outcome, written = _run(program)
        result = read_coremark(written)
        yield _row("coremark", result.per_megahertz, "CoreMark/MHz", goal=3.9)
        per_cycle = outcome.instructions / (outcome.cycles or 1)
        yield _row("coremark.instructions", per_cycle, "instructions/cycle")
        report("public_programs: Dhrystone")
        build_dhrystone(sources, program)
        _, written = _run(program)
        yield _row("dhrystone", read_dhrystone(written), "DMIPS/MHz")


def _row(name: str, value: float, unit: str, *, goal: float | None = None) -> BenchmarkRow:
    return BenchmarkRow(
        name=f"public_programs.{name}", value=value, unit=unit, goal=goal, better="higher"
    )


def _run(program: Path) -> tuple[Outcome, bytes]:
    """Return how a program ended on the circuit, and what it wrote."""
    written = bytearray()
    machine = machine_for("rtl", open_program(program), mac_array=False)
    outcome = machine.run(LIMITS["rtl"], Observer(console=written.extend))
    return outcome, bytes(written)
