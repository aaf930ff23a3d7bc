"""SPICE calibration of the gain cells: how long it takes, and how far tables are from SPICE."""

import importlib
from collections.abc import Callable, Iterator

from system.benchmarks import BenchmarkRow, NotMeasured
from system.errors import UserError

__all__ = ["measure"]

TIME_GOAL_S = 60.0  # with a hundred drawn cells
HELD_OUT_GOAL = 0.005  # of full scale


def measure(report: Callable[[str], None]) -> Iterator[BenchmarkRow]:
    """Yield the rows.

    Parameters
    ----------
    report : callable
        Told in a line of text what is being measured.

    Yields
    ------
    BenchmarkRow
        Time, and the largest distance of any table from SPICE where it was not fitted.

    Raises
    ------
    NotMeasured
        PySpice or ngspice is not installed.
    """
    try:
        tables = importlib.import_module("system.calibration.tables")
    except ModuleNotFoundError as error:
        raise NotMeasured(
            f"{error.name} must be installed, but is not: pip install 'axocell[spice]'"
        ) from error
    try:
        done = tables.calibrate(report=lambda stage, _: report(f"calibration: {stage}"))
    except UserError as error:
        raise NotMeasured(str(error)) from error
    for name, value, unit, goal in (
        ("time", done.seconds, "s", TIME_GOAL_S),
        ("held_out", done.held_out_of_full_scale, "of full scale", HELD_OUT_GOAL),
    ):
        yield BenchmarkRow(
            name=f"calibration.{name}", value=value, unit=unit, goal=goal, better="lower"
        )
