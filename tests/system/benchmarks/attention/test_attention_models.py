import time

import pytest

from analog_models.attention.geometry import HeadGeometry
from system.benchmarks.attention import PARTS, models

SMALL = HeadGeometry(head_dim=24, window_tokens=64, tile_tokens=16)


@pytest.fixture(scope="module")
def measured():
    said = []
    return list(models.measure(said.append, geometry=SMALL, tokens=100, seconds=0.02)), said


@pytest.fixture
def goals(measured):
    return {row.name.removeprefix("attention."): row.goal for row in measured[0]}


def test_goals_are_the_documented_ones(goals):
    expected = {
        "agreement.parallel.differing": 1e-3,
        "agreement.parallel.largest": 1.0,
        "agreement.decode.differing": 1e-3,
        "agreement.decode.largest": 1.0,
        "decode.heads_1": 1.0,
        "decode.heads_12": 1.0,
        "parallel": 4.0,
        "product.single_noisy": None,
        "product.batch_per_vector": None,
    }

    assert goals | expected == goals


def test_both_fast_forms_agree_with_the_equations(measured):
    values = {row.name: row.value for row in measured[0]}

    assert values["attention.agreement.decode.differing"] == 0.0
    assert values["attention.agreement.parallel.differing"] <= 1e-3


def test_every_time_is_positive(measured):
    assert all(row.value > 0 for row in measured[0] if "agreement" not in row.name)


def test_products_are_compared_with_aihwkit_only_where_it_is(monkeypatch):
    def product():
        time.sleep(1e-3)

    theirs = {"aihwkit single": product, "aihwkit batch": product}
    monkeypatch.setattr(models, "find_spec", lambda _: object())
    monkeypatch.setattr(models, "_aihwkit_products", lambda _rows, _columns: theirs)

    rows = {
        row.name: row
        for row in models.measure(lambda _: None, geometry=SMALL, tokens=20, seconds=0.02)
    }

    ratio = rows["attention.product.single_over_aihwkit"]
    assert (ratio.goal, ratio.better) == (8.0, "higher")
    assert ratio.value * rows["attention.product.single_noisy"].value >= 1e-3
    assert rows["attention.product.batch_over_aihwkit"].goal == 2.0


def test_without_aihwkit_it_is_said(monkeypatch):
    monkeypatch.setattr(models, "find_spec", lambda _: None)
    said = []

    rows = list(models.measure(said.append, geometry=SMALL, tokens=20, seconds=0.02))

    assert not any("aihwkit" in row.name for row in rows)
    assert any("aihwkit is not installed" in text for text in said)


def test_the_best_of_each_contender_counts():
    best_s = models.best_of({"long": lambda: time.sleep(2e-3), "short": lambda: None}, 0.02)

    assert best_s["long"] >= 2e-3
    assert best_s["short"] < best_s["long"]


def test_the_part_belongs_to_the_benchmark_of_attention():
    assert "models" in PARTS
