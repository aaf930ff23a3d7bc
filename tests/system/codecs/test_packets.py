import re
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from system.codecs.packets import LARGEST_BODY, PIECE_BYTES, PacketReader
from tests.system.codecs.packing import packet

BODIES = [b"0123456789", b"\xa7" * 12, bytes(200), b"abcdefghijk" * 9]


def read(chunks, **options):
    """Return bodies, offsets and damage of a stream."""
    reader = PacketReader(**options)
    batches = [batch for chunk in chunks for batch in reader.feed(chunk)]
    batches.append(reader.finish())
    bodies = [body for batch in batches for body in batch.packets]
    offsets = [int(offset) for batch in batches for offset in batch.packets.offset]
    return bodies, offsets, [str(each) for batch in batches for each in batch.damage]


def cut(stream, borders):
    borders = [0, *sorted(border % (len(stream) + 1) for border in borders), len(stream)]
    return [stream[a:b] for a, b in pairwise(borders)]


def test_packets_are_found_with_their_places():
    stream = b"".join(map(packet, BODIES))

    bodies, offsets, damage = read([stream])

    assert bodies == BODIES
    assert offsets == [0, 17, 36, 243]
    assert damage == []


@given(st.lists(st.integers(0, 10_000), max_size=12))
@settings(deadline=None)
def test_any_chunking_gives_the_same(borders):
    stream = b"noise\xa7" + b"".join(map(packet, BODIES)) + b"\xa7\x0c\x00 and the beginning"

    assert read(cut(stream, borders)) == read([stream])


def test_a_stream_byte_by_byte_gives_the_same():
    stream = b"\xa7\xff\x00" + b"".join(map(packet, BODIES))

    assert read([stream[n : n + 1] for n in range(len(stream))]) == read([stream])


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        (0, 0x27, "packet 1 at byte 17: sync must be 0xa7, not 0x27"),
        (1, 0x05, "packet 1 at byte 17: length must be in 10..65535, not 5"),
        (4, 0x00, "packet 1 at byte 17: checksum must be 0x"),
        (18, 0x01, "packet 1 at byte 17: checksum must be 0x"),
    ],
)
def test_a_damaged_packet_costs_itself_alone(place, value, said):
    parts = [packet(body) for body in BODIES]
    broken = bytearray(parts[1])
    assert broken[place] != value
    broken[place] = value

    bodies, _, damage = read([parts[0] + bytes(broken) + parts[2] + parts[3]])

    assert bodies == [BODIES[0], BODIES[2], BODIES[3]]
    assert len(damage) == 1
    assert damage[0].startswith(said)


def test_a_damaged_length_hides_no_packet_behind_it():
    broken = bytearray(packet(BODIES[0]))
    broken[2] = 0x70  # 28 682 bytes, more than there are
    stream = bytes(broken) + packet(BODIES[3])

    bodies, offsets, damage = read([stream])

    assert (bodies, offsets) == ([BODIES[3]], [17])
    assert damage == ["packet 0 at byte 0: end must come after 28689 bytes, not after 123"]


def test_a_stream_that_ends_early_says_how_much_is_missing():
    stream = packet(BODIES[2])

    assert read([stream[:100]])[2] == [
        "packet 0 at byte 0: end must come after 207 bytes, not after 100"
    ]
    assert read([stream[:1]])[2] == [
        "packet 0 at byte 0: end must come after 17 bytes, not after 1"
    ]


def test_what_is_lost_is_measured():
    reader = PacketReader()
    stream = bytes(50) + packet(BODIES[0]) + bytes(7)

    batches = [*reader.feed(stream), reader.finish()]

    damage = [each for batch in batches for each in batch.damage]
    assert [(each.offset, each.length_bytes, each.packet) for each in damage] == [
        (0, 50, 0),
        (67, 7, 1),
    ]


def test_garbage_is_no_packet_and_is_said_once():
    garbage = np.random.default_rng(3).bytes(300_000)

    bodies, _, damage = read([garbage])

    assert bodies == []
    assert len(damage) == 1
    assert re.fullmatch(r"packet 0 at byte 0: sync must be 0xa7, not 0x\w\w", damage[0])


def test_a_stream_that_claims_a_long_packet_at_every_byte_is_read_all_the_same():
    """Summing each of them anew would be 84 gigabytes."""
    hostile = b"\xa7" * 2_000_000

    bodies, offsets, damage = read([hostile + packet(BODIES[3])])

    assert (bodies, offsets) == ([BODIES[3]], [2_000_000])
    assert len(damage) == 1


def test_no_more_is_held_than_a_packet_can_need():
    reader = PacketReader()
    largest = 0
    for _ in range(40):
        for _ in reader.feed(b"\xa7" * 10_000):
            largest = max(largest, reader.kept_bytes)

    assert 0 < largest < LARGEST_BODY + 7


def test_a_body_above_the_largest_of_the_sender_is_damage():
    bodies, _, damage = read([packet(bytes(65)) + packet(bytes(64))], largest_body=64)

    assert bodies == [bytes(64)]
    assert damage == ["packet 0 at byte 0: length must be in 10..64, not 65"]


def test_the_longest_packet_is_read_across_pieces():
    body = np.random.default_rng(4).bytes(LARGEST_BODY)
    stream = b"".join([packet(body)] * 20)
    assert len(stream) > PIECE_BYTES

    assert read([stream])[0] == [body] * 20


@pytest.mark.parametrize("largest", [9, 65536])
def test_a_largest_body_that_cannot_be_is_refused(largest):
    with pytest.raises(ValueError, match=f"^largest_body must be in 10..65535, not {largest}$"):
        PacketReader(largest)
