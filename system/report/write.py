"""Write a report as JSON and as a page: both whole, or neither."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from system.atomic import atomic_file
from system.report.page import render_html
from system.report.schema import validate_report

__all__ = ["report_json", "write_report"]


def report_json(report: Mapping[str, object]) -> str:
    """Return ``report`` as JSON text.

    Parameters
    ----------
    report : Mapping
        The report; see :func:`system.report.schema.validate_report`.

    Returns
    -------
    str
        Keys sorted, lists of plain values on one line, null for what is not a number.

    Raises
    ------
    ValueError
        If the report breaks its schema.
    """
    return _json_text(validate_report(report), "") + "\n"


def _json_text(value: object, indent: str) -> str:
    inner = indent + " "
    if isinstance(value, dict) and value:
        items = [
            f"{inner}{json.dumps(key)}: {_json_text(item, inner)}"
            for key, item in sorted(value.items())
        ]
        return "{\n" + ",\n".join(items) + f"\n{indent}}}"
    if isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
        items = [f"{inner}{_json_text(item, inner)}" for item in value]
        return "[\n" + ",\n".join(items) + f"\n{indent}]"
    return json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":"))


def write_report(report: Mapping[str, object], folder: str | os.PathLike[str]) -> tuple[Path, Path]:
    """Write ``report.json`` and ``report.html``.

    Both texts are made, and both files are on the disk under another name, before either takes its
    place: a reader never meets half a file, and an error leaves earlier reports as they were.

    Parameters
    ----------
    report : Mapping
        The report; see :func:`system.report.schema.validate_report`.
    folder : path
        Where to; made if it is not there.

    Returns
    -------
    tuple of (Path, Path)
        The JSON file and the page.

    Raises
    ------
    ValueError
        If the report breaks its schema.
    UserError
        If the folder cannot be written.
    """
    clean = validate_report(report)
    data, page = report_json(clean), render_html(clean)
    data_path, page_path = Path(folder) / "report.json", Path(folder) / "report.html"
    with atomic_file(page_path) as new_page, atomic_file(data_path) as new_data:
        new_page.write_text(page, encoding="utf-8", newline="\n")
        new_data.write_text(data, encoding="utf-8", newline="\n")
    return data_path, page_path
