"""Recordings of many kinds become files, and the files the identical recordings."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from scipy.io import savemat, wavfile

from rtl.packet_format import Engine
from system.codecs.container import read_layout, write_header
from system.codecs.decode_file import decode_file
from system.codecs.encode_file import Encoding, encode_file
from system.codecs.packet_file import PacketFile
from system.codecs.packets import PacketReader
from system.codecs.stream_decoder import Tally
from system.errors import UserError
from system.recordings import open_recording
from system.recordings.axc_files import PacketSamples
from tests.system.codecs.packing import packet
from tests.system.recording_writers import write_neuroscope, write_open_ephys, write_spikeglx

RNG = np.random.default_rng(1)
FRAMES, CHANNELS = 3000, 3
NOISE = RNG.normal(0, 1, (FRAMES, CHANNELS)).cumsum(axis=0)
COUNTS = (100 * NOISE / np.abs(NOISE).max() + RNG.normal(0, 3, NOISE.shape)).astype(np.int16)
SMALL_PACKETS = Encoding(engine=Engine.GOLOMB, packet_frames=200)


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


@pytest.fixture
def probe(tmp_path):
    """A file of many small packets."""
    encode_file(RECORDINGS["int16"](tmp_path), tmp_path / "small.axc", SMALL_PACKETS)
    return tmp_path / "small.axc"


def packets_of(path):
    """Where packets begin in a file, and its bytes."""
    data = path.read_bytes()
    with path.open("rb") as file:
        layout = read_layout(path.name, file)
    batches = PacketReader().feed(data[layout.begin : layout.end])
    offsets = np.concatenate([batch.packets.offset for batch in batches])
    return layout, offsets + layout.begin, bytearray(data)


def test_a_recording_is_read_from_any_frame_in_any_order(probe):
    recording = open_recording(probe)

    for start, stop in [(100, 300), (300, 301), (2900, FRAMES), (0, 10), (5, 2000), (1999, 2000)]:
        np.testing.assert_array_equal(recording.samples.read(start, stop), COUNTS[start:stop])


def test_long_recordings_are_read_from_the_nearest_entry_of_the_index(tmp_path):
    counts = np.tile(COUNTS[:1000], (2300, 1))
    encode_file(npy(counts)(tmp_path), tmp_path / "long.axc", Encoding(engine=Engine.GOLOMB))
    packets = PacketFile(tmp_path / "long.axc")

    summary = packets.layout.summary
    assert summary is not None
    assert len(summary.index) >= 4
    for first in [summary.index[1][0], summary.index[2][0] + 777, len(counts) - 10]:
        begin = max(place for frame, place in summary.index if frame <= first)
        block, part = next(packets.blocks(Tally(), first_frame=first))
        assert packets._begin(first) == packets.layout.begin + begin > packets.layout.begin
        samples = packets.layout.header.code.decode(block.samples)
        np.testing.assert_array_equal(samples, counts[first : first + len(samples)])
        assert 0 < part <= 1


@pytest.mark.parametrize("filling", ["zeros", "omit"])
def test_what_is_whole_around_damage_comes_back(probe, tmp_path, filling):
    _, offsets, data = packets_of(probe)
    data[offsets[20] + 30] ^= 1

    probe.write_bytes(data)
    decoded = decode_file(probe, tmp_path / "again.npy", filling=filling)

    again = np.load(tmp_path / "again.npy")
    (loss,) = decoded.tally.losses
    lost = slice(loss.frame, loss.frame + loss.frames)
    assert loss.frames == 200
    if filling == "zeros":
        expected = COUNTS.copy()
        expected[lost, loss.group] = 0
    else:
        expected = np.delete(COUNTS, lost, axis=0)
    np.testing.assert_array_equal(again, expected)
    assert not decoded.is_whole
    (damage,) = decoded.tally.damage
    assert (damage.packet, damage.offset, damage.field) == (20, offsets[20], "checksum")


def test_a_recording_with_damage_is_read_up_to_it(probe):
    _, offsets, data = packets_of(probe)
    data[offsets[30] + 30] ^= 1
    probe.write_bytes(data)
    message = r"^small.axc: every frame must have survived, but frame \d+ has not; axocell decode"
    with pytest.raises(UserError, match=message):
        open_recording(probe)
    samples = PacketSamples(PacketFile(probe), "small.axc")

    np.testing.assert_array_equal(samples.read(0, 1500), COUNTS[:1500])
    with pytest.raises(UserError, match=message):
        samples.read(1500, FRAMES)
    np.testing.assert_array_equal(samples.read(2500, FRAMES), COUNTS[2500:])


@pytest.fixture(scope="module")
def indexed(tmp_path_factory):
    """A file with an index, the places of its packets, and what it holds."""
    folder = tmp_path_factory.mktemp("indexed")
    counts = np.tile(COUNTS[:1000], (1100, 1))
    encoding = Encoding(engine=Engine.GOLOMB, packet_frames=500)
    encode_file(npy(counts)(folder), folder / "long.axc", encoding)
    return folder / "long.axc", counts


@pytest.mark.parametrize("moved", [False, True])
@pytest.mark.parametrize("lost", [slice(100, 160), slice(10, 1000)])
def test_frames_are_found_behind_bytes_that_are_lost_or_elsewhere(indexed, tmp_path, lost, moved):
    path, counts = indexed
    layout, offsets, data = packets_of(path)
    assert layout.summary is not None
    entry = layout.summary.index[0][0]
    cut = slice(offsets[lost.start], offsets[lost.stop])
    elsewhere = data[cut] if moved else b""
    (tmp_path / "cut.axc").write_bytes(
        data[: cut.start] + data[cut.stop : layout.end] + elsewhere + data[layout.end :]
    )

    for first in (entry, entry + 777, len(counts) - 300):
        block, _ = next(PacketFile(tmp_path / "cut.axc").blocks(Tally(), first_frame=first))
        assert block.frame == first
        assert block.arrived.all()
        samples = layout.header.code.decode(block.samples)
        np.testing.assert_array_equal(samples, counts[first : first + len(samples)])


def test_a_header_that_lies_about_its_frames_fills_no_disk(probe, tmp_path):
    layout, _, data = packets_of(probe)
    for frames in (1 << 33, 1 << 48):
        lying = replace(layout.header, frames=frames)
        with probe.open("wb") as file:
            write_header(file, lying)
            file.write(data[layout.begin : layout.end])

        decoded = decode_file(probe, tmp_path / f"{frames}.raw")

        assert decoded.frames < 100 * len(COUNTS)
        assert (tmp_path / f"{frames}.raw").stat().st_blocks * 512 < 3 * COUNTS.nbytes
        np.testing.assert_array_equal(
            np.fromfile(tmp_path / f"{frames}.raw", np.int16, COUNTS.size), COUNTS.ravel()
        )
        assert f"hold at most {decoded.frames} frames, not {frames}" in decoded.notes[-1]
        with pytest.raises(UserError, match="must end with"):
            decode_file(probe, tmp_path / "strict.raw", strict=True)


def test_silence_takes_no_room(tmp_path):
    encode_file(npy(np.zeros((1 << 20, 2), np.int16))(tmp_path), tmp_path / "o.axc", Encoding())

    decode_file(tmp_path / "o.axc", tmp_path / "o.npy")

    assert (tmp_path / "o.npy").stat().st_blocks * 512 < 1 << 20
    assert np.load(tmp_path / "o.npy").shape == (1 << 20, 2)


@pytest.mark.parametrize("end", [0.0, 0.3, 0.99])
def test_a_file_that_was_cut_gives_what_is_there(probe, tmp_path, end):
    layout, offsets, data = packets_of(probe)
    place = layout.begin + int(end * (layout.end - layout.begin))

    probe.write_bytes(data[:place])
    decoded = decode_file(probe, tmp_path / "again.npy")

    again = np.load(tmp_path / "again.npy")
    assert len(again) == (1 if end == 0 else FRAMES)  # no more than so many bytes can hold
    survived = (again == COUNTS[: len(again)]).sum() / COUNTS.size
    assert abs(survived - np.mean(offsets < place)) < 0.1
    assert decoded.notes[0].startswith("small.axc: must end with ")
    assert decoded.tally.lost_samples == sum(loss.frames for loss in decoded.tally.losses)


def test_a_lost_beginning_is_found_at_the_end(probe, tmp_path):
    data = bytearray(probe.read_bytes())
    data[:60] = bytes(60)

    probe.write_bytes(data)
    decoded = decode_file(probe, tmp_path / "again.npy")

    np.testing.assert_array_equal(np.load(tmp_path / "again.npy"), COUNTS)
    assert decoded.tally.is_whole
    assert not decoded.is_whole


def test_packets_in_another_order_come_back(probe, tmp_path):
    layout, offsets, data = packets_of(probe)
    borders = [*offsets.tolist(), layout.end]
    parts = [data[a:b] for a, b in pairwise(borders)]
    parts[6:9] = parts[8:5:-1]

    probe.write_bytes(data[: layout.begin] + b"".join(parts) + data[layout.end :])
    decoded = decode_file(probe, tmp_path / "again.npy")

    assert decoded.is_whole
    np.testing.assert_array_equal(np.load(tmp_path / "again.npy"), COUNTS)


def test_samples_that_are_others_than_were_encoded_are_noticed(probe, tmp_path):
    """Two packets of one group say each other's time, under checksums that are right."""
    layout, offsets, data = packets_of(probe)
    (batch,) = PacketReader().feed(data[layout.begin : layout.end])
    bodies = list(batch.packets)
    of_group = [n for n, body in enumerate(bodies) if body[2] == 0][1:3]
    first, second = (bytearray(bodies[n]) for n in of_group)
    first[4:8], second[4:8] = second[4:8], first[4:8]
    bodies[of_group[0]], bodies[of_group[1]] = bytes(first), bytes(second)

    probe.write_bytes(data[: layout.begin] + b"".join(map(packet, bodies)) + data[layout.end :])
    with pytest.raises(UserError, match=r"samples must have checksum 0x\w+, not 0x\w+, tho"):
        decode_file(probe, tmp_path / "again.npy")
    assert not (tmp_path / "again.npy").exists()
    assert len(offsets) == len(bodies)


