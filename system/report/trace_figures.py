"""Figures of the signal itself: excerpts with their spikes, and the waveforms that were cut out."""

from typing import Any

import numpy as np
import numpy.typing as npt

from system.report.plots import Figure, axis, grid_domains, packed
from system.report.units import count, prefix_for

__all__ = ["MAX_PANELS", "MAX_TRACE_SAMPLES", "trace_rows", "waveforms_figure"]

MAX_TRACE_SAMPLES = 600_000  # of all rows: 1.6 MB of page, and panning stays smooth
MAX_PANELS = 12  # three rows of four fill a laptop's screen
PANELS_PER_ROW = 4
TIME_DIGITS = 6  # a microsecond: a hundredth of a pixel in any window that shows a spike


def _far(
    times: npt.NDArray[np.float64], others: npt.NDArray[np.float64], limit: float
) -> npt.NDArray[np.bool_]:
    """Return which of ``times`` have none of the sorted ``others`` within ``limit``."""
    padded = np.concatenate(([-np.inf], others, [np.inf]))
    after = np.searchsorted(padded[:-1], times)
    nearest = np.minimum(times - padded[np.maximum(after - 1, 0)], padded[after] - times)
    return nearest > limit


def _marks(
    times: npt.NDArray[np.float64], height: float, name: str, symbol: str, colour: str
) -> Figure:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "legendgroup": name,
        "x": np.round(times, TIME_DIGITS).tolist(),
        "y": [height] * len(times),
        "marker": {
            "symbol": symbol,
            "size": 8,
            "color": colour,
            "line": {"width": 1.6, "color": colour},
        },
        "hovertemplate": "%{x:.5f} s<extra>" + name + "</extra>",
    }


def _spike_marks(
    trace: dict[str, Any], detection: dict[str, Any] | None, top: float, step: float
) -> list[Figure]:
    """Return the marks above a trace, told apart by whether detection and truth agree."""
    spikes = np.sort(np.asarray(trace["spike_s"], dtype=np.float64))
    if trace["truth_s"] is None:
        return [_marks(spikes, top + step, "detected", "triangle-down", "@detected")]
    truth = np.sort(np.asarray(trace["truth_s"], dtype=np.float64))
    tolerance_s = detection["tolerance_s"] if detection else 0.5e-3
    offset_s = (detection["timing_error_s"]["offset"] if detection else 0.0) or 0.0
    neutral = np.sort(np.asarray(trace.get("neutral_s", []), dtype=np.float64))
    anything = np.sort(np.concatenate((truth, neutral)))
    alarm = _far(spikes - offset_s, anything, tolerance_s)
    missed = _far(truth, spikes - offset_s, tolerance_s)
    low, high = top + step, top + 2 * step
    return [
        _marks(spikes[~alarm], high, "detected", "triangle-down", "@detected"),
        _marks(spikes[alarm], high, "detected, no true spike", "x-thin-open", "@alarm"),
        _marks(truth[~missed], low, "true spike", "circle-open", "@truth"),
        _marks(truth[missed], low, "true spike, missed", "square-open", "@missed"),
        _marks(neutral, low, "faint spike, not asked for", "diamond-open", "@signal"),
    ]


def _row(trace: dict[str, Any], detection: dict[str, Any] | None) -> dict[str, Any]:
    volts = np.asarray(trace["filtered_v"], dtype=np.float64)
    largest_v = float(np.max(np.abs(volts), initial=0.0, where=np.isfinite(volts)))
    unit_v, prefix = prefix_for(largest_v)
    values = volts / unit_v
    top, bottom = (float(np.nanmax(values)), float(np.nanmin(values))) if largest_v else (1.0, -1.0)
    step = 0.13 * (top - bottom)
    period_s = 1 / trace["sampling_rate_hz"]
    line = {
        "type": "scatter",
        "mode": "lines",
        "name": "filtered",
        "legendgroup": "filtered",
        "x0": trace["start_s"],
        "dx": period_s,
        "y": packed(values),
        "line": {"width": 1, "color": "@signal"},
        "hovertemplate": "%{x:.5f} s, %{y:.1f} " + prefix + "V<extra></extra>",
    }
    data = [line]
    if trace.get("threshold_v"):
        ends_s = [trace["start_s"], trace["start_s"] + period_s * max(0, len(volts) - 1)]
        level = trace["threshold_v"] / unit_v
        data.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": "threshold",
                "legendgroup": "threshold",
                "x": [*ends_s, None, *ends_s],
                "y": [level, level, None, -level, -level],
                "line": {"width": 1.2, "dash": "dash", "color": "@alarm"},
                "hoverinfo": "skip",
            }
        )
    data += _spike_marks(trace, detection, top, step)
    marks_end = top + (2.8 if trace["truth_s"] is not None else 1.8) * step
    noise = trace["noise_level"]
    return {
        "channel": trace["channel"],
        "note": "" if noise is None else f"noise {noise:.2g}",
        "start": trace["start_s"],
        "stop": trace["start_s"] + period_s * max(1, len(volts) - 1),
        "spikes": np.round(np.sort(trace["spike_s"]), TIME_DIGITS).tolist(),
        "data": data,
        "yaxis": axis(f"{prefix}V", range=[bottom - 0.4 * step, marks_end], zeroline=False),
    }


