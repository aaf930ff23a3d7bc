"""Histograms of what was measured on the channels of the analog frontend."""

from typing import Any

import numpy as np
import numpy.typing as npt

from system.report.plots import Figure, axis, grid_domains

__all__ = ["FEWEST_FOR_HISTOGRAM", "dies_figure"]

FEWEST_FOR_HISTOGRAM = 8  # below, a table says more
MEASURES = (
    ("enob_bits", "ENOB (bit)", 1.0),
    ("sndr_db", "SNDR (dB)", 1.0),
    ("input_noise_v", "input noise (µV rms)", 1e6),
    ("nef", "noise efficiency factor", 1.0),
)


def dies_figure(report: dict[str, Any]) -> Figure | None:
    """Return histograms of what was measured on the channels of the die.

    Parameters
    ----------
    report : dict
        A checked report.

    Returns
    -------
    dict or None
        The figure; None if fewer than :data:`FEWEST_FOR_HISTOGRAM` channels were measured.
    """
    channels = report["frontend"]["channels"]
    if len(channels) < FEWEST_FOR_HISTOGRAM:
        return None
    data: list[Figure] = []
    layout: Figure = {"height": 270, "showlegend": False, "bargap": 0.06}
    for index, domain in enumerate(grid_domains(len(MEASURES), 0.06)):
        key, title, factor = MEASURES[index]
        values = [factor * item[key] for item in channels if item[key] is not None]
        number = "" if index == 0 else str(index + 1)
        heights, edges = _histogram(values)
        data.append(
            {
                "type": "bar",
                "x": np.round((edges[1:] + edges[:-1]) / 2, 6).tolist(),
                "y": heights.tolist(),
                "width": round(float(edges[1] - edges[0]) * 0.94, 9),
                "xaxis": f"x{number}",
                "yaxis": f"y{number}",
                "marker": {"color": "@detected"},
                "hovertemplate": "%{x:.4g}: %{y} channels<extra></extra>",
            }
        )
        layout[f"xaxis{number}"] = axis(title, domain=domain, anchor=f"y{number}", nticks=5)
        layout[f"yaxis{number}"] = axis(
            "channels" if index == 0 else "",
            anchor=f"x{number}",
            nticks=5,
            tickformat="d",
            range=[0, 1.08 * max(1, int(heights.max()))],
        )
    return {"data": data, "layout": layout}


def _histogram(values: list[float]) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Return counts and edges; dies that are all alike get one bar of some width."""
    if not values:
        return np.zeros(1, dtype=int), np.array([0.0, 1.0])
    low, high = min(values), max(values)
    least = 1e-3 * max(abs(low), abs(high), 1e-9)
    if high - low < least:
        return np.array([len(values)]), np.array([low - least, high + least])
    return np.histogram(values, bins=min(16, 3 + int(np.sqrt(len(values)))))
