import errno
import os

import numpy as np
import pytest

from system.atomic import atomic_file, atomic_folder
from system.errors import UserError


class Interrupted(BaseException):
    """Stands for Ctrl-C, which is no Exception."""


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def save_folder(path, text):
    with atomic_folder(path, recognised_by="index.txt") as temporary:
        (temporary / "index.txt").write_text(text)


def fail_after_half_a_file(path, failure):
    with atomic_file(path) as temporary:
        temporary.write_text("half")
        raise failure


def fail_after_half_a_folder(path, failure):
    with atomic_folder(path, recognised_by="index.txt") as temporary:
        (temporary / "index.txt").write_text("half")
        raise failure


def test_a_file_appears_only_when_the_body_has_ended(tmp_path):
    path = tmp_path / "report.json"

    with atomic_file(path) as temporary:
        temporary.write_text("whole")
        assert not path.exists()

    assert path.read_text() == "whole"
    assert names_in(tmp_path) == ["report.json"]


def test_the_temporary_file_keeps_its_suffix_for_writers_that_add_one(tmp_path):
    with atomic_file(tmp_path / "codes.npy") as temporary:
        np.save(temporary, np.arange(3))

    assert names_in(tmp_path) == ["codes.npy"]


@pytest.mark.parametrize("failure", [RuntimeError, Interrupted])
def test_a_failed_file_leaves_the_earlier_one_and_nothing_else(tmp_path, failure):
    path = tmp_path / "report.json"
    path.write_text("earlier")

    with pytest.raises(failure):
        fail_after_half_a_file(path, failure)

    assert path.read_text() == "earlier"
    assert names_in(tmp_path) == ["report.json"]


def test_missing_parents_are_made_and_taken_away_again_on_failure(tmp_path):
    path = tmp_path / "build" / "run" / "report.json"

    with pytest.raises(RuntimeError), atomic_file(path):
        raise RuntimeError

    assert names_in(tmp_path) == []

    with atomic_file(path) as temporary:
        temporary.write_text("whole")

    assert path.read_text() == "whole"


def test_a_file_is_written_through_a_link(tmp_path):
    (tmp_path / "target.txt").write_text("earlier")
    (tmp_path / "link.txt").symlink_to(tmp_path / "target.txt")

    with atomic_file(tmp_path / "link.txt") as temporary:
        temporary.write_text("later")

    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "target.txt").read_text() == "later"


def test_a_folder_appears_only_when_the_body_has_ended(tmp_path):
    path = tmp_path / "sorting"

    with atomic_folder(path, recognised_by="index.txt") as temporary:
        (temporary / "index.txt").write_text("whole")
        assert not path.exists()

    assert (path / "index.txt").read_text() == "whole"
    assert names_in(tmp_path) == ["sorting"]


@pytest.mark.parametrize("failure", [RuntimeError, Interrupted])
def test_a_failed_folder_leaves_the_earlier_one_and_nothing_else(tmp_path, failure):
    path = tmp_path / "sorting"
    save_folder(path, "earlier")

    with pytest.raises(failure):
        fail_after_half_a_folder(path, failure)

    assert (path / "index.txt").read_text() == "earlier"
    assert names_in(tmp_path) == ["sorting"]


def test_a_folder_replaces_an_earlier_one_as_a_whole(tmp_path):
    path = tmp_path / "sorting"
    save_folder(path, "earlier")
    (path / "left over").touch()

    save_folder(path, "later")

    assert (path / "index.txt").read_text() == "later"
    assert names_in(path) == ["index.txt"]
    assert names_in(tmp_path) == ["sorting"]


def test_a_folder_takes_the_place_of_an_empty_one(tmp_path):
    (tmp_path / "sorting").mkdir()

    save_folder(tmp_path / "sorting", "whole")

    assert names_in(tmp_path / "sorting") == ["index.txt"]


def test_a_folder_with_other_things_in_it_is_never_replaced(tmp_path):
    (tmp_path / "thesis.tex").touch()
    folder = tmp_path.resolve()

    with pytest.raises(UserError) as error:
        save_folder(tmp_path, "whole")

    assert str(error.value) == (
        f"{folder}: an output folder must be new, empty, or an earlier output; "
        "this one holds other things and no index.txt"
    )
    assert names_in(tmp_path) == ["thesis.tex"]


