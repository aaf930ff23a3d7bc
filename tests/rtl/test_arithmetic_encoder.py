import numpy as np
import pytest
from amaranth.hdl import ResetInserter, Signal
from amaranth.sim import Simulator

from rtl.arithmetic_encoder import ArithmeticEncoder
from rtl.arithmetic_encoder_config import TOTAL, ArithmeticEncoderConfig
from rtl.coding_streams import Kind, symbol_layout
from verification.arithmetic_coding import FRESH_ENCODER, encode_bits, encode_value
from verification.golden.arithmetic_encoder import arithmetic_encoder
from verification.pacing import PACES
from verification.payloads import payload_dtype
from verification.simulating import run_to_end
from verification.streams import cycles_per_payload, first_output_delay_cycles, transfer
from verification.symbol_stimuli import symbol_packets
from verification.table_stimuli import random_tables, table_writes, undecided_packet

CONFIGS = {
    "six_channels": ArithmeticEncoderConfig(channels=6, alphabet_width=5, contexts=3),
    "shared_packets": ArithmeticEncoderConfig(
        channels=6, packet_channels=4, sample_width=12, alphabet_width=4, contexts=2
    ),
    "widest": ArithmeticEncoderConfig(
        channels=1, sample_width=16, alphabet_width=3, contexts=32, context_base=3
    ),
    "narrowest": ArithmeticEncoderConfig(channels=3, sample_width=2, contexts=1),
    "a_byte": ArithmeticEncoderConfig(channels=1, sample_width=8, alphabet_width=6, contexts=1),
}
DEFAULT = ArithmeticEncoderConfig(channels=1, contexts=1)


@pytest.fixture(params=CONFIGS.values(), ids=list(CONFIGS))
def config(request):
    return request.param


def stimuli(config, beats):
    sizes = config.sample_width, config.channels, config.packet_channels
    return symbol_packets(*sizes, beats, rng=np.random.default_rng(81))


def written(dut, tables):
    """Write the tables as software or the trainer does."""

    async def before(ctx):
        for members in table_writes(tables):
            for name, value in members.items():
                ctx.set(getattr(dut.table, name), value)
            await ctx.tick()

    return before


@pytest.mark.parametrize("pace", PACES.values(), ids=list(PACES))
def test_matches_golden(config, pace):
    beats, dut = stimuli(config, 200), ArithmeticEncoder(config)
    tables = random_tables(config, rng=np.random.default_rng(82))

    received = transfer(
        dut, beats, rng=np.random.default_rng(83), pace=pace, before=written(dut, tables)
    )

    np.testing.assert_array_equal(received, arithmetic_encoder(beats, tables, config))


def samples(config, values):
    beats = np.zeros(len(values), dtype=payload_dtype(symbol_layout(config.sample_width, 1)))
    beats["kind"], beats["value"] = Kind.SAMPLE.value, values
    return beats


def verbatim(config, value):
    beats = samples(config, [value])
    beats["kind"], beats["last"] = Kind.VERBATIM.value, 1
    return beats


def test_every_residual_of_nine_bits_matches_golden():
    dut = ArithmeticEncoder(DEFAULT)
    tables = random_tables(DEFAULT, rng=np.random.default_rng(84))
    beats = np.concatenate((samples(DEFAULT, np.arange(-256, 256)), verbatim(DEFAULT, 7)))

    received = transfer(dut, beats, rng=np.random.default_rng(0), before=written(dut, tables))

    np.testing.assert_array_equal(received, arithmetic_encoder(beats, tables, DEFAULT))


@pytest.mark.parametrize("seed", range(6))
def test_bits_that_stay_open_for_long_match_golden(seed):
    config = CONFIGS["six_channels"]
    tables = random_tables(config, rng=np.random.default_rng(seed))
    beats, dut = undecided_packet(tables[0, 0], 40, config), ArithmeticEncoder(config)

    received = transfer(dut, beats, rng=np.random.default_rng(0), before=written(dut, tables))

    np.testing.assert_array_equal(received, arithmetic_encoder(beats, tables, config))


def test_latency_is_as_declared(config):
    beat = {"value": 1, "channel": 0, "kind": 0, "context": 0, "bank": 0, "last": 0}

    async def cleared(ctx):
        for _ in range(config.groups):
            await ctx.tick()

    delay = first_output_delay_cycles(ArithmeticEncoder(config), beat, before=cleared)

    assert delay == ArithmeticEncoder.latency


def rare_and_common(config, common):
    """A table with one common symbol; all others are as rare as can be."""
    frequencies = np.ones(config.symbols, dtype=np.int32)
    frequencies[common] += TOTAL - frequencies.sum()
    table = np.append(np.cumsum(frequencies[::-1])[::-1], 0)
    return np.tile(table, (2, config.contexts, 1)).astype(np.int32)


def cycles_a_residual(config, values, tables):
    dut = ArithmeticEncoder(config)
    return cycles_per_payload(dut, samples(config, values), before=written(dut, tables))


