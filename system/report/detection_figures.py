"""Figures of what was detected: events per channel, and scores against ground truth."""

from typing import Any

from system.report.plots import Figure, axis, grid_domains

__all__ = ["channels_figure", "events_figure", "noise_figure"]

SCORE_STYLES = {
    "precision": {"symbol": "circle-open", "color": "@detected", "dash": "dot"},
    "recall": {"symbol": "square-open", "color": "@alarm", "dash": "dash"},
    "f1": {"symbol": "diamond", "color": "@ink", "dash": "solid"},
}
LABELS = {"precision": "precision", "recall": "recall", "f1": "F1"}
MOST_LEVELS = 16  # more are the levels of single channels, and a line between them is noise
FEW_CHANNELS = 24  # each gets its own tick


def _score_range(scores: list[dict[str, Any]]) -> list[float]:
    """Return a range that ends at 1 and starts a little under the least score."""
    known = [item[name] for item in scores for name in LABELS if item[name] is not None]
    lowest = min(known, default=0.0)
    margin = 0.08 * max(1 - lowest, 0.05)
    return [max(-margin, lowest - 2 * margin), 1 + margin]


def noise_figure(detection: dict[str, Any] | None) -> Figure | None:
    """Return precision, recall and F1 over the noise level, with each channel's F1 behind.

    With very many levels each is that of a single channel: then there are only points.

    Parameters
    ----------
    detection : dict or None
        That part of a checked report.

    Returns
    -------
    dict or None
        The figure; None without ground truth or with fewer than two noise levels.
    """
    levels = [
        item
        for item in (detection["per_noise_level"] if detection else [])
        if item["noise_level"] is not None
    ]
    if len(levels) < 2 or detection is None:
        return None
    levels.sort(key=lambda item: item["noise_level"])
    pooled = len(levels) <= MOST_LEVELS
    channels = [
        item for item in detection["per_channel"] if pooled and item["noise_level"] is not None
    ]
    data: list[Figure] = [
        {
            "type": "scatter",
            "mode": "markers",
            "name": "F1 of one channel",
            "x": [item["noise_level"] for item in channels],
            "y": [item["f1"] for item in channels],
            "customdata": [item["channel"] for item in channels],
            "marker": {"size": 6, "color": "@signal", "opacity": 0.45},
            "hovertemplate": "channel %{customdata}: %{y:.4f}<extra>F1</extra>",
        }
    ]
    for name, style in SCORE_STYLES.items():
        data.append(
            {
                "type": "scatter",
                "mode": "lines+markers" if pooled else "markers",
                "name": LABELS[name],
                "x": [item["noise_level"] for item in levels],
                "y": [item[name] for item in levels],
                "customdata": [item["channels"] for item in levels],
                "line": {"color": style["color"], "dash": style["dash"], "width": 2},
                "marker": {"symbol": style["symbol"], "color": style["color"], "size": 8},
                "hovertemplate": "noise %{x:.2g}: %{y:.4f} (%{customdata} channels)"
                "<extra>" + LABELS[name] + "</extra>",
            }
        )
    title = "noise level (standard deviation over spike peak)"
    layout = {
        "height": 360,
        "xaxis": axis(title, zeroline=False),
        "yaxis": axis("score", zeroline=False, range=_score_range([*levels])),
    }
    return {"data": data, "layout": layout}