def test_the_current_folder_is_never_replaced(tmp_path, monkeypatch):
    (tmp_path / "inner").mkdir()
    monkeypatch.chdir(tmp_path / "inner")

    with pytest.raises(UserError) as error:
        save_folder("..", "whole")

    assert str(error.value) == (
        f"{tmp_path.resolve()}: an output folder cannot take the place of the current folder"
    )


def test_a_folder_does_not_take_the_place_of_a_file_nor_a_file_that_of_a_folder(tmp_path):
    file, folder = tmp_path.resolve() / "file", tmp_path.resolve() / "folder"
    file.touch()
    folder.mkdir()

    with pytest.raises(UserError) as folder_error:
        save_folder(file, "whole")
    with pytest.raises(UserError) as file_error, atomic_file(folder):
        pass

    assert str(folder_error.value) == (f"{file}: an output folder cannot take the place of a file")
    assert str(file_error.value) == f"{folder}: an output file cannot take the place of a folder"


def test_what_the_file_system_refuses_is_said_about_the_output(tmp_path):
    (tmp_path / "file").touch()
    path = tmp_path.resolve() / "file" / "report.json"

    with pytest.raises(UserError) as error, atomic_file(path):
        pass

    assert str(error.value).startswith(f"{path}: the output cannot be written here: ")
    assert names_in(tmp_path) == ["file"]


def chained(error, cause):
    error.__cause__ = cause
    return error


FULL = {
    # how somebody says it: (error, reason)
    "the system": (OSError(errno.ENOSPC, "No space", "temporary"), "No space left on device"),
    "a quota": (OSError(errno.EDQUOT, "Quota"), "Disk quota exceeded"),
    "a limit on files": (OSError(errno.EFBIG, "File"), "File too large"),
    "NumPy": (OSError("4096 requested and 512 written"), "No space left on device"),
    "HDF5 while it closes": (
        RuntimeError(
            "Can't decrement id ref count (file write failed: time = Sat Nov 21\n, filename ="
            " 'a.nwb', file descriptor = 3, errno = 28, error message = 'No space left on device')"
        ),
        "No space left on device",
    ),
    "a library about its reason": (
        chained(ValueError("could not create dataset"), OSError(errno.ENOSPC, "No space")),
        "No space left on device",
    ),
}


@pytest.mark.parametrize(("failure", "reason"), FULL.values(), ids=list(FULL))
def test_a_full_disk_is_said_about_the_output(tmp_path, failure, reason):
    path = tmp_path.resolve() / "build" / "report"

    for fail in (fail_after_half_a_file, fail_after_half_a_folder):
        with pytest.raises(UserError) as error:
            fail(path, failure)
        assert str(error.value) == f"{path}: cannot be written: {reason}"

    assert names_in(tmp_path) == []


@pytest.mark.parametrize(
    "failure",
    [
        OSError(errno.EACCES, "Permission denied"),
        OSError("end of file"),
        RuntimeError("Unable to open file (unable to lock file, errno = 11)"),
    ],
)
def test_what_is_not_about_a_full_disk_is_not_said_to_be(tmp_path, failure):
    with pytest.raises(type(failure)) as error:
        fail_after_half_a_file(tmp_path / "report", failure)

    assert error.value is failure
    assert names_in(tmp_path) == []


def test_a_file_does_not_take_the_place_of_a_pipe_or_a_device(tmp_path):
    path = tmp_path.resolve() / "pipe"
    os.mkfifo(path)

    with pytest.raises(UserError) as error, atomic_file(path):
        pass

    assert str(error.value) == (
        f"{path}: an output file cannot take the place of a device or a pipe"
    )
    assert path.is_fifo()


def test_the_next_output_removes_what_a_killed_process_left(tmp_path):
    (tmp_path / ".axocell-1-0123abcd" / "new").mkdir(parents=True)

    save_folder(tmp_path / "sorting", "whole")

    assert names_in(tmp_path) == ["sorting"]


def test_links_in_a_circle_are_refused(tmp_path):
    (tmp_path / "there").symlink_to(tmp_path / "here")
    (tmp_path / "here").symlink_to(tmp_path / "there")
    path = tmp_path / "here" / "report.json"

    with pytest.raises(UserError) as error, atomic_file(path):
        pass

    assert str(error.value).startswith(f"{path}: the output cannot be written here: ")
