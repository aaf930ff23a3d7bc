import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.io import wavfile

from system.errors import UserError
from system.recordings import open_recording

RATE_HZ = 24_000.0


@pytest.fixture
def volts():
    """Half a second of three channels, microvolts high."""
    return 50e-6 * np.random.default_rng(7).standard_normal((12_000, 3))


@pytest.fixture
def path(tmp_path, volts):
    np.save(tmp_path / "probe.npy", volts)
    return tmp_path / "probe.npy"


def read(recording, frames_per_block=5_000):
    return np.concatenate(list(recording.blocks(frames_per_block)))


def message(path, **options):
    with pytest.raises(UserError) as error:
        read(open_recording(path, **options))
    assert "\n" not in str(error.value)
    return str(error.value)


def test_a_recording_says_what_it_is(path):
    recording = open_recording(path, sampling_rate_hz=RATE_HZ)

    assert (recording.name, recording.source) == ("probe", str(path))
    assert (recording.channels, recording.frames) == (3, 12_000)
    assert (recording.sampling_rate_hz, recording.duration_s) == (RATE_HZ, 0.5)
    assert recording.truth is None
    assert recording.notes == []


@pytest.mark.parametrize("frames_per_block", [1_000, 7_001, 12_000, 50_000])
def test_blocks_hold_every_frame_once_in_order(path, volts, frames_per_block):
    blocks = list(open_recording(path, sampling_rate_hz=RATE_HZ).blocks(frames_per_block))

    assert all(len(block) == min(frames_per_block, 12_000) for block in blocks[:-1])
    assert all(block.dtype == np.float32 and block.flags.c_contiguous for block in blocks)
    np.testing.assert_array_equal(np.concatenate(blocks), volts.astype(np.float32))


def test_blocks_are_arrays_of_their_own(path):
    first, second = open_recording(path, sampling_rate_hz=RATE_HZ).blocks(6_000)

    before = second.copy()
    first[:] = 0

    np.testing.assert_array_equal(second, before)


def test_blocks_of_an_excerpt(path, volts):
    recording = open_recording(path, sampling_rate_hz=RATE_HZ)

    excerpt = np.concatenate(list(recording.blocks(700, start=1_234, stop=4_321)))

    np.testing.assert_array_equal(excerpt, volts[1_234:4_321].astype(np.float32))
    assert list(recording.blocks(700, start=12_000)) == []


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((0,), "frames_per_block must be at least 1, not 0"),
        ((1, 5, 4), "start and stop must be in order within 0..12000, not 5 and 4"),
        ((1, -1, 4), "start and stop must be in order within 0..12000, not -1 and 4"),
        ((1, 0, 12_001), "start and stop must be in order within 0..12000, not 0 and 12001"),
    ],
)
def test_blocks_outside_of_the_recording_are_refused_at_once(path, arguments, expected):
    recording = open_recording(path, sampling_rate_hz=RATE_HZ)

    with pytest.raises(ValueError, match=f"^{expected}$"):
        recording.blocks(*arguments)


@pytest.mark.parametrize("unit", ["V", "mV", "uV", "nV"])
def test_a_unit_is_a_scale_by_name(tmp_path, volts, unit):
    scale_v = {"V": 1.0, "mV": 1e-3, "uV": 1e-6, "nV": 1e-9}[unit]
    np.save(tmp_path / "probe.npy", volts / scale_v)

    for named, scaled in ((unit, None), (None, scale_v)):
        recording = open_recording(
            tmp_path / "probe.npy", sampling_rate_hz=RATE_HZ, unit=named, scale_v=scaled
        )
        np.testing.assert_allclose(read(recording), volts, rtol=1e-5, atol=1e-12)


def test_counts_are_scaled(tmp_path):
    counts = np.random.default_rng(1).integers(-512, 512, (1_000, 2), dtype=np.int16)
    np.save(tmp_path / "counts.npy", counts)

    recording = open_recording(tmp_path / "counts.npy", sampling_rate_hz=RATE_HZ, scale_v=0.195e-6)

    np.testing.assert_allclose(read(recording), counts * 0.195e-6, rtol=1e-6)


def test_counts_without_a_scale_are_refused(tmp_path):
    np.save(tmp_path / "counts.npy", np.full((100, 2), 666, dtype=np.int16))

    assert message(tmp_path / "counts.npy", sampling_rate_hz=RATE_HZ) == (
        "counts.npy: samples that are a converter's counts need --scale-v (volts per count) or"
        " --unit (V, mV, uV, nV); the file gives none, and its first sample is 666"
    )


