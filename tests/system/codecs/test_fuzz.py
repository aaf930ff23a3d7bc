"""Damaged packets, in numbers: no crash, no hang, no memory without bound, nothing whole lost."""

import resource
from functools import cache

import numpy as np
import pytest

from rtl.packet_format import Engine, Mode
from system.codecs.decoding import PacketDecoder
from system.codecs.packets import PacketReader
from system.codecs.stream_decoder import EventDecoder, SampleDecoder
from system.codecs.stream_format import StreamFormat
from tests.system.codecs.mutations import MUTATIONS, mutated
from tests.system.codecs.packing import packet
from tests.system.codecs.reference_encoder import (
    encode_samples,
    encode_snippets,
    header,
    laplacian_tables,
)

PACKETS_AT_A_TIME = 500
FRAMES = 120
MOST_GROWN_KB = 400_000  # of memory: windows, tables and compiled code, whatever is fed


@cache
def setting(number):
    """A stream, its tables, what it holds, and whole packets of it."""
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
    packets = []
    for engine in Engine:
        if snippets:
            times = np.cumsum(rng.integers(0, 900, 6))
            packets += [
                encode_snippets(
                    samples[:96, n].reshape(6, 16), times, n, stream, engine=engine, **common
                )
                for n in range(3)
            ]
        else:
            packets += encode_samples(
                samples,
                stream,
                engine=engine,
                order=number % 4,
                adaptive=number % 8 > 3,
                packet_frames=30,
                **common,
            )
    return stream, tables, Mode.SNIPPETS if snippets else Mode.ALL_SAMPLES, packets


def fuzz(number, rng):
    """Feed damaged packets, whole ones among them, to the decoders of a setting."""
    stream, tables, mode, packets = setting(number)
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


@pytest.mark.parametrize("mutate", MUTATIONS)
def test_every_mutation_changes_something(mutate):
    *_, packets = setting(0)
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
        number += 1

    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb < MOST_GROWN_KB
