"""The calibration's benchmark: rows of what a calibration says of itself."""

import sys

import pytest

from system.benchmarks import NotMeasured, calibration
from system.calibration import tables
from system.errors import UserError


def test_rows_are_time_and_distance_with_their_goals(monkeypatch):
    done = tables.Calibration(tables={}, seconds=41.5)
    monkeypatch.setattr(tables, "calibrate", lambda report: report("cells", 0.5) or done)
    monkeypatch.setattr(tables.Calibration, "held_out_of_full_scale", 0.0023)
    said = []

    rows = {row.name: (row.value, row.goal) for row in calibration.measure(said.append)}

    assert rows == {"calibration.time": (41.5, 60.0), "calibration.held_out": (0.0023, 0.005)}
    assert said == ["calibration: cells"]


def test_without_ngspice_nothing_is_measured(monkeypatch):
    def calibrate(**_):
        raise UserError("ngspice must be installed, but is not")

    monkeypatch.setattr(tables, "calibrate", calibrate)

    with pytest.raises(NotMeasured, match="ngspice must be installed"):
        list(calibration.measure(lambda _: None))


def test_without_pyspice_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "system.calibration.tables", None)

    with pytest.raises(NotMeasured, match=r"pip install 'axocell\[spice\]'"):
        list(calibration.measure(lambda _: None))
