from fractions import Fraction

import numpy as np
import pytest

from rtl.arithmetic_encoder_config import ArithmeticEncoderConfig
from verification.arithmetic_coding import (
    DECODER_BITS,
    FRESH_ENCODER,
    coded_bytes,
    decode_bits,
    decode_value,
    encode_bits,
    encode_value,
    finish_coding,
    start_decoding,
    symbol_of,
    target_of,
)
from verification.table_stimuli import random_tables, undecided_packet

WHOLE = 1 << 14
MOST_OPEN = 15


def textbook(intervals):
    """Bits of (lower, upper) intervals as Witten, Neal and Cleary write them, one at a time."""
    low, high, opened, bits = 0, 0xFFFF, 0, ""
    for lower, upper in intervals:
        span = high - low + 1
        low, high = low + span * lower // WHOLE, low + span * upper // WHOLE - 1
        decided = False
        while True:
            if high < 0x8000 or low >= 0x8000:
                first = int(low >= 0x8000)
                bits += str(first) + str(1 - first) * opened
                opened, offset = 0, 0x8000 * first
            elif low >= 0x4000 and high < 0xC000:
                opened, offset = opened + 1, 0x4000
            elif opened > MOST_OPEN and not decided:
                # One of the halves holds more than a quarter: it shall be that one.
                low, high = (0x8000, high) if high >= 0xC000 else (low, 0x7FFF)
                decided = True
                continue
            else:
                break
            low, high = 2 * (low - offset), 2 * (high - offset) + 1
    return bits + "1"


def as_bytes(bits):
    padded = bits + "0" * (-len(bits) % 8)
    return bytes(int(padded[n : n + 8], 2) for n in range(0, len(padded), 8))


class Coded:
    """What the steps write, a byte at a time."""

    def __init__(self):
        self.state, self.data = FRESH_ENCODER, bytearray()

    def take(self, state):
        low, high, pending, bits, count = state
        while count >= 8:
            count -= 8
            self.data.append((bits >> count) & 0xFF)
        self.state = low, high, pending, bits, count

    def bits(self, number, width):
        self.take(encode_bits(self.state, number, width))

    def value(self, value, table, symbol_width, width):
        symbol = symbol_of(value, symbol_width, width)
        ends = int(table[symbol + 1]), int(table[symbol])
        self.take(encode_value(self.state, symbol, *ends, value, symbol_width, width))

    def finish(self):
        self.take(finish_coding(self.state))
        return bytes(self.data)


class Decoded:
    """What the steps read."""

    def __init__(self, data):
        self.data, self.read = data, 0
        bits = int.from_bytes(self.bytes(7))
        self.state = start_decoding(bits, 56)

    def bytes(self, count):
        more = self.data[self.read : self.read + count].ljust(count, b"\0")
        self.read += count
        return more

    def ready(self):
        low, high, pending, offset, bits, count, broken = self.state
        while count < DECODER_BITS:
            bits, count = ((bits << 8) | self.bytes(1)[0]) & 0xFFFFFFFFFFFF, count + 8
        self.state = low, high, pending, offset, bits, count, broken

    def bits(self, width):
        self.ready()
        number, self.state = decode_bits(self.state, width)
        return number

    def value(self, table, symbol_width, width):
        self.ready()
        target = target_of(self.state)
        symbol = max(int(np.searchsorted(-table, -target, side="left")) - 1, 0)
        ends = int(table[symbol + 1]), int(table[symbol])
        value, self.state = decode_value(self.state, symbol, *ends, symbol_width, width)
        return value

    @property
    def broken(self):
        return self.state[-1]


def random_table(rng, symbols, *, spread):
    """A table in which some symbols have many and some have a single one of 16383."""
    weights = rng.random(symbols) ** spread
    frequencies = 1 + np.floor(weights / weights.sum() * (WHOLE - 1 - symbols)).astype(int)
    frequencies[rng.integers(symbols)] += WHOLE - 1 - frequencies.sum()
    return np.concatenate(([WHOLE - 1], WHOLE - 1 - np.cumsum(frequencies)))


FORMATS = {"escaped": (7, 9), "widest": (7, 16), "byte": (4, 8), "whole": (5, 5), "two": (2, 2)}


@pytest.fixture(params=FORMATS.values(), ids=list(FORMATS))
def formats(request):
    return request.param


def values_of(rng, symbol_width, width, count):
    usual = rng.normal(0, 2.0 ** (symbol_width - 3), count)
    limit = 1 << (width - 1)
    anything = rng.integers(-limit, limit, count)
    values = np.where(rng.random(count) < 0.9, np.rint(usual), anything)
    border = 1 << (symbol_width - 1)
    values[:6] = [-limit, limit - 1, -border, border, 1 - border, border - 1]
    return np.clip(values, -limit, limit - 1).astype(int).tolist()


