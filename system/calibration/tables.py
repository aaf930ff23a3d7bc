"""Behavioural tables of the gain cells and their converters, refitted from SPICE and written."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from analog_models.attention.cell_tables import CellTable, cell_table_json
from analog_models.spice.cell_circuit import CELLS
from analog_models.spice.columns import CELL_CONVERTERS, CONVERTER_SETS
from analog_models.spice.session import NgspiceSession, SpiceError, open_session
from system.atomic import atomic_file
from system.calibration.cell_fit import measure_cell
from system.calibration.converter_fit import measure_converter
from system.calibration.effort import Effort
from system.errors import UserError

__all__ = ["GOALS", "Calibration", "calibrate", "measure_tables", "table_files"]

GOALS = {"held_out_of_full_scale": 0.005, "aged_held_out_of_full_scale": 0.005}
"""Checks of a table that have a goal: how far from SPICE it may be where it was not fitted."""


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """Tables, and what they cost.

    Parameters
    ----------
    tables : mapping of str to CellTable
        By the name of the cell.
    seconds : float
        How long it took, by the clock, seconds.
    """

    tables: Mapping[str, CellTable]
    seconds: float

    @property
    def held_out_of_full_scale(self) -> float:
        """Largest distance from SPICE of any table at points that it was not fitted to."""
        return max(table.checks[name] for table in self.tables.values() for name in GOALS)

    @property
    def reached(self) -> bool:
        """Whether every table reaches the goals."""
        return all(
            table.checks[name] <= goal
            for table in self.tables.values()
            for name, goal in GOALS.items()
        )


def calibrate(
    effort: Effort | None = None,
    *,
    cells: Sequence[str] = tuple(CELLS),
    report: Callable[[str, float], None] = lambda *_: None,
) -> Calibration:
    """Measure cells and converters with the ngspice of this process.

    Parameters
    ----------
    effort : Effort
        How much of the Monte Carlo part is done; all of it unless told.
    cells : sequence of str
        Names of cells.
    report : callable
        Told the stage, and the part of it that is done, 0 to 1.

    Returns
    -------
    Calibration
        The tables.

    Raises
    ------
    UserError
        Ngspice is not installed, or does not converge.
    """
    began_s = time.perf_counter()
    try:
        tables = measure_tables(open_session(), effort or Effort(), cells=cells, report=report)
    except SpiceError as error:
        raise UserError(str(error)) from error
    return Calibration(tables=tables, seconds=time.perf_counter() - began_s)


def measure_tables(
    session: NgspiceSession,
    effort: Effort,
    *,
    cells: Sequence[str],
    report: Callable[[str, float], None] = lambda *_: None,
) -> dict[str, CellTable]:
    """Measure cells, and for each the two converters behind it.

    Parameters
    ----------
    session : NgspiceSession
        The simulator.
    effort : Effort
        How much of the Monte Carlo part is done.
    cells : sequence of str
        Names of cells.
    report : callable
        Told the stage, and the part of it that is done, 0 to 1.

    Returns
    -------
    dict of str to CellTable
        By the name of the cell.

    Raises
    ------
    SpiceError
        Ngspice does not converge.
    """
    converters = {
        made_for: {
            kind: measure_converter(
                session,
                design,
                effort,
                report=lambda part, stage=f"{kind} converter, {made_for}": report(stage, part),
            )
            for kind, design in CONVERTER_SETS[made_for].items()
        }
        for made_for in dict.fromkeys(CELL_CONVERTERS[name] for name in cells)
    }
    return {
        name: measure_cell(
            session,
            name,
            effort,
            converters[CELL_CONVERTERS[name]],
            report=lambda part, name=name: report(f"{name} cell", part),
        )
        for name in cells
    }


@contextmanager
def table_files(
    folder: Path, cells: Sequence[str]
) -> Iterator[Callable[[Mapping[str, CellTable]], list[Path]]]:
    """Reserve a file a table, so that a folder that cannot be written is known at once.

    Parameters
    ----------
    folder : Path
        Where the files appear when the body succeeds; none does when it fails.
    cells : sequence of str
        Names of the tables.

    Yields
    ------
    callable
        Takes the tables by name, fills the files and returns the paths where they will be.

    Raises
    ------
    UserError
        The folder cannot be written.
    """
    paths = [folder / f"{name}.json" for name in cells]
    with ExitStack() as stack:
        files = [stack.enter_context(atomic_file(path)) for path in paths]

        def fill(tables: Mapping[str, CellTable]) -> list[Path]:
            for name, file in zip(cells, files, strict=True):
                file.write_text(cell_table_json(tables[name]), encoding="utf-8")
            return paths

        yield fill
