import numpy as np
import pytest

from system.benchmarks.detection import measure
from system.ground_truth import SHAPE_SETS
from tests.system.benchmarks.rows import check_rows

SECONDS = 3.0
OTHERS = ("published_smoothed_neo", "plain_neo", "absolute_threshold")


@pytest.fixture(scope="module")
def measured():
    said = []
    return list(measure(said.append, seconds=SECONDS)), said


@pytest.fixture(scope="module")
def value(measured):
    rows, _ = measured
    return {row.name.removeprefix("detection."): row.value for row in rows}


def test_rows_have_the_documented_form(measured):
    check_rows(measured[0], "detection")


def test_only_the_mean_over_the_records_has_a_goal_for_either_seed(measured):
    goals = {row.name: row.goal for row in measured[0] if row.goal is not None}

    assert goals == {"detection.f1": 0.976, "detection.f1.other_seed": 0.976}


def test_rates_of_errors_are_better_lower_and_all_else_higher(measured):
    for row in measured[0]:
        assert (row.better == "lower") == (row.unit in {"s", "1/s"})


def test_there_is_a_row_for_each_shape_set_and_each_other_detector(value):
    assert {f"f1.{name}" for name in (*SHAPE_SETS, *OTHERS)} <= set(value)
    assert {f"false_alarms.no_spikes.{name}" for name in OTHERS} <= set(value)


def test_the_mean_over_the_records_is_that_of_the_shape_sets_by_their_sizes(value):
    records = {"easy1": 8, "easy2": 4, "difficult1": 4, "difficult2": 4}

    by_set = [value[f"f1.{name}"] * count for name, count in records.items()]

    assert value["f1"] == pytest.approx(np.sum(by_set) / 20)
    assert value["f1.worst_record"] <= value["f1"]


def test_figures_are_those_of_a_detector_that_works(value):
    # Over 60 s: 0.979, 0.967, 0.966 and 0.926. Three seconds of a record hold 180 spikes.
    assert value["f1"] == pytest.approx(0.97, abs=0.02)
    for other in OTHERS:
        assert 0.85 < value[f"f1.{other}"] < value["f1.ideal_frontend"]


def test_the_floor_keeps_records_without_spikes_quieter_than_any_other_detector(value):
    silent = value["false_alarms.no_spikes"]

    assert all(silent < value[f"false_alarms.no_spikes.{other}"] / 2 for other in OTHERS)


def test_progress_is_told(measured):
    said = measured[1]

    assert all(text.startswith("detection: ") for text in said)
    assert len(said) == len(set(said)) >= 5
