import numpy as np
import pytest

from rtl.packet_format import Engine
from system.benchmarks.codecs import coding
from system.benchmarks.codecs.coding import (
    PACKET_FRAMES,
    SAMPLE_WIDTH,
    WAYS,
    Way,
    decode,
    encode,
    plain,
    symbols,
)
from system.benchmarks.codecs.space import entropy_bits, trained_tables
from system.codecs.static_tables import static_tables

PLAIN = WAYS["golomb.order_1"]


@pytest.fixture(scope="module")
def codes():
    steps = np.random.default_rng(71).normal(0, 6, 3 * PACKET_FRAMES - 100)
    return np.rint(150 * np.sin(np.cumsum(steps) / 400)).astype(np.int16)


def test_residuals_are_differences_however_their_signs_were_turned(codes):
    beats = symbols(codes, PLAIN)

    found = plain(beats["value"].astype(np.int16), SAMPLE_WIDTH, PACKET_FRAMES)

    expected = np.diff(codes, prepend=0)
    expected[::PACKET_FRAMES] = codes[::PACKET_FRAMES]  # each packet begins anew
    np.testing.assert_array_equal(found, expected)
    assert (found != beats["value"]).any()


@pytest.mark.parametrize("way", WAYS.values(), ids=list(WAYS))
def test_packets_give_the_samples_back(codes, way):
    tables = trained_tables(symbols(codes, way)).cumulative
    both = np.stack((codes, codes[::-1]), axis=1)

    assert np.array_equal(decode(encode(both, way, tables), 2, tables), both)


def test_tables_of_a_record_take_fewer_bytes_than_those_of_others(codes):
    way = Way(engine=Engine.ARITHMETIC, order=1, adaptive=False)
    own = trained_tables(symbols(codes, way)).cumulative

    assert len(encode(codes[:, None], way, own)) < len(encode(codes[:, None], way, static_tables()))


def test_tables_that_the_codec_trains_itself_save_bytes_and_are_told(codes, monkeypatch):
    monkeypatch.setattr(coding, "TRAINED_PACKETS", 4)
    way = Way(engine=Engine.ARITHMETIC, order=1, adaptive=False)
    record = np.tile(codes, 7)[:, None]

    packets = encode(record, way, static_tables(), training=True)

    assert np.array_equal(decode(packets, 1, static_tables()), record)
    assert len(packets) < len(encode(record, way, static_tables()))


def test_the_entropy_of_equally_likely_values_is_their_logarithm():
    values = np.repeat(np.arange(32, dtype=np.int16), 5)

    assert entropy_bits(values) == pytest.approx(5 * len(values))
    assert entropy_bits(np.zeros(9, dtype=np.int16)) == 0
