import copy
import json
import re
from pathlib import Path

import numpy as np
import pytest

from system.report.containers import ListOf, Record
from system.report.document import BEGIN, documented
from system.report.rules import Rule
from system.report.schema import REPORT, validate_report
from system.report.write import report_json
from tests.system.fake_report import fake_report, quiet_report

DOCUMENT = Path(__file__).parents[2] / "docs" / "report.md"


@pytest.fixture(scope="module")
def clean():
    return validate_report(fake_report(channels=2))


def changed(report, path, value):
    """Return a copy of ``report`` with ``value`` at ``path``, a tuple of keys and indices."""
    copied = copy.deepcopy(report)
    place = copied
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return copied


def records(rule: Rule = REPORT, path=()):
    """Yield (path, record) of every record of the schema; the first item stands for a list."""
    if isinstance(rule, Record):
        yield path, rule
        for name, key in rule.keys.items():
            yield from records(key.rule, (*path, name))
    elif isinstance(rule, ListOf):
        yield from records(rule.item, (*path, 0))


def spelled(path):
    return "report" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)


REQUIRED = [
    (*path, name) for path, record in records() for name, key in record.keys.items() if key.required
]


@pytest.mark.parametrize("make", [fake_report, quiet_report])
def test_json_gives_back_what_was_checked(make):
    report = validate_report(make(channels=2))

    assert validate_report(json.loads(report_json(report))) == report


def test_numpy_values_tuples_and_paths_become_plain(clean):
    report = changed(clean, ("events", "per_channel"), np.array([3, 4], dtype=np.int32))
    report = changed(report, ("events", "count"), np.int64(7))
    report = changed(report, ("axocell", "command"), ("axocell", "run"))
    report = changed(report, ("outputs", "nwb"), Path("build") / "spikes.nwb")
    report = changed(report, ("detection", "f1"), np.float32(0.5))

    read = validate_report(report)

    assert read["events"]["per_channel"] == [3, 4]
    assert type(read["events"]["count"]) is int
    assert read["axocell"]["command"] == ["axocell", "run"]
    assert read["outputs"]["nwb"] == "build/spikes.nwb"
    assert type(read["detection"]["f1"]) is float


def test_the_callers_report_is_left_alone(clean):
    report = changed(clean, ("detection", "f1"), float("nan"))
    validate_report(report)["events"]["per_channel"].append(1)

    assert np.isnan(report["detection"]["f1"])
    assert report["events"] == clean["events"]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), np.float64("-inf")])
def test_what_is_not_finite_becomes_null(clean, value):
    report = changed(clean, ("detection", "precision"), value)
    report = changed(report, ("traces", 0, "filtered_v", 5), value)
    report = changed(report, ("design", "detector", "multiplier"), value)

    read = validate_report(report)

    assert read["detection"]["precision"] is None
    assert read["traces"][0]["filtered_v"][5] is None
    assert read["design"]["detector"]["multiplier"] is None


def test_bulk_is_rounded_to_five_digits_and_nothing_else(clean):
    report = changed(clean, ("traces", 0, "filtered_v"), [1.23456789e-5])
    report = changed(report, ("detection", "f1"), 0.123456789)

    read = validate_report(report)

    assert read["traces"][0]["filtered_v"] == [1.2346e-5]
    assert read["detection"]["f1"] == 0.123456789


@pytest.mark.parametrize("path", REQUIRED, ids=spelled)
def test_every_key_is_missed(clean, path):
    report = copy.deepcopy(clean)
    place = report
    for step in path[:-1]:
        place = place[step]
    del place[path[-1]]

    with pytest.raises(ValueError, match=f"^{re.escape(spelled(path))} must be present"):
        validate_report(report)


