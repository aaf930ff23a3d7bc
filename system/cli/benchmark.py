"""``axocell benchmark``: figures beside their goals."""

import argparse
from contextlib import nullcontext

from system.atomic import atomic_file
from system.benchmarks import (
    BenchmarkRow,
    NotMeasured,
    benchmark_names,
    rows_as_json,
    run_benchmarks,
)
from system.cli.terminal import progress_bar, show_table, write

__all__ = ["execute"]


def execute(arguments: argparse.Namespace) -> int:
    """Measure, show the table, and write the rows as JSON if asked to.

    Parameters
    ----------
    arguments : argparse.Namespace
        ``name`` and ``output``.

    Returns
    -------
    int
        Exit status: 0, whether or not the goals are reached.

    Raises
    ------
    NotMeasured
        The one benchmark that was asked for needs what is not here. Among all of them it is left
        out, and a line below the table says why.
    """
    names = [arguments.name] if arguments.name else benchmark_names()
    output = atomic_file(arguments.output) if arguments.output else nullcontext()
    with output as temporary:  # opened first: minutes of measuring should not end in a refusal
        with progress_bar() as progress:
            rows: list[BenchmarkRow] = []
            left_out: list[str] = []
            for name in names:
                try:
                    rows += run_benchmarks([name], lambda text: progress(text, -1.0))
                except NotMeasured as error:
                    if arguments.name:
                        raise
                    left_out.append(f"{name} was not measured: {error}")
        if temporary is not None:
            temporary.write_text(rows_as_json(rows), encoding="utf-8")
    show_table(["name", "value>", "unit", "goal>", "reached"], [_cells(row) for row in rows])
    for line in left_out:
        write(line)
    return 0


def _cells(row: BenchmarkRow) -> tuple[str, ...]:
    sign = {"higher": "\N{GREATER-THAN OR EQUAL TO}", "lower": "\N{LESS-THAN OR EQUAL TO}"}
    goal = "" if row.goal is None else f"{sign[row.better]} {row.goal:g}"
    reached = {None: "", True: "yes", False: "no"}[row.reached]
    return row.name, f"{row.value:.4g}", row.unit, goal, reached
