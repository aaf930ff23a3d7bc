"""``axocell verify``: the Verilog of blocks against their golden models, in a simulator."""

import argparse
from pathlib import Path

from system.blocks import BLOCKS, find_block
from system.cli.terminal import progress_bar, show_table, write
from system.errors import UserError
from verification.benches import BENCH_COMPONENTS
from verification.cosim import build_simulation
from verification.simulators import MissingToolError, check_simulator

__all__ = ["execute"]

FOLDER = Path("build/verify")
DISAGREEMENT = 1


def execute(arguments: argparse.Namespace) -> int:
    """Run the benches of blocks and print what they found.

    Parameters
    ----------
    arguments : argparse.Namespace
        ``blocks`` (names; none for all) and ``simulator``.

    Returns
    -------
    int
        Exit status: 0, or 1 if a bench found a fault.

    Raises
    ------
    UserError
        There is no such block, or the simulator is not installed.
    """
    blocks = [find_block(name) for name in arguments.blocks] or list(BLOCKS.values())
    try:
        check_simulator(arguments.simulator)
    except MissingToolError as error:
        raise UserError(str(error)) from error
    jobs = [
        (block, variant, make)
        for block in blocks
        for variant, make in BENCH_COMPONENTS[block.name].items()
    ]
    rows, faults = [], []
    with progress_bar() as progress:
        for index, (block, variant, make) in enumerate(jobs):
            progress(f"{block.name}, {variant}, {arguments.simulator}", index / len(jobs))
            folder = FOLDER / arguments.simulator / f"{block.name}-{variant}"
            try:
                simulation = build_simulation(make(), folder, simulator=arguments.simulator)
                report = simulation.run(block.bench)
            except OSError as error:
                raise UserError(f"{folder}: must be writable: {error.strerror}") from error
            except RuntimeError as error:  # a fault found, or Verilog that does not compile
                rows.append((block.name, variant, arguments.simulator, "", "", "FAILED"))
                faults.append(f"{block.name}, {variant}: {error}")
            else:
                figures = (str(report.tests), f"{report.wall_s:.1f}", "passed")
                rows.append((block.name, variant, arguments.simulator, *figures))
    show_table(["block", "variant", "simulator", "tests>", "seconds>", "result"], rows)
    for fault in faults:
        write(fault)
    return DISAGREEMENT if faults else 0
