import json

import numpy as np
import pytest
import spikeinterface.core
from spikeinterface.extractors.extractor_classes import MdaRecordingExtractor

from system.errors import UserError
from system.recordings import open_recording
from tests.system import recording_writers
from tests.system.intan_writers import INTAN_GAIN_V, write_rhd, write_rhd_folder, write_rhs
from tests.system.recording_writers import (
    OPEN_EPHYS_GAIN_V,
    SPIKEGLX_GAIN_V,
    leaving_files_open,
    write_blackrock,
    write_mcs_hdf5,
    write_neuralynx,
    write_neuroscope,
    write_open_ephys,
    write_spikeglx,
)

RATE_HZ = 25_000.0  # a whole number of microseconds


@pytest.fixture
def codes():
    return recording_writers.codes(frames=1_280, channels=4)


def read(recording):
    return np.concatenate(list(recording.blocks(333)))


def message(path, **options):
    with pytest.raises(UserError) as error:
        read(open_recording(path, **options))
    assert "\n" not in str(error.value)
    return str(error.value)


def assert_holds(recording, codes, gain_v):
    assert (recording.frames, recording.channels) == codes.shape
    assert recording.sampling_rate_hz == RATE_HZ
    np.testing.assert_allclose(read(recording), codes * gain_v, rtol=0, atol=1e-4 * gain_v * 2_000)


def test_intan_file(tmp_path, codes):
    write_rhd(tmp_path / "a.rhd", codes, RATE_HZ)

    recording = open_recording(tmp_path / "a.rhd")

    assert_holds(recording, codes, INTAN_GAIN_V)
    assert recording.notes == [
        "stream 'RHD2000 amplifier channel' was taken, not 'USB board ADC input channel'"
    ]


def test_intan_folder_of_one_file_for_each_signal(tmp_path, codes):
    write_rhd_folder(tmp_path / "run", codes, RATE_HZ)

    for path in (tmp_path / "run", tmp_path / "run" / "info.rhd"):
        assert_holds(open_recording(path), codes, INTAN_GAIN_V)


def test_intan_stimulation_file(tmp_path, codes):
    write_rhs(tmp_path / "a.rhs", codes, RATE_HZ)

    recording = open_recording(tmp_path / "a.rhs")

    assert_holds(recording, codes, INTAN_GAIN_V)
    assert recording.notes == ["stream 'RHS2000 amplifier channel' was taken, not 'Stim channel'"]


@pytest.mark.parametrize("stream", ["3", "USB board ADC input channel"])
def test_intan_stream_by_name_or_number(tmp_path, codes, stream):
    write_rhd(tmp_path / "a.rhd", codes, RATE_HZ)

    assert open_recording(tmp_path / "a.rhd", stream=stream).channels == 1
    assert message(tmp_path / "a.rhd", stream="AUX") == (
        "a.rhd: stream must be one of 'RHD2000 amplifier channel', 'USB board ADC input channel',"
        " not 'AUX'"
    )


def test_intan_files_that_continue_one_another(tmp_path, codes):
    write_rhd(tmp_path / "x_120100.rhd", codes[:512], RATE_HZ)
    write_rhd(tmp_path / "x_120200.rhd", codes[512:], RATE_HZ, first_stamp=512)

    recording = open_recording(tmp_path)

    assert_holds(recording, codes, INTAN_GAIN_V)
    assert "2 files were joined end to end" in recording.notes


def test_intan_files_of_other_channels_cannot_be_joined(tmp_path, codes):
    write_rhd(tmp_path / "a.rhd", codes, RATE_HZ)
    write_rhd(tmp_path / "b.rhd", codes[:, :2], RATE_HZ)

    assert message(tmp_path) == (
        f"{tmp_path.name}: all files must have the 4 channels at 25000 Hz of a.rhd,"
        " but b.rhd has 2 at 25000 Hz"
    )


def test_intan_time_stamps_must_not_jump(tmp_path, codes):
    write_rhd(tmp_path / "a.rhd", codes, RATE_HZ)
    content = bytearray((tmp_path / "a.rhd").read_bytes())
    last = len(content) - 128 * (4 + 2 * 5)  # a block: a stamp and five samples for each frame
    content[last : last + 4] = np.array([5_000], dtype="<i4").tobytes()
    (tmp_path / "a.rhd").write_bytes(content)

    assert message(tmp_path / "a.rhd") == (
        "a.rhd: time stamps must rise by 1, but go from 1151 to 5000 at frame 1152:"
        " the recording has a gap or is damaged"
    )


def test_intan_file_cut_short_is_one_line(tmp_path, codes):
    write_rhd(tmp_path / "a.rhd", codes, RATE_HZ)
    (tmp_path / "a.rhd").write_bytes((tmp_path / "a.rhd").read_bytes()[:-7])

    assert message(tmp_path / "a.rhd").startswith("a.rhd: cannot be read as Intan")


