"""Run one bench in a process of its own: ``python -m verification.bench_process``.

Exit status 0: it passed; 10: it found a fault; anything else: it never ran.
"""

import argparse
import sys
from pathlib import Path

import rtl
from verification.benches import BENCH_COMPONENTS, bench_of
from verification.cosim import BenchFailure, build_simulation

__all__ = ["FAULT_FOUND", "PASSED", "main"]

PASSED, FAULT_FOUND, WRONG_TREE = 0, 10, 11  # 1 and 2 are Python's own


def main(arguments: list[str]) -> int:
    """Run the bench that the arguments name, in the packages of the working directory.

    Parameters
    ----------
    arguments : list of str
        Block, variant, simulator, folder to build in, and optionally ``--tests`` with a regular
        expression.

    Returns
    -------
    int
        Exit status.
    """
    parser = argparse.ArgumentParser(prog="python -m verification.bench_process")
    parser.add_argument("block")
    parser.add_argument("variant")
    parser.add_argument("simulator")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--tests")
    options = parser.parse_args(arguments)
    if not Path(str(rtl.__file__)).is_relative_to(Path.cwd()):
        sys.stderr.write(f"rtl must come from {Path.cwd()}, not {rtl.__file__}\n")
        return WRONG_TREE
    component = BENCH_COMPONENTS[options.block][options.variant]()
    simulation = build_simulation(component, options.folder, simulator=options.simulator)
    try:
        simulation.run(bench_of(options.block), test_filter=options.tests)
    except BenchFailure as failure:
        sys.stdout.write(f"{failure}\n")
        return FAULT_FOUND
    return PASSED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
