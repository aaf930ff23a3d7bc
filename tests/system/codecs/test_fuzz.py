"""Damaged packets, in numbers: no crash, no hang, no memory without bound.

Nothing that is whole is lost, and nothing is taken for right that is not.
"""

import resource
from functools import cache

import numpy as np
import pytest

from rtl.packet_format import Engine, Mode
from system.codecs.decoding import PacketDecoder
from system.codecs.packets import PacketReader
from system.codecs.stream_decoder import EventDecoder, SampleDecoder
from system.codecs.stream_format import StreamFormat
from tests.system.codecs.mutations import BLIND, LIES, MUTATIONS, mutated
from tests.system.codecs.packing import packet
from tests.system.codecs.reference_encoder import (
    encode_samples,
    encode_snippets,
    header,
    laplacian_tables,
)

PACKETS_AT_A_TIME = 500
FRAMES = 240
MOST_GROWN_KB = 400_000  # of memory: windows, tables and compiled code, whatever is fed


@cache
def setting(number):
    """A stream, its tables, what it holds, whole packets of it by engine, and its samples."""
    rng = np.random.default_rng(number)
    width = int(rng.integers(2, 17))
    snippets = number % 4 == 3
    stream = StreamFormat(
        channels=3,
        sample_width=width,
        packet_channels=1 if snippets else 1 << (number % 3),
        most_counted=30,
        snippet_samples=16,
        alphabet_width=5,
        contexts=4,
        table_base=int(rng.integers(8)),
    )
    tables = {n: laplacian_tables(stream) for n in (0, 9)}
    half = 1 << (width - 1)
    samples = np.clip(rng.normal(0, half / 4, (FRAMES, 3)), -half, half - 1).astype(np.int16)
    common = {"tables": tables[9], "table": 9}
    packets = {}
    for engine in Engine:
        if snippets:
            times = np.cumsum(rng.integers(1, 900, 15))
            packets[engine] = [
                encode_snippets(
                    samples[16 * n : 16 * n + 48, channel].reshape(3, 16),
                    times[n : n + 3],
                    channel,
                    stream,
                    engine=engine,
                    **common,
                )
                for n in range(0, 13, 3)
                for channel in range(3)
            ]
        else:
            packets[engine] = encode_samples(
                samples,
                stream,
                engine=engine,
                order=number % 4,
                adaptive=number % 8 > 3,
                packet_frames=12,
                **common,
            )
    return stream, tables, Mode.SNIPPETS if snippets else Mode.ALL_SAMPLES, packets, samples


def events_of(stream, tables, data):
    decoder = EventDecoder(stream, tables)
    chunks = [*decoder.feed(data), *decoder.finish()]
    return {
        (int(each["channel"]), int(each["time"]), each["snippet"].tobytes())
        for chunk in chunks
        for each in chunk
    }


def place_of(framed, stream):
    """Channels and frames that a packet says it has, as slices; None if it is none."""
    batch = next(iter(PacketReader().feed(framed)), None)
    if batch is None or not len(batch.packets):
        return None
    (body, *_) = batch.packets
    group, time, count = body[2], int.from_bytes(body[4:8], "little"), body[-2] + 256 * body[-1]
    first = group * stream.packet_channels
    return slice(time, time + count), slice(first, first + stream.packet_channels)