def test_spikeglx_by_folder_and_by_file(tmp_path, codes):
    binary = write_spikeglx(tmp_path / "run_g0" / "run_g0_imec0", codes, RATE_HZ)

    for path in (tmp_path / "run_g0", binary, binary.with_suffix(".meta")):
        assert_holds(open_recording(path), codes, SPIKEGLX_GAIN_V)


def test_spikeglx_folder_gives_the_action_potentials(tmp_path, codes):
    write_spikeglx(tmp_path, codes, RATE_HZ)
    write_spikeglx(tmp_path, codes[::10], RATE_HZ / 10, stream="imec0.lf")

    assert open_recording(tmp_path).sampling_rate_hz == RATE_HZ
    assert open_recording(tmp_path, stream="imec0.lf").sampling_rate_hz == RATE_HZ / 10
    assert open_recording(tmp_path / "run_g0_t0.imec0.lf.bin").frames == 128


def test_spikeglx_cut_short_is_noticed(tmp_path, codes):
    binary = write_spikeglx(tmp_path, codes, RATE_HZ, promised_bytes=99_999)

    assert message(binary) == (
        "run_g0_t0.imec0.ap.bin: truncated; its .meta file promises 99999 bytes, it has 12800"
    )


def test_open_ephys_by_folder_and_by_file(tmp_path, codes):
    oebin = write_open_ephys(tmp_path, codes, RATE_HZ)

    for path in (tmp_path, oebin.parent, oebin):
        assert_holds(open_recording(path), codes, OPEN_EPHYS_GAIN_V)


def test_neuroscope(tmp_path, codes):
    write_neuroscope(tmp_path / "a.dat", codes, RATE_HZ)

    recording = open_recording(tmp_path / "a.dat")

    assert_holds(recording, codes, 20.0 / 2**16 / 1000)


def test_neuralynx_by_folder_and_by_file(tmp_path, codes):
    codes = codes[:1_024]  # whole blocks
    write_neuralynx(tmp_path / "run", codes, RATE_HZ)

    for path in (tmp_path / "run", tmp_path / "run" / "CSC1.ncs"):
        assert_holds(open_recording(path), codes, 0.1e-6)


def test_blackrock(tmp_path, codes):
    write_blackrock(tmp_path / "a.ns5", codes, ticks_per_sample=1)

    with leaving_files_open():
        recording = open_recording(tmp_path / "a.ns5")
        rate_hz, volts = recording.sampling_rate_hz, read(recording)
        del recording

    assert rate_hz == 30_000
    np.testing.assert_allclose(volts, codes * 0.25e-6, rtol=1e-5)


def test_multi_channel_systems_hdf5(tmp_path, codes):
    write_mcs_hdf5(tmp_path / "a.h5", codes, RATE_HZ)

    recording = open_recording(tmp_path / "a.h5")

    assert recording.sampling_rate_hz == pytest.approx(RATE_HZ)
    np.testing.assert_allclose(read(recording), codes * 0.1e-6, atol=1e-12)


def test_hdf5_of_nobody_known_says_what_is_there(tmp_path):
    write_mcs_hdf5(tmp_path / "a.h5", np.zeros((9, 2), np.int16), RATE_HZ)
    content = (tmp_path / "a.h5").read_bytes()
    (tmp_path / "a.h5").write_bytes(content.replace(b"Recording_0", b"Recording_X"))

    assert message(tmp_path / "a.h5").endswith("SiNAPS, but this one holds Data")


def saved(folder, codes, *, scaled=True, gain_uv=0.2, offset_uv=0.0, segments=1, kind="binary"):
    recording = spikeinterface.core.NumpyRecording(np.split(codes, segments), RATE_HZ)
    if scaled:
        recording.set_channel_gains(gain_uv)
        recording.set_channel_offsets(offset_uv)
    with leaving_files_open():
        recording.save(folder=folder, format=kind, n_jobs=1, progress_bar=False)
    return folder


SAVED = {"binary": "saved", "zarr": "saved.zarr"}


@pytest.mark.parametrize(("kind", "name"), SAVED.items(), ids=list(SAVED))
def test_what_spikeinterface_saved(tmp_path, codes, kind, name):
    saved(tmp_path / name, codes, offset_uv=3.0, kind=kind)

    recording = open_recording(tmp_path / name)

    assert_holds(recording, codes + 15, 0.2e-6)


def test_segments_are_joined(tmp_path, codes):
    saved(tmp_path / "saved", codes, segments=2)

    recording = open_recording(tmp_path / "saved")

    assert_holds(recording, codes, 0.2e-6)
    assert recording.notes == ["2 segments were joined end to end"]


def test_counts_that_spikeinterface_saved_without_gain_need_a_scale(tmp_path, codes):
    saved(tmp_path / "saved", codes, scaled=False)

    assert message(tmp_path / "saved").startswith(
        "saved: samples that are a converter's counts need --scale-v"
    )
    assert_holds(open_recording(tmp_path / "saved", scale_v=2e-7), codes, 2e-7)