def test_strictness_refuses_any_damage(probe, tmp_path):
    _, offsets, data = packets_of(probe)
    damaged = data.copy()
    damaged[offsets[4]] ^= 1
    probe.write_bytes(damaged)
    with pytest.raises(UserError, match=r"^small.axc: packet 4 at byte \d+: sync must be 0x"):
        decode_file(probe, tmp_path / "again.npy", strict=True)

    probe.write_bytes(data[: offsets[4]] + data[offsets[5] :])
    with pytest.raises(UserError, match=r"^small.axc: group \d must have all frames, but 200 from"):
        decode_file(probe, tmp_path / "again.npy", strict=True)

    probe.write_bytes(data[:-1])
    with pytest.raises(UserError, match=r"^small.axc: must end with b'"):
        decode_file(probe, tmp_path / "again.npy", strict=True)

    assert not (tmp_path / "again.npy").exists()


def test_a_damaged_file_never_stops_a_decoder(probe, tmp_path):
    rng = np.random.default_rng(7)
    data = probe.read_bytes()
    survived = 0
    for number in range(60):
        damaged = bytearray(data)
        for _ in range(int(rng.integers(1, 30))):
            damaged[int(rng.integers(len(damaged)))] = int(rng.integers(256))
        probe.write_bytes(damaged[: int(rng.integers(1, 2 * len(damaged)))])
        output = tmp_path / f"{number}.raw"
        try:
            decoded = decode_file(probe, output)
        except UserError:
            continue
        again = np.fromfile(output, dtype=np.int16).reshape(-1, CHANNELS)
        wrong = again != COUNTS[: len(again)]
        assert not again[wrong].any()
        assert wrong.sum() <= decoded.tally.lost_samples
        survived += 1
    assert survived > 20
