import pytest

from verification.benches import BENCH_COMPONENTS, bench_of
from verification.cosim import build_simulation

BLOCK = "ap_codec"
RUNS = [
    ("both_engines", "verilator", None),
    ("golomb_alone", "verilator", None),
    ("trained", "verilator", "trains|as_templates"),
    ("both_engines", "icarus", "codes_every_sample.setting=4|codes_every_snippet"),
]


@pytest.mark.parametrize(("variant", "simulator", "tests"), RUNS)
def test_exported_verilog_matches_golden(variant, simulator, tests, tmp_path):
    dut = BENCH_COMPONENTS[BLOCK][variant]()
    simulation = build_simulation(dut, tmp_path, simulator=simulator)

    report = simulation.run(bench_of(BLOCK), test_filter=tests)

    assert report.tests >= 3
