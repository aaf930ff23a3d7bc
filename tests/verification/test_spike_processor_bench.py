from verification.benches import BENCH_COMPONENTS, bench_of
from verification.cosim import run_bench

BLOCK = "spike_processor"


def test_exported_verilog_matches_golden(tmp_path):
    dut = BENCH_COMPONENTS[BLOCK]["three_channels"]()

    report = run_bench(dut, bench_of(BLOCK), tmp_path)

    assert report.tests == 3
