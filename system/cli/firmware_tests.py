"""``axocell firmware test``: the public tests of the instruction set."""

import argparse
from collections import Counter

from system.cli.terminal import progress_bar, show_table, write
from system.firmware.public_runs import run_public_tests, version_difference
from system.firmware.public_sources import find_public_sources

__all__ = ["run_tests"]


def run_tests(arguments: argparse.Namespace) -> int:
    """Run public tests and say how many pass, and of each other one why it does not.

    Parameters
    ----------
    arguments : argparse.Namespace
        ``tests`` (names of suites or tests; all if empty) and ``on``.

    Returns
    -------
    int
        Exit status: 0, or 1 if a test fails.

    Raises
    ------
    UserError
        The tests or a compiler are not there, or there is no such test.
    """
    sources, note = find_public_sources(), version_difference()
    passed: Counter[tuple[str, str]] = Counter()
    different: Counter[tuple[str, str]] = Counter()
    failed: Counter[tuple[str, str]] = Counter()
    lines = []
    with progress_bar() as progress:
        for run in run_public_tests(
            sources,
            arguments.on,
            chosen=arguments.tests,
            report=lambda text: progress(text, -1.0),
        ):
            core = f"rv32{run.test.architecture}"
            kind = failed if run.complaint else different if run.difference else passed
            kind[core, run.test.suite] += 1
            if run.complaint or run.difference:
                verdict = "FAILED" if run.complaint else "differs"
                lines.append(
                    f"{core}, {run.test.name} {verdict}: {run.complaint or run.difference}"
                )
    show_table(
        ["core", "suite", "passed>", "differs>", "failed>"],
        [
            (*suite, *(f"{kind[suite]}" for kind in (passed, different, failed)))
            for suite in dict.fromkeys((*passed, *different, *failed))
        ],
    )
    for line in lines:
        write(line)
    if note:
        write(f"Note: {note}")
    return 1 if failed else 0
