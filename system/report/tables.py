"""Tables of settings and scores."""

from typing import Any

from system.report.frontend_tables import Grid
from system.report.units import ABSENT, SPACE, count, percent, quantity, significant

__all__ = ["codec_check_grid", "coded_grid", "design_tables", "score_grid", "score_rows"]

UNIT_OF_SUFFIX = {
    "v": "V", "a": "A", "w": "W", "s": "s", "hz": "Hz", "f": "F", "ohm": "Ω", "j": "J",
    "db": "dB", "bits": "bit",
}  # fmt: skip
UNPREFIXED = {"dB", "bit"}
DIGITS = 6  # as many as a hand-written design has


def design_tables(design: dict[str, Any]) -> list[tuple[str, list[tuple[str, str]]]]:
    r"""Return the design as one table per section of its TOML file.

    Parameters
    ----------
    design : dict
        Nested settings; the suffix of a name says its unit.

    Returns
    -------
    list of (str, list of (str, str))
        Section and its rows of (name, value with unit); values outside a section come first.

    Examples
    --------
    >>> design_tables({"adc": {"bits": 10, "reference_v": 0.5}, "name": "default"})
    [('', [('name', 'default')]), ('adc', [('bits', '10\xa0bit'), ('reference_v', '500\xa0mV')])]
    """
    loose = [(name, _shown(name, item)) for name, item in design.items() if not _nested(item)]
    tables = [("", loose)] if loose else []
    tables += [(name, _rows("", item)) for name, item in design.items() if _nested(item)]
    return tables


def _nested(value: object) -> bool:
    return isinstance(value, dict) and bool(value)


def _rows(prefix: str, section: dict[str, Any]) -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for name, value in section.items():
        path = f"{prefix}{name}"
        rows += _rows(f"{path}.", value) if _nested(value) else [(path, _shown(name, value))]
    return rows


def _shown(name: str, value: object) -> str:
    if value is None or value in ({}, []):
        return ABSENT
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(_shown(name, item) for item in value)
    if not isinstance(value, int | float):
        return str(value)
    unit = UNIT_OF_SUFFIX.get(name.rpartition("_")[2])
    if unit in UNPREFIXED:
        return f"{value:.{DIGITS}g}{SPACE}{unit}"
    if unit is not None:
        return _short(quantity(value, unit, DIGITS))
    return count(value) if isinstance(value, int) else f"{value:.{DIGITS}g}"


def _short(text: str) -> str:
    """Return "0.5 V" for "0.500000 V"."""
    number, space, unit = text.partition(SPACE)
    return f"{number.rstrip('0').rstrip('.') if '.' in number else number}{space}{unit}"


def score_rows(detection: dict[str, Any] | None) -> list[tuple[str, str]]:
    """Return the overall scores as rows.

    Parameters
    ----------
    detection : dict or None
        That part of a checked report.

    Returns
    -------
    list of (str, str)
        Name and value; nothing without ground truth.
    """
    if detection is None:
        return []
    timing = detection["timing_error_s"]
    excused = []
    if (neutral := detection.get("neutral")) is not None:
        excused = [("Excused: spike too faint to be asked for", count(neutral))]
    return [
        ("Precision", percent(detection["precision"])),
        ("Recall", percent(detection["recall"])),
        ("F1", percent(detection["f1"])),
        ("True positives", count(detection["true_positives"])),
        ("False positives", count(detection["false_positives"])),
        ("False negatives", count(detection["false_negatives"])),
        *excused,
        (
            "False alarms, all channels",
            f"{significant(detection['false_alarms_per_s'])} per second",
        ),
        ("Match tolerance", f"±{quantity(detection['tolerance_s'], 's')}"),
        ("Constant delay, removed", quantity(timing["offset"], "s")),
        ("Timing error, median", quantity(timing["median"], "s")),
        ("Timing error, standard deviation", quantity(timing["std"], "s")),
        ("Timing error, 95th percentile", quantity(timing["p95"], "s")),
    ]


def score_grid(detection: dict[str, Any] | None) -> Grid | None:
    """Return the scores of each channel.

    Parameters
    ----------
    detection : dict or None
        That part of a checked report.

    Returns
    -------
    Grid or None
        One row per channel; None without ground truth.
    """
    if detection is None:
        return None
    heads = ["Channel", "Noise level", "Asked for", "Detected", "Excused"]
    heads += ["Precision", "Recall", "F1", "False alarms (1/s)", "Timing error"]
    rows = [
        [
            str(item["channel"]),
            significant(item["noise_level"], 2),
            count(item["truth"]),
            count(item["detected"]),
            count(item.get("neutral")),
            percent(item["precision"]),
            percent(item["recall"]),
            percent(item["f1"]),
            significant(item["false_alarms_per_s"], 2),
            quantity(item["timing_error_s"], "s"),
        ]
        for item in detection["per_channel"]
    ]
    return Grid(heads, rows)


def coded_grid(codecs: list[dict[str, Any]]) -> Grid | None:
    """Return what the codec made of each mode.

    Parameters
    ----------
    codecs : list of dict
        That part of a checked report.

    Returns
    -------
    Grid or None
        One row per mode; None if nothing was coded.
    """
    if not codecs:
        return None
    heads = ["What is sent", "Width", "Saved", "Bytes", "Came back exactly", "SNDR", "Worst error"]
    rows = [
        [
            item["mode"],
            f"{item['word_bits']}{SPACE}bit",
            percent(item["space_saving"]),
            count(item["coded_bytes"]),
            "all" if not item["wrong"] else f"{count(item['sent'] - item['wrong'])}",
            quantity(item["sndr_db"], "dB") if item["sndr_db"] is not None else ABSENT,
            count(item["largest_error"]),
        ]
        for item in codecs
    ]
    return Grid(heads, rows)


def codec_check_grid(checks: list[dict[str, Any]]) -> Grid | None:
    """Return how far the codecs' circuits agree with their models.

    Parameters
    ----------
    checks : list of dict
        That part of a checked report.

    Returns
    -------
    Grid or None
        One row per mode; None if no circuit ran.
    """
    if not checks:
        return None
    heads = ["What is sent", "Recording", "Samples", "Packets", "Bytes compared", "Bytes differing"]
    rows = [
        [
            item["mode"],
            quantity(item["seconds"], "s"),
            count(item["samples"]),
            count(item["packets"]),
            count(item["bytes"]),
            count(item["mismatches"]),
        ]
        for item in checks
    ]
    return Grid(heads, rows)
