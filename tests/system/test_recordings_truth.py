import numpy as np
import pytest
import scipy.io

from system.errors import UserError
from system.recordings import open_recording
from system.recordings.quiroga import UNIT_V
from tests.system.recording_writers import quiroga_record, write_matlab_73

RATE_HZ = 20_000.0
FRAMES = 4_000
WHOLE = "must be whole numbers of at most 2147483647"


@pytest.fixture
def path(tmp_path):
    np.save(tmp_path / "a.npy", np.zeros((FRAMES, 2)))
    return tmp_path / "a.npy"


def truth_of(path, truth):
    found = open_recording(path, sampling_rate_hz=RATE_HZ, truth=truth).truth
    assert found is not None
    return found


def message(path, truth):
    with pytest.raises(UserError) as error:
        open_recording(path, sampling_rate_hz=RATE_HZ, truth=truth)
    assert "\n" not in str(error.value)
    return str(error.value)


def table(folder, text):
    (folder / "truth.csv").write_text(text)
    return folder / "truth.csv"


def test_a_table_of_frames(path, tmp_path):
    text = "frame,channel,unit,amplitude_v,neutral,comment\n30.5,1,4,5e-5,false,x\n10,0,2,,1,y\n"

    truth = truth_of(path, table(tmp_path, text))

    np.testing.assert_array_equal(truth.frame, [10, 30.5])
    np.testing.assert_array_equal(truth.channel, [0, 1])
    np.testing.assert_array_equal(truth.unit, [2, 4])
    np.testing.assert_array_equal(truth.amplitude_v, [np.nan, 5e-5])
    np.testing.assert_array_equal(truth.neutral, [True, False])
    assert truth.noise_level is None


def test_a_table_of_times_alone_is_one_unit_on_the_first_channel(path, tmp_path):
    truth = truth_of(path, table(tmp_path, "time_s\n0.1\n0.05\n"))

    np.testing.assert_allclose(truth.frame, [1_000, 2_000])
    assert set(truth.channel) == set(truth.unit) == {0}


def test_a_table_without_rows_says_that_there_is_no_spike(path, tmp_path):
    assert len(truth_of(path, table(tmp_path, "frame,channel\n"))) == 0


def test_an_archive(path, tmp_path):
    np.savez(
        tmp_path / "truth.npz",
        time_s=np.array([0.1, 0.05]),
        channel=np.array([1, 0]),
        noise_level=np.array([0.1, 0.2]),
        other=np.zeros(9),
    )

    truth = truth_of(path, tmp_path / "truth.npz")

    np.testing.assert_allclose(truth.frame, [1_000, 2_000])
    np.testing.assert_array_equal(truth.channel, [0, 1])
    np.testing.assert_array_equal(truth.noise_level, [0.1, 0.2])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("channel\n1\n", "truth must have either frame or time_s, but has channel"),
        ("frame,time_s\n1,1\n", "truth must have either frame or time_s, but has frame, time_s"),
        ("", "truth must have either frame or time_s, but has neither"),
        ("frame\n4000\n", "frame must be within the recording (0 to below 4000), not 4000"),
        ("frame\n-1\n", "frame must be within the recording (0 to below 4000), not -1"),
        ("time_s\n0.2\n", "frame must be within the recording (0 to below 4000), not 4000"),
        ("frame\nnan\n", "frame must be within the recording (0 to below 4000), not nan"),
        ("frame,channel\n1,2\n", "channel must be within the recording (0 to below 2), not 2"),
        ("frame,channel\n1,0.5\n", f"truth channel {WHOLE}, not 0.5"),
        ("frame,unit\n1,0.5\n", f"truth unit {WHOLE}, not 0.5"),
        ("frame,unit\n1,4294967296\n", f"truth unit {WHOLE}, not 4294967296.0"),
        ("frame,unit\n1,-inf\n", f"truth unit {WHOLE}, not -inf"),
        ("frame,neutral\n1,2\n", "truth neutral must be true or false, not 2.0"),
        ("frame,neutral\n1,nan\n", "truth neutral must be true or false, not nan"),
        ("frame,neutral\n1,yes\n", "neutral on line 2 must be a number, not 'yes'"),
        ("frame,unit, unit\n1,2,3\n", "unit must be one column at most, not 2"),
        ("frame\n\n1\none\n", "frame on line 4 must be a number, not 'one'"),
        ("frame\none\n", "frame on line 2 must be a number, not 'one'"),
        ("frame,unit\n1,2\n1\n", "line 3 must have 2 columns as the first has, not 1"),
    ],
)
def test_a_table_that_does_not_fit_is_refused(path, tmp_path, text, expected):
    assert message(path, table(tmp_path, text)) == f"truth.csv: {expected}"


