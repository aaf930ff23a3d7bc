import dataclasses
import json

import numpy as np
import pytest

from analog_models.attention.cell_tables import SHIPPED_TABLES, cell_table_json, load_cell_table
from analog_models.spice.cell_circuit import CELLS, CellDesign
from analog_models.spice.session import SpiceError
from system.calibration import cell_fit, tables
from system.calibration.effort import Effort
from system.calibration.tables import Calibration, calibrate, table_files
from system.errors import UserError

# Ngspice chooses its steps of time by its own arithmetic, to a reltol of 1e-4 for converters and
# 1e-5 for cells; a build for another processor rounds otherwise. Ten times the larger of the two.
SAME = 1e-3
# What is near zero is compared with what it is a part of: checks with full scale, times with the
# longest pulse, voltages with the supply, charges of an edge with a tenth of a step's.
PARTS = {
    "_of_full_scale": 1.0,
    "offset_s": 15e-9,
    "crossover_s": 15e-9,
    "_v": 0.9,
    "edge_charge_c": 1e-15,
}
VERSIONS = {"simulator", "binding"}


def shipped(names=SHIPPED_TABLES):
    return {name: load_cell_table(name) for name in names}


def differences(found, expected, name=""):
    """Places of a table's file whose values are not the same."""
    if isinstance(expected, dict):
        if found.keys() != expected.keys():
            return [name]
        return [
            place
            for key, value in expected.items()
            for place in differences(found[key], value, f"{name}.{key}")
        ]
    if isinstance(expected, str | int):
        return [] if found == expected else [name]
    whole = max((part for end, part in PARTS.items() if name.endswith(end)), default=0.0)
    limit = SAME * max(whole, np.abs(expected).max())
    return [] if np.abs(np.subtract(found, expected)).max() <= limit else [name]


def changes(calibration):
    found, expected = (
        json.loads(json.dumps({name: json.loads(cell_table_json(each)) for name, each in all_of}))
        for all_of in (calibration.tables.items(), shipped().items())
    )
    return [
        place for place in differences(found, expected) if place.rpartition(".")[2] not in VERSIONS
    ]


def test_the_shipped_tables_are_what_the_command_makes():
    """All but the spread of converters, which takes most of the time: the next test has it."""
    calibration = calibrate(Effort(converters=0))

    assert calibration.reached
    assert {place.partition(".converters.")[2] or place for place in changes(calibration)} == {
        *(f"{kind}.{name}" for kind in ("unsigned", "signed") for name in SPREAD),
        *(f".{name}.provenance.monte_carlo_converters" for name in SHIPPED_TABLES),
    }


SPREAD = ("gain_sigma", "offset_sigma_s")


@pytest.mark.long
def test_the_shipped_tables_are_what_the_command_makes_to_the_last_figure():
    assert changes(calibrate()) == []


def test_tables_can_be_told_apart():
    """The comparison above sees a change of a fiftieth of the goal."""
    table = load_cell_table("cmos")
    moved = dataclasses.replace(table, current_a=table.current_a + 1e-4 * 10e-6 * 20)

    assert changes(Calibration(tables={**shipped(), "cmos": moved}, seconds=0.0)) == [
        ".cmos.current_a"
    ]


@pytest.mark.parametrize("check", ["held_out_of_full_scale", "aged_held_out_of_full_scale"])
def test_a_table_that_misses_spice_misses_the_goal(check):
    table = load_cell_table("cmos")
    wrong = dataclasses.replace(table, checks={**table.checks, check: 0.006})

    calibration = Calibration(tables={"cmos": wrong}, seconds=1.0)

    assert not calibration.reached
    assert calibration.held_out_of_full_scale == 0.006
    assert Calibration(tables=shipped(), seconds=1.0).reached


def test_a_circuit_that_ngspice_refuses_is_the_users_error(monkeypatch):
    monkeypatch.setattr(tables, "CONVERTER_SETS", {"published current": {}})
    short = CellDesign(write="transmission_gate", read_n_length_m=-1e-6)
    monkeypatch.setitem(cell_fit.CELLS, "cmos", short)

    with pytest.raises(UserError) as failure:
        calibrate(Effort(cells=2, converters=0), cells=["cmos"])

    assert str(failure.value).startswith("gain cell: ngspice must ")
    assert "\n" not in str(failure.value)


def test_without_ngspice_there_is_one_line(monkeypatch):
    def refuse():
        raise SpiceError("ngspice library must be installed, but is not")

    monkeypatch.setattr(tables, "open_session", refuse)

    with pytest.raises(UserError) as failure:
        calibrate()

    assert str(failure.value) == "ngspice library must be installed, but is not"


def test_files_appear_together_when_all_is_well(tmp_path):
    folder = tmp_path / "new" / "tables"

    with table_files(folder, ["oxide"]) as fill:
        (path,) = fill(shipped())
        assert not path.exists()

    assert path == folder / "oxide.json"
    assert path.read_text(encoding="utf-8") == cell_table_json(load_cell_table("oxide"))


def test_nothing_is_written_when_the_measurement_fails(tmp_path):
    (tmp_path / "cmos.json").write_text("before", encoding="utf-8")

    with (
        pytest.raises(SpiceError, match="no convergence"),
        table_files(tmp_path, list(CELLS)),
    ):
        raise SpiceError("no convergence")

    assert [path.name for path in tmp_path.iterdir()] == ["cmos.json"]
    assert (tmp_path / "cmos.json").read_text(encoding="utf-8") == "before"


def test_a_folder_that_cannot_be_written_is_known_before_the_measurement(tmp_path):
    blocked = tmp_path / "file"
    blocked.touch()

    with pytest.raises(UserError) as failure, table_files(blocked, ["cmos"]):
        pytest.fail("the measurement began")

    assert str(failure.value).startswith(f"{blocked / 'cmos.json'}: the output cannot be written")
