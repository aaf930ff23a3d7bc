"""The report as a documented interface: every key, its unit, its meaning and its rule."""

from collections.abc import Iterator, Mapping
from typing import Any

from system.report import parts
from system.report.containers import ListOf, MapOf, Record, Tree
from system.report.frontend_parts import FRONTEND
from system.report.rules import Key, Number, Rule, Text

__all__ = ["REPORT", "SCHEMA_VERSION", "key_table", "validate_report"]

SCHEMA_VERSION = 1

REPORT = Record(
    {
        "schema": Key(Number(integer=True), f"Version of this interface: {SCHEMA_VERSION}."),
        "axocell": Key(Record(parts.AXOCELL), "What ran."),
        "recording": Key(Record(parts.RECORDING), "What it ran on."),
        "design": Key(MapOf(Tree()), "The whole design, as in its TOML file."),
        "seeds": Key(Record(parts.SEEDS), "Every random draw starts from one of these."),
        "frontend": Key(Record(FRONTEND), "The analog recording frontend, one simulated die."),
        "detection": Key(
            Record(parts.DETECTION, nullable=True), "Against ground truth; null if there is none."
        ),
        "events": Key(Record(parts.EVENTS), "What the detector found."),
        "data_rate": Key(Record(parts.DATA_RATE), "What enters and what would leave the chip."),
        "codecs": Key(
            parts.list_of(parts.CODED), "What the codec sent, mode by mode.", required=False
        ),
        "rtl_golden": Key(
            Record(parts.RTL_GOLDEN), "The generated circuit against its golden model, bit for bit."
        ),
        "codec_rtl_golden": Key(
            parts.list_of(parts.CODEC_RTL_GOLDEN),
            "The generated codecs against their golden models, byte for byte, mode by mode; none "
            "where none ran.",
            required=False,
        ),
        "speed": Key(Record(parts.SPEED), "How fast the models ran."),
        "traces": Key(parts.list_of(parts.TRACE), "Excerpts of filtered channels."),
        "snippets": Key(parts.list_of(parts.SNIPPETS), "Some detected waveforms of some channels."),
        "outputs": Key(Record(parts.OUTPUTS), "Other files of the same run; null if not written."),
        "notes": Key(ListOf(Text()), "What a reader should know about this run."),
    }
)


def validate_report(report: Mapping[str, object]) -> dict[str, Any]:
    """Return ``report`` checked and as plain as JSON.

    Parameters
    ----------
    report : Mapping
        The report, schema 1. NumPy scalars and arrays, tuples and paths are welcome.

    Returns
    -------
    dict
        A copy of ints, floats, strings, lists and dicts alone. Not-a-number and the infinities
        are None; waveforms and spectra are rounded to five significant digits.

    Raises
    ------
    ValueError
        If a key is missing or unknown, or a value breaks its rule; the message names the key's
        path, the rule and the value.
    """
    clean = REPORT.read(report, "report")
    if not isinstance(clean, dict):
        raise REPORT.refuse(report, "report")
    for path, holds, rule, value in _agreements(clean):
        if not holds:
            raise ValueError(f"{path} must {rule}, not {value}")
    return clean


def _agreements(report: dict[str, Any]) -> Iterator[tuple[str, bool, str, object]]:
    """Yield (path, whether it holds, rule, value) of each rule that spans several keys."""
    schema = report["schema"]
    yield "report.schema", schema == SCHEMA_VERSION, f"be {SCHEMA_VERSION}", schema

    channels = report["recording"]["channels"]
    per_channel = report["events"]["per_channel"]
    path = "report.events.per_channel"
    yield path, len(per_channel) == channels, f"have {channels} items", len(per_channel)
    count = report["events"]["count"]
    yield path, sum(per_channel) == count, f"add up to {count}", sum(per_channel)

    listed = {
        "report.frontend.channels": report["frontend"]["channels"],
        "report.detection.per_channel": (report["detection"] or {"per_channel": []})["per_channel"],
        "report.traces": report["traces"],
        "report.snippets": report["snippets"],
    }
    for path, items in listed.items():
        for index, item in enumerate(items):
            channel = item["channel"]
            yield f"{path}[{index}].channel", channel < channels, f"be under {channels}", channel

    spectra = {"report.frontend.spectrum": report["frontend"]["spectrum"]} | {
        f"report.frontend.converters[{index}].spectrum": item["spectrum"]
        for index, item in enumerate(report["frontend"].get("converters", []))
    }
    for path, spectrum in spectra.items():
        bins, powers = (
            len((spectrum or {}).get(name, [])) for name in ("frequency_hz", "power_dbfs")
        )
        rule = f"have {bins} items, one per frequency"
        yield f"{path}.power_dbfs", bins == powers, rule, powers

    for index, item in enumerate(report["snippets"]):
        lengths = sorted({len(waveform) for waveform in item["waveforms_v"]})
        path = f"report.snippets[{index}].waveforms_v"
        yield path, len(lengths) <= 1, "hold waveforms of one length", lengths

    samples, found = (report["rtl_golden"][name] for name in ("samples", "mismatches"))
    rule = f"be at most {samples}, the samples compared"
    yield "report.rtl_golden.mismatches", (found or 0) <= samples, rule, found

    for index, item in enumerate(report.get("codec_rtl_golden", [])):
        rule = f"be at most {item['bytes']}, the bytes compared"
        path = f"report.codec_rtl_golden[{index}].mismatches"
        yield path, item["mismatches"] <= item["bytes"], rule, item["mismatches"]


def key_table(rule: Rule = REPORT) -> str:
    """Return every key of the report as a Markdown table.

    Parameters
    ----------
    rule : Rule
        What to describe; the report by default.

    Returns
    -------
    str
        One row per key: path, value, unit, meaning.
    """
    lines = ["| key | value | unit | meaning |", "|---|---|---|---|"]
    for path, key in rule.children():
        value = _in_words(key.rule) + ("" if key.required else "; may be absent")
        lines.append(f"| `{path[1:]}` | {value} | {key.unit} | {key.doc} |")
    return "\n".join(lines) + "\n"


def _in_words(rule: Rule) -> str:
    """Return the rule with that of its items, where they are no records of their own."""
    words = rule.summary + (" or null" if rule.nullable else "")
    if isinstance(rule, ListOf | MapOf) and not isinstance(rule.item, Record):
        words += f"; each {_in_words(rule.item)}"
    return words
