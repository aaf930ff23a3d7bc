"""What every benchmark's rows have in common."""

import json

from system.benchmarks import rows_as_json


def check_rows(rows, benchmark):
    """The documented form: names that are unique and begin with the benchmark's, JSON to match."""
    names = [row.name for row in rows]
    assert len(set(names)) == len(names)
    assert all(name.startswith(f"{benchmark}.") for name in names)
    units = {"", "s", "1/s", "x real time", "cycles", "cycles/s", "bit", "dB"}
    assert all(row.unit in units for row in rows)

    read = json.loads(rows_as_json(rows))

    assert [set(row) for row in read] == [{"name", "value", "unit", "goal", "better"}] * len(rows)
    assert [row["name"] for row in read] == names