@pytest.mark.parametrize("spread", [1, 4, 30])
def test_what_is_written_is_read(formats, spread):
    symbol_width, width = formats
    rng = np.random.default_rng(71)
    table = random_table(rng, 1 << symbol_width, spread=spread)
    values = values_of(rng, symbol_width, width, 2000)

    coded = Coded()
    for n, value in enumerate(values):
        coded.value(value, table, symbol_width, width)
        if n % 50 == 0:
            coded.bits(n % 256, 8)
    data = coded.finish()
    decoded = Decoded(data)
    for n, value in enumerate(values):
        assert decoded.value(table, symbol_width, width) == value
        if n % 50 == 0:
            assert decoded.bits(8) == n % 256

    assert not decoded.broken
    assert coded_bytes(decoded.state, decoded.read) == len(data)


@pytest.mark.parametrize("spread", [1, 30])
def test_steps_write_what_the_textbook_does(spread):
    rng = np.random.default_rng(72)
    table = random_table(rng, 128, spread=spread)
    symbols = rng.integers(128, size=3000)
    coded = Coded()

    for symbol in symbols:
        coded.value(int(symbol) - 64, table, 7, 7)

    assert coded.finish() == as_bytes(textbook((table[s + 1], table[s]) for s in symbols))


@pytest.mark.parametrize("seed", [0, 1, 5])
def test_open_bits_are_decided_before_they_are_too_many(seed):
    """Of a packet that keeps them open as long as it may, both halves decide."""
    config = ArithmeticEncoderConfig(alphabet_width=4)
    table = random_tables(config, rng=np.random.default_rng(seed))[0, 0]
    values = undecided_packet(table, 200, config)["value"][1:-1].tolist()
    coded, most, decided = Coded(), 0, 0

    for value in values:
        before = len(coded.data)
        coded.value(value, table, 4, 9)
        most = max(most, coded.state[2])
        decided += len(coded.data) - before >= 2
    data = coded.finish()

    symbols = np.array(values) + 8
    assert data == as_bytes(textbook((table[s + 1], table[s]) for s in symbols))
    assert most == MOST_OPEN
    assert decided >= 5
    decoded = Decoded(data)
    assert [decoded.value(table, 4, 9) for _ in values] == values
    assert not decoded.broken


def test_worked_example():
    """A half, a quarter of it, then an eighth: the code is the number 0.1 01 001, and a one."""
    coded = Coded()
    for number, width in ((1, 1), (1, 2), (1, 3)):
        coded.bits(number, width)

    assert coded.finish() == bytes([0b10100110])
    exact = Fraction(1, 2) + Fraction(1, 8) + Fraction(1, 64)
    assert Fraction(0b10100110, 256) - exact < Fraction(1, 64)


def test_bits_without_a_table_cost_as_many():
    numbers = np.random.default_rng(73).integers(256, size=1000)
    coded = Coded()
    for number in numbers:
        coded.bits(int(number), 8)

    # The span is cut to whole units: 2**-8 of a 16-bit range at most, each time.
    assert len(coded.finish()) <= 1000 * (1 - np.log2(1 - 2.0**-8) / 8) + 1


def test_a_symbol_costs_its_information():
    """Within what cutting the span to whole units costs at most: one of 2**14, each end."""
    rng = np.random.default_rng(74)
    table = random_table(rng, 128, spread=6)
    frequencies = -np.diff(table)
    symbols = rng.choice(128, size=20_000, p=frequencies / frequencies.sum())
    coded = Coded()
    for symbol in symbols:
        coded.value(int(symbol) - 64, table, 7, 7)

    ideal_bits = -np.log2(frequencies[symbols] / WHOLE).sum()
    assert 8 * len(coded.finish()) == pytest.approx(ideal_bits, rel=5e-4)


def test_any_bytes_are_read_without_an_error(formats):
    """Hostile payloads give residuals of the width, whether marked as broken or not."""
    symbol_width, width = formats
    rng = np.random.default_rng(75)
    table = random_table(rng, 1 << symbol_width, spread=2)
    found_broken = False
    for fill in (0, 255, None):
        data = bytes(rng.integers(256, size=600)) if fill is None else bytes([fill]) * 600
        decoded = Decoded(data)
        values = [decoded.value(table, symbol_width, width) for _ in range(2000)]
        low, high, pending, offset, *_ = decoded.state

        assert all(-(1 << (width - 1)) <= value < 1 << (width - 1) for value in values)
        assert 0 <= low < 0x8000 <= high <= 0xFFFF
        assert 0 <= pending <= MOST_OPEN
        assert 0 <= offset <= high - low
        found_broken |= bool(decoded.broken)
    assert found_broken


def test_a_residual_that_need_not_be_escaped_is_no_code():
    table = np.linspace(WHOLE - 1, 0, 129).astype(int)
    coded = Coded()
    coded.take(encode_value(coded.state, 0, int(table[1]), int(table[0]), 5, 7, 9))
    decoded = Decoded(coded.finish())

    assert decoded.value(table, 7, 9) == 5
    assert decoded.broken
