import pytest

from verification.benches import BENCH_COMPONENTS, bench_of
from verification.cosim import build_simulation

BLOCK = "spike_detector"
ALL = None
RUNS = [
    ("three_channels", "verilator", ALL),
    ("one_channel", "verilator", ALL),
    ("one_channel", "icarus", ALL),
    ("three_channels", "icarus", "smoothed_adaptive|table"),  # 2000 cycles a second: a sample
]


@pytest.mark.parametrize(("variant", "simulator", "tests"), RUNS)
def test_exported_verilog_matches_golden(variant, simulator, tests, tmp_path):
    dut = BENCH_COMPONENTS[BLOCK][variant]()
    simulation = build_simulation(dut, tmp_path, simulator=simulator)

    report = simulation.run(bench_of(BLOCK), test_filter=tests)

    assert report.tests >= 2
