"""The cross compiler: found by name, run within a time limit, told nothing of this machine."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from system.errors import UserError
from verification.processes import TimeLimitError, run_program

__all__ = ["Toolchain", "find_toolchain"]

PREFIXES = ("riscv64-unknown-elf-", "riscv32-unknown-elf-", "riscv-none-elf-")
LIMIT_S = 120.0
ARCHITECTURE = "rv32imc_zicsr"
LIBRARY_ARCHITECTURE = "rv32im"  # under which every build of GCC keeps what fits rv32imc
CONVENTION = "ilp32"
REASONS = ("error", "undefined", "overflowed by")  # what lines have that say why a tool fails
DRIVER = "collect2:"  # says that the linker failed, which has said why


@dataclass(frozen=True, kw_only=True)
class Toolchain:
    """A compiler for RISC-V and the tools beside it.

    Parameters
    ----------
    prefix : str
        Path and beginning of the name of every tool.
    """

    prefix: str

    def version(self) -> str:
        """Return what the compiler says that it is, a line."""
        return self.run("gcc", ["--version"]).splitlines()[0]

    def library(self) -> str:
        """Return the path of the compiler's own library, for 64-bit division and the like."""
        words = [f"-march={LIBRARY_ARCHITECTURE}", f"-mabi={CONVENTION}"]
        return self.run("gcc", [*words, "-print-libgcc-file-name"]).strip()

    def compile(
        self, source: Path, target: Path, *, folders: Sequence[Path], options: Sequence[str]
    ) -> None:
        """Compile or assemble a file.

        Parameters
        ----------
        source : Path
            Its name decides the language: ``.c`` or ``.S``.
        target : Path
            The object file.
        folders : sequence of Path
            Where headers are.
        options : sequence of str
            For the compiler.

        Raises
        ------
        UserError
            The compiler refuses.
        """
        words = [f"-march={ARCHITECTURE}", f"-mabi={CONVENTION}", *options]
        words += [f"-I{folder.resolve()}" for folder in folders]
        words += ["-c", source.name, "-o", str(target.resolve())]
        self.run("gcc", words, folder=source.parent)  # so that no path gets into the file

    def link(
        self, objects: Sequence[Path], target: Path, *, script: Path, options: Sequence[str]
    ) -> None:
        """Link object files, and drop what debuggers alone read.

        Parameters
        ----------
        objects : sequence of Path
            What to link.
        target : Path
            The ELF file.
        script : Path
            Linker script.
        options : sequence of str
            For the compiler, which runs the linker.

        Raises
        ------
        UserError
            The linker refuses.
        """
        words = [f"-march={ARCHITECTURE}", f"-mabi={CONVENTION}", *options]
        words += ["-nostdlib", "-nostartfiles", "-static", f"-Wl,-T,{script}"]
        words += ["-Wl,--gc-sections", "-Wl,--build-id=none", "-Wl,--fatal-warnings"]
        words += ["-Wl,-z,max-page-size=16"]  # nobody pages
        words += [str(each) for each in objects]
        self.run("gcc", [*words, self.library(), "-o", str(target)])
        self.run("objcopy", ["--strip-debug", str(target)])

    def run(self, tool: str, words: Sequence[str], *, folder: Path | None = None) -> str:
        """Run a tool and return what it says.

        Parameters
        ----------
        tool : str
            Its name without the prefix.
        words : sequence of str
            Its arguments.
        folder : Path, optional
            Where it works.

        Returns
        -------
        str
            What it writes.

        Raises
        ------
        UserError
            It fails; the first line of its complaints that names a reason says why.
        """
        program = self.prefix + tool
        try:
            done = run_program([program, *words], limit_s=LIMIT_S, folder=folder)
        except TimeLimitError:
            raise UserError(f"{program} must end within {LIMIT_S:g} s, but has not") from None
        if done.status:
            lines = [line for line in done.output.splitlines() if line.strip()]
            said = [line for line in lines if not line.startswith(DRIVER)]
            errors = [line for line in said if any(mark in line for mark in REASONS)]
            reason = (errors or said or lines or [f"status {done.status}"])[0]
            raise UserError(f"{Path(program).name} failed: {reason}")
        return done.output


def find_toolchain() -> Toolchain:
    """Return the compiler that is on the path.

    Returns
    -------
    Toolchain
        The first of those known.

    Raises
    ------
    UserError
        There is none.
    """
    for prefix in PREFIXES:
        found = shutil.which(f"{prefix}gcc")
        if found:
            return Toolchain(prefix=found.removesuffix("gcc"))
    names = ", ".join(f"{prefix}gcc" for prefix in PREFIXES)
    raise UserError(
        f"a RISC-V compiler must be on the path, but none of {names} is: "
        "apt-get install gcc-riscv64-unknown-elf binutils-riscv64-unknown-elf"
    )
