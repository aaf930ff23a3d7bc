import h5py
import numpy as np
import pytest

from system.errors import UserError
from system.recordings import open_recording
from tests.system import recording_writers
from tests.system.recording_writers import write_nwb

RATE_HZ = 30_000.0


@pytest.fixture
def codes():
    return recording_writers.codes(frames=900, channels=3)


def read(recording):
    return np.concatenate(list(recording.blocks(250)))


def message(path, **options):
    with pytest.raises(UserError) as error:
        read(open_recording(path, **options))
    assert "\n" not in str(error.value)
    return str(error.value)


def test_counts_with_a_conversion(tmp_path, codes):
    write_nwb(tmp_path / "a.nwb", {"raw": (codes, RATE_HZ, 0.195e-6)})

    recording = open_recording(tmp_path / "a.nwb")

    assert (recording.frames, recording.channels) == (900, 3)
    assert recording.sampling_rate_hz == RATE_HZ
    np.testing.assert_allclose(read(recording), codes * 0.195e-6, rtol=1e-5)


def test_one_channel_without_a_second_dimension(tmp_path, codes):
    write_nwb(tmp_path / "a.nwb", {"raw": (codes[:, 0], RATE_HZ, 0.195e-6)})

    recording = open_recording(tmp_path / "a.nwb")

    np.testing.assert_allclose(read(recording), codes[:, :1] * 0.195e-6, rtol=1e-5)


def test_volts_need_no_conversion(tmp_path, codes):
    write_nwb(tmp_path / "a.nwb", {"raw": (codes * 1e-6, RATE_HZ, 1.0)})

    np.testing.assert_allclose(read(open_recording(tmp_path / "a.nwb")), codes * 1e-6, rtol=1e-5)


def test_the_fastest_series_is_taken_unless_told_otherwise(tmp_path, codes):
    series = {"lfp": (codes[:, :1], 1_000.0, 1e-7), "raw": (codes, RATE_HZ, 1e-7)}
    write_nwb(tmp_path / "a.nwb", series)

    recording = open_recording(tmp_path / "a.nwb")

    assert recording.channels == 3
    assert recording.notes == ["series acquisition/raw was taken, not acquisition/lfp"]
    for stream in ("lfp", "acquisition/lfp"):
        assert open_recording(tmp_path / "a.nwb", stream=stream).channels == 1
    assert message(tmp_path / "a.nwb", stream="eeg") == (
        "a.nwb: series must be one of acquisition/lfp, acquisition/raw, not 'eeg'"
    )


def test_a_conversion_of_one_is_no_scale_for_counts(tmp_path, codes):
    write_nwb(tmp_path / "a.nwb", {"raw": (codes, RATE_HZ, 1.0)})

    assert message(tmp_path / "a.nwb").startswith(
        "a.nwb: samples that are a converter's counts need --scale-v"
    )


def test_a_conversion_of_one_does_not_make_microvolts_volts(tmp_path, codes):
    write_nwb(tmp_path / "a.nwb", {"raw": (codes * 0.5, RATE_HZ, 1.0)})

    assert message(tmp_path / "a.nwb").startswith(
        "a.nwb: samples of no declared unit are taken as volts and must be within +-1 V"
    )
    recording = open_recording(tmp_path / "a.nwb", unit="uV")
    np.testing.assert_allclose(read(recording), codes * 0.5e-6, rtol=1e-5)


def test_a_sample_that_is_not_finite_is_told_with_its_place(tmp_path, codes):
    data = codes * 1e-6
    data[700, 2] = np.nan
    write_nwb(tmp_path / "a.nwb", {"raw": (data, RATE_HZ, 1.0)})

    assert message(tmp_path / "a.nwb") == (
        "a.nwb: samples must be finite, but channel 2 at frame 700 (0.0233333 s) is nan"
    )


@pytest.mark.parametrize("kept", [100, 3_000, -1])
def test_a_file_cut_short_is_one_line(tmp_path, codes, kept):
    write_nwb(tmp_path / "a.nwb", {"raw": (codes, RATE_HZ, 1e-7)})
    (tmp_path / "a.nwb").write_bytes((tmp_path / "a.nwb").read_bytes()[:kept])

    assert message(tmp_path / "a.nwb").startswith("a.nwb: cannot be read as NWB")


def test_a_file_without_a_series_is_refused(tmp_path):
    with h5py.File(tmp_path / "a.nwb", "w") as file:
        file.attrs["nwb_version"] = "2.8.0"

    assert message(tmp_path / "a.nwb") == "a.nwb: must hold an ElectricalSeries, but holds none"


def test_a_series_of_no_frames_is_refused(tmp_path, codes):
    write_nwb(tmp_path / "a.nwb", {"raw": (codes, RATE_HZ, 1e-7)})
    with h5py.File(tmp_path / "a.nwb", "a") as file:
        attributes = dict(file["acquisition/raw/data"].attrs)
        del file["acquisition/raw/data"]
        file["acquisition/raw/data"] = np.zeros((0, 3), np.int16)
        file["acquisition/raw/data"].attrs.update(attributes)

    assert message(tmp_path / "a.nwb") == "a.nwb: must have at least one frame, not 0"


def test_units_are_truth_only_when_they_are_given_as_such(tmp_path, codes):
    times_s = [[5.01, 5.02], [5.005]]  # the series starts at 5 s
    series = {"raw": (codes[:, 0], RATE_HZ, 1e-7)}
    write_nwb(tmp_path / "a.nwb", series, spike_times=times_s)

    assert open_recording(tmp_path / "a.nwb").truth is None
    truth = open_recording(tmp_path / "a.nwb", truth=tmp_path / "a.nwb").truth
    assert truth is not None
    np.testing.assert_allclose(truth.frame, [150, 300, 600], atol=1e-6)
    np.testing.assert_array_equal(truth.unit, [1, 0, 0])


def test_units_of_several_channels_or_none_are_no_truth(tmp_path, codes):
    write_nwb(tmp_path / "a.nwb", {"raw": (codes, RATE_HZ, 1e-7)}, spike_times=[[5.01]])
    write_nwb(tmp_path / "b.nwb", {"raw": (codes[:, 0], RATE_HZ, 1e-7)})

    assert message(tmp_path / "a.nwb", truth=tmp_path / "a.nwb") == (
        "a.nwb: NWB units do not say their channel, so that the recording must have 1 channel,"
        " not 3"
    )
    assert message(tmp_path / "b.nwb", truth=tmp_path / "b.nwb") == (
        "b.nwb: must hold units with spike times, but holds none"
    )
