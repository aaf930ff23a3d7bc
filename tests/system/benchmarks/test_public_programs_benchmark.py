import importlib.util

import pytest

from system.benchmarks import NotMeasured, public_programs, run_benchmarks
from system.firmware.machine import Outcome

SAID = (
    b"Total ticks      : 5000000\nIterations       : 20\nCorrect operation validated. See\n",
    b"Dhrystones per Second:                      3514\n",
)


def test_figures_follow_from_what_the_programs_say(monkeypatch):
    outcome = Outcome(
        exit_code=0, sleeping=True, instructions=4_500_000, cycles=5_000_000, scratch=()
    )
    said = iter(SAID)
    monkeypatch.setattr(public_programs, "_run", lambda _program: (outcome, next(said)))

    rows = {row.name: row.value for row in run_benchmarks(["public_programs"], lambda _: None)}

    assert rows == {
        "public_programs.coremark": 4.0,
        "public_programs.coremark.instructions": 0.9,
        "public_programs.dhrystone": 2.0,
    }


def test_without_compilers_or_the_package_nothing_is_measured(tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setenv("PATH", str(tmp_path))
        with pytest.raises(NotMeasured, match=r"^a C\+\+ compiler must be there to count cycles"):
            list(run_benchmarks(["public_programs"], lambda _: None))

    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(NotMeasured, match=r"^the Python package pythondata-cpu-ibex must be"):
        list(run_benchmarks(["public_programs"], lambda _: None))
