"""How a simulator is started so that it runs a bench: the command, and cocotb's environment."""

import os
import sys
from functools import cache
from pathlib import Path

import cocotb_tools.config

from verification.processes import COMPILER_LIMIT_S, run_program

__all__ = ["bench_command", "bench_environment"]


def bench_command(simulator: str, top: str, build_dir: Path, *, waves: bool) -> list[str | Path]:
    """Return the command that simulates what was built, arguments of the bench to follow.

    Parameters
    ----------
    simulator : str
        "verilator" or "icarus".
    top : str
        The top module.
    build_dir : Path
        Where it was built.
    waves : bool
        Whether to write waveforms, for which it must have been built.

    Returns
    -------
    list of str or Path
        Program and arguments.
    """
    if simulator == "verilator":
        return [build_dir / top, *(["--trace"] if waves else [])]
    library = cocotb_tools.config.lib_name_path("vpi", "icarus")
    return ["vvp", "-m", library, build_dir / f"{top}.vvp", "-fst" if waves else "-none"]


def bench_environment(
    bench: str, top: str, results: Path, *, seed: int, test_filter: str | None
) -> dict[str, str]:
    """Return the environment in which cocotb finds Python, the bench and where results go.

    Parameters
    ----------
    bench : str
        Importable name of the module with the tests.
    top : str
        The top module.
    results : Path
        File for the results.
    seed : int
        Seed of everything random.
    test_filter : str, optional
        Regular expression; only the tests it finds are run.

    Returns
    -------
    dict from str to str
        This process's environment and cocotb's variables.

    Raises
    ------
    RuntimeError
        If Python has no shared library for simulators to load.
    """
    libraries = str(cocotb_tools.config.libs_dir)
    return {
        **os.environ,
        "PATH": os.pathsep.join([os.environ.get("PATH", os.defpath), libraries]),
        "PYTHONPATH": os.pathsep.join(sys.path),
        "PYGPI_PYTHON_BIN": sys.executable,
        "GPI_USERS": f"{_python_library()};{cocotb_tools.config.pygpi_entry_point()}",
        "TOPLEVEL_LANG": "verilog",
        "COCOTB_TOPLEVEL": top,
        "COCOTB_TEST_MODULES": bench,
        "COCOTB_RESULTS_FILE": str(results.resolve()),
        "COCOTB_RANDOM_SEED": str(seed),
        "COCOTB_TEST_FILTER": test_filter or "",
        # By default every module imported is rewritten, SciPy included: 4 s a run.
        "COCOTB_REWRITE_ASSERTION_FILES": "bench_*.py",
    }


@cache
def _python_library() -> str:
    command = [sys.executable, "-m", "cocotb_tools.config", "--libpython"]
    found = run_program(command, limit_s=COMPILER_LIMIT_S)
    if found.status:
        raise RuntimeError(
            f"an interpreter with a shared library must run this, not {sys.executable}: "
            f"{found.output.strip()}"
        )
    return found.output.strip()
