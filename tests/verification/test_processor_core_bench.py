import pytest

from verification.benches import BENCH_COMPONENTS, bench_of
from verification.cosim import build_simulation

BLOCK = "processor_core"


@pytest.mark.parametrize("variant", ["all_there_is", pytest.param("least", marks=pytest.mark.long)])
def test_exported_verilog_is_in_lockstep_and_meets_every_bin(variant, tmp_path):
    dut = BENCH_COMPONENTS[BLOCK][variant]()
    simulation = build_simulation(dut, tmp_path, simulator="verilator")

    report = simulation.run(bench_of(BLOCK))

    assert report.tests == 8
