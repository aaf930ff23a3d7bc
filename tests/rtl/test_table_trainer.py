from fractions import Fraction
from math import ceil

import numpy as np
import pytest
from amaranth.hdl import Value
from amaranth.sim import Simulator

from rtl.arithmetic_encoder_config import TOTAL, ArithmeticEncoderConfig
from rtl.coding_streams import Kind, symbol_layout
from rtl.table_trainer import TableTrainer
from rtl.table_trainer_config import TableTrainerConfig
from verification.golden.table_trainer import (
    count_codes,
    counts_of,
    cumulative_tables,
    pack_tables,
    symbol_counts,
    table_trainer,
    unpack_tables,
)
from verification.payloads import pack, payload_dtype
from verification.simulating import run_to_end
from verification.stream_drivers import from_bits
from verification.symbol_stimuli import symbol_packets

SMALL = TableTrainerConfig(
    coder=ArithmeticEncoderConfig(channels=3, alphabet_width=4, contexts=3, context_base=6),
    counter_width=9,
)
CONFIGS = {
    "small": SMALL,
    "soon_full": TableTrainerConfig(
        coder=ArithmeticEncoderConfig(channels=3, alphabet_width=3, contexts=2), counter_width=5
    ),
    "nothing_escaped": TableTrainerConfig(
        coder=ArithmeticEncoderConfig(channels=1, sample_width=2, contexts=1), counter_width=24
    ),
}


@pytest.fixture(params=CONFIGS.values(), ids=list(CONFIGS))
def config(request):
    return request.param


def stimuli(config, beats, seed=91):
    coder = config.coder
    sizes = coder.sample_width, coder.channels, coder.packet_channels
    packets = symbol_packets(*sizes, beats, rng=np.random.default_rng(seed))
    packets["bank"] = 0
    return packets


class Trainer:
    """The circuit in the simulator, with what leaves it."""

    def __init__(self, config):
        self.dut = TableTrainer(config)
        coder = config.coder
        self.tables = np.zeros((2, coder.contexts, coder.symbols + 1), dtype=int)
        self.body, self.lasts, self.cycles = bytearray(), 0, 0

    def run(self, script, ready=lambda _: True):
        async def bench(ctx):
            await script(ctx, self)

        async def watch(ctx):
            dut, table = self.dut, self.dut.table
            signals = table.bank, table.context, table.symbol, table.cumulative
            while True:
                self.cycles += 1
                willing = ready(self.cycles)
                ctx.set(dut.o.ready, willing)
                _, _, valid, byte, last, written, *entry = await ctx.tick().sample(
                    dut.o.valid, dut.o.payload.byte, dut.o.payload.last, table.valid, *signals
                )
                if valid and willing:
                    self.body.append(byte)
                    self.lasts += last
                if written:
                    self.tables[tuple(entry[:3])] = entry[3]

        simulator = Simulator(self.dut)
        simulator.add_clock(1e-6)
        simulator.add_testbench(bench)
        simulator.add_testbench(watch, background=True)
        run_to_end(simulator)
        return self

    async def idle(self, ctx):
        """Wait until nothing is being done; return the cycles."""
        cycles = 0
        while ctx.get(self.dut.busy):
            await ctx.tick()
            cycles += 1
        return cycles

    async def take(self, ctx, beats, gap=lambda: 0):
        """Let beats pass; those of which a packet begins say so."""
        wires = Value.cast(self.dut.beat)
        open_groups = set()
        for beat, word in zip(beats, pack(self.dut.beat.shape(), beats), strict=True):
            for _ in range(gap()):
                await ctx.tick()
            group = beat["channel"] // self.dut.config.coder.packet_channels
            ctx.set(wires, from_bits(wires.shape(), word))
            ctx.set(self.dut.opened, group not in open_groups)
            ctx.set(self.dut.taken, 1)
            open_groups.add(group)
            if beat["last"]:
                open_groups.discard(group)
            await ctx.tick()
            ctx.set(self.dut.opened, 0)
            ctx.set(self.dut.taken, 0)

    async def command(self, ctx, name):
        ctx.set(getattr(self.dut, name), 1)
        await ctx.tick()
        ctx.set(getattr(self.dut, name), 0)


def whole_packets(beats, config):
    """The beats up to where all packets are complete."""
    open_groups, end = set(), 0
    for n, beat in enumerate(beats):
        group = beat["channel"] // config.coder.packet_channels
        open_groups.add(group)
        if beat["last"]:
            open_groups.discard(group)
        if not open_groups:
            end = n + 1
    return beats[:end]


