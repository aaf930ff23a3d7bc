import pytest

from rtl.attention_head import AttentionHead
from rtl.attention_head_config import AttentionHeadConfig
from rtl.gain_cell_twin import GainCellTwin, GainCellTwinConfig
from verification.attention_benches import ATTENTION_COMPONENTS
from verification.benches import BENCH_COMPONENTS, bench_of
from verification.cosim import build_simulation, run_bench

RUNS = [
    (block, variant, simulator)
    for block, variants in ATTENTION_COMPONENTS.items()
    for variant in variants
    for simulator in ("verilator", "icarus")
]
PUBLISHED = AttentionHeadConfig(tiles_outside=True)


@pytest.mark.parametrize(("block", "variant", "simulator"), RUNS)
def test_exported_verilog_matches_golden(block, variant, simulator, tmp_path):
    report = run_bench(
        BENCH_COMPONENTS[block][variant](), bench_of(block), tmp_path, simulator=simulator
    )

    assert report.tests >= (1 if block == "gain_cell_twin" else 3)


@pytest.mark.long
def test_a_head_of_the_published_size_fills_its_window_and_goes_on(tmp_path):
    simulation = build_simulation(AttentionHead(PUBLISHED), tmp_path)

    report = simulation.run(
        bench_of("attention_head"),
        parameters={"tokens": PUBLISHED.window_tokens + 100},
        test_filter="attends.*streaming",
    )

    assert report.tests == 1


@pytest.mark.long
def test_a_twin_of_the_published_size_matches_golden(tmp_path):
    config = GainCellTwinConfig(window_tokens=64)

    report = run_bench(
        GainCellTwin(config), bench_of("gain_cell_twin"), tmp_path, parameters={"tokens": 80}
    )

    assert report.tests == 1
