"""Run every mutant: ``python -m verification.mutation_check [BLOCK ...]``.

Exit status 0: every one was noticed; 1: some survived.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from verification.mutants import MUTANTS
from verification.mutation import run_mutants
from verification.simulators import SIMULATORS

__all__ = ["main"]


def main(arguments: list[str]) -> int:
    """Run the mutants of some blocks and say what became of each.

    Parameters
    ----------
    arguments : list of str
        Blocks (none: all), and optionally ``--simulator``.

    Returns
    -------
    int
        Exit status.
    """
    parser = argparse.ArgumentParser(prog="python -m verification.mutation_check")
    blocks = sorted({mutant.block for mutant in MUTANTS})
    parser.add_argument("blocks", nargs="*", help=f"of {', '.join(blocks)}")
    parser.add_argument("--simulator", choices=SIMULATORS, help="(default: each its own)")
    options = parser.parse_args(arguments)
    unknown = sorted(set(options.blocks) - set(blocks))
    if unknown:
        parser.error(f"block must be one of {', '.join(blocks)}, not {unknown[0]!r}")
    survived = 0
    for mutant in MUTANTS:
        if options.blocks and mutant.block not in options.blocks:
            continue
        with tempfile.TemporaryDirectory() as folder:
            report = run_mutants([mutant], Path(folder), simulator=options.simulator)
        survived += len(report.survivors)
        verdict = "SURVIVED" if report.survivors else "noticed"
        sys.stdout.write(f"{verdict:8} {mutant.block}: {mutant.name}\n")
        sys.stdout.flush()
    return int(survived > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
