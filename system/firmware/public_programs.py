"""Public benchmarks: EEMBC's CoreMark, and Dhrystone as riscv-tests have it; built, and read."""

import re
from dataclasses import dataclass
from pathlib import Path

from system.errors import UserError
from system.firmware.build import build_program

__all__ = [
    "COREMARK_OPTIONS",
    "CoreMarkResult",
    "build_coremark",
    "build_dhrystone",
    "read_coremark",
    "read_dhrystone",
]

COREMARK_OPTIONS = (
    "-funroll-all-loops",
    "-finline-limit=1000",
    "-fno-schedule-insns",  # a core without latencies gains nothing, and needs the registers
    "-fno-code-hoisting",
)
"""For the compiler, after the kit's own, for all files of CoreMark alike."""

COREMARK_FILES = ("list_join", "main", "matrix", "state", "util")
DHRYSTONE_OPTIONS = ("-fno-inline", "-fbuiltin")  # the compiler knows what strcpy does
DHRYSTONE_FILES = ("dhrystone.c", "dhrystone_main.c")
VALID = "Correct operation validated."
VAX_DHRYSTONES = 1757  # per second, of the VAX 11/780, which is taken for one MIPS
MEGA = 1e6


@dataclass(frozen=True, kw_only=True)
class CoreMarkResult:
    """What a run of CoreMark says of itself.

    Parameters
    ----------
    iterations : int
        How often the work was done.
    cycles : int
        In so many clock cycles.
    """

    iterations: int
    cycles: int

    @property
    def per_megahertz(self) -> float:
        """CoreMark for each megahertz of the clock."""
        return MEGA * self.iterations / self.cycles


def build_coremark(sources: Path, output: Path, *, iterations: int) -> None:
    """Build CoreMark for the processor.

    Parameters
    ----------
    sources : Path
        Folder of all sources, of :func:`system.firmware.public_sources.find_public_sources`.
    output : Path
        The ELF file.
    iterations : int
        How often to do the work.

    Raises
    ------
    UserError
        Sources or compiler are not there.
    """
    flags = " ".join(("-O3", *COREMARK_OPTIONS))
    build_program(
        [sources / "eembc_coremark" / f"core_{name}.c" for name in COREMARK_FILES],
        output,
        port="coremark",
        options=(
            *COREMARK_OPTIONS,
            f"-DITERATIONS={iterations}",
            f'-DCOMPILER_FLAGS="{flags}"',
        ),
    )


def build_dhrystone(sources: Path, output: Path) -> None:
    """Build Dhrystone for the processor, 500 runs, nothing inlined, as its authors ask.

    Parameters
    ----------
    sources : Path
        Folder of all sources.
    output : Path
        The ELF file.

    Raises
    ------
    UserError
        Sources or compiler are not there.
    """
    folder = sources / "riscv-tests" / "benchmarks" / "dhrystone"
    build_program(
        [folder / name for name in DHRYSTONE_FILES],
        output,
        port="dhrystone",
        options=DHRYSTONE_OPTIONS,
    )


def read_coremark(written: bytes) -> CoreMarkResult:
    """Return what a run of CoreMark has written.

    Parameters
    ----------
    written : bytes
        All of it.

    Returns
    -------
    CoreMarkResult
        Its figures.

    Raises
    ------
    UserError
        It does not say that it operated correctly, which its checksums decide.
    """
    text = written.decode("ascii", "replace")
    if VALID not in text:
        raise UserError(f"what CoreMark writes must have {VALID!r}, but is {text[-80:]!r}")
    return CoreMarkResult(
        iterations=_number("Iterations", text), cycles=_number("Total ticks", text)
    )


def read_dhrystone(written: bytes) -> float:
    """Return what a run of Dhrystone has written.

    Parameters
    ----------
    written : bytes
        All of it; it takes a cycle for a microsecond.

    Returns
    -------
    float
        MIPS for each megahertz of the clock, by the VAX 11/780.

    Raises
    ------
    UserError
        There is no figure.
    """
    text = written.decode("ascii", "replace")
    return _number("Dhrystones per Second", text) / VAX_DHRYSTONES


def _number(name: str, text: str) -> int:
    found = re.search(rf"^{name}\s*:\s*(\d+)$", text, re.MULTILINE)
    if found is None:
        raise UserError(f"what the program writes must have {name!r}, but is {text[-80:]!r}")
    return int(found[1])
