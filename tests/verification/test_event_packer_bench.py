import pytest

from verification.benches import BENCH_COMPONENTS, bench_of
from verification.cosim import build_simulation

BLOCK = "event_packer"
RUNS = [("two_beats", "verilator"), ("two_beats", "icarus"), ("heads_alone", "icarus")]


@pytest.mark.parametrize(("variant", "simulator"), RUNS)
def test_exported_verilog_matches_golden(variant, simulator, tmp_path):
    dut = BENCH_COMPONENTS[BLOCK][variant]()
    simulation = build_simulation(dut, tmp_path, simulator=simulator)

    report = simulation.run(bench_of(BLOCK))

    assert report.tests >= 7
