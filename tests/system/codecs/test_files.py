"""Recordings of many kinds become files, and the files the identical recordings."""

import numpy as np
import pytest
from scipy.io import savemat, wavfile

from rtl.packet_format import Engine
from system.codecs.decode_file import decode_file
from system.codecs.encode_file import Encoding, encode_file
from system.errors import UserError
from system.recordings import open_recording
from tests.system.recording_writers import write_neuroscope, write_open_ephys, write_spikeglx

RNG = np.random.default_rng(1)
FRAMES, CHANNELS = 3000, 3
NOISE = RNG.normal(0, 1, (FRAMES, CHANNELS)).cumsum(axis=0)
COUNTS = (100 * NOISE / np.abs(NOISE).max() + RNG.normal(0, 3, NOISE.shape)).astype(np.int16)


def npy(samples, **given):
    def write(folder):
        np.save(folder / "probe.npy", samples)
        return open_recording(
            folder / "probe.npy", **{"sampling_rate_hz": 24e3, "unit": "uV"} | given
        )

    return write


def raw(folder):
    (folder / "probe.dat").write_bytes(COUNTS.astype(">i2").tobytes())
    return open_recording(
        folder / "probe.dat", sampling_rate_hz=1e3, scale_v=1e-7, channels=CHANNELS, dtype=">i2"
    )


def matlab(folder):
    savemat(folder / "probe.mat", {"data": COUNTS.T * 0.5, "fs": 20e3})
    return open_recording(folder / "probe.mat", unit="uV")


def wave(folder):
    wavfile.write(folder / "probe.wav", 32_000, COUNTS)
    return open_recording(folder / "probe.wav", scale_v=1e-6)


def spikeglx(folder):
    return open_recording(write_spikeglx(folder, COUNTS, 30e3))


def open_ephys(folder):
    return open_recording(write_open_ephys(folder, COUNTS, 30e3))


def neuroscope(folder):
    write_neuroscope(folder / "probe.dat", COUNTS, 20e3)
    return open_recording(folder / "probe.dat")


RECORDINGS = {
    "int16": npy(COUNTS),
    "int8": npy(COUNTS.astype(np.int8)),
    "uint16": npy((COUNTS + np.int32(32768)).astype(np.uint16)),
    "int32": npy(COUNTS.astype(np.int32)),
    "channels first": npy(np.ascontiguousarray(COUNTS.T)),
    "microvolts": npy((COUNTS * 0.195).astype(np.float32)),
    "volts": npy(COUNTS * 1.95e-7, unit=None),
    "one frame": npy(COUNTS[:1]),
    "one channel": npy(COUNTS[:, :1]),
    "one dimension": npy(COUNTS[:, 0]),
    "silence": npy(np.zeros((500, 2), dtype=np.int16)),
    "big-endian": raw,
    "MATLAB": matlab,
    "WAVE": wave,
    "SpikeGLX": spikeglx,
    "Open Ephys": open_ephys,
    "NeuroScope": neuroscope,
}
ENCODINGS = {
    "golomb": Encoding(engine=Engine.GOLOMB),
    "arithmetic": Encoding(engine=Engine.ARITHMETIC, adaptive=False),
    "best": Encoding(),
    "trained": Encoding(trained=True, packet_frames=500),
}


def same(one, other):
    ours, theirs = (each.samples.read(0, each.frames) for each in (one, other))
    assert ours.dtype == theirs.dtype
    assert ours.tobytes() == theirs.tobytes()
    assert one.sampling_rate_hz == other.sampling_rate_hz
    assert one.start_s == other.start_s
    assert np.array_equal(
        np.broadcast_to(one.scale.gain_v, one.channels),
        np.broadcast_to(other.scale.gain_v, other.channels),
    )
    assert np.array_equal(
        np.broadcast_to(one.scale.offset_v, one.channels),
        np.broadcast_to(other.scale.offset_v, other.channels),
    )


