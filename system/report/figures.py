"""Every figure of the report, by the name of its place on the page."""

from typing import Any

from system.report.detection_figures import channels_figure, events_figure, noise_figure
from system.report.flow_figures import coded_rate_figure, data_rate_figure, speed_figure
from system.report.frontend_figures import dies_figure
from system.report.plots import Figure
from system.report.spectrum_figure import spectrum_figure
from system.report.trace_figures import waveforms_figure

__all__ = ["build_figures"]


def build_figures(report: dict[str, Any]) -> dict[str, Figure]:
    """Return the figures that the report has something to show in.

    Parameters
    ----------
    report : dict
        A checked report.

    Returns
    -------
    dict of str to dict
        Figures as plotly.js draws them, with the shorthands of :mod:`system.report.plots`. The
        traces are not among them: the page stacks those from rows.
    """
    detection = report["detection"]
    figures = {
        "events": events_figure(report),
        "noise": noise_figure(detection),
        "channels": channels_figure(detection),
        "waveforms": waveforms_figure(report),
        "spectrum": spectrum_figure(report),
        "dies": dies_figure(report),
        "data-rate": data_rate_figure(report),
        "coded-rate": coded_rate_figure(report),
        "speed": speed_figure(report),
    }
    return {name: figure for name, figure in figures.items() if figure is not None}
