import numpy as np
import pytest
import scipy.io

from system.errors import UserError
from system.recordings import open_recording
from tests.system.recording_writers import write_matlab_73

RATE_HZ = 24_000.0


@pytest.fixture
def volts():
    return 50e-6 * np.random.default_rng(7).standard_normal((9_000, 3)).astype(np.float32)


def read(recording):
    return np.concatenate(list(recording.blocks(2_048)))


def opened(path, **options):
    return open_recording(path, **{"sampling_rate_hz": RATE_HZ, **options})


def message(path, **options):
    with pytest.raises(UserError) as error:
        read(opened(path, **options))
    assert "\n" not in str(error.value)
    return str(error.value)


STORED_AS = {
    "frames x channels": np.ascontiguousarray,
    "frames x channels, Fortran order": np.asfortranarray,
    "channels x frames": lambda volts: np.ascontiguousarray(volts.T),
    "channels x frames, Fortran order": lambda volts: np.asfortranarray(volts.T),
    "big-endian": lambda volts: volts.astype(">f4"),
    "double precision": lambda volts: volts.astype(np.float64),
}


@pytest.mark.parametrize("stored_as", STORED_AS.values(), ids=list(STORED_AS))
def test_every_layout_of_npy_gives_the_same_volts(tmp_path, volts, stored_as):
    np.save(tmp_path / "a.npy", stored_as(volts))

    recording = opened(tmp_path / "a.npy")

    assert (recording.frames, recording.channels) == (9_000, 3)
    np.testing.assert_array_equal(read(recording), volts)
    np.testing.assert_array_equal(np.concatenate(list(recording.blocks(99, 50))), volts[50:])


@pytest.mark.parametrize("shape", [(9_000,), (9_000, 1), (1, 9_000)])
def test_a_vector_is_one_channel(tmp_path, volts, shape):
    np.save(tmp_path / "a.npy", volts[:, 0].reshape(shape))

    np.testing.assert_array_equal(read(opened(tmp_path / "a.npy")), volts[:, :1])


def test_an_array_taken_as_channels_x_frames_is_noted(tmp_path, volts):
    np.save(tmp_path / "a.npy", volts.T)

    assert opened(tmp_path / "a.npy").notes == [
        "samples of shape (3, 9000) were taken as 3 channels x 9000 frames"
    ]


def test_the_number_of_channels_decides_where_the_shape_does_not(tmp_path):
    square = np.arange(12, dtype=np.float32).reshape(4, 3) * 1e-6
    np.save(tmp_path / "a.npy", square)

    np.testing.assert_array_equal(read(opened(tmp_path / "a.npy")), square)
    np.testing.assert_array_equal(read(opened(tmp_path / "a.npy", channels=4)), square.T)


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, ">i2", np.uint16, np.int32, np.int64])
def test_every_integer_type_is_scaled(tmp_path, dtype):
    counts = np.random.default_rng(1).integers(0, 255, (500, 2)).astype(dtype)
    np.save(tmp_path / "a.npy", counts)

    np.testing.assert_allclose(read(opened(tmp_path / "a.npy", scale_v=1e-6)), counts * 1e-6)


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (np.zeros(9, np.complex64), "samples must be integer or floating point, not complex64"),
        (np.array([{}, {}]), "samples must be integer or floating point, not object"),
        (np.zeros(9, bool), "samples must be integer or floating point, not bool"),
        (np.zeros((9, 9, 9)), "samples must be an array of one or two dimensions"),
        (np.zeros(()), "samples must be an array of one or two dimensions, not of shape ()"),
        (np.zeros((9, 0)), "must have at least one channel, not 0"),
        (np.zeros((0, 9)), "must have at least one frame, not 0"),
        (np.zeros(0), "must have at least one frame, not 0"),
    ],
)
def test_what_is_no_recording_is_refused(tmp_path, array, expected):
    np.save(tmp_path / "a.npy", array, allow_pickle=True)

    assert message(tmp_path / "a.npy").startswith(f"a.npy: {expected}")


def test_a_truncated_npy_is_noticed_before_it_is_read(tmp_path, volts):
    np.save(tmp_path / "a.npy", volts)
    whole = (tmp_path / "a.npy").read_bytes()
    (tmp_path / "a.npy").write_bytes(whole[:-1])

    assert message(tmp_path / "a.npy") == (
        f"a.npy: truncated; its header promises {len(whole)} bytes, it has {len(whole) - 1}"
    )


def test_an_npy_that_becomes_shorter_while_it_is_read_is_noticed(tmp_path, volts):
    np.save(tmp_path / "a.npy", volts)
    blocks = opened(tmp_path / "a.npy").blocks(5_000)

    next(blocks)
    (tmp_path / "a.npy").write_bytes((tmp_path / "a.npy").read_bytes()[:-1])

    with pytest.raises(UserError, match=r"^a\.npy: has become shorter while it was read$"):
        next(blocks)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_npz_gives_signal_and_rate(tmp_path, volts, save):
    save(tmp_path / "a.npz", data=volts, other=np.zeros((5, 5)), fs=20_000)

    recording = open_recording(tmp_path / "a.npz")

    assert recording.sampling_rate_hz == 20_000
    np.testing.assert_array_equal(read(recording), volts)


def test_npz_of_several_arrays_needs_a_name(tmp_path, volts):
    np.savez(tmp_path / "a.npz", left=volts, right=2 * volts)

    assert message(tmp_path / "a.npz") == (
        "a.npz: the signal must be called data, or be the only array,"
        " not one of left (9000, 3), right (9000, 3)"
    )
    assert message(tmp_path / "a.npz", stream="middle") == (
        "a.npz: holds left, right, but no variable 'middle'"
    )
    np.testing.assert_array_equal(read(opened(tmp_path / "a.npz", stream="right")), 2 * volts)


