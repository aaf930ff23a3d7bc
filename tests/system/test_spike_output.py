import errno
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pynwb
import pytest
import spikeinterface.core
from spikeinterface.extractors import read_nwb_sorting

from system.errors import UserError
from system.spike_output import Lateness, write_nwb, write_sorting

EVENT = np.dtype([("time", np.int64), ("channel", np.int32), ("snippet", np.int16, (64,))])
RATE_HZ = 24_000.0
CHANNELS = 3
SCALE_V = 0.5e-6

LATENESS = Lateness(shortest_s=0.12e-3, typical_s=0.229e-3, longest_s=0.307e-3)
MEANING = (
    "Times are those at which the detector's level peaked: later than the extremum of the voltage"
    " by the delay of the filters, which depends on the waveform and is not taken off"
)

NWBHDF5IO: Any = pynwb.NWBHDF5IO  # its decorator hides its arguments from type checkers


@pytest.fixture
def events():
    """Five spikes, out of order, on the first and last of three channels."""
    made = np.zeros(5, dtype=EVENT)
    made["time"] = [4_800, 24, 48_000, 2_400, 12_000]
    made["channel"] = [2, 0, 2, 0, 2]
    made["snippet"] = np.arange(5)[:, np.newaxis] * 100 + np.arange(64)
    return made


def nwb(path, events, **options):
    settings = {"sampling_rate_hz": RATE_HZ, "channels": CHANNELS, "description": "a test"}
    write_nwb(path, events, **{**settings, **options})


def load_sorting(folder):
    sorting = spikeinterface.core.load(folder)
    assert isinstance(sorting, spikeinterface.core.BaseSorting)
    return sorting


def fill_the_disk(*_args, **_options):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_sorting_reads_back_in_spikeinterface(tmp_path, events):
    write_sorting(tmp_path / "sorting", events, sampling_rate_hz=RATE_HZ, channels=CHANNELS)
    (tmp_path / "sorting").rename(tmp_path / "moved")

    sorting = load_sorting(tmp_path / "moved")

    assert sorting.get_sampling_frequency() == RATE_HZ
    assert list(sorting.unit_ids) == [0, 1, 2]
    trains = [sorting.get_unit_spike_train(unit, segment_index=0) for unit in range(3)]
    assert [list(train) for train in trains] == [[24, 2_400], [], [4_800, 12_000, 48_000]]


def test_sorting_of_no_spike_reads_back(tmp_path):
    write_sorting(tmp_path / "sorting", np.zeros(0, EVENT), sampling_rate_hz=RATE_HZ, channels=2)

    sorting = load_sorting(tmp_path / "sorting")

    assert sorting.count_total_num_spikes() == 0
    assert list(sorting.unit_ids) == [0, 1]


def test_sorting_says_what_its_times_are(tmp_path, events):
    shape = {"sampling_rate_hz": RATE_HZ, "channels": CHANNELS}
    write_sorting(tmp_path / "known", events, **shape, lateness=LATENESS)
    write_sorting(tmp_path / "unknown", events, **shape)

    assert load_sorting(tmp_path / "known").get_annotation("spike_times") == (
        f"{MEANING}; 0.23 ms for a typical waveform, 0.12 to 0.31 ms for all."
    )
    assert load_sorting(tmp_path / "unknown").get_annotation("spike_times") == f"{MEANING}."


def test_sorting_replaces_an_earlier_one_but_no_other_folder(tmp_path, events):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").touch()

    for few in (events, events[:1]):
        write_sorting(tmp_path / "sorting", few, sampling_rate_hz=RATE_HZ, channels=CHANNELS)
    with pytest.raises(UserError):
        write_sorting(tmp_path / "mine", events, sampling_rate_hz=RATE_HZ, channels=CHANNELS)

    assert load_sorting(tmp_path / "sorting").count_total_num_spikes() == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine", "sorting"]


