import pytest

from rtl.attention_head_config import AttentionHeadConfig
from system.benchmarks import NotMeasured
from system.benchmarks.attention import PARTS, rtl
from verification.simulators import MissingToolError

SMALL = AttentionHeadConfig(head_dim=2, window_tokens=64, tile_tokens=4, tiles_outside=True)


def test_sixteen_small_tiles_keep_the_schedule_of_sixteen_large_ones():
    said = []

    rows = {row.name: row for row in rtl.measure(said.append, config=SMALL)}

    assert {name: row.value for name, row in rows.items() if row.unit != "s"} == {
        "attention.rtl.latency": 65.0,
        "attention.rtl.interval": 34.0,
        "attention.rtl.mismatches": 0.0,
    }
    assert {name: row.goal for name, row in rows.items()} == {
        "attention.rtl.latency": 65,
        "attention.rtl.interval": 35,
        "attention.rtl.window_filled": 30,
        "attention.rtl.window_filled.compiling": None,
        "attention.rtl.mismatches": 0,
    }
    assert rows["attention.rtl.window_filled"].value > 0
    assert said[-1] == "attention: 164 tokens through the circuit"


def test_the_seconds_do_not_hide_what_a_faulty_bench_says(monkeypatch):
    monkeypatch.setattr(rtl, "attention_head", lambda tokens, _scaling, _config: tokens["query"])

    rows = {row.name: row for row in rtl.measure(lambda _: None, config=SMALL)}

    assert rows["attention.rtl.mismatches"].value > 100
    assert rows["attention.rtl.mismatches"].reached is False


def test_without_a_simulator_nothing_is_measured(monkeypatch):
    def missing(_simulator):
        raise MissingToolError("Verilator must be installed")

    monkeypatch.setattr(rtl, "check_simulator", missing)

    with pytest.raises(NotMeasured, match=r"^Verilator must be installed$"):
        list(rtl.measure(lambda _: None))


def test_the_part_belongs_to_the_benchmark_of_attention():
    assert "rtl" in PARTS
