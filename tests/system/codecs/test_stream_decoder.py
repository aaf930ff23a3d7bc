import numpy as np
import pytest

from rtl.coding_streams import Kind, symbol_layout
from rtl.packet_format import Engine
from rtl.table_trainer_config import TableTrainerConfig
from system.codecs.packets import PIECE_BYTES
from system.codecs.stream_decoder import EventDecoder, SampleDecoder
from system.codecs.stream_format import StreamFormat
from system.codecs.timeline import Loss
from system.errors import UserError
from tests.system.codecs.packing import packet
from tests.system.codecs.reference_encoder import (
    encode_samples,
    encode_snippets,
    header,
    laplacian_tables,
)
from verification.golden.table_trainer import cumulative_tables, pack_tables, table_trainer
from verification.payloads import payload_dtype

STREAM = StreamFormat(channels=3, most_counted=50)
TABLES = {4: laplacian_tables(STREAM)}
SAMPLES = np.random.default_rng(1).normal(0, 20, (200, 3)).round().astype(np.int16)
CODED = encode_samples(
    SAMPLES, STREAM, engine=Engine.ARITHMETIC, tables=TABLES[4], table=4, packet_frames=50
)


def decode(stream, chunk_bytes=1000, **options):
    decoder = SampleDecoder(STREAM, TABLES, **options)
    chunks = [stream[at : at + chunk_bytes] for at in range(0, len(stream), chunk_bytes)]
    blocks = [block for chunk in chunks for block in decoder.feed(chunk)]
    blocks += decoder.finish()
    return np.concatenate([block.samples for block in blocks]), decoder.tally


@pytest.mark.parametrize("chunk_bytes", [1, 7, 100, PIECE_BYTES])
def test_a_whole_stream_gives_every_frame(chunk_bytes):
    back, tally = decode(b"".join(CODED), chunk_bytes)

    np.testing.assert_array_equal(back, SAMPLES)
    assert tally.is_whole
    assert tally.packets == len(CODED)


@pytest.mark.parametrize("number", range(len(CODED)))
def test_a_lost_packet_costs_itself_alone(number):
    back, tally = decode(b"".join(CODED[:number] + CODED[number + 1 :]), frames=200)

    wrong = back != SAMPLES
    assert wrong.any(axis=0).sum() == 1
    assert not back[wrong].any()
    assert tally.lost_samples == tally.losses[0].frames
    assert len(tally.losses) == 1
    assert np.flatnonzero(wrong.any(axis=1)).size <= tally.losses[0].frames <= 50
    assert not tally.is_whole


def test_a_damaged_packet_is_named_with_what_it_cost():
    damaged = [bytearray(each) for each in CODED]
    damaged[2][20] ^= 0x10

    _, tally = decode(b"".join(damaged), frames=200)

    assert [str(each).split(" must")[0] for each in tally.damage] == [
        f"packet 2 at byte {len(CODED[0] + CODED[1])}: checksum"
    ]
    assert tally.damaged_bytes == len(CODED[2])
    assert tally.losses == [Loss(group=0, frame=0, frames=50)]
    assert tally.lost_samples == 50


def replaced(number, place, value):
    """The stream with a byte of a packet's body replaced, and its checksum right."""
    body = bytearray(CODED[number][3:-4])
    body[place] = value
    return b"".join([*CODED[:number], packet(body), *CODED[number + 1 :]])


PAYLOAD = len(CODED[1]) - 17


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        (0, 0b100 | 1, "mode must be 0, not 1"),
        (1, 0x22, "version must be 1, not 2"),
        (1, 0x16, "cross must be 0 in packets of one channel, not 1"),
        (2, 3, "group must be in 0..2, not 3"),
        (3, 5, "table must be one of those known (4), not 5"),
        (-2, 51, "count must be in 1..50, not 51"),
        (-2, 0, "count must be in 1..50, not 0"),
        (-1, 1, "count must be in 1..50, not "),
        (-2, 20, "payload must have the "),
        (-2, 1, "payload must have the "),
    ],
)
def test_what_a_header_or_trailer_says_wrong_is_named(place, value, said):
    back, tally = decode(replaced(1, place, value), frames=200)

    (damage,) = map(str, tally.damage)
    assert damage.startswith(f"packet 1 at byte {len(CODED[0])}: {said}")
    assert (back == SAMPLES).sum() >= SAMPLES.size - 50


def test_a_payload_that_ends_before_its_samples_is_named():
    short = packet(CODED[1][3:20] + CODED[1][-6:-4])

    _, tally = decode(b"".join([CODED[0], short, *CODED[2:]]))

    (damage,) = map(str, tally.damage)
    assert "payload must hold codes of" in damage
    assert "in 9 bytes, but has none after" in damage