RNG = np.random.default_rng(85)
WIDEST = ArithmeticEncoderConfig(channels=1, sample_width=16, alphabet_width=4, contexts=1)
A_BYTE = ArithmeticEncoderConfig(channels=1, sample_width=8, alphabet_width=4, contexts=1)
SMALL = ArithmeticEncoderConfig(channels=1, alphabet_width=4, contexts=1)
HARDEST = {
    "usual": (SMALL, np.clip(np.rint(RNG.normal(0, 2, 300)), -7, 7), 2),
    "rarest": (SMALL, RNG.integers(1, 8, 300), 2),
    "escaped": (SMALL, RNG.integers(8, 256, 300), 6),
    "widest_escaped": (WIDEST, RNG.integers(8, 1 << 15, 300), 6),
    "a_byte_escaped": (A_BYTE, RNG.integers(8, 128, 300), 4),
}


@pytest.mark.parametrize("name", HARDEST)
def test_residuals_take_as_many_cycles_as_declared(name):
    config, values, cycles = HARDEST[name]
    tables = rare_and_common(config, config.symbols // 2)

    taken = cycles_a_residual(config, values.astype(int), tables)

    # The first does not wait; the few strings of more than 16 bits make others wait.
    assert taken == pytest.approx(cycles, rel=0.05)
    assert taken <= config.most_cycles <= 12


def cycles_of(state, lower, value):
    """Cycles of an escaped residual of 16 bits, the bits that are open after it, and the state."""
    cycles = 0
    for part in range(3):
        low, high, pending, *_ = state
        state = low, high, pending, 0, 0
        if part == 0:  # of a table in which the escape is as rare as can be
            state = encode_value(state, 1, lower, lower + 1, 0, 4, 16)
        else:
            state = encode_bits(state, value >> 8 if part == 1 else value & 0xFF, 8)
        cycles += max(2, -(-state[4] // 8))
    return cycles, state[2], state


def test_no_sequence_of_residuals_is_found_that_takes_more_than_eight_cycles_each():
    """The worst of many at each step: that whose symbols wait longest, or leave most bits open.

    A symbol takes two cycles, or as many as the bytes of the string of the one before.
    """
    rng = np.random.default_rng(88)
    for lower in (0, 5461, 8191, 8192, 16382):  # of the escape, at several places of the interval
        state, cycles = FRESH_ENCODER, 0
        for _ in range(30):
            values = rng.integers(8, 1 << 15, 60).tolist()
            taken, _, state = max(cycles_of(state, lower, value) for value in values)
            cycles += taken

        assert 6 * 30 <= cycles <= 8 * 30


def test_nothing_of_a_group_is_left_by_a_reset():
    """An interval and bits that waited when the reset came are not in the next packet."""
    config = CONFIGS["six_channels"]
    reset, got = Signal(), []
    dut = ArithmeticEncoder(config)

    async def bench(ctx):
        ctx.set(dut.o.ready, 1)
        for value, kind in ((-9, 2), (0x55, 0)):
            ctx.set(reset, 1)
            await ctx.tick()
            ctx.set(reset, 0)
            got.clear()
            ctx.set(dut.i.payload.value, value)
            ctx.set(dut.i.payload.kind, kind)
            ctx.set(dut.i.valid, 1)
            await ctx.tick().until(dut.i.ready)
            ctx.set(dut.i.valid, 0)
            for _ in range(9):
                _, _, valid, byte = await ctx.tick().sample(dut.o.valid, dut.o.payload.byte)
                got.extend([byte] * valid)

    simulator = Simulator(ResetInserter(reset)(dut))
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    run_to_end(simulator)

    assert got == [0x55]


def test_the_longest_residual_is_as_long_as_declared():
    """After open bits and a byte's seven, the rarest symbol and all that escapes it."""
    longest = 0
    config = ArithmeticEncoderConfig(channels=1, contexts=1)
    tables = random_tables(config, rng=np.random.default_rng(86))
    beats = samples(config, np.random.default_rng(87).integers(-256, 256, 3000))
    before = 0
    for count in range(1, 400):
        after = len(arithmetic_encoder(beats[:count], tables, config))
        longest, before = max(longest, after - before), after

    assert 3 <= longest <= config.longest_sample_bytes == 6


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"channels": 0}, r"channels must be in 1\.\.1024, not 0"),
        ({"packet_channels": 2048}, r"packet_channels must be in 1\.\.1024, not 2048"),
        ({"packet_channels": 3}, r"packet_channels must be a power of two, not 3"),
        ({"sample_width": 17}, r"sample_width must be in 2\.\.16, not 17"),
        ({"alphabet_width": 11}, r"alphabet_width must be in 2\.\.10, not 11"),
        ({"contexts": 33}, r"contexts must be in 1\.\.32, not 33"),
        ({"context_base": 32}, r"context_base must be in 0\.\.31, not 32"),
    ],
)
def test_config_rejects(fields, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        ArithmeticEncoderConfig(**fields)
