import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtl.packet_format import Engine, Mode
from system.codecs.decoding import PacketDecoder
from system.codecs.packets import PacketReader
from system.codecs.stream_format import StreamFormat
from system.codecs.timeline import Timeline
from tests.system.codecs.reference_encoder import (
    encode_samples,
    encode_snippets,
    laplacian_tables,
)

ENGINES = [Engine.GOLOMB, Engine.ARITHMETIC]


def decode(packets, stream, tables, mode=Mode.ALL_SAMPLES):
    """Return pieces and damage of packets one after the other."""
    reader, decoder = PacketReader(), PacketDecoder(stream, mode, tables)
    damage, pieces = [], []
    for batch in [*reader.feed(b"".join(packets)), reader.finish()]:
        damage += batch.damage
        pieces += decoder.decode(batch.packets, damage)
    return pieces, list(map(str, damage))


def decoded_samples(packets, stream, tables, frames):
    pieces, damage = decode(packets, stream, tables)
    timeline = Timeline(
        stream.channels,
        packet_channels=stream.packet_channels,
        packet_frames=stream.most_counted,
        frames=frames,
    )
    refused = []
    blocks = [block for each in pieces for block in timeline.place(each, refused)]
    blocks += timeline.finish(refused)
    return np.concatenate([block.samples for block in blocks]), damage + list(map(str, refused))


def wandering(rng, frames, channels, width):
    """Samples that wander about, with jumps from one end to the other."""
    half = 1 << (width - 1)
    steps = rng.normal(0, half / 20, (frames, channels)).cumsum(axis=0)
    jumps = rng.random((frames, channels)) < 0.02
    steps[jumps] = rng.choice([-half, half - 1], jumps.sum())
    return np.clip(np.rint(steps), -half, half - 1).astype(np.int16)


@given(
    width=st.integers(2, 16),
    order=st.integers(0, 3),
    engine=st.sampled_from(ENGINES),
    channels=st.integers(1, 5),
    share=st.sampled_from([1, 2, 4]),
    cross=st.booleans(),
    adaptive=st.booleans(),
    taps=st.sampled_from([2, 8]),
    alphabet=st.integers(2, 8),
    contexts=st.integers(1, 5),
    base=st.integers(0, 12),
    seed=st.integers(0, 1 << 20),
)
@settings(deadline=None, max_examples=60)
def test_what_comes_out_is_what_went_in(
    width,
    order,
    engine,
    channels,
    share,
    cross,
    adaptive,
    taps,
    alphabet,
    contexts,
    base,
    seed,
):
    stream = StreamFormat(
        channels=channels,
        sample_width=width,
        packet_channels=share,
        most_counted=40,
        alphabet_width=alphabet,
        contexts=contexts,
        table_base=base,
        golomb_base=base,
        taps=taps,
    )
    samples = wandering(np.random.default_rng(seed), 90, channels, width)
    tables = laplacian_tables(stream)
    packets = encode_samples(
        samples,
        stream,
        engine=engine,
        order=order,
        cross=cross and share > 1,
        adaptive=adaptive,
        tables=tables,
        table=seed % 256,
        packet_frames=40,
    )

    back, damage = decoded_samples(packets, stream, {seed % 256: tables}, len(samples))

    assert damage == []
    np.testing.assert_array_equal(back, samples)


@pytest.mark.parametrize("engine", ENGINES)
def test_coarser_samples_come_back_to_half_a_unit(engine):
    stream = StreamFormat(channels=2, most_counted=100)
    samples = wandering(np.random.default_rng(5), 200, 2, 9)
    tables = laplacian_tables(stream)

    packets = encode_samples(samples, stream, engine=engine, tables=tables, shift=2)
    back, damage = decoded_samples(packets, stream, {0: tables}, 200)

    assert damage == []
    assert not (back[back < 255] & 3).any()
    assert np.abs(back - samples).max() == 2


@pytest.mark.parametrize("adaptive", [False, True])
@pytest.mark.parametrize("engine", ENGINES)
def test_snippets_come_back_with_their_distances(engine, adaptive):
    stream = StreamFormat(channels=3, snippet_samples=20)
    rng = np.random.default_rng(6)
    snippets = wandering(rng, 20, 30, 9).T
    times = 1000 + np.cumsum(rng.integers(1, 1 << 16, 30))
    tables = laplacian_tables(stream)

    packets = [
        encode_snippets(
            part, when, channel, stream, engine=engine, adaptive=adaptive, tables=tables, table=7
        )
        for channel, part, when in zip(
            (0, 2, 1), np.split(snippets, [5, 6]), np.split(times, [5, 6]), strict=True
        )
    ]
    (pieces,), damage = decode(packets, stream, {7: tables}, Mode.SNIPPETS)

    assert damage == []
    assert pieces.group.tolist() == [0, 2, 1]
    assert pieces.time.tolist() == times[[0, 5, 6]].tolist()
    np.testing.assert_array_equal(pieces.samples.reshape(30, 20), snippets)
    for first, last in ((0, 5), (5, 6), (6, 30)):
        np.testing.assert_array_equal(
            pieces.distances[first:last], np.diff(times[first:last], prepend=times[first])
        )