def test_nwb_is_valid_and_reads_back_in_pynwb(tmp_path, events):
    start = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
    path = tmp_path / "spikes.nwb"
    nwb(path, events, snippet_scale_v=SCALE_V, session_start=start, keywords=["test"])

    assert pynwb.validate(path=path) == []
    with NWBHDF5IO(path, "r") as io:
        file = io.read()
        assert file.session_description == "a test"
        assert file.session_start_time == start
        assert len(file.electrodes) == CHANNELS
        assert list(file.units.id[:]) == [0, 1, 2]
        times_s = [list(file.units.get_unit_spike_times(unit)) for unit in range(CHANNELS)]
        assert times_s == [[0.001, 0.1], [], [0.2, 0.5, 2.0]]
        assert [list(file.units["electrodes"][unit].index) for unit in range(3)] == [[0], [1], [2]]
        assert file.units.waveform_rate == RATE_HZ
        mean_v = file.units["waveform_mean"][:]
        np.testing.assert_allclose(mean_v[2], (200 + np.arange(64)) * SCALE_V, rtol=1e-6)
        assert np.isnan(mean_v[1]).all()


def test_nwb_reads_back_in_spikeinterface(tmp_path, events):
    nwb(tmp_path / "spikes.nwb", events)

    sorting = read_nwb_sorting(tmp_path / "spikes.nwb", sampling_frequency=RATE_HZ, t_start=0.0)

    assert list(sorting.get_unit_spike_train(2)) == [4_800, 12_000, 48_000]


def test_nwb_says_what_its_times_are(tmp_path, events):
    nwb(tmp_path / "spikes.nwb", events, lateness=LATENESS)

    with NWBHDF5IO(tmp_path / "spikes.nwb", "r") as io:
        description = io.read().units["spike_times"].target.description
    assert description == (
        f"Seconds from the first frame of the recording. {MEANING};"
        " 0.23 ms for a typical waveform, 0.12 to 0.31 ms for all."
    )


def test_nwb_says_where_its_start_is_not_that_of_the_recording(tmp_path, events):
    nwb(tmp_path / "unknown.nwb", events)
    nwb(tmp_path / "known.nwb", events, session_start=datetime(2026, 1, 2, 3, 4, tzinfo=UTC))

    with NWBHDF5IO(tmp_path / "unknown.nwb", "r") as io:
        file = io.read()
        assert abs(file.session_start_time - file.file_create_date[0]) < timedelta(minutes=1)
        assert file.notes == (
            "session_start_time is when this file was written: when the recording began is not"
            " known."
        )
    with NWBHDF5IO(tmp_path / "known.nwb", "r") as io:
        assert io.read().notes is None


def test_more_spikes_than_are_written_at_a_time_are_all_written(tmp_path, monkeypatch):
    monkeypatch.setattr("system.spike_output.sorting.CHUNK", 7)
    monkeypatch.setattr("system.spike_output.nwb.CHUNK", 7)
    rng = np.random.default_rng(4)
    many = np.zeros(100, dtype=EVENT)
    many["time"], many["channel"] = rng.integers(10_000, size=100), rng.integers(3, size=100)

    write_sorting(tmp_path / "sorting", many, sampling_rate_hz=RATE_HZ, channels=CHANNELS)
    nwb(tmp_path / "spikes.nwb", many)

    sorting = load_sorting(tmp_path / "sorting")
    with NWBHDF5IO(tmp_path / "spikes.nwb", "r") as io:
        units = io.read().units
        for channel in range(CHANNELS):
            times = np.sort(many["time"][many["channel"] == channel])
            train = sorting.get_unit_spike_train(channel, segment_index=0)
            np.testing.assert_array_equal(train, times)
            np.testing.assert_array_equal(units.get_unit_spike_times(channel), times / RATE_HZ)
    vector = sorting.to_spike_vector()
    np.testing.assert_array_equal(vector, np.sort(vector, order=["sample_index", "unit_index"]))