@pytest.mark.parametrize("name", RECORDINGS)
def test_any_recording_comes_back(tmp_path, name):
    recording = RECORDINGS[name](tmp_path)
    encoding = list(ENCODINGS.values())[sorted(RECORDINGS).index(name) % len(ENCODINGS)]

    encoded = encode_file(recording, tmp_path / "probe.axc", encoding)
    decoded = decode_file(tmp_path / "probe.axc", tmp_path / "again.npy")

    assert decoded.is_whole
    assert encoded.file_bytes == (tmp_path / "probe.axc").stat().st_size
    stored = recording.samples.read(0, recording.frames)
    again = np.load(tmp_path / "again.npy")
    assert again.dtype == stored.dtype
    assert again.shape == (stored.shape if name != "one dimension" else stored.shape[:1])
    assert again.tobytes() == stored.tobytes()
    same(open_recording(tmp_path / "probe.axc"), recording)


@pytest.mark.parametrize("name", ENCODINGS)
def test_any_encoding_comes_back_and_is_smaller(tmp_path, name):
    many = np.tile(COUNTS, (10, 1))
    recording = npy(many)(tmp_path)

    encoded = encode_file(recording, tmp_path / "probe.axc", ENCODINGS[name])
    decode_file(tmp_path / "probe.axc", tmp_path / "again.raw")

    assert (tmp_path / "again.raw").read_bytes() == many.tobytes()
    assert encoded.bits_per_sample < 0.9 * encoded.header.code.width


def test_tables_that_fit_take_fewer_bits(tmp_path):
    recording = npy(np.tile(COUNTS, (20, 1)))(tmp_path)

    sizes = [
        encode_file(
            recording,
            tmp_path / f"{trained}.axc",
            Encoding(engine=Engine.ARITHMETIC, trained=trained),
        ).file_bytes
        for trained in (False, True)
    ]

    assert sizes[1] < sizes[0]


def test_what_is_best_is_what_is_done_unless_told(tmp_path):
    recording = npy(np.tile(COUNTS, (20, 1)))(tmp_path)
    others = [
        Encoding(engine=engine, adaptive=adaptive)
        for engine in (None, *Engine)
        for adaptive in (False, True)
    ]

    sizes = [
        encode_file(recording, tmp_path / f"{n}.axc", encoding).file_bytes
        for n, encoding in enumerate([Encoding(), *others])
    ]

    assert sizes[0] == min(sizes) < max(sizes)


def test_a_short_recording_has_no_tables(tmp_path):
    encoded = encode_file(npy(COUNTS[:5])(tmp_path), tmp_path / "probe.axc", Encoding())

    assert encoded.header.tables == {}
    assert encoded.header.coding["engine"] == "golomb"
    assert encoded.file_bytes < 2500


def test_the_same_recording_gives_the_same_file(tmp_path):
    recording = RECORDINGS["int16"](tmp_path)

    for name in ("one.axc", "two.axc"):
        encode_file(recording, tmp_path / name, Encoding(trained=True))

    assert (tmp_path / "one.axc").read_bytes() == (tmp_path / "two.axc").read_bytes()


def test_rounded_samples_come_back_rounded(tmp_path):
    recording = npy(NOISE, unit="uV")(tmp_path)

    encoded = encode_file(recording, tmp_path / "probe.axc", Encoding(lsb_v=0.2e-6))
    decode_file(tmp_path / "probe.axc", tmp_path / "again.npy")

    again = np.load(tmp_path / "again.npy")
    assert not encoded.header.code.exact
    assert 0.099 < np.abs(again - NOISE).max() <= 0.1 + 1e-9


def test_different_gains_cannot_be_rounded_alike(tmp_path):
    recording = RECORDINGS["volts"](tmp_path)
    object.__setattr__(recording.scale, "gain_v", np.array([1e-6, 2e-6, 1e-6]))

    with pytest.raises(UserError, match="gain must be the same for all channels where samples are"):
        encode_file(recording, tmp_path / "probe.axc", Encoding(lsb_v=1e-6))


def test_silence_takes_no_room(tmp_path):
    encode_file(npy(np.zeros((1 << 20, 2), np.int16))(tmp_path), tmp_path / "o.axc", Encoding())

    decode_file(tmp_path / "o.axc", tmp_path / "o.npy")

    assert (tmp_path / "o.npy").stat().st_blocks * 512 < 1 << 20
    assert np.load(tmp_path / "o.npy").shape == (1 << 20, 2)
