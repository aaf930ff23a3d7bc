import pytest

from verification.benches import BENCH_COMPONENTS, bench_of
from verification.cosim import build_simulation

BLOCK = "template_encoder"


@pytest.mark.parametrize("simulator", ["verilator", "icarus"])
@pytest.mark.parametrize("variant", ["three_channels", "wide"])
def test_exported_verilog_matches_golden(variant, simulator, tmp_path):
    dut = BENCH_COMPONENTS[BLOCK][variant]()
    simulation = build_simulation(dut, tmp_path, simulator=simulator)

    report = simulation.run(bench_of(BLOCK))

    assert report.tests == 6
