import pytest

from verification.benches import BENCH_COMPONENTS, bench_of
from verification.cosim import run_bench

RUNS = [
    ("packet_framer", "three_groups", "verilator", 5),
    ("packet_framer", "one_group", "icarus", 5),
    ("snippet_marker", "three_channels", "verilator", 7),
    ("snippet_marker", "one_channel", "icarus", 7),
    ("packet_marker", "pairs", "verilator", 4),
    ("packet_marker", "three_channels", "icarus", 4),
    ("packet_marker", "one_channel", "verilator", 4),
]


@pytest.mark.parametrize(("block", "variant", "simulator", "tests"), RUNS)
def test_exported_verilog_matches_golden(block, variant, simulator, tests, tmp_path):
    dut = BENCH_COMPONENTS[block][variant]()

    report = run_bench(dut, bench_of(block), tmp_path, simulator=simulator)

    assert report.tests >= tests
