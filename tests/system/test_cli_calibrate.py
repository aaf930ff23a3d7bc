import pytest

from analog_models.attention.cell_tables import (
    SHIPPED_TABLES,
    cell_table_json,
    load_cell_table,
)
from system.calibration.tables import Calibration
from system.cli import calibrate, main
from system.errors import UserError


@pytest.fixture
def measured(monkeypatch):
    """Let the measurement find the shipped tables, or do what the test wants."""
    asked = []

    def install(checks=None, error=None):
        def stand_in(effort, *, cells, report):
            asked.append((effort.cells, list(cells)))
            report("a stage", 0.5)
            if error is not None:
                raise error
            tables = {name: load_cell_table(name) for name in cells}
            for table in tables.values():
                dict.update(table.checks, checks or {})
            return Calibration(tables=tables, seconds=12.34)

        monkeypatch.setattr(calibrate, "calibrate", stand_in)
        return asked

    return install


def test_tables_are_written_and_their_errors_shown(measured, tmp_path, capsys):
    asked = measured()

    assert main(["calibrate", "--output", str(tmp_path)]) == 0

    assert asked == [(100, list(SHIPPED_TABLES))]
    for name in SHIPPED_TABLES:
        text = (tmp_path / f"{name}.json").read_text(encoding="utf-8")
        assert text == cell_table_json(load_cell_table(name))
    shown = capsys.readouterr()
    assert "held_out_of_full_scale" in shown.out
    assert shown.out.splitlines()[-4:] == [
        str(tmp_path / "cmos.json"),
        str(tmp_path / "oxide.json"),
        str(tmp_path / "tenth.json"),
        "3 tables in 12.3 s",
    ]
    assert shown.err == ""


def test_one_design_and_fewer_cells_can_be_asked_for(measured, tmp_path):
    asked = measured()
    words = ["calibrate", "--output", str(tmp_path), "--design", "oxide", "oxide", "--cells", "7"]

    assert main(words) == 0

    assert asked == [(7, ["oxide"])]
    assert [path.name for path in tmp_path.iterdir()] == ["oxide.json"]


def test_a_table_that_misses_its_goal_is_status_1(measured, tmp_path):
    measured(checks={"held_out_of_full_scale": 0.02})

    assert main(["calibrate", "--output", str(tmp_path)]) == 1


def test_what_does_not_converge_is_one_line_and_nothing_is_written(measured, tmp_path, capsys):
    measured(error=UserError("gain cell: ngspice must converge on 'op', but says: Error: no"))

    assert main(["calibrate", "--output", str(tmp_path / "new")]) == 2

    assert capsys.readouterr().err == (
        "axocell: gain cell: ngspice must converge on 'op', but says: Error: no\n"
    )
    assert not (tmp_path / "new").exists()


def test_an_interruption_writes_nothing(measured, tmp_path, capsys):
    measured(error=KeyboardInterrupt())

    assert main(["calibrate", "--output", str(tmp_path / "new")]) == 130

    assert capsys.readouterr().err == "axocell: interrupted: nothing was kept\n"
    assert not (tmp_path / "new").exists()


def test_a_single_cell_has_no_spread(capsys):
    assert main(["calibrate", "--cells", "1"]) == 2

    assert capsys.readouterr().err == ("axocell: calibration cells must be in 2..100000, not 1\n")