def trace_rows(report: dict[str, Any]) -> list[dict[str, Any]]:
    """Return one row of the trace figure per excerpt; the page stacks those that are chosen.

    Parameters
    ----------
    report : dict
        A checked report.

    Returns
    -------
    list of dict
        Keys ``channel``, ``note``, ``start`` and ``stop`` (seconds), ``spikes`` (seconds), ``data``
        (plotly traces) and ``yaxis``. Excerpts beyond :data:`MAX_TRACE_SAMPLES` samples in all are
        left out.
    """
    rows: list[dict[str, Any]] = []
    samples = 0
    for trace in report["traces"]:
        samples += len(trace["filtered_v"])
        if rows and samples > MAX_TRACE_SAMPLES:
            break
        rows.append(_row(trace, report["detection"]))
    return rows


def waveforms_figure(report: dict[str, Any]) -> Figure | None:
    """Return the waveforms of up to :data:`MAX_PANELS` channels, overlaid, with their median.

    Parameters
    ----------
    report : dict
        A checked report.

    Returns
    -------
    dict or None
        The figure; None without waveforms.
    """
    shown = [item for item in report["snippets"] if item["waveforms_v"]][:MAX_PANELS]
    if not shown:
        return None
    columns = min(PANELS_PER_ROW, len(shown))
    rows = -(-len(shown) // columns)
    across = grid_domains(max(2, columns), 0.025)  # a lone panel takes half the width
    down = grid_domains(rows, 0.3 / rows)[::-1]
    waveforms = [np.asarray(item["waveforms_v"], dtype=np.float64) for item in shown]
    largest_v = max(float(np.nanmax(np.abs(item), initial=0.0)) for item in waveforms)
    unit_v, prefix = prefix_for(largest_v)
    scale = 1.1 * largest_v / unit_v / 32767 or 1.0
    data: list[Figure] = []
    notes: list[Figure] = []
    layout: Figure = {"height": 90 + 210 * rows, "showlegend": False, "annotations": notes}
    layout["margin"] = {"t": 56}  # the tool bar stands above the titles
    for index, (item, volts) in enumerate(zip(shown, waveforms, strict=True)):
        row, column = divmod(index, columns)
        events = report["events"]["per_channel"][item["channel"]]
        number = "" if index == 0 else str(index + 1)
        time_ms = 1e3 / item["sampling_rate_hz"] * np.arange(volts.shape[1])
        gaps = np.full((len(volts), 1), np.nan)
        overlaid = np.hstack((volts / unit_v, gaps)).ravel()
        common = {"type": "scatter", "mode": "lines", "hoverinfo": "skip"}
        common |= {"xaxis": f"x{number}", "yaxis": f"y{number}"}
        every_x = np.tile(np.append(time_ms, np.nan), len(volts))
        thin = {"width": 0.8, "color": "@signal"}
        data.append(
            {
                **common,
                "x": packed(every_x),
                "y": packed(overlaid, scale),
                "line": thin,
                "opacity": 0.45,
            }
        )
        data.append(
            {
                **common,
                "hoverinfo": "all",
                "x": packed(time_ms),
                "y": packed(np.nanmedian(volts, axis=0) / unit_v, scale),
                "line": {"width": 2.4, "color": "@detected"},
                "hovertemplate": "%{x:.2f} ms, %{y:.1f} " + prefix + "V<extra>median</extra>",
            }
        )
        below = index + columns >= len(shown)
        layout[f"xaxis{number}"] = axis(
            "time (ms)" if below else "",
            domain=across[column],
            anchor=f"y{number}",
            showticklabels=below,
            zeroline=False,
            nticks=5,
        )
        layout[f"yaxis{number}"] = axis(
            f"{prefix}V" if column == 0 else "",
            domain=down[row],
            anchor=f"x{number}",
            showticklabels=column == 0,
            nticks=5,
            **({} if index == 0 else {"matches": "y"}),
        )
        notes.append(
            {
                "text": f"channel {item['channel']}, {len(volts)} of {count(events)}",
                "x": across[column][0],
                "y": down[row][1],
                "xref": "paper",
                "yref": "paper",
                "xanchor": "left",
                "yanchor": "bottom",
                "showarrow": False,
                "font": {"size": 12},
            }
        )
    return {"data": data, "layout": layout}