def test_an_archive_of_unequal_arrays_is_refused(path, tmp_path):
    np.savez(tmp_path / "truth.npz", frame=np.arange(3), unit=np.arange(2))

    assert message(path, tmp_path / "truth.npz") == (
        "truth.npz: unit must be one number per spike (3), not of shape (2,)"
    )


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"frame": ["5", "6"]}, "frame must be real numbers, not <U1"),
        ({"frame": [5j, 6j]}, "frame must be real numbers, not complex128"),
        ({"channel": [False, True]}, "channel must be real numbers, not bool"),
        ({"amplitude_v": [1j, 2j]}, "amplitude_v must be real numbers, not complex128"),
        ({"neutral": ["true", "no"]}, "neutral must be real numbers, not <U4"),
        ({"neutral": [0.0, 0.5]}, "truth neutral must be true or false, not 0.5"),
        ({"unit": [1, 1 << 40]}, f"truth unit {WHOLE}, not {1 << 40}"),
        ({"unit": np.array([1, 1 << 63], np.uint64)}, f"truth unit {WHOLE}, not {1 << 63}"),
        ({"unit": [1.0, np.nan]}, f"truth unit {WHOLE}, not nan"),
        ({"frame": 5}, "frame must be one number per spike (1), not of shape ()"),
        ({"noise_level": ["low", "high"]}, "noise_level must be real numbers, not <U4"),
        ({"noise_level": [0.1j, 0.2]}, "noise_level must be real numbers, not complex128"),
        (
            {"noise_level": [0.1, -0.2]},
            "truth noise_level must be at least 0 and finite, not -0.2",
        ),
        (
            {"noise_level": [0.1, np.nan]},
            "truth noise_level must be at least 0 and finite, not nan",
        ),
    ],
)
def test_an_archive_of_what_are_no_such_numbers_is_refused(path, tmp_path, changes, expected):
    np.savez(tmp_path / "truth.npz", **({"frame": [5.0, 6.0]} | changes))

    assert message(path, tmp_path / "truth.npz") == f"truth.npz: {expected}"


def test_a_time_too_large_for_frames_is_refused(path, tmp_path):
    np.savez(tmp_path / "truth.npz", time_s=[1e308])

    assert message(path, tmp_path / "truth.npz") == (
        "truth.npz: frame must be within the recording (0 to below 4000), not inf"
    )


def test_a_noise_level_for_each_channel_is_asked_for(path, tmp_path):
    np.savez(tmp_path / "truth.npz", frame=[5], channel=[1], noise_level=[0.1])

    assert message(path, tmp_path / "truth.npz").startswith("truth.npz: truth noise_level must")


def test_files_that_are_no_truth_are_one_line(path, tmp_path):
    (tmp_path / "truth.npz").write_bytes(b"no archive")
    (tmp_path / "truth.docx").touch()

    assert message(path, tmp_path / "truth.npz").startswith(
        "truth.npz: cannot be read as true spikes"
    )
    assert message(path, tmp_path / "truth.docx") == (
        "truth.docx: truth must be one of .npz, .csv, .nwb, not .docx"
    )
    assert message(path, tmp_path / "gone.csv") == f"{tmp_path / 'gone.csv'}: no such file"


@pytest.mark.parametrize("write", [scipy.io.savemat, write_matlab_73])
def test_a_simulated_record_brings_its_truth(tmp_path, write):
    variables, peak_frame, unit = quiroga_record()
    cells = {
        name: np.array([*value, None], dtype=object)[:-1] if isinstance(value, list) else value
        for name, value in variables.items()
    }
    write(tmp_path / "C_Easy1_noise015.mat", cells if write is scipy.io.savemat else variables)

    recording = open_recording(tmp_path / "C_Easy1_noise015.mat")

    assert recording.sampling_rate_hz == pytest.approx(24_000.0)
    assert (recording.frames, recording.channels) == (48_000, 1)
    block_v = next(recording.blocks(48_000))[:, 0]
    np.testing.assert_allclose(block_v, variables["data"][0] * UNIT_V, rtol=1e-5)
    truth = recording.truth
    assert truth is not None
    np.testing.assert_allclose(truth.frame, peak_frame, atol=1)
    np.testing.assert_array_equal(truth.unit, unit)
    assert truth.amplitude_v[unit == 0] == pytest.approx(1.0 * UNIT_V, rel=0.02)
    assert truth.amplitude_v[unit == 1] == pytest.approx(0.8 * UNIT_V, rel=0.02)
    np.testing.assert_array_equal(truth.noise_level, [0.15])
    assert recording.notes == [
        "a simulated record in the manner of Quiroga: its spikes were taken as the truth",
        "no unit: 1.0 was taken as 100 uV",
    ]


def test_a_simulated_record_takes_a_scale(tmp_path):
    variables, _, _ = quiroga_record()
    write_matlab_73(tmp_path / "mine.mat", variables)

    recording = open_recording(tmp_path / "mine.mat", scale_v=50e-6)

    truth = recording.truth
    assert truth is not None
    assert truth.noise_level is None
    assert truth.amplitude_v.max() == pytest.approx(50e-6, rel=0.02)
    assert recording.notes == [
        "a simulated record in the manner of Quiroga: its spikes were taken as the truth"
    ]


def test_a_simulated_record_with_spikes_outside_is_refused(tmp_path):
    variables, _, _ = quiroga_record()
    variables["spike_times"][0][0, 5] = 50_000
    write_matlab_73(tmp_path / "mine.mat", variables)

    with pytest.raises(UserError) as error:
        open_recording(tmp_path / "mine.mat")

    assert str(error.value) == "mine.mat: spike_times must be within 1..48000, not 50000"


def test_a_simulated_record_needs_a_class_for_every_spike(tmp_path):
    variables, _, _ = quiroga_record()
    variables["spike_class"] = [np.ones((1, 3))]
    write_matlab_73(tmp_path / "mine.mat", variables)

    with pytest.raises(UserError) as error:
        open_recording(tmp_path / "mine.mat")

    assert str(error.value) == "mine.mat: spike_class must have one value per spike (40), not 3"