PAUSES = {"none": lambda _: 0, "some": lambda rng: int(rng.integers(4))}


@pytest.mark.parametrize("pauses", PAUSES.values(), ids=list(PAUSES))
def test_matches_golden(config, pauses):
    rng = np.random.default_rng(92)
    beats = whole_packets(stimuli(config, 900), config)

    async def script(ctx, trainer):
        await trainer.idle(ctx)
        await trainer.take(ctx, beats, gap=lambda: pauses(rng))
        await trainer.command(ctx, "build")
        await trainer.idle(ctx)
        await ctx.tick()
        assert ctx.get(trainer.dut.version) == 1

    trainer = Trainer(config).run(script, ready=lambda _: bool(pauses(rng) % 2 == 0))

    expected = table_trainer(beats, config, version=1)
    np.testing.assert_array_equal(trainer.tables[1], expected.cumulative)
    assert not trainer.tables[0].any()
    assert bytes(trainer.body) == expected.body
    assert trainer.lasts == 1


def test_the_next_training_counts_anew_and_may_be_sent_again():
    beats = whole_packets(stimuli(SMALL, 900), SMALL)
    later = whole_packets(stimuli(SMALL, 500, seed=93), SMALL)
    later["bank"] = 1

    async def script(ctx, trainer):
        await trainer.idle(ctx)
        await trainer.command(ctx, "send")  # there is nothing yet
        assert not ctx.get(trainer.dut.busy)
        for part in (beats, later):
            await trainer.take(ctx, part)
            await trainer.command(ctx, "build")
            await trainer.idle(ctx)
        await trainer.command(ctx, "send")
        await trainer.idle(ctx)
        await ctx.tick()

    trainer = Trainer(SMALL).run(script)

    first = table_trainer(beats, SMALL, version=1)
    second = table_trainer(later, SMALL, version=2)
    np.testing.assert_array_equal(trainer.tables, [second.cumulative, first.cumulative])
    assert bytes(trainer.body) == first.body + second.body + second.body


def test_tables_of_version_0_that_were_trained_may_be_sent_again():
    async def script(ctx, trainer):
        await trainer.idle(ctx)
        for _ in range(256):
            await trainer.command(ctx, "build")
            await trainer.idle(ctx)
        assert ctx.get(trainer.dut.version) == 0
        await trainer.command(ctx, "send")
        await trainer.idle(ctx)
        await ctx.tick()

    trainer = Trainer(CONFIGS["nothing_escaped"]).run(script)

    assert trainer.lasts == 257
    body_bytes, rest = divmod(len(trainer.body), 257)
    assert rest == 0
    assert trainer.body.endswith(2 * trainer.body[-body_bytes:])


def test_no_bank_is_written_that_a_packet_uses():
    """Of three builds, the second must wait for the end of the packet that version 0 began."""
    beats = np.zeros(2, dtype=payload_dtype(symbol_layout(9, 3)))
    beats["last"][1] = 1
    beats["kind"] = Kind.VERBATIM.value

    async def script(ctx, trainer):
        dut = trainer.dut
        await trainer.idle(ctx)
        ctx.set(dut.opened, 1)
        await ctx.tick()
        ctx.set(dut.opened, 0)
        await trainer.command(ctx, "build")
        await trainer.idle(ctx)
        assert ctx.get(dut.version) == 1
        await trainer.command(ctx, "build")
        before = trainer.tables.copy()
        for _ in range(3 * SMALL.build_cycles):
            await ctx.tick()
        np.testing.assert_array_equal(trainer.tables, before)
        assert ctx.get(dut.version) == 1
        await trainer.take(ctx, beats[1:])
        await trainer.idle(ctx)
        assert ctx.get(dut.version) == 2

    Trainer(SMALL).run(script)


def test_a_build_takes_as_long_as_declared():
    async def script(ctx, trainer):
        dut = trainer.dut
        await trainer.idle(ctx)
        await trainer.command(ctx, "build")
        cycles = 1
        while not ctx.get(dut.o.valid):
            await ctx.tick()
            cycles += 1
        assert cycles == SMALL.build_cycles

    Trainer(SMALL).run(script, ready=lambda _: False)


def test_latency_is_as_declared():
    async def script(ctx, trainer):
        await trainer.idle(ctx)
        await trainer.command(ctx, "build")
        await trainer.idle(ctx)
        await trainer.command(ctx, "send")
        assert ctx.get(trainer.dut.o.valid)

    assert TableTrainer.latency == 1
    Trainer(SMALL).run(script)


