"""Streams whose sender trains its tables, as they come and with packets lost."""

from dataclasses import replace

import numpy as np
import pytest

from rtl.ap_codec_config import ApCodecConfig
from rtl.packet_format import Engine, Mode
from rtl.packet_settings import PacketSettings
from system.codecs.stream_decoder import EventDecoder, SampleDecoder
from system.codecs.stream_format import StreamFormat
from system.codecs.tables import DecodingTables
from verification.codec_stimuli import random_events, random_tables, waves
from verification.golden.ap_codec import ApCodecModel
from verification.packet_checks import packets_of

CONFIG = ApCodecConfig(channels=3, snippet_samples=16, alphabet_width=6, contexts=5, training=True)
STREAM = StreamFormat.of(CONFIG)
ARITHMETIC = PacketSettings(engine=Engine.ARITHMETIC)
BLOCK, BLOCKS = 200, 4
SAMPLES = waves(CONFIG, BLOCK * BLOCKS, rng=np.random.default_rng(1))
TABLES = random_tables(CONFIG, rng=np.random.default_rng(2))


def trained_stream():
    """Packets of four blocks of samples; tables are trained after each."""
    model = ApCodecModel(CONFIG, ARITHMETIC, packet_frames=50, tables=TABLES)
    blocks = SAMPLES.reshape(BLOCKS, BLOCK, -1)
    return list(packets_of(b"".join(model.process(block) + model.train() for block in blocks)))


def decoded(packets):
    decoder = SampleDecoder(STREAM, {0: TABLES[0]}, frames=len(SAMPLES))
    blocks = [*decoder.feed(b"".join(packet.data for packet in packets)), *decoder.finish()]
    return np.concatenate([block.samples for block in blocks]), decoder.tally


def test_a_stream_with_its_tables_comes_back():
    packets = trained_stream()

    back, tally = decoded(packets)

    np.testing.assert_array_equal(back, SAMPLES)
    assert tally.is_whole
    assert {packet.settings.table for packet in packets} == {0, 1, 2, 3, 4}


def test_trained_tables_code_better():
    sizes = [0] * (BLOCKS + 1)
    for packet in trained_stream():
        sizes[packet.settings.table] += len(packet.data) * (packet.mode != Mode.TABLE)

    assert max(sizes[1:BLOCKS]) < sizes[0]


@pytest.mark.parametrize("lost", [1, 2, 3])
def test_packets_whose_tables_were_lost_are_refused_by_name(lost):
    packets = [
        packet
        for packet in trained_stream()
        if packet.mode != Mode.TABLE or packet.settings.table != lost
    ]

    back, tally = decoded(packets)

    missing = [packet for packet in packets if packet.settings.table == lost]
    known = ", ".join(str(n) for n in range(lost))
    said = {str(each).split(": ")[1] for each in tally.damage}
    assert said == {f"table must be one of those known ({known}), not {lost}"}
    assert tally.damaged == len(missing)
    expected = SAMPLES.copy()
    expected[lost * BLOCK : (lost + 1) * BLOCK] = 0
    np.testing.assert_array_equal(back, expected)


def test_tables_that_are_told_again_make_up_for_a_loss():
    packets = trained_stream()
    (told,) = [each for each in packets if (each.mode, each.settings.table) == (Mode.TABLE, 2)]
    at = packets.index(told)
    packets[at], packets[at + 1] = packets[at + 1], packets[at]  # one packet comes too early

    back, tally = decoded(packets)

    assert tally.damaged == 1
    wrong = (back != SAMPLES).any(axis=1)
    assert 0 < np.count_nonzero(wrong) <= 50
    assert not back[wrong].all()


def test_snippets_come_back_with_tables_trained_on_them():
    config = replace(CONFIG, channels=2)
    events = random_events(config, 60, rng=np.random.default_rng(3))
    model = ApCodecModel(config, ARITHMETIC, packet_snippets=4, tables=TABLES)
    decoder = EventDecoder(StreamFormat.of(config), {0: TABLES[0]})

    stream = model.process_events(events[:30]) + model.train()
    stream += model.process_events(events[30:]) + model.finish()
    got = np.concatenate([*decoder.feed(stream), *decoder.finish()])

    assert decoder.tally.is_whole
    for channel in range(2):
        own = events[events["channel"] == channel]
        np.testing.assert_array_equal(got[got["channel"] == channel], own)


@pytest.mark.parametrize(
    ("version", "left"),
    [(0, [0, 128, 255]), (1, [0, 1, 255]), (128, [0, 1, 127, 128]), (255, [127, 128, 255])],
)
def test_versions_of_an_earlier_round_are_forgotten(version, left):
    tables = DecodingTables(dict.fromkeys((0, 1, 127, 128, 255), TABLES[0]), STREAM)

    tables.renew(version, TABLES[1])

    assert sorted(tables.versions) == left
    row = tables.first_rows()[version]
    np.testing.assert_array_equal(tables.cumulative[row : row + STREAM.contexts], TABLES[1])