def test_a_packet_that_promises_more_than_any_payload_holds_ends_at_once():
    stream = StreamFormat(channels=1, packet_channels=1)
    promise = packet(header(group=0) + b"\xff" + (65535).to_bytes(2, "little"))
    decoder = SampleDecoder(stream, {})

    blocks = [block for each in (promise,) * 100 for block in decoder.feed(each)]

    assert blocks == []
    assert decoder.tally.damaged == 100
    assert {each.field for each in decoder.tally.damage} == {"payload"}


@pytest.mark.parametrize("engine", [Engine.GOLOMB, Engine.ARITHMETIC])
def test_events_come_back_with_their_times(engine):
    stream = StreamFormat(channels=2, snippet_samples=10)
    tables = {0: laplacian_tables(stream)}
    rng = np.random.default_rng(2)
    snippets = rng.normal(0, 30, (60, 10)).round().astype(np.int16)
    times = (1 << 32) - 300_000 + np.cumsum(rng.integers(0, 20_000, 60))  # the clock wraps
    parts = [slice(0, 20), slice(20, 21), slice(21, 22), slice(22, 60)]
    coded = b"".join(
        encode_snippets(snippets[part], times[part], n % 2, stream, engine=engine, tables=tables[0])
        for n, part in enumerate(parts)
    )
    decoder = EventDecoder(stream, tables)

    events = np.concatenate([*decoder.feed(coded), *decoder.finish()])

    np.testing.assert_array_equal(events["time"], times)
    np.testing.assert_array_equal(events["snippet"], snippets)
    assert events["channel"].tolist() == [0] * 20 + [1, 0] + [1] * 38
    assert decoder.tally.is_whole


def test_a_damaged_packet_of_events_takes_no_others_with_it():
    stream = StreamFormat(channels=2, snippet_samples=10)
    snippets = np.random.default_rng(3).normal(0, 30, (30, 10)).round().astype(np.int16)
    times = np.arange(30) * 700
    coded = [
        encode_snippets(snippets[n : n + 10], times[n : n + 10], 0, stream) for n in (0, 10, 20)
    ]
    broken = bytearray(coded[1][3:-4])
    broken[-2] = 9
    decoder = EventDecoder(stream, {})

    events = np.concatenate(
        [*decoder.feed(coded[0] + packet(broken) + coded[2]), *decoder.finish()]
    )

    assert events["time"].tolist() == [*times[:10], *times[20:]]
    np.testing.assert_array_equal(events["snippet"], np.delete(snippets, np.s_[10:20], axis=0))
    assert "packet 1 at" in str(decoder.tally.damage[0])
    assert "that 9 snippets take" in str(decoder.tally.damage[0])


def one_event(time, channel=0):
    """A packet of one snippet."""
    stream = StreamFormat(channels=2, snippet_samples=10)
    return encode_snippets(np.full((1, 10), channel), np.array([time]), channel, stream)


def times_of(packets):
    decoder = EventDecoder(StreamFormat(channels=2, snippet_samples=10), {})
    chunks = [*decoder.feed(b"".join(packets)), *decoder.finish()]
    return np.concatenate(chunks)["time"].tolist(), decoder.tally


@pytest.mark.parametrize("first", [0, (1 << 31) - 5, 1 << 31, (1 << 32) - 700])
def test_a_stream_may_begin_at_any_time_and_none_is_negative(first):
    times = [first + 200 * n for n in range(9)]

    assert times_of(one_event(time) for time in times)[0] == times


@pytest.mark.parametrize("lie", [1 << 31, (1 << 31) + 900, (1 << 32) - 1, 1 << 20, 3])
@pytest.mark.parametrize("place", [3, 5, 9])
def test_a_time_of_events_that_lies_moves_no_other(lie, place):
    times = [1000 + 200 * n for n in range(12)]
    told = [*times[:place], lie, *times[place:]]

    found, tally = times_of(one_event(time, n % 2) for n, time in enumerate(told))

    assert [*found[:place], *found[place + 1 :]] == times
    assert found[place] % (1 << 32) == lie
    assert tally.is_whole


def test_packets_of_events_that_come_twice_are_refused():
    packets = [one_event(time, channel) for time in (5, 900, 1800) for channel in (0, 1)]

    found, tally = times_of([*packets, *packets[2:4]])

    assert found == [5, 5, 900, 900, 1800, 1800]
    assert [str(each).split(": ")[1] for each in tally.damage] == [
        "time must not be that of a packet that was there, but is 900"
    ] * 2
    assert not tally.is_whole


def test_a_whole_stream_that_comes_twice_is_refused():
    packets = [one_event(time) for time in range(0, 9000, 90)]

    found, tally = times_of(packets * 2)

    assert found == list(range(0, 9000, 90))
    assert tally.damaged == len(packets)
    assert "time must be at least 3240, not 0" in str(tally.damage[0])


