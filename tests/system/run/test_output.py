import errno
import json
import re

import pytest

from system.atomic import atomic_file
from system.errors import UserError
from system.run.output import output_folder


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def report_of(text):
    return json.dumps({"schema": 1, "axocell": {"version": text}, "rtl_golden": {}})


def write_run(folder, text):
    with output_folder(folder) as staging:
        (staging / "report.json").write_text(report_of(text))
        (staging / "sorting").mkdir()
        (staging / "sorting" / "si_folder.json").write_text(text)


def fail_in_the_middle(folder, failure):
    with output_folder(folder) as staging:
        (staging / "report.json").write_text("half")
        raise failure


def test_nothing_shows_before_the_body_has_ended(tmp_path):
    with output_folder(tmp_path / "build" / "run") as staging:
        (staging / "report.json").write_text("whole")
        assert not (tmp_path / "build" / "run" / "report.json").exists()

    assert names_in(tmp_path / "build" / "run") == ["report.json"]


def test_a_later_run_replaces_an_earlier_one_and_nothing_else(tmp_path):
    (tmp_path / "thesis.tex").touch()
    write_run(tmp_path, "earlier")
    (tmp_path / "sorting" / "spikes.npy").touch()

    write_run(tmp_path, "later")

    assert names_in(tmp_path) == ["report.json", "sorting", "thesis.tex"]
    assert (tmp_path / "report.json").read_text() == report_of("later")
    assert names_in(tmp_path / "sorting") == ["si_folder.json"]


@pytest.mark.parametrize("failure", [RuntimeError, KeyboardInterrupt])
def test_a_failed_run_leaves_everything_as_it_was(tmp_path, failure):
    write_run(tmp_path / "old", "earlier")

    with pytest.raises(failure):
        fail_in_the_middle(tmp_path / "old", failure)
    with pytest.raises(failure):
        fail_in_the_middle(tmp_path / "new" / "run", failure)

    assert names_in(tmp_path) == ["old"]
    assert names_in(tmp_path / "old") == ["report.json", "sorting"]
    assert (tmp_path / "old" / "report.json").read_text() == report_of("earlier")


@pytest.mark.parametrize("name", ["report.json", "report.html", "spikes.nwb", "design.toml"])
def test_a_file_that_is_not_of_an_earlier_run_is_never_replaced(tmp_path, name):
    (tmp_path / name).write_text("years of work")
    message = (
        f"{name}: must be absent or of an earlier run, whose report.json stands beside it; "
        f"choose another --output"
    )

    with pytest.raises(UserError, match=re.escape(message)):
        write_run(tmp_path, "later")

    assert (tmp_path / name).read_text() == "years of work"
    assert names_in(tmp_path) == [name]


def test_a_folder_that_is_not_our_sorting_is_never_replaced(tmp_path):
    (tmp_path / "sorting").mkdir()
    (tmp_path / "sorting" / "letters.txt").touch()

    with pytest.raises(UserError) as error:
        write_run(tmp_path, "later")

    assert str(error.value) == (
        f"{tmp_path / 'sorting'}: must be absent or the sorting of an earlier run, "
        "which has si_folder.json"
    )
    assert names_in(tmp_path) == ["sorting"]


def test_an_output_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "file").touch()

    for folder in (tmp_path / "file", tmp_path / "file" / "run"):
        with pytest.raises(UserError) as error:
            write_run(folder, "later")
        assert str(error.value).startswith(f"{folder}: the output cannot be written here: ")


def test_a_folder_in_the_place_of_a_file_is_refused_before_the_work(tmp_path):
    (tmp_path / "report.json").mkdir()

    with pytest.raises(UserError) as error, output_folder(tmp_path):
        pytest.fail("the work has begun")

    assert str(error.value) == (
        f"{tmp_path / 'report.json'}: must be absent or a file, not a folder"
    )


def test_a_full_disk_is_one_line_about_the_output(tmp_path):
    folder = tmp_path / "out"

    with pytest.raises(UserError) as error:
        fail_in_the_middle(folder, OSError(errno.ENOSPC, "No space left on device"))

    assert str(error.value) == f"{folder}: cannot be written: No space left on device"
    assert names_in(tmp_path) == []


def test_an_output_that_cannot_be_written_is_named_by_its_place(tmp_path):
    def fill_the_disk():
        with output_folder(tmp_path) as staging, atomic_file(staging / "spikes.nwb"):
            raise OSError(errno.EDQUOT, "Disk quota exceeded")

    with pytest.raises(UserError) as error:
        fill_the_disk()

    assert str(error.value) == (
        f"{tmp_path / 'spikes.nwb'}: cannot be written: Disk quota exceeded"
    )


def test_what_a_killed_run_left_goes_with_the_next_but_not_a_run_at_work(tmp_path):
    (tmp_path / ".axocell-1-0123abcd" / "new").mkdir(parents=True)

    with output_folder(tmp_path) as at_work:
        write_run(tmp_path, "the other")
        assert at_work.is_dir()
        (at_work / "report.json").write_text(report_of("this"))

    assert names_in(tmp_path) == ["report.json", "sorting"]
    assert (tmp_path / "report.json").read_text() == report_of("this")


def test_a_file_that_came_during_the_work_is_never_replaced(tmp_path):
    def write_meanwhile():
        with output_folder(tmp_path) as staging:
            (staging / "design.toml").write_text("ours")
            (tmp_path / "design.toml").write_text("years of work")

    with pytest.raises(UserError):
        write_meanwhile()

    assert (tmp_path / "design.toml").read_text() == "years of work"
    assert names_in(tmp_path) == ["design.toml"]
