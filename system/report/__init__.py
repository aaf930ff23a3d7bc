"""The report of a run: a documented dict, and the self-contained page that shows it."""

from system.report.page import render_html
from system.report.schema import SCHEMA_VERSION, validate_report
from system.report.write import write_report

__all__ = ["SCHEMA_VERSION", "render_html", "validate_report", "write_report"]
