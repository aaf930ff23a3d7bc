"""The page: one HTML file that holds its own script, style, figures and data."""

import base64
import hashlib
import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from system.report import units
from system.report.figures import build_figures
from system.report.frontend_tables import every_row, spread
from system.report.headline import headline, microwatts, summary
from system.report.palette import DARK, LIGHT, css_variables
from system.report.schema import validate_report
from system.report.tables import (
    codec_check_grid,
    coded_grid,
    design_tables,
    score_grid,
    score_rows,
)
from system.report.trace_figures import trace_rows

__all__ = ["render_html"]


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("system.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "count": units.count,
        "microwatts": microwatts,
        "percent": units.percent,
        "quantity": units.quantity,
        "significant": units.significant,
        "times": units.times,
    }
    return environment


@cache
def _asset(name: str) -> str:
    return files("system.report").joinpath("templates", name).read_text(encoding="utf-8").strip()


def _source_hash(script: str) -> str:
    """Return the expression that lets a content security policy admit just this script."""
    digest = hashlib.sha256(script.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _embedded_json(value: object) -> Markup:
    """Return ``value`` as JSON that no reader of HTML takes for markup."""
    text = json.dumps(value, allow_nan=False, separators=(",", ":"), sort_keys=True)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # escaped just above


def render_html(report: Mapping[str, object]) -> str:
    """Return the page of ``report``.

    It loads nothing: plotly.js, style and data are inside, and its content security policy forbids
    every request and every script but the page's own two.

    Parameters
    ----------
    report : Mapping
        The report; see :func:`system.report.schema.validate_report`.

    Returns
    -------
    str
        An HTML document, UTF-8.

    Raises
    ------
    ValueError
        If the report breaks its schema.
    """
    clean = validate_report(report)
    figures = build_figures(clean)
    rows = trace_rows(clean)
    plotly, script = get_plotlyjs().strip(), _asset("report.js")
    data = {"figures": figures, "rows": rows, "palettes": {"light": LIGHT, "dark": DARK}}
    context: dict[str, Any] = {
        "report": clean,
        "figures": figures,
        "rows": rows,
        "headline": headline(clean),
        "summary": summary(clean),
        "score_rows": score_rows(clean["detection"]),
        "score_grid": score_grid(clean["detection"]),
        "coded_grid": coded_grid(clean.get("codecs", [])),
        "codec_check_grid": codec_check_grid(clean.get("codec_rtl_golden", [])),
        "channel_spread": spread(clean["frontend"]["channels"]),
        "channel_grid": every_row(clean["frontend"]["channels"], "channel"),
        "converter_grid": every_row(clean["frontend"].get("converters", []), "converter"),
        "design_tables": design_tables(clean["design"]),
        "light": css_variables(LIGHT),
        "dark": css_variables(DARK),
        "style": Markup(_asset("report.css")),  # ours
        "plotly": Markup(plotly),  # plotly's, written to stand in a page
        "script": Markup(script),  # ours
        "script_sources": f"{_source_hash(plotly)} {_source_hash(script)}",
        "data": _embedded_json(data),
    }
    return _environment().get_template("report.html").render(context)