def recover(number, rng, share, *, lies=0):
    """Damage some packets of a stream, and hold what comes back against what was sent."""
    stream, tables, mode, packets, samples = setting(number)
    packets = packets[list(Engine)[number // 2 % 2]]
    is_hit = rng.random(len(packets)) < share
    damaged = mutated(packets, rng, len(packets), BLIND)
    told = [b if hit else a for a, b, hit in zip(packets, damaged, is_hit, strict=True)]
    lying = rng.permutation(len(packets))[:lies]
    for place, lie in zip(lying, mutated(packets, rng, lies, LIES), strict=True):
        told[place], is_hit[place] = lie, True
    # Zeros, as a packet that was cut by a byte may borrow what looks like that byte.
    data = b"".join(each + bytes(8) for each in told)
    kept = [each for each, hit in zip(packets, is_hit, strict=True) if not hit]
    if mode is Mode.SNIPPETS:
        found = events_of(stream, tables, data)
        # A lie that says it is one of them takes its place, as nothing tells which is true.
        taken = {told[place][5:6] + told[place][7:11] for place in lying}
        kept = [each for each in kept if each[5:6] + each[7:11] not in taken]
        assert events_of(stream, tables, b"".join(kept)) <= found
        assert lies or found <= events_of(stream, tables, b"".join(packets))
        return int(is_hit.sum())
    claimed, wanted = np.zeros(samples.shape, dtype=bool), np.zeros_like(samples)
    for lie in lying:
        place = place_of(told[lie], stream)
        if place is not None:
            claimed[place] = True
    for each in kept:
        place = place_of(each, stream)
        claimed[place] |= claimed[place].any()  # what a lie has taken part of is refused
        wanted[place] = samples[place]
    decoder = SampleDecoder(stream, tables, frames=len(samples))

    blocks = [*decoder.feed(data), *decoder.finish()]

    back = np.concatenate([block.samples for block in blocks])
    known = wanted == samples
    np.testing.assert_array_equal(back[known & ~claimed], samples[known & ~claimed])
    if not lies:
        lost = back != samples
        assert not back[lost].any()
        assert lost.sum() <= decoder.tally.lost_samples
    return int(is_hit.sum())


def fuzz(number, rng):
    """Feed damaged packets, whole ones among them, to the decoders of a setting."""
    stream, tables, mode, of_engine, _ = setting(number)
    packets = [each for some in of_engine.values() for each in some]
    damaged = mutated(packets, rng, PACKETS_AT_A_TIME)
    mark = packet(header(group=200, time=int(rng.integers(1 << 32))) + b"a mark" + bytes(2))
    # Zeros before it, as a packet that was cut by a byte may borrow what looks like that byte.
    coded = b"".join(
        bytes(8) + mark + each if n % 5 == 0 else each for n, each in enumerate(damaged)
    )
    cuts = np.sort(rng.integers(0, len(coded), 5)).tolist()
    chunks = [coded[a:b] for a, b in zip([0, *cuts], [*cuts, len(coded)], strict=True)]

    reader, decoder = PacketReader(), PacketDecoder(stream, mode, tables)
    damage, whole = [], 0
    half = 1 << (stream.sample_width - 1)
    batches = [batch for chunk in chunks for batch in reader.feed(chunk)] + [reader.finish()]
    for batch in batches:
        whole += sum(body == mark[3:-4] for body in batch.packets)
        for pieces in decoder.decode(batch.packets, damage):
            sizes = pieces.count * (
                stream.snippet_samples
                if mode is Mode.SNIPPETS
                else np.array([stream.inside(group) for group in pieces.group], dtype=int)
            )
            for place, size in zip(pieces.place, sizes, strict=True):
                part = pieces.samples[place : place + size]
                assert len(part) == size
                assert -half <= part.min()
                assert part.max() < half
    assert whole == len(damaged[::5])
    assert all(str(each) for each in damage)

    if mode is Mode.SNIPPETS:
        events = EventDecoder(stream, tables)
        for chunk in chunks:
            list(events.feed(chunk))
        list(events.finish())
    else:
        frames = SampleDecoder(stream, tables, frames=4 * FRAMES)
        given = sum(len(block.samples) for chunk in chunks for block in frames.feed(chunk))
        given += sum(len(block.samples) for block in frames.finish())
        assert given == 4 * FRAMES
    return len(damaged)


@pytest.mark.parametrize("number", range(8))
def test_damaged_packets_never_stop_a_decoder(number):
    assert fuzz(number, np.random.default_rng(number)) == PACKETS_AT_A_TIME


@pytest.mark.parametrize("number", range(8))
@pytest.mark.parametrize("share", [0.1, 0.4, 0.7])
def test_what_is_whole_among_damage_comes_back_and_nothing_else(number, share):
    rng = np.random.default_rng([number, int(10 * share)])

    assert sum(recover(number, rng, share) for _ in range(6)) > 0


@pytest.mark.parametrize("number", range(8))
def test_a_packet_that_lies_takes_no_others_with_it(number):
    rng = np.random.default_rng(number)

    assert sum(recover(number, rng, 0.2 * (n % 2), lies=1) for n in range(20)) >= 20


@pytest.mark.parametrize("mutate", MUTATIONS)
def test_every_mutation_changes_something(mutate):
    packets = setting(0)[3][Engine.GOLOMB]
    rng = np.random.default_rng(1)

    assert any(mutate(packets[:2], rng) != packets[0] for _ in range(5))


@pytest.mark.long
def test_a_million_damaged_packets_never_stop_a_decoder():
    rng = np.random.default_rng(2026)
    fed = sum(fuzz(number, rng) for number in range(8))
    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    number = 8
    while fed < 1_000_000:
        fed += fuzz(number % 64, rng)
        fed += recover(number % 64, rng, rng.random(), lies=number % 2)
        number += 1

    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb < MOST_GROWN_KB
