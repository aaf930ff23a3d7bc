import numpy as np
import pytest
from amaranth.hdl import ResetInserter, Signal
from amaranth.sim import Simulator

from rtl.coding_streams import Kind, symbol_layout
from rtl.golomb_encoder import GolombEncoder, GolombEncoderConfig
from verification.golden.golomb_encoder import (
    WINDOW_BITS,
    golomb_code,
    golomb_encoder,
    golomb_value,
)
from verification.pacing import PACES
from verification.payloads import payload_dtype
from verification.simulating import run_to_end
from verification.streams import cycles_per_payload, first_output_delay_cycles, transfer
from verification.symbol_stimuli import symbol_packets

CONFIGS = {
    "six_channels": GolombEncoderConfig(channels=6),
    "shared_packets": GolombEncoderConfig(channels=6, packet_channels=4, sample_width=12),
    "widest": GolombEncoderConfig(channels=1, sample_width=16, unary_limit=24, context_base=9),
    "narrowest": GolombEncoderConfig(channels=3, sample_width=2, unary_limit=2, context_base=0),
}


@pytest.fixture(params=CONFIGS.values(), ids=list(CONFIGS))
def config(request):
    return request.param


def stimuli(config, beats):
    sizes = config.sample_width, config.channels, config.packet_channels
    return symbol_packets(*sizes, beats, rng=np.random.default_rng(41))


def samples(config, values, context):
    beats = np.zeros(len(values), dtype=payload_dtype(symbol_layout(config.sample_width, 1)))
    beats["kind"], beats["value"], beats["context"] = Kind.SAMPLE.value, values, context
    return beats


@pytest.mark.parametrize("pace", PACES.values(), ids=list(PACES))
def test_matches_golden(config, pace):
    beats = stimuli(config, 400)

    received = transfer(GolombEncoder(config), beats, rng=np.random.default_rng(42), pace=pace)

    np.testing.assert_array_equal(received, golomb_encoder(beats, config))


@pytest.mark.parametrize("context", [0, 1, 2, 5, 14, 31])
def test_every_residual_of_nine_bits_matches_golden(context):
    config = GolombEncoderConfig(channels=1)
    beats = samples(config, np.arange(-256, 256), context)

    received = transfer(GolombEncoder(config), beats, rng=np.random.default_rng(43))

    np.testing.assert_array_equal(received, golomb_encoder(beats, config))


def test_golden_matches_worked_example():
    """Folded to 5; divisors 1, 2, 4 and 8; and what is no longer written in zeros."""
    codes = [golomb_code(-3, context, 9, 16, 3) for context in (0, 4, 5, 7, 9)]
    escaped = golomb_code(-256, 10, 9, 15, 0)

    text = [f"{bits:0{length}b}" for bits, length in (*codes, escaped)]
    assert text == ["000001", "000001", "0011", "0101", "1101", "0" * 15 + "1" * 9]


@pytest.mark.parametrize("width", [2, 5, 9])
@pytest.mark.parametrize("unary_limit", [2, 16, 24])
def test_golden_reads_what_it_wrote(width, unary_limit):
    """Every residual at every context, whatever follows."""
    formats = width, unary_limit, 2
    for context in range(32):
        for residual in range(-(1 << (width - 1)), 1 << (width - 1)):
            bits, length = golomb_code(residual, context, *formats)
            for rest in (0, (1 << (WINDOW_BITS - length)) - 1):
                window = (bits << (WINDOW_BITS - length)) | rest
                assert golomb_value(window, context, *formats) == (residual, length)


def test_golden_reads_any_bits():
    rng = np.random.default_rng(45)
    for window in [0, (1 << WINDOW_BITS) - 1, *rng.integers(0, 1 << WINDOW_BITS, 2000)]:
        context = int(rng.integers(32))
        residual, length = golomb_value(int(window), context, 16, 24, 0)

        assert 1 <= length <= WINDOW_BITS
        assert abs(residual) <= 1 << 20


def test_latency_is_as_declared(config):
    beat = {"value": 1, "channel": 0, "kind": Kind.RAW.value, "context": 0, "bank": 0, "last": 0}

    async def cleared(ctx):
        for _ in range(config.groups):
            await ctx.tick()

    delay = first_output_delay_cycles(GolombEncoder(config), beat, before=cleared)

    assert delay == GolombEncoder.latency


def test_a_residual_of_up_to_eight_bits_takes_a_cycle_and_none_more_than_two():
    """Residuals of a Gaussian, at the contexts that fit them, as in a lossless stream."""
    config = GolombEncoderConfig(channels=1)
    rng = np.random.default_rng(44)
    short = samples(config, rng.integers(-8, 8, 500), 10)
    usual = samples(config, np.clip(np.rint(rng.normal(0, 12, 500)), -256, 255), 12)
    longest = samples(config, np.full(500, -256), 3)

    cycles = [cycles_per_payload(GolombEncoder(config), each) for each in (short, usual, longest)]

    clearing = config.groups / 500
    assert cycles[0] == 1.0 + clearing
    assert 1.0 <= cycles[1] < 1.2
    assert cycles[2] == pytest.approx((16 + 9) / 8, abs=0.01)
    assert config.most_cycles == 4


def test_nothing_of_a_group_is_left_by_a_reset():
    """Bits that waited in memory when the reset came are not in the next packet."""
    beats = (
        samples(CONFIGS["six_channels"], [-200], 11)[0],
        {"kind": 0, "value": 0x55, "context": 0},
    )
    reset = Signal()
    dut = GolombEncoder(CONFIGS["six_channels"])
    got = []

    async def bench(ctx):
        ctx.set(dut.o.ready, 1)
        for beat in beats:
            ctx.set(reset, 1)
            await ctx.tick()
            ctx.set(reset, 0)
            got.clear()
            for field in ("kind", "value", "context"):
                ctx.set(dut.i.payload[field], int(beat[field]))
            ctx.set(dut.i.valid, 1)
            await ctx.tick().until(dut.i.ready)
            ctx.set(dut.i.valid, 0)
            for _ in range(8):
                _, _, valid, byte = await ctx.tick().sample(dut.o.valid, dut.o.payload.byte)
                got.extend([byte] * valid)

    simulator = Simulator(ResetInserter(reset)(dut))
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    run_to_end(simulator)

    assert got == [0x55]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"channels": 0}, r"channels must be in 1\.\.1024, not 0"),
        ({"packet_channels": 2048}, r"packet_channels must be in 1\.\.1024, not 2048"),
        ({"packet_channels": 3}, r"packet_channels must be a power of two, not 3"),
        ({"sample_width": 17}, r"sample_width must be in 2\.\.16, not 17"),
        ({"unary_limit": 1}, r"unary_limit must be in 2\.\.24, not 1"),
        ({"context_base": 32}, r"context_base must be in 0\.\.31, not 32"),
    ],
)
def test_config_rejects(fields, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        GolombEncoderConfig(**fields)
