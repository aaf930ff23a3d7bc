import json

import pytest

from system import benchmarks
from system.benchmarks import (
    BenchmarkRow,
    NotMeasured,
    benchmark_names,
    rows_as_json,
    run_benchmarks,
)
from system.cli import main
from system.errors import UserError


def a_row(**changes):
    values = {"name": "speed.rtl", "value": 3.0, "unit": "x", "goal": 4.0, "better": "higher"}
    return BenchmarkRow(**{**values, **changes})


@pytest.mark.parametrize(
    ("value", "better", "reached"),
    [
        (4.0, "higher", True),
        (3.9, "higher", False),
        (4.0, "lower", True),
        (4.1, "lower", False),
    ],
)
def test_a_goal_is_reached_from_the_right_side(value, better, reached):
    assert a_row(value=value, better=better).reached is reached


def test_a_figure_without_goal_only_informs():
    assert a_row(goal=None).reached is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": ""}, r"^benchmark row name must not be empty$"),
        (
            {"value": float("nan")},
            r"^benchmark row speed\.rtl must have a finite value, not nan$",
        ),
        (
            {"better": "faster"},
            r"^benchmark row speed\.rtl must be better higher or lower, not 'faster'$",
        ),
    ],
    ids=["name", "value", "better"],
)
def test_a_row_rejects(changes, message):
    with pytest.raises(ValueError, match=message):
        a_row(**changes)


def test_rows_are_a_json_list_of_five_keys():
    assert json.loads(rows_as_json([a_row(goal=None)])) == [
        {"name": "speed.rtl", "value": 3.0, "unit": "x", "goal": None, "better": "higher"}
    ]


def test_names_are_those_of_the_modules_of_the_package():
    folder = next(iter(benchmarks.__path__))

    assert folder.endswith("benchmarks")
    assert benchmark_names() == sorted(benchmark_names())


def test_nothing_is_measured_if_one_name_is_unknown(monkeypatch):
    monkeypatch.setattr(benchmarks, "benchmark_names", lambda: ["detection", "speed"])

    with pytest.raises(UserError) as error:
        list(run_benchmarks(["speed", "size"], pytest.fail))

    assert str(error.value) == "benchmark must be one of detection, speed, not 'size'"


def test_what_cannot_be_measured_here_is_left_out_of_all_and_refused_alone(monkeypatch, capsys):
    def measure(name):
        if name == "gpu":
            raise NotMeasured("gpu must be there, and is not")
        yield a_row(name=f"{name}.figure")

    monkeypatch.setattr("system.cli.benchmark.benchmark_names", lambda: ["gpu", "speed"])
    monkeypatch.setattr("system.cli.benchmark.run_benchmarks", lambda names, _: measure(*names))

    assert main(["benchmark"]) == 0
    shown = capsys.readouterr().out
    assert "speed.figure" in shown
    assert "gpu was not measured: gpu must be there, and is not" in shown

    assert main(["benchmark", "gpu"]) == 2
    assert capsys.readouterr().err == "axocell: gpu must be there, and is not\n"
