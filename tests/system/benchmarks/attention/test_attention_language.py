from system.attention.plan import Plan
from system.benchmarks.attention import PARTS
from system.benchmarks.attention.language import measure
from tests.system.attention.tiny import CONFIG, HARDWARE


def test_speeds_are_told_over_that_of_softmax():
    plan = Plan(model=CONFIG, hardware=HARDWARE, sequences=2)
    said = []

    rows = {row.name: row for row in measure(said.append, plan=plan, rounds=1)}

    assert list(rows) == [
        "attention.training_speed.nonlinear",
        "attention.training_speed.linear",
        "attention.training_speed.softmax",
    ]
    assert rows["attention.training_speed.nonlinear"].goal == 0.6
    assert all(row.value > 0 for row in rows.values())
    assert said == ["attention: a few steps of training of each kind"]


def test_the_part_belongs_to_the_benchmark_of_attention():
    assert "language" in PARTS
