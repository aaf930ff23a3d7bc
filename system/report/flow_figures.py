"""Figures of the flow: how much data enters and leaves, and how fast the models run."""

from typing import Any

import numpy as np

from system.report.plots import Figure, axis
from system.report.units import SPACE, prefix_for, quantity, times

__all__ = ["coded_rate_figure", "data_rate_figure", "speed_figure"]


def data_rate_figure(report: dict[str, Any]) -> Figure | None:
    """Return the data rate before and after detection.

    Parameters
    ----------
    report : dict
        A checked report.

    Returns
    -------
    dict or None
        The figure; None if no rate is known.
    """
    rate = report["data_rate"]
    bars = {
        "raw samples": rate["input_bits_per_s"],
        "spikes with waveforms": rate["snippet_bits_per_s"],
        "spikes, time and channel": rate["event_bits_per_s"],
    }
    known = {name: value for name, value in bars.items() if value is not None}
    largest = max(known.values(), default=0.0)
    if not largest:
        return None
    unit, prefix = prefix_for(largest)
    data = {
        "type": "bar",
        "orientation": "h",
        "x": [round(value / unit, 6) for value in known.values()],
        "y": list(known),
        "text": [quantity(value, "bit/s") for value in known.values()],
        "textposition": "outside",
        "cliponaxis": False,
        "marker": {"color": ["@signal", "@detected", "@detected"][: len(known)]},
        "hoverinfo": "skip",
    }
    layout = {
        "height": 230,
        "bargap": 0.35,
        "xaxis": axis(f"data rate ({prefix}bit/s)", range=[0, 1.18 * largest / unit]),
        "yaxis": {"autorange": "reversed", "ticksuffix": SPACE},
    }
    return {"data": [data], "layout": layout}


def coded_rate_figure(report: dict[str, Any]) -> Figure | None:
    """Return the rate of packets over time, mode by mode.

    Parameters
    ----------
    report : dict
        A checked report.

    Returns
    -------
    dict or None
        The figure; None if nothing was coded for long enough.
    """
    codecs = [item for item in report.get("codecs", []) if len(item["bytes_per_bin"]) > 1]
    if not codecs:
        return None
    rates = [[8 * count / item["bin_s"] for count in item["bytes_per_bin"][:-1]] for item in codecs]
    largest = max(max(rate) for rate in rates)
    if not largest:
        return None
    unit, prefix = prefix_for(largest)
    data = [
        {
            "type": "scatter",
            "mode": "lines",
            "line": {"shape": "hv", "width": 2, "dash": dash},
            "x": [round(index * item["bin_s"], 6) for index in range(len(rate))],
            "y": [round(value / unit, 6) for value in rate],
            "name": item["mode"],
        }
        for item, rate, dash in zip(codecs, rates, ("solid", "dash", "dot"), strict=False)
    ]
    layout = {
        "height": 300,
        "xaxis": axis("time (s)", zeroline=False),
        "yaxis": axis(f"packets ({prefix}bit/s)", rangemode="tozero"),
        "showlegend": True,
        "legend": {"orientation": "h", "y": 1.15},
    }
    return {"data": data, "layout": layout}


def speed_figure(report: dict[str, Any]) -> Figure | None:
    """Return how many times faster than real time each model ran, from the line of one.

    Parameters
    ----------
    report : dict
        A checked report.

    Returns
    -------
    dict or None
        The figure; None if no speed is known.
    """
    speed = report["speed"]
    rows = {
        "golden chain": speed["golden_x_real_time"],
        "frontend model": speed["frontend_x_real_time"],
        "circuit, simulated": speed["rtl_x_real_time"],
    }
    known = {name: value for name, value in rows.items() if value}
    if not known:
        return None
    stems: Figure = {
        "type": "scatter",
        "mode": "lines",
        "x": [x for value in known.values() for x in (1, value, None)],
        "y": [y for name in known for y in (name, name, None)],
        "line": {"width": 3, "color": "@detected"},
        "hoverinfo": "skip",
    }
    heads: Figure = {
        "type": "scatter",
        "mode": "markers+text",
        "x": list(known.values()),
        "y": list(known),
        "text": [f"  {times(value)}  " for value in known.values()],
        "textposition": [
            "middle right" if value >= 1 else "middle left" for value in known.values()
        ],
        "marker": {"size": 11, "color": "@detected"},
        "cliponaxis": False,
        "hoverinfo": "skip",
    }
    ends = np.log10([min(1.0, *known.values()), max(1.0, *known.values())])
    margin = 0.25 * max(1.0, float(ends[1] - ends[0]))
    layout = {
        "height": 230,
        "showlegend": False,
        "shapes": [
            {
                "type": "line",
                "x0": 1,
                "x1": 1,
                "y0": 0,
                "y1": 1,
                "yref": "paper",
                "line": {"color": "@ink", "width": 1.5, "dash": "dash"},
            }
        ],
        "xaxis": axis(
            "times real time (1 = as fast as the chip)",
            type="log",
            range=[round(float(ends[0]) - margin, 3), round(float(ends[1]) + margin, 3)],
            dtick=1,
        ),
        "yaxis": {"autorange": "reversed", "ticksuffix": SPACE},
    }
    return {"data": [stems, heads], "layout": layout}
