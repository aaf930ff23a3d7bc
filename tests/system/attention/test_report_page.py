import json
import re

import pytest

from system.attention.report_page import ReportTable, tables, write_report
from system.errors import UserError
from tests.system.attention.report_data import BITS, a_report, some_points


def table(report, title):
    (found,) = (each for each in tables(report) if each.title == title)
    return found


def test_models_are_shown_with_bars():
    shown = table(a_report(), "Bits per token")

    assert [row[:2] for row in shown.rows] == [(name, f"{bits:.3f}") for name, bits in BITS.items()]
    assert shown.bars == tuple(BITS.values())


def test_figures_are_shown():
    values = [row[1] for row in table(a_report(), "Figures").rows]

    assert values == ["+0.100", "60 %", "90 %", "96 %", "0.65"]


def test_a_loss_too_small_is_no_loss():
    report = a_report(**{"nonlinear, not adapted": 2.7})

    assert [row[1] for row in table(report, "Figures").rows][1:4] == ["no loss"] * 3


def test_what_was_never_too_dear_is_shown_as_beyond_the_values():
    shown = table(a_report(points=some_points(1e-6)), "Change of one thing")

    afforded = {row[0]: row[3] for row in shown.rows}
    assert afforded["decay"] == "> 0.03"
    assert afforded["cell gain"] == "> 40"
    assert afforded["stored levels"] == ""


def test_the_noise_aware_model_has_columns_of_its_own():
    hardened = [each for each in some_points(0.5) if each.knob.grows]

    shown = table(a_report(noise_aware_points=hardened), "Change of one thing")

    assert len(shown.headings) == 6
    cells = {row[0]: row for row in shown.rows}
    assert cells["stored levels"][4:] == ("", "")
    assert cells["decay"][4].startswith("0.001: +0.000, 0.003: +0.005")


def test_without_sweeps_their_tables_are_left_out():
    assert [each.title for each in tables(a_report(points=[]))] == ["Bits per token", "Figures"]


@pytest.mark.parametrize(
    ("bars", "lengths"),
    [((2.0, 1.0), [100, 50]), ((1.0, -4.0), [100, 0]), ((-1.0, 0.0), [0, 0]), ((), [])],
)
def test_the_longest_bar_is_whole_and_what_is_negative_has_none(bars, lengths):
    assert ReportTable(title="", headings=(), rows=[], bars=bars).lengths == lengths


def test_page_and_data_are_written(tmp_path):
    report = a_report()

    data, page = write_report(report, tmp_path / "new")

    assert json.loads(data.read_text()) == json.loads(json.dumps(report))
    text = page.read_text(encoding="utf-8")
    for each in tables(report):
        assert each.title in text
        assert all(
            cell.replace("'", "&#39;") in text
            for row in each.rows
            for cell in row
            if "<" not in cell and ">" not in cell
        )
    assert "&lt;b&gt;&amp;" in text  # the command is text, whatever it holds
    assert "<b>" not in text


def test_the_page_loads_nothing_and_runs_nothing(tmp_path):
    text = write_report(a_report(), tmp_path)[1].read_text(encoding="utf-8")

    assert not re.search(r"https?://|<script|\bsrc=|@import|url\(", text)
    assert "default-src 'none'" in text


def test_neither_is_written_where_one_cannot_be(tmp_path):
    (tmp_path / "report.json").mkdir()

    with pytest.raises(UserError, match=r"cannot take the place of a folder$"):
        write_report(a_report(), tmp_path)

    assert not (tmp_path / "report.html").exists()