@pytest.mark.parametrize("frame", [3, 11_999])
def test_samples_of_no_unit_must_look_like_volts(path, volts, frame):
    volts[frame, 2] = -230.5
    np.save(path, volts)

    assert message(path, sampling_rate_hz=RATE_HZ) == (
        "probe.npy: samples of no declared unit are taken as volts and must be within +-1 V"
        f" (give --unit or --scale-v), but channel 2 at frame {frame} ({frame / RATE_HZ:.6g} s)"
        " is -230.5"
    )
    assert read(open_recording(path, sampling_rate_hz=RATE_HZ, unit="uV")).shape == volts.shape


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("frame", [0, 11_000])
def test_samples_must_be_finite(path, volts, frame, value):
    volts[frame, 1] = value
    np.save(path, volts)

    assert message(path, sampling_rate_hz=RATE_HZ, unit="V") == (
        f"probe.npy: samples must be finite, but channel 1 at frame {frame}"
        f" ({frame / RATE_HZ:.6g} s) is {value:g}"
    )


def test_samples_too_high_for_single_precision_are_refused(path, volts):
    volts[5, 0] = 1e300
    np.save(path, volts)

    assert message(path, sampling_rate_hz=RATE_HZ, unit="V") == (
        "probe.npy: samples must be within +-3.4e+38 V (check --unit or --scale-v), but channel 0"
        " at frame 5 (0.000208333 s) is 1e+300"
    )


def test_a_bad_sample_late_in_a_long_file_is_found_when_it_is_reached(tmp_path):
    long = np.zeros(2_000_000, dtype=np.float32)
    long[1_999_999] = np.nan
    np.save(tmp_path / "long.npy", long)

    recording = open_recording(tmp_path / "long.npy", sampling_rate_hz=RATE_HZ)
    blocks = recording.blocks(1_000_000)

    assert len(next(blocks)) == 1_000_000
    with pytest.raises(UserError, match="channel 0 at frame 1999999"):
        next(blocks)


def test_a_file_without_rate_needs_one(path):
    assert message(path) == "probe.npy: does not state its sampling rate; give --sampling-rate"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"sampling_rate_hz": 0.0}, "sampling rate must be positive and finite, not 0.0"),
        ({"sampling_rate_hz": -1.0}, "sampling rate must be positive and finite, not -1.0"),
        ({"sampling_rate_hz": np.nan}, "sampling rate must be positive and finite, not nan"),
        ({"sampling_rate_hz": np.inf}, "sampling rate must be positive and finite, not inf"),
        ({"scale_v": 0.0}, "scale must be positive and finite, not 0.0"),
        ({"scale_v": np.nan}, "scale must be positive and finite, not nan"),
        ({"unit": "volts"}, "unit must be one of V, mV, uV, nV, not 'volts'"),
        ({"unit": "V", "scale_v": 2.0}, "give a scale or a unit, not both (2.0 and 'V')"),
        ({"channels": 0}, "number of channels must be at least 1, not 0"),
        ({"dtype": "int13"}, "sample type must be one that NumPy knows, not 'int13'"),
        ({"dtype": "(2,"}, "sample type must be one that NumPy knows, not '(2,'"),
        ({"dtype": "complex64"}, "sample type must be integer or floating point, not 'complex64'"),
    ],
)
def test_what_is_given_is_checked(path, options, expected):
    assert message(path, **options) == expected


def test_what_is_given_must_not_contradict_the_file(path):
    assert message(path, sampling_rate_hz=RATE_HZ, channels=4) == (
        "probe.npy: samples of shape (12000, 3) do not have the 4 channels given"
    )
    assert message(path, sampling_rate_hz=RATE_HZ, dtype="int16") == (
        "probe.npy: has samples of type float64, which contradicts the int16 given"
    )


def test_a_missing_file_is_named(tmp_path):
    path = tmp_path / "missing.nwb"

    assert message(path) == f"{path}: no such file or folder"


@pytest.mark.parametrize("name", ["a.npy", "a.npz", "a.mat", "a.wav", "a.csv", "a.nwb", "a.rhd"])
def test_an_empty_file_is_named(tmp_path, name):
    (tmp_path / name).touch()

    assert message(tmp_path / name) == f"{tmp_path / name}: is empty"


