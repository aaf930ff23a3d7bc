"""What gain cells cost a language model, from finished runs of ``axocell attention --full``.

A run takes forty minutes and more, so that this benchmark starts none: it reads the reports
of those that have finished, one a seed, each in ``build/attention/seed-N``.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import fmean
from typing import Any

from system.benchmarks import BenchmarkRow, NotMeasured
from system.errors import UserError

__all__ = ["measure"]

RUNS = Path("build/attention")
BITS_GOAL = 0.10
INITIALISED_GOAL = 0.85
CALIBRATED_GOAL = 0.95
DIFFERENT = ("seed", "noise_steps", "dies")  # of the plans of one figure's runs


def measure(report: Callable[[str], None], *, folder: Path = RUNS) -> Iterator[BenchmarkRow]:
    """Yield the rows: means over the seeds, and the worst of them.

    Parameters
    ----------
    report : callable
        Told in a line of text what is being measured.
    folder : Path
        Holds ``seed-N/report.json`` of each run.

    Yields
    ------
    BenchmarkRow
        Bits per character, parts of the loss recovered, imperfections that can be afforded.

    Raises
    ------
    NotMeasured
        No run has finished.
    UserError
        A report is not one, or is of a run that was trained otherwise than the first.
    """
    paths = sorted(folder.glob("seed-*/report.json"))
    if not paths:
        raise NotMeasured(
            f"attention_language must find a run in {folder}, but finds none: axocell attention "
            f"--full --seed 1 --output {folder / 'seed-1'}"
        )
    report(f"attention_language: reading {len(paths)} reports")
    runs = [_read(path) for path in paths]
    plans = [{**each["plan"], **dict.fromkeys(DIFFERENT)} for each in runs]
    for path, plan in zip(paths, plans, strict=True):
        if plan != plans[0]:
            name = next(key for key in plan if plan[key] != plans[0][key])
            raise UserError(
                f"{path}: must be of a run like that of {paths[0]}, whose {name} is "
                f"{plans[0][name]}, not {plan[name]}"
            )
    yield _row("seeds", float(len(runs)), better="higher")
    yield _row("steps", float(plans[0]["steps"]), better="higher")
    gaps = [each["hardware_minus_software_bits"] for each in runs]
    yield _row("hardware_minus_software", fmean(gaps), unit="bit", goal=BITS_GOAL)
    yield _row("hardware_minus_software.worst_seed", max(gaps), unit="bit")
    yield from _recovered(runs)
    swept = [each for each in runs if each["sweeps"]]
    if swept:
        yield from _affordable(swept)


def _recovered(runs: list[dict[str, Any]]) -> Iterator[BenchmarkRow]:
    for name, model, goal in (
        ("statistics", "nonlinear, statistics matched", None),
        ("initialised", "nonlinear, initialised", INITIALISED_GOAL),
        ("scalers", "nonlinear, scalers calibrated", CALIBRATED_GOAL),
    ):
        parts = [each["recovered"][model] for each in runs]
        known = [each for each in parts if each is not None]
        if known:
            yield _row(f"recovered.{name}", fmean(known), goal=goal, better="higher")


def _affordable(runs: list[dict[str, Any]]) -> Iterator[BenchmarkRow]:
    """Yield what can be afforded of each imperfection; of one that no run found, its largest."""
    for number, swept in enumerate(runs[0]["sweeps"]):
        if not swept["grows"]:
            continue
        name = swept["knob"].replace(" ", "_").replace("'", "")
        largest = max(point["value"] for point in swept["points"])
        for key, suffix in (("affordable", ""), ("affordable_noise_aware", ".noise_aware")):
            if key.endswith("aware") and swept["points"][0]["noise_aware_bits"] is None:
                continue
            values = [each["sweeps"][number][key] or largest for each in runs]
            yield _row(
                f"affordable.{name}{suffix}", fmean(values), unit=swept["unit"], better="higher"
            )


def _row(
    name: str, value: float, *, unit: str = "", goal: float | None = None, better: str = "lower"
) -> BenchmarkRow:
    return BenchmarkRow(
        name=f"attention_language.{name}",
        value=value,
        unit=unit,
        goal=goal,
        better="higher" if better == "higher" else "lower",
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        for key in ("plan", "recovered", "sweeps", "hardware_minus_software_bits"):
            found[key]
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path}: must be a report of axocell attention, but is not") from error
    return found
