"""Break the RTL on purpose, one place at a time, and see whether its bench notices."""

import os
import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import verification
from verification.processes import COMPILER_LIMIT_S, SIMULATION_LIMIT_S, run_program

__all__ = ["Mutant", "MutationReport", "apply_mutant", "run_mutants"]

PACKAGES = ("rtl", "verification")
SOURCE = Path(str(verification.__file__)).parents[1]
PASSED, FAULT_FOUND = 0, 10  # exit status of verification.bench_process


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """One break in one place of the RTL's source.

    Parameters
    ----------
    name : str
        What the broken circuit does wrong, in a few words joined by underscores.
    block : str
        The block whose bench must notice.
    file : str
        Path of the source from the folder of the packages.
    find : str
        Text that occurs there exactly once.
    replace : str
        What stands there in the broken copy.
    variant : str
        Which of the block's :data:`~verification.benches.BENCH_COMPONENTS` to run.
    simulator : str
        Where its bench notices it, "verilator" or "icarus".
    """

    name: str
    block: str
    file: str
    find: str
    replace: str
    variant: str = "three_channels"
    simulator: str = "verilator"


@dataclass(frozen=True, kw_only=True)
class MutationReport:
    """What became of some mutants.

    Parameters
    ----------
    noticed : dict from str to str
        What the bench said, by name of the mutant.
    survivors : tuple of str
        Names of those that their bench did not notice.
    """

    noticed: dict[str, str]
    survivors: tuple[str, ...]


def apply_mutant(mutant: Mutant, folder: Path) -> Path:
    """Copy the packages into ``folder`` and break the copy.

    Parameters
    ----------
    mutant : Mutant
        What to break.
    folder : Path
        Where the copies go; must not hold any yet.

    Returns
    -------
    Path
        The broken file.

    Raises
    ------
    ValueError
        If the text to replace is not in its file exactly once.
    """
    text = (SOURCE / mutant.file).read_text()
    count = text.count(mutant.find)
    if count != 1:
        raise ValueError(
            f"mutant {mutant.name}: the text to replace must be in {mutant.file} exactly once, "
            f"not {count} times: {mutant.find!r}"
        )
    for package in PACKAGES:
        # With the caches of the compiled golden models, which hold for files as old as these.
        shutil.copytree(SOURCE / package, folder / package)
    broken = folder / mutant.file
    broken.write_text(text.replace(mutant.find, mutant.replace))
    return broken


def run_mutants(
    mutants: Iterable[Mutant], folder: Path, *, simulator: str | None = None
) -> MutationReport:
    """Run each mutant's bench on it.

    Parameters
    ----------
    mutants : iterable of Mutant
        Which.
    folder : Path
        Folder for copies and builds.
    simulator : str, optional
        "verilator" or "icarus"; by default that of each mutant.

    Returns
    -------
    MutationReport
        Who was noticed and who survived.

    Raises
    ------
    RuntimeError
        If a mutant does not get as far as its bench: what cannot be built proves nothing.
    ValueError
        If a mutant no longer fits its source.
    """
    noticed, survivors = {}, []
    for mutant in mutants:
        tree = (folder / mutant.name).resolve()
        apply_mutant(mutant, tree)
        command = [sys.executable, "-m", "verification.bench_process"]
        done = run_program(
            [*command, mutant.block, mutant.variant, simulator or mutant.simulator, tree / "build"],
            limit_s=SIMULATION_LIMIT_S + COMPILER_LIMIT_S,
            folder=tree,
            environment={**os.environ, "PYTHONPATH": str(tree)},
        )
        if done.status == FAULT_FOUND:
            noticed[mutant.name] = done.output.strip()
        elif done.status == PASSED:
            survivors.append(mutant.name)
        else:
            raise RuntimeError(f"mutant {mutant.name} did not reach its bench:\n{done.output}")
    return MutationReport(noticed=noticed, survivors=tuple(survivors))
