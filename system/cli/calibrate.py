"""``axocell calibrate``: the behavioural tables of the analog blocks, refitted from SPICE."""

import argparse
from collections.abc import Callable

from system.calibration.effort import Effort
from system.calibration.tables import GOALS, Calibration, calibrate, table_files
from system.cli.terminal import progress_bar, show_table, write
from system.errors import UserError
from system.run.interruption import deferred_interrupts

__all__ = ["execute"]

DISAGREEMENT = 1


def execute(arguments: argparse.Namespace) -> int:
    """Measure the circuits, write the tables and show how well they fit.

    Parameters
    ----------
    arguments : argparse.Namespace
        ``output``: a folder. ``design``: names of cells. ``cells``: a number.

    Returns
    -------
    int
        Exit status: 0, or 1 if a table misses SPICE by more than its goal.

    Raises
    ------
    UserError
        Ngspice is not installed or does not converge, or the folder cannot be written; nothing is
        written then.
    KeyboardInterrupt
        It was stopped; nothing is written.
    """
    try:
        effort = Effort(cells=arguments.cells)
    except ValueError as error:
        raise UserError(str(error)) from error
    cells = list(dict.fromkeys(arguments.design))
    with (
        table_files(arguments.output, cells) as fill,
        # An interrupt would be lost in the callbacks that ngspice makes into Python.
        deferred_interrupts() as stop_requested,
        progress_bar() as progress,
    ):
        report = _stoppable(progress, stop_requested)
        calibration = calibrate(effort, cells=cells, report=report)
        paths = fill(calibration.tables)
    _show(calibration)
    for path in paths:
        write(f"{path}")
    write(f"{len(paths)} tables in {calibration.seconds:.1f} s")
    return 0 if calibration.reached else DISAGREEMENT


def _stoppable(
    progress: Callable[[str, float], None], stop_requested: Callable[[], bool]
) -> Callable[[str, float], None]:
    def report(stage: str, part: float) -> None:
        if stop_requested():
            raise KeyboardInterrupt
        progress(stage, part)

    return report


def _show(calibration: Calibration) -> None:
    tables = calibration.tables
    names = next(iter(tables.values())).checks
    show_table(
        ["figure", *(f"{name}>" for name in tables), "goal>"],
        [
            (
                name,
                *(f"{table.checks[name]:.4g}" for table in tables.values()),
                f"{GOALS[name]:g}" if name in GOALS else "",
            )
            for name in names
        ],
    )