def channels_figure(detection: dict[str, Any] | None) -> Figure | None:
    """Return scores, false alarms and timing error of each channel, one above the other.

    Parameters
    ----------
    detection : dict or None
        That part of a checked report.

    Returns
    -------
    dict or None
        The figure; None without ground truth or with a lone channel.
    """
    if detection is None or len(detection["per_channel"]) < 2:
        return None
    channels = sorted(detection["per_channel"], key=lambda item: item["channel"])
    number = [item["channel"] for item in channels]
    common = {"x": number, "xaxis": "x"}
    data: list[Figure] = [
        {
            **common,
            "type": "scatter",
            "mode": "markers",
            "name": LABELS[name],
            "y": [item[name] for item in channels],
            "marker": {"symbol": style["symbol"], "color": style["color"], "size": 8},
            "hovertemplate": "channel %{x}: %{y:.4f}<extra>" + LABELS[name] + "</extra>",
        }
        for name, style in SCORE_STYLES.items()
    ]
    errors = [item["timing_error_s"] for item in channels]
    data += [
        {
            **common,
            "type": "bar",
            "name": "false alarms",
            "y": [item["false_alarms_per_s"] for item in channels],
            "yaxis": "y2",
            "marker": {"color": "@alarm"},
            "showlegend": False,
            "hovertemplate": "channel %{x}: %{y:.3g} per second<extra>false alarms</extra>",
        },
        {
            **common,
            "type": "bar",
            "name": "timing error",
            "y": [None if error is None else round(1e6 * error, 3) for error in errors],
            "yaxis": "y3",
            "marker": {"color": "@detected"},
            "showlegend": False,
            "hovertemplate": "channel %{x}: %{y:.3g} µs<extra>timing error</extra>",
        },
    ]
    low, middle, high = grid_domains(3, 0.06)
    high = [high[0] - 0.1, high[1]]
    middle = [middle[0] - 0.05, middle[1] - 0.1]
    low = [low[0], low[1] - 0.05]
    layout = {
        "height": 560,
        "bargap": 0.35,
        "xaxis": _channel_axis(number, anchor="y3"),
        "yaxis": axis("score", domain=high, zeroline=False, range=_score_range(channels)),
        "yaxis2": axis("false alarms (1/s)", domain=middle, rangemode="tozero", nticks=5),
        "yaxis3": axis("timing error (µs)", domain=low, rangemode="tozero", nticks=5),
    }
    return {"data": data, "layout": layout}


def events_figure(report: dict[str, Any]) -> Figure | None:
    """Return the rate of detections on each channel, with that of the spikes asked for.

    Parameters
    ----------
    report : dict
        A checked report.

    Returns
    -------
    dict or None
        The figure; None without a single event or with a lone channel.
    """
    seconds = report["recording"]["seconds"]
    counts = report["events"]["per_channel"]
    if not any(counts) or len(counts) < 2 or not seconds:
        return None
    number = list(range(len(counts)))
    data: list[Figure] = [
        {
            "type": "bar",
            "name": "detected",
            "x": number,
            "y": [round(count / seconds, 4) for count in counts],
            "customdata": counts,
            "marker": {"color": "@detected"},
            "hovertemplate": "channel %{x}: %{customdata} in all, %{y:.3g} per second"
            "<extra>detected</extra>",
        }
    ]
    if detection := report["detection"]:
        channels = detection["per_channel"]
        data.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": "asked for",
                "x": [item["channel"] for item in channels],
                "y": [round(item["truth"] / seconds, 4) for item in channels],
                "marker": {"symbol": "line-ew-open", "size": 12, "color": "@ink"},
                "hovertemplate": "channel %{x}: %{y:.3g} per second<extra>asked for</extra>",
            }
        )
    layout = {
        "height": 280,
        "bargap": 0.35,
        "xaxis": _channel_axis(number, anchor="y"),
        "yaxis": axis("spikes (1/s)", rangemode="tozero"),
    }
    return {"data": data, "layout": layout}


def _channel_axis(channels: list[int], anchor: str) -> dict[str, Any]:
    """Return the horizontal axis, with air around a few channels."""
    margin = max(0.6, (8 - len(channels)) / 2)
    return axis(
        "channel",
        anchor=anchor,
        range=[min(channels) - margin, max(channels) + margin],
        tickformat="d",
        zeroline=False,
        showgrid=False,
        **({"tickvals": channels} if len(channels) <= FEW_CHANNELS else {}),
    )
