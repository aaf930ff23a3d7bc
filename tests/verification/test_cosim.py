import re

import pytest

from tests.verification.blocks import FaultyStage, Scale, ScaleConfig
from verification.cosim import DEFAULT_SEED, BenchFailure, build_simulation, run_bench
from verification.pacing import PACES
from verification.simulators import SIMULATORS

FAULTY = "tests.verification.bench_faulty"
SCALE = "tests.verification.bench_scale"


@pytest.fixture(scope="module")
def faulty(tmp_path_factory):
    return build_simulation(FaultyStage(), tmp_path_factory.mktemp("faulty"), simulator="icarus")


@pytest.mark.parametrize("simulator", SIMULATORS)
def test_exported_verilog_matches_golden_at_every_pace(simulator, tmp_path):
    dut = Scale(ScaleConfig(width=6, gain=5))

    report = run_bench(dut, SCALE, tmp_path, simulator=simulator, parameters={"count": 100})

    assert report.tests == len(PACES)
    assert report.simulator == simulator
    assert report.seed == DEFAULT_SEED


@pytest.mark.parametrize("simulator", SIMULATORS)
def test_drivers_and_monitors_notice_every_fault_of_a_stream(simulator, tmp_path):
    simulation = build_simulation(FaultyStage(), tmp_path, simulator=simulator)

    assert simulation.run(FAULTY, test_filter="catches|passes").tests == 5


def test_a_failing_test_is_an_error_with_its_message_and_seed(faulty):
    message = (
        r"^tests\.verification\.bench_faulty under icarus, seed 7, log .*: 0 passed, 1 failed\n"
        r"wrongly_believes_in_the_stage: stream o: valid must hold until ready, but fell in cycle"
    )

    with pytest.raises(BenchFailure, match=message):
        faulty.run(FAULTY, test_filter="wrongly", seed=7)


def test_a_bench_that_never_ends_is_an_error(faulty):
    with pytest.raises(BenchFailure, match=r"\nnever_ends: SimTimeoutError$"):
        faulty.run(FAULTY, test_filter="never")


@pytest.mark.parametrize("simulator", SIMULATORS)
def test_a_simulation_in_which_time_stands_still_is_an_error_with_the_end_of_its_log(
    simulator, tmp_path
):
    simulation = build_simulation(FaultyStage(), tmp_path, simulator=simulator)
    message = (
        rf"(?s)^{FAULTY} under {simulator}, seed 2026, log \S+: \w+ must end within 4 s, but did "
        r"not; what it said ends with\n.*running \S+stands_still"
    )

    with pytest.raises(BenchFailure, match=message):
        simulation.run(FAULTY, test_filter="stands_still", limit_s=4)


@pytest.mark.parametrize(
    ("bench", "said"),
    [(FAULTY, "No tests left"), ("tests.verification.no_bench", "No module named")],
    ids=["nothing_selected", "no_such_module"],
)
def test_a_bench_of_no_tests_is_an_error(faulty, bench, said):
    with pytest.raises(BenchFailure, match=f"(?s)0 passed, 0 failed\nno test ran.*{said}"):
        faulty.run(bench, test_filter="no such test")


def test_a_seed_repeats_and_another_differs(tmp_path):
    simulation = build_simulation(Scale(ScaleConfig()), tmp_path, simulator="icarus")
    durations_ns = []
    for seed in (1, 1, 3):
        simulation.run(SCALE, parameters={"count": 20}, seed=seed, test_filter="random")
        log = (tmp_path / "bench_scale" / "bench.log").read_text()
        durations_ns.append(re.findall(r"PASS +([\d.]+) ", log))

    assert durations_ns[0] == durations_ns[1] != durations_ns[2]


@pytest.mark.parametrize(("simulator", "file"), [("verilator", "*.vcd"), ("icarus", "*.fst")])
def test_waveforms_are_written_on_request(simulator, file, tmp_path):
    simulation = build_simulation(Scale(ScaleConfig()), tmp_path, simulator=simulator, waves=True)

    simulation.run(SCALE, parameters={"count": 5}, test_filter="streaming")

    assert len([*tmp_path.rglob(file)]) == 1