def test_a_scale_given_overrules_the_file_and_is_noted(tmp_path, codes):
    saved(tmp_path / "saved", codes)

    recording = open_recording(tmp_path / "saved", scale_v=1e-7)

    assert_holds(recording, codes, 1e-7)
    assert recording.notes == ["the scale given (1e-07 V) overrules the file's own"]


@pytest.mark.parametrize("gain_uv", [np.nan, 0.0])
def test_a_gain_that_is_none_is_refused(tmp_path, codes, gain_uv):
    saved(tmp_path / "saved", codes, gain_uv=gain_uv)

    assert message(tmp_path / "saved") == (
        f"saved: gain must be finite and not zero, not {gain_uv} V"
    )


def test_a_saved_folder_cut_short_is_noticed(tmp_path, codes):
    saved(tmp_path / "saved", codes)
    raw = tmp_path / "saved" / "traces_cached_seg0.raw"
    raw.write_bytes(raw.read_bytes()[:-3])

    assert message(tmp_path / "saved") == (
        "saved: truncated; traces_cached_seg0.raw must be a whole number of frames of 8 bytes,"
        " not 10237 bytes"
    )


def test_a_damaged_saved_folder_is_one_line(tmp_path, codes):
    saved(tmp_path / "saved", codes)
    (tmp_path / "saved" / "si_folder.json").write_text("{")

    assert message(tmp_path / "saved").startswith(
        "saved: cannot be read as a SpikeInterface folder"
    )


def test_a_sorting_is_no_recording(tmp_path):
    sorting = spikeinterface.core.NumpySorting.from_unit_dict([{"0": np.array([5])}], RATE_HZ)
    sorting.save(folder=tmp_path / "sorting", format="zarr", overwrite=True)
    (path,) = tmp_path.iterdir()

    assert message(path).startswith(f"{path.name}: must hold a recording, not a ")


def test_mountainsort(tmp_path, codes):
    made = spikeinterface.core.NumpyRecording([codes.astype(np.float32) * 1e-6], RATE_HZ)
    made.set_dummy_probe_from_locations(np.arange(8.0).reshape(4, 2))
    with leaving_files_open():
        MdaRecordingExtractor.write_recording(made, tmp_path / "a", n_jobs=1)

    for path in (tmp_path / "a", tmp_path / "a" / "raw.mda"):
        assert_holds(open_recording(path), codes, 1e-6)

    assert message(tmp_path / "a", stream="1") == (
        "a: a file of this format (MountainSort) holds one signal,"
        " so that no stream must be given, not '1'"
    )


@pytest.mark.parametrize("name", ["x.mda", "x.ncs", "x.oebin", "x.zarr", "x.continuous", "x.tsq"])
def test_a_damaged_file_is_named_even_if_its_folder_is_read(tmp_path, name):
    (tmp_path / name).write_bytes(b"garbage" * 9)

    assert message(tmp_path / name).startswith(f"{name}: ")


def test_a_file_whose_folder_is_read_is_named_by_every_complaint(tmp_path, codes):
    oebin = write_open_ephys(tmp_path, codes, RATE_HZ)
    (samples,) = oebin.parent.rglob("continuous.dat")

    assert message(oebin, stream="lfp").startswith("structure.oebin: stream must be one of ")
    samples.write_bytes(samples.read_bytes()[:-1])
    assert message(oebin).startswith("structure.oebin: ")


def test_a_saved_folder_has_no_streams(tmp_path, codes):
    saved(tmp_path / "saved", codes)

    assert message(tmp_path / "saved", stream="lfp").endswith(
        "(SpikeInterface folder) holds one signal, so that no stream must be given, not 'lfp'"
    )


def test_a_package_that_is_not_installed_is_named(tmp_path):
    (tmp_path / "a.edf").write_bytes(b"0       " + b" " * 500)

    said = message(tmp_path / "a.edf")

    assert said.startswith("a.edf: cannot be read as EDF")


def test_a_stream_without_volts_needs_a_scale(tmp_path, codes):
    oebin = write_open_ephys(tmp_path, codes, RATE_HZ)
    described = json.loads(oebin.read_text())
    for channel in described["continuous"][0]["channels"]:
        channel["units"] = "m/s"
    oebin.write_text(json.dumps(described))

    assert message(tmp_path).startswith(
        f"{tmp_path.name}: samples that are a converter's counts need --scale-v"
    )
    assert_holds(open_recording(tmp_path, unit="uV"), codes, 1e-6)


def test_channels_without_volts_are_left_out(tmp_path, codes):
    oebin = write_open_ephys(tmp_path, codes, RATE_HZ)
    described = json.loads(oebin.read_text())
    described["continuous"][0]["channels"][1]["units"] = "m/s"
    oebin.write_text(json.dumps(described))

    recording = open_recording(tmp_path)

    assert_holds(recording, codes[:, [0, 2, 3]], OPEN_EPHYS_GAIN_V)
    assert "1 channels that do not measure volts were left out" in recording.notes
