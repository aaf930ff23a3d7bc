import json

import pytest

from system.errors import UserError
from system.report import validate_report, write_report
from system.report.write import report_json
from tests.system.fake_report import fake_report


@pytest.fixture(scope="module")
def report():
    return fake_report(channels=1)


def test_both_files_appear_and_nothing_else(report, tmp_path):
    data, page = write_report(report, tmp_path / "new" / "folder")

    assert sorted((tmp_path / "new" / "folder").iterdir()) == [page, data]
    assert (data.name, page.name) == ("report.json", "report.html")
    assert validate_report(json.loads(data.read_bytes())) == validate_report(report)
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>\n")


def test_a_report_that_breaks_its_schema_leaves_the_earlier_one(report, tmp_path):
    write_report(report, tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    with pytest.raises(ValueError, match=r"^report must hold only the keys of its schema"):
        write_report(report | {"colour": "red"}, tmp_path)

    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_nothing_is_left_where_a_file_cannot_be_written(report, tmp_path):
    (tmp_path / "report.html").mkdir()

    with pytest.raises(UserError, match=r"report\.html: an output file cannot take the place"):
        write_report(report, tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_a_file_is_no_folder(report, tmp_path):
    (tmp_path / "file").write_text("mine", encoding="utf-8")

    with pytest.raises(UserError, match="file"):
        write_report(report, tmp_path / "file")

    assert (tmp_path / "file").read_text(encoding="utf-8") == "mine"


def test_keys_are_sorted_and_numbers_stand_on_one_line(report):
    text = report_json(report)

    def sorted_everywhere(pairs):
        assert [key for key, _ in pairs] == sorted(key for key, _ in pairs)
        return dict(pairs)

    json.loads(text, object_pairs_hook=sorted_everywhere)
    assert text.count("\n") < 500
    assert text.endswith("}\n")


def test_what_is_not_a_number_is_null(report):
    odd = report | {"speed": report["speed"] | {"wall_s": float("nan")}}

    text = report_json(odd)

    assert "NaN" not in text
    assert json.loads(text)["speed"]["wall_s"] is None
