"""Rows of the estimates."""

from system.benchmarks.attention import costs


def test_rows_carry_the_estimates_and_the_goals():
    rows = {row.name: row for row in costs.measure(lambda _: None)}

    own = rows["attention.energy.own_design"]
    assert own.goal == 1.0
    assert rows["attention.energy.own_design.at_least"].value < own.value
    assert rows["attention.energy.own_design.at_most"].value > own.value
    published = [row for name, row in rows.items() if ".published." in name]
    assert len(published) == 4
    assert all(row.value >= 1 and row.goal == 2 for row in published)
