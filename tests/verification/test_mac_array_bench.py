import pytest

from verification.benches import BENCH_COMPONENTS, bench_of
from verification.cosim import build_simulation

BLOCK = "mac_array"


@pytest.mark.parametrize(
    "variant", ["sixteen_lanes", pytest.param("eight_lanes", marks=pytest.mark.long)]
)
def test_exported_verilog_matches_golden(variant, tmp_path):
    dut = BENCH_COMPONENTS[BLOCK][variant]()
    simulation = build_simulation(dut, tmp_path, simulator="verilator")

    report = simulation.run(bench_of(BLOCK))

    assert report.tests == 10
