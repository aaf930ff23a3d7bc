import pytest

from system.benchmarks.speed import measure
from tests.system.benchmarks.rows import check_rows

SECONDS = 1.0


@pytest.fixture(scope="module")
def measured():
    said = []
    rows = measure(said.append, seconds=SECONDS, repetitions=1, processes=False)
    return list(rows), said


@pytest.fixture(scope="module")
def value(measured):
    return {row.name.removeprefix("speed."): row.value for row in measured[0]}


def test_rows_have_the_documented_form(measured):
    check_rows(measured[0], "speed")


def test_goals_are_the_documented_ones(measured):
    assert {row.name: row.goal for row in measured[0] if row.goal is not None} == {
        "speed.golden_chain": 100.0,
        "speed.golden_chain_over_spikeinterface": 10.0,
        "speed.recording_frontend": 10.0,
        "speed.circuit": 4.0,
        "speed.circuit.at_least": 1.0,
        "speed.circuit.samples_per_clock": 1.0,
    }


def test_faster_is_better_throughout(measured):
    assert {row.better for row in measured[0]} == {"higher"}
    assert all(row.value > 0 for row in measured[0])


def test_ratios_are_those_of_the_rows_beside_them(value):
    theirs = value["spikeinterface.by_channel"], value["spikeinterface.locally_exclusive"]

    assert value["golden_chain_over_spikeinterface"] == value["golden_chain"] / theirs[0]
    assert (
        value["golden_chain_over_spikeinterface.locally_exclusive"]
        == value["golden_chain"] / theirs[1]
    )


def test_the_circuit_takes_a_sample_every_cycle_unless_a_packet_leaves(value):
    assert value["circuit.samples_per_clock"] == 1.0
    assert 0.5 < value["circuit.samples_per_clock.events"] <= 1.0


def test_progress_is_told(measured):
    said = measured[1]

    assert all(text.startswith("speed: ") for text in said)
    assert "speed: golden chain, 1 of 1" in said


def test_without_a_compiler_the_circuit_still_runs(monkeypatch):
    monkeypatch.setattr("system.benchmarks.speed.available_engine", lambda: "pysim")

    rows = measure(lambda _text: None, seconds=0.5, repetitions=1, processes=False)

    value = {row.name: row.value for row in rows}
    assert value["speed.circuit.samples_per_clock"] == 1.0
    assert 0 < value["speed.circuit"] < 1
