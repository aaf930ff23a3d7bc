"""What a bench is told, and what became of it."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

__all__ = [
    "SETUP_ARGUMENT",
    "BenchFailure",
    "BenchReport",
    "BenchSetup",
    "read_results",
    "tail",
]

SETUP_ARGUMENT = "bench_setup"  # of the simulator's command line: the file with the setup


class BenchFailure(RuntimeError):
    """A bench found a fault, or did not run; the message has the tests and where the log is."""


@dataclass(frozen=True, kw_only=True)
class BenchSetup:
    """What a bench is told, through a file.

    Parameters
    ----------
    config : object
        The configuration of the component.
    inputs : tuple of str
        Its input ports, as Verilog calls them.
    parameters : mapping
        Anything else, by name.
    """

    config: Any
    inputs: tuple[str, ...]
    parameters: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class BenchReport:
    """A bench that passed.

    Parameters
    ----------
    bench : str
        Its module.
    simulator : str
        "verilator" or "icarus".
    tests : int
        How many tests passed; at least 1.
    seed : int
        Seed of everything random in them.
    wall_s : float
        Duration, build not included.
    """

    bench: str
    simulator: str
    tests: int
    seed: int
    wall_s: float


def read_results(results: Path) -> tuple[int, list[str]]:
    """Read the file in which cocotb leaves its results.

    Parameters
    ----------
    results : Path
        The file; absent where the simulation did not get so far.

    Returns
    -------
    tuple of (int, list of str)
        How many tests passed, and one line for each that did not.
    """
    if not results.is_file():
        return 0, []
    passed, failures = 0, []
    for case in ElementTree.parse(results).iter("testcase"):
        wrong = [child for child in case if child.tag in ("failure", "error")]
        if wrong:
            reason = wrong[0].get("message") or wrong[0].get("type")
            failures.append(f"{case.get('name')}: {reason}")
        elif case.find("skipped") is None:
            passed += 1
    return passed, failures


def tail(log: Path, lines: int = 40) -> str:
    """Return the last lines of a log.

    Parameters
    ----------
    log : Path
        The log; it may be absent.
    lines : int
        At most how many.

    Returns
    -------
    str
        The lines.
    """
    return "\n".join(log.read_text().splitlines()[-lines:]) if log.is_file() else "no log"
