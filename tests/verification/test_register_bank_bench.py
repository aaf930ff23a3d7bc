import pytest

from rtl.register_bank import RegisterBank
from tests.rtl.register_maps import MAPS
from verification.cosim import run_bench

BENCH = "verification.cocotb_benches.bench_register_bank"


@pytest.mark.parametrize(
    ("name", "simulator"),
    [("everything", "verilator"), ("everything", "icarus"), ("bytes", "icarus")],
)
def test_exported_verilog_matches_golden(name, simulator, tmp_path):
    report = run_bench(RegisterBank(MAPS[name]), BENCH, tmp_path, simulator=simulator)

    assert report.tests == 2
