"""Attention in gain cells: agreement, speed, accuracy, schedule and energy beside their goals."""

import importlib
from collections.abc import Callable, Iterator

from system.benchmarks import BenchmarkRow, NotMeasured

__all__ = ["measure"]

PARTS = ("costs", "models", "rtl", "language")
"""Modules of this package, each with a ``measure(report)`` of its own."""


def measure(report: Callable[[str], None]) -> Iterator[BenchmarkRow]:
    """Yield the rows of every part.

    Parameters
    ----------
    report : callable
        Told in a line of text what is being measured.

    Yields
    ------
    BenchmarkRow
        Each row once.

    Raises
    ------
    NotMeasured
        The optional extra for the language model is not installed.
    """
    try:
        parts = [importlib.import_module(f"{__name__}.{part}") for part in PARTS]
    except ModuleNotFoundError as error:
        raise NotMeasured(
            f"{error.name} must be installed, but is not: pip install 'axocell[attention]'"
        ) from error
    for part in parts:
        yield from part.measure(report)
