"""Runs of the public tests, on the model or on the circuit, and what is to be held of them."""

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from rtl.processor_config import ProcessorCoreConfig
from rtl.processor_map import DATA_BASE
from rtl.processor_system_config import ProcessorSystemConfig
from system.engines.library import find_compiler
from system.engines.processor import ProcessorEngine, compile_processor
from system.errors import UserError
from system.firmware.build import kit_folder
from system.firmware.elf import read_elf
from system.firmware.golden import GoldenMachine
from system.firmware.lockstep import Lockstep, LockstepError
from system.firmware.machine import Observer
from system.firmware.program import Program
from system.firmware.public_sources import PACKAGE, public_version
from system.firmware.public_tests import (
    ARCHITECTURES,
    MEMORIES,
    Architecture,
    PublicTest,
    build_test,
    public_tests,
)
from system.firmware.runner import PlaceName
from system.firmware.toolchain import find_toolchain

__all__ = [
    "DIFFERENCES",
    "PublicRun",
    "run_public_tests",
    "run_test",
    "signature_of",
    "test_config",
    "version_difference",
]

UNEXPECTED = 0x400  # as in startup.S
LIMIT = 1_000_000  # instructions or cycles; the longest test takes 20 thousand
DIFFERENCES = MappingProxyType(
    {"rv32mi/breakpoint": (5, "there are no debug triggers: tselect is an illegal instruction")}
)
"""Tests of what the core does not have: the exit code with which they say so, and why."""


@dataclass(frozen=True, kw_only=True)
class PublicRun:
    """How a test went.

    Parameters
    ----------
    test : PublicTest
        The test.
    complaint : str
        What is wrong; empty if it passed.
    difference : str
        Why the processor differs here and may; empty as a rule.
    """

    test: PublicTest
    complaint: str = ""
    difference: str = ""


def run_public_tests(
    sources: Path,
    place: PlaceName,
    *,
    chosen: Sequence[str] = (),
    architectures: Sequence[Architecture] = tuple(ARCHITECTURES),
    report: Callable[[str], object] = str,
) -> Iterator[PublicRun]:
    """Build and run tests; on the circuit each instruction is held against the model's as well.

    Parameters
    ----------
    sources : Path
        Folder of all sources, of :func:`system.firmware.public_sources.find_public_sources`.
    place : {"golden", "rtl"}
        The model, or the generated circuit.
    chosen : sequence of str
        Names of suites or tests; all unless told.
    architectures : sequence of {"imc", "im"}
        Which cores.
    report : callable
        Told in a line of text what is being done.

    Yields
    ------
    PublicRun
        For each test.

    Raises
    ------
    UserError
        The sources lack a suite, there is no such test, or no compiler.
    """
    tests = [test for each in architectures for test in public_tests(sources, each)]
    for name in chosen:
        if not any(name in (test.suite, test.name) for test in tests):
            suites = ", ".join(dict.fromkeys(test.suite for test in tests))
            raise UserError(f"test must be in {suites}, or one of their tests, not {name!r}")
    if place == "rtl" and find_compiler() is None:
        raise UserError("a C++ compiler must be there to run the circuit, but there is none")
    toolchain = find_toolchain()
    signatures = _signatures()["sha256"]
    with tempfile.TemporaryDirectory() as scratch:
        program_file = Path(scratch) / "test.elf"
        for test in tests:
            if chosen and test.suite not in chosen and test.name not in chosen:
                continue
            report(f"{test.architecture}: {test.name}")
            build_test(test, program_file, toolchain)
            expected = signatures[test.architecture].get(test.name)
            yield run_test(test, read_elf(program_file), place, expected=expected)


def version_difference() -> str:
    """Return how the installed tests are not those whose signatures are known.

    Returns
    -------
    str
        A sentence; empty if they are.
    """
    installed = f"{PACKAGE} {public_version()}"
    known = " ".join(_signatures()["tests"].split()[:2])
    if installed == known:
        return ""
    return f"Signatures are those of {known}, but {installed} is installed."


def test_config(architecture: Architecture) -> ProcessorSystemConfig:
    """Return the processor that the tests run on.

    Parameters
    ----------
    architecture : {"imc", "im"}
        What its core executes.

    Returns
    -------
    ProcessorSystemConfig
        With memories that the tests fit, and without a MAC array, which none of them uses; the
        core without compressed instructions has nothing else that may be left out, either.
    """
    if architecture == "imc":
        core = ProcessorCoreConfig(dot=True, event_counters=True, trace=True, trace_state=False)
    else:
        core = ProcessorCoreConfig(
            compressed=False, multiplier="serial", trace=True, trace_state=False
        )
    return ProcessorSystemConfig(core=core, processor_map=MEMORIES, mac_array=False)


def signature_of(program: Program, data: np.ndarray) -> bytes:
    """Return what a test of riscv-arch-test has left.

    Parameters
    ----------
    program : Program
        The test.
    data : ndarray of uint32
        The memory of data.

    Returns
    -------
    bytes
        Between the names that say where it is.
    """
    start, end = (program.address_of(f"{each}_signature") - DATA_BASE for each in ("begin", "end"))
    return data.view(np.uint8)[start:end].tobytes()


def run_test(
    test: PublicTest, program: Program, place: PlaceName, *, expected: str | None = None
) -> PublicRun:
    """Run a test that has been built.

    Parameters
    ----------
    test : PublicTest
        The test.
    program : Program
        What was built of it.
    place : {"golden", "rtl"}
        Where it runs.
    expected : str, optional
        SHA-256 of the signature that it must leave, if it leaves one.

    Returns
    -------
    PublicRun
        How it went.
    """
    config = test_config(test.architecture)
    program.check_fits(MEMORIES)
    if place == "golden":
        machine = GoldenMachine(config, program)
        outcome, data = machine.run(LIMIT, Observer()), machine.model.core.data
    else:
        with ProcessorEngine(config, compile_processor(config)) as engine:
            try:
                outcome, _ = Lockstep(config, program, engine).run(LIMIT)
            except LockstepError as error:
                return PublicRun(test=test, complaint=f"the circuit leaves the model: {error}")
            data = engine.data()
    known, why = DIFFERENCES.get(test.name, (0, ""))
    if outcome.exit_code != known:
        return PublicRun(test=test, complaint=_failure(outcome.exit_code, known))
    if test.has_signature:
        if expected is None:
            return PublicRun(test=test, complaint="there is no signature of Spike to compare with")
        digest = hashlib.sha256(signature_of(program, data)).hexdigest()
        if digest != expected:
            return PublicRun(test=test, complaint="the signature is not that of Spike")
    return PublicRun(test=test, difference=why)


def _failure(code: int | None, known: int) -> str:
    if code is None:
        return f"it must end within {LIMIT} instructions or cycles, but has not"
    if code == 0:
        return f"it passes, but is listed as one that ends with exit code {known}"
    if code & UNEXPECTED:
        return f"a trap comes that it does not expect, mcause {code & ~UNEXPECTED}"
    return f"its case {code >> 1} fails"


def _signatures() -> dict[str, Any]:
    file = kit_folder() / "ports" / "architecture_tests" / "signatures.json"
    return json.loads(file.read_text(encoding="utf-8"))
