"""The file of events that a run writes for programs."""

import numpy as np
import pytest

from system.cli import main
from system.cli import run as run_command

QUICK = ["--channels", "2", "--seconds", "0.3"]


@pytest.fixture
def design(tmp_path):
    path = tmp_path / "quick.toml"
    path.write_text("[rtl_simulation]\nengine = 'none'\n[band_pass]\nlow_pass_hz = 5_000\n")
    return path


@pytest.fixture
def run(tmp_path, design):
    def execute(*words):
        return main(["run", "--design", str(design), "--output", str(tmp_path / "out"), *words])

    return execute


def test_events_that_a_run_found_are_given_to_a_program(run, tmp_path, capsys):
    """The end of the input tells the program to end."""
    path = tmp_path / "events.npy"
    (tmp_path / "end").write_bytes(b"e")
    assert run("--channels", "2", "--seconds", "1", "--events", str(path)) == 0
    events = np.load(path)
    assert f"{tmp_path / 'out' / 'design.toml'}, {path}\n" in capsys.readouterr().out

    words = ["--events", str(path), "--input", str(tmp_path / "end")]
    assert main(["firmware", "run", "spike_counter", *words]) == 0

    *channels, taken, _ = capsys.readouterr().out.splitlines()
    assert taken == f"{len(events)} of {len(events)} events taken"
    assert sum(int(line.split()[2]) for line in channels) == len(events) > 10


def test_events_do_not_take_the_place_of_the_recording(run, tmp_path, capsys):
    np.save(tmp_path / "probe.npy", np.zeros((100, 2)))
    probe = str(tmp_path / "probe.npy")

    assert run(probe, "--sampling-rate", "24000", "--unit", "V", "--events", probe) == 2

    assert capsys.readouterr().err == (
        f"axocell: {probe}: must not be written over by --events; name another file\n"
    )


@pytest.mark.parametrize(
    ("events", "complaint"),
    [
        ("quick.toml", "must not be written over by --events; name another file"),
        ("link.toml", "must not be written over by --events; name another file"),
        ("out/report.json", "must not be an output of the run; name another file"),
        ("out/design.toml", "must not be an output of the run; name another file"),
        ("out/sorting/spikes.npy", "must not be an output of the run; name another file"),
        ("out", "must be absent or a file of events, but is no file"),
        ("gone/events.npy", "must be in a folder that can be written, but is not"),
        ("quick.toml/events.npy", "must be in a folder that can be written, but is not"),
    ],
)
def test_events_that_cannot_be_written_are_refused_before_anything_is_processed(
    run, tmp_path, design, monkeypatch, capsys, events, complaint
):
    (tmp_path / "link.toml").symlink_to(design)
    monkeypatch.setattr(run_command, "process_recording", None)
    before = design.read_bytes()

    assert run(*QUICK, "--events", str(tmp_path / events)) == 2

    named = design if events == "link.toml" else tmp_path / events
    assert capsys.readouterr().err == f"axocell: {named}: {complaint}\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.toml", "quick.toml"]
    assert design.read_bytes() == before
