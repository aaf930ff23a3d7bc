import errno
import re
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pynwb
import pytest
import spikeinterface.core
from spikeinterface.extractors import read_nwb_sorting

from system.errors import UserError
from system.spike_output import write_nwb, write_sorting

EVENT = np.dtype([("time", np.int64), ("channel", np.int32), ("snippet", np.int16, (64,))])
RATE_HZ = 24_000.0
CHANNELS = 3
SCALE_V = 0.5e-6

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


def test_nwb_of_no_spike_is_valid(tmp_path):
    nwb(tmp_path / "spikes.nwb", np.zeros(0, EVENT), snippet_scale_v=SCALE_V)

    assert pynwb.validate(path=tmp_path / "spikes.nwb") == []


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("time", -1, "event time must not be negative, not -1"),
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
