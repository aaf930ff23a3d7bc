"""Figures that the kit measures of itself, each beside the goal it is to reach.

A benchmark is a module of this package with a ``measure(report)`` that yields rows; its docstring
says what it measures. ``report`` is called with a line of text whenever there is progress.
"""

import importlib
import json
import math
import pkgutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Literal

from system.errors import UserError

__all__ = ["BenchmarkRow", "NotMeasured", "benchmark_names", "rows_as_json", "run_benchmarks"]


class NotMeasured(UserError):
    """A benchmark needs what is not here: hardware, or an optional package."""


@dataclass(frozen=True, kw_only=True)
class BenchmarkRow:
    """One measured figure.

    Parameters
    ----------
    name : str
        What was measured, dotted, beginning with the name of its benchmark.
    value : float
        The figure.
    unit : str
        Its unit; empty for a plain number.
    goal : float or None
        What it should reach, in the same unit; ``None`` for a figure that only informs.
    better : {"higher", "lower"}
        In which direction the goal lies.
    """

    name: str
    value: float
    unit: str
    goal: float | None
    better: Literal["higher", "lower"]

    def __post_init__(self) -> None:
        if not self.name:
            raise ValueError("benchmark row name must not be empty")
        if not math.isfinite(self.value):
            raise ValueError(
                f"benchmark row {self.name} must have a finite value, not {self.value}"
            )
        if self.better not in ("higher", "lower"):
            raise ValueError(
                f"benchmark row {self.name} must be better higher or lower, not {self.better!r}"
            )

    @property
    def reached(self) -> bool | None:
        """Whether the goal is reached; ``None`` without a goal.

        Examples
        --------
        >>> row = BenchmarkRow(name="speed.rtl", value=3.0, unit="x", goal=4.0, better="higher")
        >>> row.reached
        False
        """
        if self.goal is None:
            return None
        return self.value >= self.goal if self.better == "higher" else self.value <= self.goal


def benchmark_names() -> list[str]:
    """Return the names of all benchmarks.

    Returns
    -------
    list of str
        In alphabetical order.
    """
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def run_benchmarks(names: Iterable[str], report: Callable[[str], None]) -> Iterator[BenchmarkRow]:
    """Yield the rows of some benchmarks as they are measured.

    Parameters
    ----------
    names : iterable of str
        Names from :func:`benchmark_names`.
    report : callable
        Told in a line of text what is being measured.

    Yields
    ------
    BenchmarkRow
        Each row once.

    Raises
    ------
    UserError
        There is no such benchmark; nothing has been measured then.
    NotMeasured
        A benchmark needs what is not here.
    """
    known = benchmark_names()
    names = list(names)
    for name in names:
        if name not in known:
            raise UserError(f"benchmark must be one of {', '.join(known)}, not {name!r}")
    for name in names:
        yield from importlib.import_module(f"{__name__}.{name}").measure(report)


def rows_as_json(rows: Iterable[BenchmarkRow]) -> str:
    """Return rows as a JSON list of objects with the fields of :class:`BenchmarkRow`.

    Parameters
    ----------
    rows : iterable of BenchmarkRow
        The rows.

    Returns
    -------
    str
        Text of the JSON document.
    """
    return json.dumps([asdict(row) for row in rows], indent=2) + "\n"