def test_nwb_of_no_spike_is_valid(tmp_path):
    nwb(tmp_path / "spikes.nwb", np.zeros(0, EVENT), snippet_scale_v=SCALE_V)

    assert pynwb.validate(path=tmp_path / "spikes.nwb") == []


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("time", -1, "event time must not be negative, not -1"),
        ("time", 1 << 61, f"event time must be below {(1 << 62) // 3}, not {1 << 61}"),
        ("channel", 3, "event channel must be in 0..2, not 3"),
        ("channel", -1, "event channel must be in 0..2, not -1"),
    ],
)
def test_an_event_outside_of_the_recording_leaves_nothing_behind(
    tmp_path, events, field, value, message
):
    events[field][0] = value

    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        write_sorting(tmp_path / "sorting", events, sampling_rate_hz=RATE_HZ, channels=CHANNELS)
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        nwb(tmp_path / "spikes.nwb", events)

    assert list(tmp_path.iterdir()) == []


def test_a_failure_while_writing_leaves_the_earlier_file(tmp_path, events, monkeypatch):
    path = tmp_path / "spikes.nwb"
    nwb(path, events)
    earlier = path.read_bytes()

    monkeypatch.setattr(pynwb.NWBHDF5IO, "write", fill_the_disk)
    with pytest.raises(UserError) as error:
        nwb(path, events)

    assert str(error.value) == f"{path.resolve()}: cannot be written: No space left on device"

    assert path.read_bytes() == earlier
    assert list(tmp_path.iterdir()) == [path]


# Highest resident memory, megabytes, before and after many spikes are written; a few go first, so
# that libraries are loaded. It is asked of the process itself: what getrusage says of a child
# begins with the size of its parent.
MEASURE = """
import re, sys
from pathlib import Path
import numpy as np
from system.spike_output import write_nwb, write_sorting

def peak_mb():
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024

def write(events, folder):
    shape = {"sampling_rate_hz": 24e3, "channels": 68}
    write_sorting(folder / "sorting", events, **shape)
    write_nwb(folder / "spikes.nwb", events, **shape, description="many")

folder, spikes = Path(sys.argv[1]), int(sys.argv[2])
events = np.zeros(spikes, dtype=[("time", np.int64), ("channel", np.int32)])
events["time"] = np.arange(spikes) * 9
events["channel"] = np.arange(spikes) * 5 % 68
write(events[:1000], folder)
before = peak_mb()
write(events, folder)
print(before, peak_mb())
"""

needs_proc = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="needs Linux's account of memory"
)


@needs_proc
def test_writing_millions_of_spikes_takes_eight_bytes_for_each(tmp_path):
    spikes = 3_000_000  # an hour of 68 channels with 37 a second has three times as many

    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(tmp_path), str(spikes)],
        check=True,
        capture_output=True,
        text=True,
    )

    before, after = map(float, done.stdout.split())
    assert after - before < 8 * spikes / 2**20 + 40  # pieces, and what the libraries buffer
    assert after < 500


# Writes as long as no file may be longer than the limits that it is told.
LIMITED = """
import resource, signal, sys
from pathlib import Path
import numpy as np
from system.errors import UserError
from system.spike_output import write_nwb, write_sorting

folder = Path(sys.argv[1])
events = np.zeros(30_000, dtype=[("time", np.int64), ("channel", np.int32)])
shape = {"sampling_rate_hz": 24e3, "channels": 68}
write_nwb(folder / "spikes.nwb", events, **shape, description="all", session_start=None)
earlier = (folder / "spikes.nwb").read_bytes()
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # else it kills
for limit in map(int, sys.argv[2:]):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    for write in (
        lambda: write_sorting(folder / "sorting", events, **shape),
        lambda: write_nwb(folder / "spikes.nwb", events, **shape, description="all"),
    ):
        try:
            write()
        except UserError as error:
            print(str(error).removeprefix(str(folder)))
    assert [path.name for path in folder.iterdir()] == ["spikes.nwb"]
    assert (folder / "spikes.nwb").read_bytes() == earlier
"""


def test_a_disk_that_fills_up_at_any_moment_is_said_and_leaves_nothing(tmp_path):
    """HDF5 itself ended with a segmentation fault at some of these lengths."""
    limits = (1, 100, 1_000, 20_000, 100_000, 200_000, 240_000)

    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(tmp_path.resolve()), *map(str, limits)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stderr == ""
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "/sorting: cannot be written: File too large",
        "/spikes.nwb: cannot be written: File too large",
    ] * len(limits)
