import pytest

from verification.benches import BENCH_COMPONENTS, bench_of
from verification.cosim import run_bench


@pytest.mark.parametrize("variant", ["booted", pytest.param("ready", marks=pytest.mark.long)])
def test_exported_verilog_matches_golden(variant, tmp_path):
    dut = BENCH_COMPONENTS["processor"][variant]()

    report = run_bench(dut, bench_of("processor"), tmp_path)

    assert report.tests == 1