def test_npz_cut_short_is_one_line(tmp_path, volts):
    np.savez(tmp_path / "a.npz", data=volts)
    (tmp_path / "a.npz").write_bytes((tmp_path / "a.npz").read_bytes()[:5_000])

    assert message(tmp_path / "a.npz").startswith("a.npz: cannot be read as a NumPy archive")


MATLAB_VERSIONS = {
    "4": lambda path, variables: scipy.io.savemat(path, variables, format="4"),
    "5": scipy.io.savemat,
    "7": lambda path, variables: scipy.io.savemat(path, variables, do_compression=True),
    "7.3": write_matlab_73,
}


@pytest.mark.parametrize("write", MATLAB_VERSIONS.values(), ids=list(MATLAB_VERSIONS))
@pytest.mark.parametrize("side", ["frames x channels", "channels x frames"])
def test_matlab_files_of_every_version_and_side(tmp_path, volts, write, side):
    data = volts.astype(np.float64)
    write(tmp_path / "a.mat", {"traces": data if side[0] == "f" else data.T, "sr": 30e3})

    recording = open_recording(tmp_path / "a.mat")

    assert recording.sampling_rate_hz == 30e3
    np.testing.assert_array_equal(read(recording), volts)


@pytest.mark.parametrize("write", MATLAB_VERSIONS.values(), ids=list(MATLAB_VERSIONS))
def test_matlab_counts_need_a_scale(tmp_path, write):
    counts = np.random.default_rng(2).integers(-99, 99, (1, 700), dtype=np.int16)
    write(tmp_path / "a.mat", {"x": counts})

    recording = opened(tmp_path / "a.mat", scale_v=1e-6)

    np.testing.assert_allclose(read(recording), counts.T * 1e-6)
    assert "variable 'x' was taken as the signal" in recording.notes
    assert message(tmp_path / "a.mat").startswith("a.mat: samples that are a converter's counts")


@pytest.mark.parametrize(
    ("name", "value", "expected_hz"),
    [
        ("fs", 1e3, 1e3),
        ("Fs", 1e3, 1e3),
        ("sampling_rate", 1e3, 1e3),
        ("samplingRate", 1e3, 1e3),
        ("sample_rate_hz", 1e3, 1e3),
        ("samplingInterval", 0.05, 20e3),
    ],
)
def test_names_of_the_sampling_rate(tmp_path, volts, name, value, expected_hz):
    scipy.io.savemat(tmp_path / "a.mat", {"data": volts, name: value})

    assert open_recording(tmp_path / "a.mat").sampling_rate_hz == pytest.approx(expected_hz)


@pytest.mark.parametrize("rate", [0.0, -5.0, np.nan, np.inf])
def test_a_rate_in_the_file_that_is_none_is_refused_unless_overruled(tmp_path, volts, rate):
    scipy.io.savemat(tmp_path / "a.mat", {"data": volts, "fs": rate})

    with pytest.raises(UserError) as error:
        open_recording(tmp_path / "a.mat")

    assert str(error.value) == (f"a.mat: sampling rate must be positive and finite, not {rate:g}")
    assert opened(tmp_path / "a.mat").sampling_rate_hz == RATE_HZ


def test_a_rate_given_must_not_contradict_the_file(tmp_path, volts):
    scipy.io.savemat(tmp_path / "a.mat", {"data": volts, "fs": 30e3})

    assert message(tmp_path / "a.mat") == (
        "a.mat: states a sampling rate of 30000 Hz, which contradicts the 24000 given"
    )
    recording = opened(tmp_path / "a.mat", sampling_rate_hz=30_000.5)
    assert recording.sampling_rate_hz == 30e3


def test_matlab_without_a_signal_says_what_is_there(tmp_path):
    scipy.io.savemat(tmp_path / "a.mat", {"name": "rat", "fs": 3.0, "cells": {"a": 1}})

    assert message(tmp_path / "a.mat") == (
        "a.mat: must hold an array of numbers, but holds name, fs, cells"
    )


@pytest.mark.parametrize("version", ["5", "7", "7.3"])
def test_matlab_cut_short_is_one_line(tmp_path, volts, version):
    MATLAB_VERSIONS[version](tmp_path / "a.mat", {"data": volts})
    (tmp_path / "a.mat").write_bytes((tmp_path / "a.mat").read_bytes()[:3_000])

    assert message(tmp_path / "a.mat").startswith("a.mat: cannot be read as a MATLAB file")


def test_raw_binary(tmp_path):
    counts = np.random.default_rng(2).integers(-99, 99, (777, 5), dtype=np.int16)
    for name, dtype in (("a.bin", "<i2"), ("b.dat", ">i2"), ("c.anything", "int16")):
        counts.astype(dtype).tofile(tmp_path / name)

        recording = opened(tmp_path / name, channels=5, dtype=dtype, scale_v=2e-6)

        assert (recording.frames, recording.channels) == (777, 5)
        np.testing.assert_allclose(read(recording), counts * 2e-6, rtol=1e-6)


def test_raw_binary_needs_everything(tmp_path):
    np.zeros(30, np.int16).tofile(tmp_path / "a.bin")

    with pytest.raises(UserError) as error:
        open_recording(tmp_path / "a.bin", sampling_rate_hz=1e3, scale_v=1.0)

    assert str(error.value) == (
        "a.bin: a raw binary file says nothing about itself; give --channels, --dtype"
    )


def test_raw_binary_must_be_whole_frames(tmp_path):
    np.zeros(31, np.int16).tofile(tmp_path / "a.bin")

    assert message(tmp_path / "a.bin", channels=3, dtype="int16", unit="uV") == (
        "a.bin: must be a whole number of frames of 3 x int16 (6 bytes), not 62 bytes"
    )
