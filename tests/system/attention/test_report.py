import json
import re
from pathlib import Path

import pytest

from system.attention.sweeps import KNOBS
from tests.system.attention.report_data import BITS, PLAN, a_report, some_points


def test_the_report_is_plain_data():
    report = a_report()

    assert json.loads(json.dumps(report, allow_nan=False)) == {
        **report,
        "sweeps": json.loads(json.dumps(report["sweeps"])),
    }


def test_figures_follow_from_the_models():
    report = a_report()

    assert {each["name"]: each["bits"] for each in report["models"]} == BITS
    assert report["hardware_minus_software_bits"] == pytest.approx(0.1)
    assert report["recovered"] == pytest.approx(
        {
            "nonlinear, statistics matched": 0.6,
            "nonlinear, initialised": 0.9,
            "nonlinear, scalers calibrated": 0.96,
        }
    )
    assert report["training_speed_ratio"] == pytest.approx(0.65)


def test_without_a_loss_nothing_is_recovered():
    report = a_report(**{"nonlinear, not adapted": 2.7})

    assert set(report["recovered"].values()) == {None}


def test_every_knob_is_there_with_what_is_affordable():
    report = a_report()

    assert [each["knob"] for each in report["sweeps"]] == [each.name for each in KNOBS]
    for each in report["sweeps"]:
        assert each["affordable_noise_aware"] is None
        assert (each["affordable"] is None) or each["grows"]
        assert {point["noise_aware_bits"] for point in each["points"]} == {None}


def test_the_noise_aware_model_stands_beside():
    hardened = [each for each in some_points(0.5) if each.knob.grows]

    report = a_report(noise_aware_points=hardened)

    for each in report["sweeps"]:
        for point in each["points"]:
            half = 0.5 * point["bits"] if each["grows"] else None
            assert point["noise_aware_bits"] == half
        if each["affordable"] is not None and each["affordable_noise_aware"] is not None:
            assert each["affordable_noise_aware"] >= each["affordable"]


def test_without_sweeps_there_is_nothing_dominant():
    report = a_report(points=[])

    assert report["sweeps"] == report["dominant"] == []


def test_the_dearest_is_first():
    bits = [each["bits"] for each in a_report()["dominant"]]

    assert len(bits) == len(KNOBS)
    assert bits == sorted(bits, reverse=True)


def test_the_plan_is_told():
    report = a_report()

    assert report["plan"]["steps"] == PLAN.steps
    assert report["corpus"]["validation_tokens"] == 480
    assert re.fullmatch(r"[0-9a-f]{64}", report["corpus"]["sha256"])


def test_every_key_is_documented():
    page = (Path(__file__).parents[3] / "docs" / "attention_accuracy.md").read_text("utf-8")

    assert [key for key in a_report() if f"`{key}`" not in page] == []