def test_golden_matches_worked_example():
    """Counts 1, 2, 3 and 2: a share of 16383 - 4 each, rounded upward; the third has the rest."""
    (table,) = cumulative_tables([[1, 2, 3, 2]])
    frequencies = -np.diff(table)

    assert frequencies.tolist() == [2048, 4095, 16383 - 2048 - 2 * 4095, 4095]
    assert ceil(Fraction(1, 8) * (16383 - 4)) == 2048


@pytest.mark.parametrize("symbols", [4, 128, 256])
def test_any_codes_give_a_table(symbols):
    rng = np.random.default_rng(94)
    codes = rng.integers(256, size=(200, symbols)) * (rng.random((200, 1)) < 0.9)
    codes[0], codes[1], codes[2] = 255, 1, 0

    tables = cumulative_tables(codes)

    assert (tables[:, 0] == TOTAL).all()
    assert (tables[:, -1] == 0).all()
    assert (np.diff(tables) <= -1).all()


def test_codes_are_counts_of_four_significant_bits():
    counts = np.concatenate((np.arange(4096), 2 ** np.arange(12, 31) - 1))

    found = counts_of(count_codes(counts))

    assert (found[:16] == counts[:16]).all()
    assert (np.abs(found - counts) <= counts / 16).all()  # half of a last digit, of eight at least
    assert (np.diff(found[:4096]) >= 0).all()
    np.testing.assert_array_equal(count_codes(found), count_codes(counts))


def test_golden_counts_until_a_counter_is_full():
    config = CONFIGS["soon_full"]
    beats = np.zeros(100, dtype=payload_dtype(symbol_layout(9, 3)))
    beats["kind"], beats["value"] = Kind.SAMPLE.value, np.arange(100) % 2
    beats["context"] = np.where(np.arange(100) < 80, 0, 31)

    counts = symbol_counts(beats, config)

    assert counts.sum(axis=1).tolist() == [2 * 30 + 1, 20]
    assert counts[0, 4:6].tolist() == [31, 30]


def test_golden_unpacks_what_it_packed(config):
    codes = table_trainer(stimuli(config, 600), config, version=1).codes

    np.testing.assert_array_equal(unpack_tables(pack_tables(codes), config.coder), codes)


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        ("", "table of context 0 must have 3 bytes or more, not 0"),
        ("00 01 00 07 01", "table of context 1 must have 3 bytes or more, not 2"),
        ("00 00 03", r"table of context 0 must be of symbols in 1\.\.15, not 0\.\.3"),
        ("00 05 16", r"table of context 0 must be of symbols in 1\.\.15, not 5\.\.22"),
        ("00 05 04", r"table of context 0 must be of symbols in 1\.\.15, not 5\.\.4"),
        ("00 01 03 09 09", "table of context 0 must have 3 counts, not 2"),
        ("00 01 00 00 01 00 00 01 00 00", "tables must have 9 bytes, not 10"),
    ],
)
def test_golden_refuses_what_is_no_table(payload, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        unpack_tables(bytes.fromhex(payload), SMALL.coder)


def test_sending_four_digits_of_a_count_costs_next_to_nothing():
    """Of residuals of every size, half a thousandth of the bits at most."""
    rng = np.random.default_rng(95)
    for deviation in (1, 3, 10, 20):
        values = np.clip(np.rint(rng.laplace(0, deviation, 200_000)), -63, 63).astype(int) + 64
        counts = np.bincount(values, minlength=128)[np.newaxis]
        bits = [
            -(counts * np.log2(-np.diff(table) / TOTAL)).sum()
            for table in (cumulative_tables(count_codes(counts)), exact_table(counts))
        ]
        assert bits[0] <= 1.0005 * bits[1]


def exact_table(counts):
    shares = np.maximum(np.ceil(counts * (TOTAL - 128) / counts.sum()), 1).astype(int)
    shares[0, 64] += TOTAL - shares.sum()
    return np.append(np.cumsum(shares[0, ::-1])[::-1], 0)[np.newaxis]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"counter_width": 3}, r"counter_width must be in 4\.\.24, not 3"),
        (
            {"coder": ArithmeticEncoderConfig(alphabet_width=9)},
            "coder must have symbols of at most 8 bits, not 9",
        ),
    ],
)
def test_config_rejects(fields, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        TableTrainerConfig(**fields)