def test_what_the_sender_left_out_is_no_whole_stream():
    packets = [one_event(time) for time in (5, 900, 1800)]
    body = bytearray(packets[1][3:-4])
    body[0] |= 1 << 6

    found, tally = times_of([packets[0], packet(body), packets[2]])

    assert found == [5, 900, 1800]
    assert (tally.gaps, tally.damaged) == (1, 0)
    assert not tally.is_whole


def test_events_of_shared_packets_are_refused():
    with pytest.raises(
        ValueError, match=r"^packet_channels must be 1 where snippets are sent, not 2$"
    ):
        EventDecoder(StreamFormat(packet_channels=2), {})


def table_packet(codes, version, contexts=STREAM.contexts):
    coding = {"mode": 3, "engine": 1, "table": version}
    return packet(header(**coding) + pack_tables(codes) + contexts.to_bytes(2, "little"))


def test_tables_that_come_in_the_stream_hold_from_there_on():
    """The second one takes the place of the first, whose version it has."""
    rng = np.random.default_rng(4)
    stream, decoder = b"", SampleDecoder(STREAM, {})
    for first in (0, 100):
        codes = rng.integers(0, 90, (10, 128)).astype(np.uint8)
        coded = encode_samples(
            SAMPLES[first : first + 100],
            STREAM,
            engine=Engine.ARITHMETIC,
            tables=cumulative_tables(codes),
            table=17,
            packet_frames=50,
            clock=first,
        )
        stream += table_packet(codes, 17) + b"".join(coded)

    blocks = [*decoder.feed(stream), *decoder.finish()]

    np.testing.assert_array_equal(np.concatenate([block.samples for block in blocks]), SAMPLES)
    assert decoder.tally.is_whole


def test_what_the_trainer_sends_is_what_packets_are_decoded_with():
    rng = np.random.default_rng(7)
    beats = np.zeros(3000, dtype=payload_dtype(symbol_layout(9, 3)))
    beats["kind"], beats["context"] = Kind.SAMPLE.value, rng.integers(0, 16, 3000)
    beats["value"] = rng.normal(0, 40, 3000).round()
    trained = table_trainer(beats, TableTrainerConfig(coder=STREAM.codec.arithmetic), version=5)
    tables = {"tables": trained.cumulative, "table": 5}
    coded = encode_samples(SAMPLES, STREAM, engine=Engine.ARITHMETIC, packet_frames=50, **tables)
    decoder = SampleDecoder(STREAM, {})

    blocks = [*decoder.feed(packet(trained.body) + b"".join(coded)), *decoder.finish()]

    np.testing.assert_array_equal(np.concatenate([block.samples for block in blocks]), SAMPLES)
    assert decoder.tally.is_whole


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (
            table_packet(np.ones((9, 128), dtype=np.uint8), 4),
            "payload must hold tables, but: table of context 9 must have 3 bytes or more, not 0",
        ),
        (
            table_packet(np.ones((10, 128), dtype=np.uint8), 4, contexts=11),
            "count must be in 1..10, not 11",
        ),
        (
            packet(header(mode=3, engine=1, group=1) + bytes(2)),
            "group must be in 0..0, not 1",
        ),
        (
            packet(header(mode=3, engine=1) + b"\0\x05\x02" + b"\x0a\0"),
            (
                "payload must hold tables, but: table of context 0 must be of symbols in"
                " 1..127, not 5..2"
            ),
        ),
    ],
)
def test_a_damaged_table_leaves_the_one_that_was_there(made, said):
    back, tally = decode(b"".join([CODED[0], made, *CODED[1:]]))

    assert [str(each) for each in tally.damage] == [f"packet 1 at byte {len(CODED[0])}: {said}"]
    np.testing.assert_array_equal(back, SAMPLES)


TABLE = TABLES[4]


@pytest.mark.parametrize(
    ("version", "table", "message"),
    [
        (256, TABLE, "version of a table must be in 0..255, not 256"),
        (
            1,
            TABLE[:3],
            "table 1 must be integers of shape (10, 129), not int64 of (3, 129)",
        ),
        (
            1,
            TABLE * 1.0,
            "table 1 must be integers of shape (10, 129), not float64 of (10, 129)",
        ),
        (
            1,
            TABLE // 2,
            "table 1: frequencies of context 0 must sum to 16383, not to 8191 from 0",
        ),
        (
            1,
            np.where(np.arange(129) == 5, TABLE[:, 4:5], TABLE),
            (
                "table 1: every symbol must have a frequency of at least 1,"
                " but symbol 4 of context 0 has 0"
            ),
        ),
    ],
)
def test_a_table_that_is_none_is_refused(version, table, message):
    with pytest.raises(UserError) as refusal:
        SampleDecoder(STREAM, {version: table})

    assert str(refusal.value) == message