@pytest.mark.parametrize(
    "path", [path for path, _ in records()], ids=[spelled(path) for path, _ in records()]
)
def test_an_unknown_key_is_refused_everywhere(clean, path):
    report = changed(clean, (*path, "colour"), "red")
    message = f"{spelled(path)} must hold only the keys of its schema, not 'colour'"

    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        validate_report(report)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("schema",), 2, "report.schema must be 1, not 2"),
        (("notes",), "text", "report.notes must be a list, not 'text'"),
        (("seeds",), [], "report.seeds must be a mapping, not []"),
        (
            ("detection", "f1"),
            1.5,
            "report.detection.f1 must be a number in 0..1 or null, not 1.5",
        ),
        (
            ("recording", "channels"),
            2.0,
            "report.recording.channels must be a whole number of at least 1, not 2.0",
        ),
        (
            ("events", "lost"),
            True,
            "report.events.lost must be a whole number of at least 0, not True",
        ),
        (
            ("recording", "seconds"),
            float("nan"),
            "report.recording.seconds must be a number of at least 0, not None",
        ),
        (
            ("data_rate", "space_saving"),
            1.1,
            "report.data_rate.space_saving must be a number of at most 1 or null, not 1.1",
        ),
        (("frontend", "gain"), "high", "report.frontend.gain must be a number, not 'high'"),
        (
            ("rtl_golden", "engine"),
            "spice",
            "report.rtl_golden.engine must be one of 'cxxrtl', 'pysim', 'none', not 'spice'",
        ),
        (("recording", "name"), None, "report.recording.name must be a text, not None"),
        (
            ("axocell", "packages"),
            {1: "2"},
            "report.axocell.packages must be a mapping with names as keys, not {1: '2'}",
        ),
        (
            ("design", "odd"),
            {"deep": {1, 2}},
            (
                "report.design.odd.deep must be a number, a text, true, false, a list or a "
                "mapping or null, not {1, 2}"
            ),
        ),
        (
            ("events", "per_channel"),
            [1, 2, 3],
            "report.events.per_channel must have 2 items, not 3",
        ),
        (
            ("traces", 1, "channel"),
            2,
            "report.traces[1].channel must be under 2, not 2",
        ),
        (
            ("frontend", "spectrum", "power_dbfs"),
            [0.0],
            "report.frontend.spectrum.power_dbfs must have 2048 items, one per frequency, not 1",
        ),
        (
            ("frontend", "converters", 0, "spectrum", "frequency_hz"),
            [1.0],
            (
                "report.frontend.converters[0].spectrum.power_dbfs must have 1 items, one per "
                "frequency, not 2048"
            ),
        ),
        (
            ("snippets", 0, "waveforms_v"),
            [[0.0], [0.0, 1.0]],
            "report.snippets[0].waveforms_v must hold waveforms of one length, not [1, 2]",
        ),
        (
            ("rtl_golden", "mismatches"),
            10**9,
            (
                "report.rtl_golden.mismatches must be at most 2880000, the samples compared, "
                "not 1000000000"
            ),
        ),
        (
            ("codec_rtl_golden", 0, "mismatches"),
            10**9,
            (
                "report.codec_rtl_golden[0].mismatches must be at most 57663, the bytes compared, "
                "not 1000000000"
            ),
        ),
    ],
    ids=lambda value: spelled(value) if isinstance(value, tuple) else "",
)
def test_each_rule_names_key_rule_and_value(clean, path, value, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        validate_report(changed(clean, path, value))


def test_too_many_waveforms_are_refused(clean):
    report = changed(clean, ("snippets", 0, "waveforms_v"), [[0.0]] * 61)
    message = r"^report\.snippets\[0\]\.waveforms_v must be a list of at most 60 items, not \[\["

    with pytest.raises(ValueError, match=message):
        validate_report(report)


def test_events_add_up(clean):
    report = changed(clean, ("events", "count"), 1)

    with pytest.raises(ValueError, match=r"^report\.events\.per_channel must add up to 1, not \d+"):
        validate_report(report)


def test_undecodable_bytes_of_a_file_name_can_be_written(clean):
    report = changed(
        clean, ("recording", "source"), b"spikes\xff.raw".decode(errors="surrogateescape")
    )

    assert validate_report(report)["recording"]["source"] == "spikes?.raw"


def test_every_key_has_a_sentence():
    sentences = [key.doc for _, key in REPORT.children()]

    assert [doc for doc in sentences if not doc.endswith(".")] == []


def test_the_document_lists_the_keys_of_the_schema():
    text = DOCUMENT.read_text(encoding="utf-8")

    assert documented(text) == text, "run: python -m system.report.document docs/report.md"


def test_a_document_without_markers_is_refused():
    with pytest.raises(ValueError, match=r"^the document must hold both '<!-- .*' and '<!-- end"):
        documented(BEGIN)
