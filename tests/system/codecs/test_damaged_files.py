"""Files that were cut, changed or shuffled: what is whole comes back, from any frame on."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

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

FRAMES, CHANNELS = 3000, 3
COUNTS = np.random.default_rng(1).normal(0, 12, (FRAMES, CHANNELS)).cumsum(axis=0) % 200
COUNTS = COUNTS.astype(np.int16) - 100
SMALL_PACKETS = Encoding(engine=Engine.GOLOMB, packet_frames=200)


def recording(folder, samples):
    np.save(folder / "probe.npy", samples)
    return open_recording(folder / "probe.npy", sampling_rate_hz=24e3, unit="uV")


@pytest.fixture
def probe(tmp_path):
    """A file of many small packets."""
    encode_file(recording(tmp_path, COUNTS), tmp_path / "small.axc", SMALL_PACKETS)
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
    encode_file(recording(tmp_path, counts), tmp_path / "long.axc", Encoding(engine=Engine.GOLOMB))
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
    encode_file(recording(folder, counts), folder / "long.axc", encoding)
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
