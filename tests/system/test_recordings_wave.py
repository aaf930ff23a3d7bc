import struct
import wave

import numpy as np
import pytest
import scipy.io.wavfile

from system.errors import UserError
from system.recordings import open_recording


def read(recording):
    return np.concatenate(list(recording.blocks(300)))


def message(path, **options):
    with pytest.raises(UserError) as error:
        read(open_recording(path, **options))
    return str(error.value)


@pytest.mark.parametrize("dtype", [np.int16, np.int32, np.float32, np.float64])
@pytest.mark.parametrize("channels", [1, 3])
def test_what_scipy_writes(tmp_path, dtype, channels):
    samples = np.random.default_rng(1).integers(-100, 100, (1_001, channels)).astype(dtype)
    scipy.io.wavfile.write(tmp_path / "a.wav", 24_000, samples)

    recording = open_recording(tmp_path / "a.wav", scale_v=1e-6)

    assert (recording.sampling_rate_hz, recording.channels) == (24_000, channels)
    np.testing.assert_allclose(read(recording), samples * 1e-6, rtol=1e-6)


def test_eight_bits_are_unsigned_around_128(tmp_path):
    scipy.io.wavfile.write(tmp_path / "a.wav", 24_000, np.array([0, 128, 255], dtype=np.uint8))

    recording = open_recording(tmp_path / "a.wav", unit="uV")

    np.testing.assert_allclose(read(recording)[:, 0], [-128e-6, 0.0, 127e-6], rtol=1e-6)


def test_twenty_four_bits_are_packed(tmp_path):
    counts = np.array([[0, 1], [-1, 8_388_607], [-8_388_608, 300_000]])
    packed = b"".join(int(count).to_bytes(3, "little", signed=True) for count in counts.flat)
    with wave.open(str(tmp_path / "a.wav"), "wb") as file:
        file.setparams((2, 3, 30_000, 3, "NONE", ""))
        file.writeframes(packed)

    recording = open_recording(tmp_path / "a.wav", scale_v=1e-9)

    np.testing.assert_allclose(read(recording), counts * 1e-9, rtol=1e-6)


def test_an_extensible_header_and_other_chunks(tmp_path):
    counts = np.arange(-50, 50, dtype="<i2")
    guid = struct.pack("<H14s", 1, b"\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71")
    layout = struct.pack("<HHIIHHHHI", 0xFFFE, 1, 24_000, 48_000, 2, 16, 22, 16, 0) + guid
    chunks = [(b"LIST", b"odd"), (b"fmt ", layout), (b"data", counts.tobytes())]
    body = b"".join(
        name + struct.pack("<I", len(data)) + data + b"\x00" * (len(data) % 2)
        for name, data in chunks
    )
    (tmp_path / "a.wav").write_bytes(b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WAVE" + body)

    recording = open_recording(tmp_path / "a.wav", unit="uV")

    np.testing.assert_allclose(read(recording)[:, 0], counts * 1e-6, rtol=1e-6)


def test_rf64_keeps_its_length_elsewhere(tmp_path):
    counts = np.arange(-50, 50, dtype="<i2")
    long_sizes = struct.pack("<QQQI", 0, counts.nbytes, counts.size, 0)
    layout = struct.pack("<HHIIHH", 1, 1, 24_000, 48_000, 2, 16)
    (tmp_path / "a.wav").write_bytes(
        b"RF64\xff\xff\xff\xffWAVE"
        + (b"ds64" + struct.pack("<I", len(long_sizes)) + long_sizes)
        + (b"fmt " + struct.pack("<I", len(layout)) + layout)
        + (b"data\xff\xff\xff\xff" + counts.tobytes())
    )

    recording = open_recording(tmp_path / "a.wav", unit="uV")

    np.testing.assert_allclose(read(recording)[:, 0], counts * 1e-6, rtol=1e-6)


@pytest.mark.parametrize("dtype", [np.int16, np.float32])
def test_no_wave_file_states_its_scale(tmp_path, dtype):
    scipy.io.wavfile.write(tmp_path / "a.wav", 24_000, np.full(9, 3, dtype=dtype))

    assert message(tmp_path / "a.wav") == (
        "a.wav: samples that are a converter's counts need --scale-v (volts per count) or --unit"
        " (V, mV, uV, nV); the file gives none, and its first sample is 3"
    )


def test_a_rate_given_must_not_contradict_the_file(tmp_path):
    scipy.io.wavfile.write(tmp_path / "a.wav", 24_000, np.zeros(9, dtype=np.int16))

    assert message(tmp_path / "a.wav", sampling_rate_hz=44_100) == (
        "a.wav: states a sampling rate of 24000 Hz, which contradicts the 44100 given"
    )


def test_a_short_data_chunk_is_noticed(tmp_path):
    scipy.io.wavfile.write(tmp_path / "a.wav", 24_000, np.zeros(1_000, dtype=np.int16))
    whole = (tmp_path / "a.wav").read_bytes()

    (tmp_path / "a.wav").write_bytes(whole[:-10])
    assert message(tmp_path / "a.wav", unit="uV") == (
        "a.wav: truncated; its header promises 2000 bytes of samples, it has 1990"
    )
    (tmp_path / "a.wav").write_bytes(whole[:30])
    assert message(tmp_path / "a.wav", unit="uV") == (
        "a.wav: truncated; it ends before its data begin"
    )


def test_what_is_no_wave_file_is_refused(tmp_path):
    (tmp_path / "a.wav").write_bytes(b"OggS and so on and on")

    assert message(tmp_path / "a.wav", unit="uV") == (
        "a.wav: must begin as a WAVE file, not with b'OggS and so '"
    )


def test_compressed_samples_are_refused(tmp_path):
    scipy.io.wavfile.write(tmp_path / "a.wav", 24_000, np.zeros(9, dtype=np.int16))
    content = bytearray((tmp_path / "a.wav").read_bytes())
    content[20:22] = struct.pack("<H", 2)  # ADPCM
    (tmp_path / "a.wav").write_bytes(content)

    assert message(tmp_path / "a.wav", unit="uV") == (
        "a.wav: samples must be integers of 8 to 32 bits or floats, not of kind 2 with 16 bits"
    )


def test_no_channels_are_refused(tmp_path):
    scipy.io.wavfile.write(tmp_path / "a.wav", 24_000, np.zeros(9, dtype=np.int16))
    content = bytearray((tmp_path / "a.wav").read_bytes())
    content[22:24] = struct.pack("<H", 0)
    (tmp_path / "a.wav").write_bytes(content)

    assert message(tmp_path / "a.wav", unit="uV") == "a.wav: must have at least one channel, not 0"
