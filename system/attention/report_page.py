"""The report of a chain as tables and as a page that needs no network."""

import json
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from system.atomic import atomic_file
from system.attention.sweeps import AFFORDED_BITS
from system.report.palette import DARK, LIGHT, css_variables

__all__ = ["ReportTable", "percent", "tables", "write_report"]


@dataclass(frozen=True, kw_only=True)
class ReportTable:
    """One table of the report.

    Parameters
    ----------
    title : str
        What it shows.
    headings : tuple of str
        One for each column; ``>`` at the end aligns it to the right.
    rows : list of tuple of str
        The cells.
    bars : tuple of float
        What each row is worth, for a bar beside it on the page; empty for no bars.
    note : str
        A sentence below it on the page.
    """

    title: str
    headings: tuple[str, ...]
    rows: list[tuple[str, ...]]
    bars: tuple[float, ...] = ()
    note: str = ""

    @property
    def lengths(self) -> list[float]:
        """Length of each row's bar, percent of the longest; of what is negative, none."""
        longest = max(self.bars, default=0.0)
        return [100 * max(each, 0.0) / longest if longest > 0 else 0.0 for each in self.bars]


def tables(report: dict[str, Any]) -> list[ReportTable]:
    """Return the report as tables.

    Parameters
    ----------
    report : dict
        Of :func:`system.attention.report.build_report`.

    Returns
    -------
    list of ReportTable
        Models, figures, and the sweeps if there are any.
    """
    found = [_models(report), _figures(report)]
    if report["sweeps"]:
        found += [_dominant(report), _sweeps(report)]
    return found


def _models(report: dict[str, Any]) -> ReportTable:
    rows = [
        (
            each["name"],
            f"{each['bits']:.3f}",
            str(each["steps"]),
            f"{each['seconds']:.1f}",
            f"1/{each['one_in']}",
        )
        for each in report["models"]
    ]
    return ReportTable(
        title=f"Bits per {report['corpus']['unit']}",
        headings=("model", "bits>", "steps>", "CPU s>", "judged>"),
        rows=rows,
        bars=tuple(each["bits"] for each in report["models"]),
        note="Steps are those of training behind a model, of all its stages; seconds are those "
        "since the model above it; judged is the part of the validation text.",
    )


def _figures(report: dict[str, Any]) -> ReportTable:
    recovered = [
        (f"loss of linear to nonlinear recovered: {name.partition(', ')[2]}", percent(part))
        for name, part in report["recovered"].items()
    ]
    return ReportTable(
        title="Figures",
        headings=("figure", "value>"),
        rows=[
            (
                f"hardware minus software at equal steps, bits per {report['corpus']['unit']}",
                _signed(report["hardware_minus_software_bits"]),
            ),
            *recovered,
            ("training speed, hardware over softmax", f"{report['training_speed_ratio']:.2f}"),
        ],
    )


def _dominant(report: dict[str, Any]) -> ReportTable:
    return ReportTable(
        title="What dominates, dearest first",
        headings=("what", "expected", "change>", "why so much"),
        rows=[
            (
                each["knob"],
                f"{each['value']:g} {each['unit']}".strip(),
                _signed(each["bits"]),
                each["reason"],
            )
            for each in report["dominant"]
        ],
        bars=tuple(each["bits"] for each in report["dominant"]),
        note="Each alone, at the value that a design must reckon with; nothing trained again.",
    )


def _sweeps(report: dict[str, Any]) -> ReportTable:
    hardened = any(
        point["noise_aware_bits"] is not None
        for each in report["sweeps"]
        for point in each["points"]
    )
    rows = []
    for each in report["sweeps"]:
        cells = [each["knob"], each["unit"], _changes(each, "bits"), _afforded(each, "affordable")]
        if hardened:
            cells += [_changes(each, "noise_aware_bits"), _afforded(each, "affordable_noise_aware")]
        rows.append(tuple(cells))
    headings = ("what", "unit", "value: change in bits", f"affordable for +{AFFORDED_BITS:g}>")
    if hardened:
        headings += ("the same, noise-aware", "affordable>")
    return ReportTable(title="Change of one thing", headings=headings, rows=rows)


def _changes(swept: dict[str, Any], key: str) -> str:
    return ", ".join(
        f"{point['value']:g}: {_signed(point[key])}"
        for point in swept["points"]
        if point[key] is not None
    )


def _afforded(swept: dict[str, Any], key: str) -> str:
    if swept[key] is not None:
        return f"{swept[key]:.2g}"
    if not swept["grows"] or not any(point["bits"] is not None for point in swept["points"]):
        return ""
    key = "bits" if key == "affordable" else "noise_aware_bits"
    tried = [point["value"] for point in swept["points"] if point[key] is not None]
    return f"> {max(tried):g}" if tried else ""


def percent(part: float | None) -> str:
    """Return a part of the loss as text.

    Parameters
    ----------
    part : float or None
        The part; None if there was hardly any loss.

    Returns
    -------
    str
        Percent.

    Examples
    --------
    >>> percent(0.853), percent(None)
    ('85 %', 'no loss')
    """
    return "no loss" if part is None else f"{100 * part:.0f} %"


def _signed(bits: float) -> str:
    return f"{bits:+.3f}"


def write_report(report: dict[str, Any], folder: Path) -> tuple[Path, Path]:
    """Write ``report.json`` and ``report.html``, both or neither.

    Parameters
    ----------
    report : dict
        Of :func:`system.attention.report.build_report`.
    folder : Path
        Where to.

    Returns
    -------
    tuple of (Path, Path)
        The data and the page.

    Raises
    ------
    UserError
        The folder cannot be written.
    """
    data_path, page_path = folder / "report.json", folder / "report.html"
    with atomic_file(page_path) as page, atomic_file(data_path) as data:
        page.write_text(_page(report), encoding="utf-8", newline="\n")
        text = json.dumps(report, indent=1, allow_nan=False)
        data.write_text(text + "\n", encoding="utf-8", newline="\n")
    return data_path, page_path


def _page(report: dict[str, Any]) -> str:
    environment = Environment(
        loader=PackageLoader("system.attention"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = files("system.report").joinpath("templates", "report.css").read_text(encoding="utf-8")
    return environment.get_template("report.html").render(
        report=report,
        bits={each["name"]: each["bits"] for each in report["models"]},
        tables=tables(report),
        percent=percent,
        light=css_variables(LIGHT),
        dark=css_variables(DARK),
        style=Markup(style),  # ours
    )