def test_a_pipe_is_refused_instead_of_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.npy")

    assert message(tmp_path / "pipe.npy") == (
        f"{tmp_path / 'pipe.npy'}: must be a file or a folder, not a pipe"
    )


def test_a_device_is_refused():
    assert message("/dev/zero", dtype="int16", channels=1, sampling_rate_hz=RATE_HZ) == (
        "/dev/zero: must be a file or a folder, not a device"
    )


def test_an_empty_name_is_not_the_current_folder():
    assert message("") == "a recording must be a file or folder, not ''"


def write_wave(path):
    wavfile.write(path, 24_000, np.zeros((9, 2), dtype=np.int16))


ONE_SIGNAL = {
    "a.npy": ("NumPy array", lambda path: np.save(path, np.zeros((9, 2)))),
    "a.wav": ("WAVE", write_wave),
    "a.csv": ("text", lambda path: np.savetxt(path, np.zeros((9, 2)), delimiter=",")),
    "a.dat": ("raw binary", lambda path: np.zeros((9, 2)).tofile(path)),
}


@pytest.mark.parametrize("name", ONE_SIGNAL)
def test_a_stream_is_not_chosen_in_silence_where_there_is_but_one_signal(tmp_path, name):
    format_name, write = ONE_SIGNAL[name]
    write(tmp_path / name)
    raw = {"dtype": "float64", "channels": 2} if Path(name).suffix == ".dat" else {}

    assert message(tmp_path / name, sampling_rate_hz=RATE_HZ, stream="lfp", **raw) == (
        f"{name}: a file of this format ({format_name}) holds one signal,"
        " so that no stream must be given, not 'lfp'"
    )


def test_an_empty_folder_is_named(tmp_path):
    assert message(tmp_path) == f"{tmp_path}: is empty"


def test_an_unknown_suffix_is_answered_with_the_known_ones(tmp_path):
    (tmp_path / "notes.docx").write_text("hello")

    said = message(tmp_path / "notes.docx")

    assert said.startswith(
        "notes.docx: suffix must be of a known format (.npy .npz .axc .mat .wav "
    )
    assert said.endswith(", not .docx")


def test_a_folder_without_a_recording_is_answered_with_the_known_formats(tmp_path):
    (tmp_path / "notes.docx").write_text("hello")

    said = message(tmp_path)

    assert said.startswith(f"{tmp_path.name}: a folder must be a recording of SpikeInterface, ")
    assert said.endswith("; nothing in it is")


@pytest.mark.parametrize("name", ["a.npy", "a.npz", "a.mat", "a.wav", "a.csv", "a.nwb", "a.rhd"])
def test_a_file_of_another_kind_is_one_line(tmp_path, name):
    (tmp_path / name).write_bytes(b"\x89 this is something else entirely \xff" * 20)

    said = message(tmp_path / name, sampling_rate_hz=RATE_HZ)

    assert said.startswith(f"{name}: ")


@pytest.mark.parametrize("suffix", [".npy", ".npz", ".mat", ".wav", ".nwb", ".h5"])
def test_random_bytes_are_one_line(tmp_path, suffix):
    path = tmp_path / f"noise{suffix}"
    path.write_bytes(np.random.default_rng(5).bytes(3_000))

    assert message(path, sampling_rate_hz=RATE_HZ).startswith(path.name)


def test_a_file_whose_companion_is_missing_names_it(tmp_path):
    for name, expected in (
        ("run.meta", "run.meta: a SpikeGLX recording needs run.bin beside it"),
        ("run.lfp", "run.lfp: a NeuroScope recording needs run.xml beside it"),
    ):
        (tmp_path / name).write_text("x")
        assert message(tmp_path / name) == expected


def test_the_current_folder_has_a_name(tmp_path, monkeypatch):
    (tmp_path / "notes.docx").write_text("hello")
    monkeypatch.chdir(tmp_path)

    assert message(".").startswith(f"{tmp_path.name}: a folder must be a recording of ")


def test_importing_does_not_load_the_readers_of_others():
    script = (
        "import sys, system.recordings, system.spike_output;"
        "slow = {'spikeinterface', 'neo', 'pynwb', 'h5py', 'zarr'};"
        "sys.stdout.write(repr(sorted(slow & set(sys.modules))))"
    )

    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )

    assert done.stdout == "[]"
