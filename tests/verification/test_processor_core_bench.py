import pytest

from verification.benches import BENCH_COMPONENTS, bench_of
from verification.cosim import build_simulation

BLOCK = "processor_core"


@pytest.mark.parametrize(
    ("variant", "simulator"),
    [
        ("all_there_is", "verilator"),
        # By events: whether latches open and close in time shows where nothing is simplified.
        ("latches", "icarus"),
        pytest.param("latches", "verilator", marks=pytest.mark.long),
        pytest.param("least", "verilator", marks=pytest.mark.long),
    ],
)
def test_exported_verilog_is_in_lockstep_and_meets_every_bin(variant, simulator, tmp_path):
    dut = BENCH_COMPONENTS[BLOCK][variant]()
    simulation = build_simulation(dut, tmp_path, simulator=simulator)

    report = simulation.run(bench_of(BLOCK))

    assert report.tests == 8
