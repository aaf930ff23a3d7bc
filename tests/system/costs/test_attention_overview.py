"""The estimates as data and tables: nothing is lost between model and page."""

import json

import pytest

from system.costs.attention_energy import own_design_energy
from system.costs.attention_overview import attention_costs, cost_tables
from system.costs.attention_quantities import HeadLogic

LOGIC = HeadLogic(
    counter_bits=8000,
    schedule_bits=30,
    pipeline_bits=9000,
    count_cycles=16,
    latency_cycles=65,
    interval_cycles=34,
)


@pytest.fixture(scope="module")
def costs():
    return attention_costs(LOGIC)


def test_the_data_survive_json(costs):
    assert json.loads(json.dumps(costs, allow_nan=False)) == costs


def test_terms_add_up_and_quantities_carry_their_source(costs):
    for model in (*costs["energy_j"].values(), costs["area_m2"]):
        assert model["total"] == pytest.approx(sum(term["value"] for term in model["terms"]))
        assert all(each["source"] and each["low"] <= each["high"] for each in model["quantities"])
    assert sum(costs["latency_s"]["phases"].values()) == pytest.approx(costs["latency_s"]["total"])


def test_bars_are_those_of_the_model(costs):
    bars = own_design_energy(LOGIC).sensitivity()

    assert costs["energy_j"]["own_design"]["sensitivity"] == [
        {"quantity": bar.quantity.name, "at_low": bar.at_low, "at_high": bar.at_high}
        for bar in bars
    ]


def test_every_row_of_a_table_is_as_wide_as_its_headings(costs):
    tables = cost_tables(costs)

    assert len({title for title, _, _ in tables}) == len(tables) == 6
    for _, headings, rows in tables:
        assert rows
        assert {len(row) for row in rows} == {len(headings)}


def test_the_digital_unit_stands_beside_ours_and_the_processors(costs):
    (rows,) = (rows for title, _, rows in cost_tables(costs) if "side by side" in title)

    names = [row[0] for row in rows]
    assert (
        names.index("the same function, all digital")
        == names.index("our design, converters as simulated") + 1
    )
    assert names[-2:] == ["RTX 4090", "Jetson Nano"]
    assert rows[names.index("RTX 4090")][2] == "598,166.67"  # 7.178 mJ / 12 heads
