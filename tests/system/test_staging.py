import errno
import fcntl
import subprocess
import sys
import threading
from contextlib import contextmanager

import pytest

from system import staging
from system.staging import staging_in

# Makes something in a hidden folder of the folder that it is told, and waits to be killed.
WORKER = """
import sys
from pathlib import Path
from system.staging import staging_in

with staging_in(Path(sys.argv[1])) as folder:
    (folder.new / "report.json").write_text("half")
    print("at work", flush=True)
    sys.stdin.read()
"""


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def make(folder, text):
    with staging_in(folder) as made:
        (made.new / "report.json").write_text(text)
        (made.new / "sorting").mkdir()
        (made.new / "sorting" / "spikes.npy").write_text(text)
        made.publish("report.json")
        made.publish("sorting")


def publish_what_is_not_there(folder, name):
    with staging_in(folder) as made:
        made.publish(name)


@contextmanager
def worker(folder):
    process = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "at work\n"
        try:
            yield process
        finally:
            process.kill()


def test_what_is_published_takes_the_place_of_what_was_there(tmp_path):
    make(tmp_path, "earlier")
    (tmp_path / "sorting" / "left over").touch()

    make(tmp_path, "later")

    assert names_in(tmp_path) == ["report.json", "sorting"]
    assert (tmp_path / "report.json").read_text() == "later"
    assert names_in(tmp_path / "sorting") == ["spikes.npy"]


def test_what_cannot_be_published_leaves_what_was_there(tmp_path):
    make(tmp_path, "earlier")

    with pytest.raises(FileNotFoundError):
        publish_what_is_not_there(tmp_path, "sorting")

    assert (tmp_path / "sorting" / "spikes.npy").read_text() == "earlier"
    assert names_in(tmp_path) == ["report.json", "sorting"]


def test_several_things_come_together_or_not_at_all(tmp_path):
    make(tmp_path, "earlier")

    with staging_in(tmp_path) as made:
        (made.new / "design.toml").write_text("later")
        (made.new / "report.json").write_text("later")
        (made.new / "sorting").mkdir()
        with pytest.raises(FileNotFoundError):
            made.publish("design.toml", "report.json", "sorting", "what is not there")

    assert names_in(tmp_path) == ["report.json", "sorting"]
    assert (tmp_path / "report.json").read_text() == "earlier"
    assert (tmp_path / "sorting" / "spikes.npy").read_text() == "earlier"

    with staging_in(tmp_path) as made:
        for name in ("design.toml", "report.json"):
            (made.new / name).write_text("later")
        made.publish("design.toml", "report.json")

    assert names_in(tmp_path) == ["design.toml", "report.json", "sorting"]
    assert (tmp_path / "report.json").read_text() == "later"


def test_who_publishes_waits_for_another_that_does(tmp_path):
    come = threading.Event()

    def publish():
        make(tmp_path, "ours")
        come.set()

    thread = threading.Thread(target=publish)
    with staging._turn(tmp_path):
        thread.start()
        assert not come.wait(0.2)  # a file takes a thousandth of that
    thread.join()

    assert names_in(tmp_path) == ["report.json", "sorting"]


def test_the_folder_of_a_killed_process_goes_with_the_next_output(tmp_path):
    with worker(tmp_path) as process:
        process.kill()
        process.wait()
    (left,) = names_in(tmp_path)
    assert left.startswith(f".axocell-{process.pid}-")

    make(tmp_path, "whole")

    assert names_in(tmp_path) == ["report.json", "sorting"]


def test_the_folder_of_a_process_at_work_stays(tmp_path):
    with worker(tmp_path):
        (at_work,) = names_in(tmp_path)

        make(tmp_path, "whole")

        assert names_in(tmp_path) == [at_work, "report.json", "sorting"]
        assert (tmp_path / at_work / "new" / "report.json").read_text() == "half"


def test_two_folders_of_one_process_leave_each_other_alone(tmp_path):
    with staging_in(tmp_path) as first, staging_in(tmp_path) as second:
        assert first.new.is_dir()
        assert second.new.is_dir()

    assert names_in(tmp_path) == []


def test_what_a_process_killed_while_publishing_took_away_is_put_back(tmp_path):
    left = tmp_path / ".axocell-1-0123abcd"
    for name in ("sorting", "report.json"):
        (left / "earlier" / name).mkdir(parents=True)
        (left / "earlier" / name / "earlier.txt").touch()
    (tmp_path / "report.json").touch()  # here the new one had come

    with staging_in(tmp_path):
        pass

    assert names_in(tmp_path) == ["report.json", "sorting"]
    assert names_in(tmp_path / "sorting") == ["earlier.txt"]
    assert (tmp_path / "report.json").is_file()


@pytest.mark.parametrize(
    "name", [".axocell-notes", ".axocell-1-0123abcd.txt", "axocell-1-0123abcd"]
)
def test_a_folder_that_is_no_staging_folder_stays(tmp_path, name):
    (tmp_path / name).mkdir()

    with staging_in(tmp_path):
        pass

    assert names_in(tmp_path) == [name]


def test_a_link_to_a_folder_is_not_followed(tmp_path):
    (tmp_path / "data" / "years of work").mkdir(parents=True)
    (tmp_path / ".axocell-1-0123abcd").symlink_to(tmp_path / "data")

    with staging_in(tmp_path):
        pass

    assert names_in(tmp_path / "data") == ["years of work"]


def test_where_nothing_can_be_locked_nothing_is_taken_for_abandoned(tmp_path, monkeypatch):
    def no_locks(_descriptor, _operation):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    (tmp_path / ".axocell-1-0123abcd").mkdir()

    make(tmp_path, "whole")

    assert names_in(tmp_path) == [".axocell-1-0123abcd", "report.json", "sorting"]


def test_a_folder_that_was_taken_for_abandoned_before_it_was_locked_is_made_anew(
    tmp_path, monkeypatch
):
    taken = []
    really_open = staging._open_lock

    def taken_the_first_time(path):
        if not taken:
            taken.append(path)
            path.rmdir()
        return really_open(path)

    monkeypatch.setattr(staging, "_open_lock", taken_the_first_time)

    with staging_in(tmp_path) as made:
        assert made.new.is_dir()

    assert len(taken) == 1
    assert names_in(tmp_path) == []
