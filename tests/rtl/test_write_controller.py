import numpy as np
import pytest
from amaranth.sim import Simulator

from rtl.write_controller import WriteController, WriteControllerConfig
from verification.attention_stimuli import write_starts
from verification.golden.write_controller import write_controller
from verification.simulating import run_to_end

CONFIGS = {
    "three_tiles": WriteControllerConfig(rows=1, window_tokens=9, tile_tokens=3, write_cycles=4),
    "one_tile": WriteControllerConfig(rows=1, window_tokens=4, tile_tokens=4, write_cycles=1),
    "one_column": WriteControllerConfig(rows=1, window_tokens=1, tile_tokens=1, write_cycles=2),
    "tiles_of_one": WriteControllerConfig(rows=1, window_tokens=3, tile_tokens=1, write_cycles=3),
}


def line_of(word):
    return word.bit_length() - 1 if word.bit_count() <= 1 else word


@pytest.mark.parametrize("longest_gap", [0, 2, 9])
@pytest.mark.parametrize("config", CONFIGS.values(), ids=list(CONFIGS))
def test_matches_golden(config, longest_gap):
    rng = np.random.default_rng(71)
    writes = 2 * (2 * config.window_tokens + 1)
    starts, cycles = write_starts(config, writes, longest_gap=longest_gap, rng=rng)
    expected = write_controller(starts, cycles, config)
    dut = WriteController(config)
    seen = []

    async def bench(ctx):
        ctx.set(dut.i.valid, 1)
        for cycle in range(cycles):
            ctx.set(dut.start_key, cycle in starts[0::2])
            ctx.set(dut.start_value, cycle in starts[1::2])
            valid = ctx.get(dut.valid)
            seen.append(
                (
                    line_of(ctx.get(dut.write_key)),
                    line_of(ctx.get(dut.write_value)),
                    ctx.get(dut.column),
                    valid.bit_length() if valid & valid + 1 == 0 else -1,
                    ctx.get(dut.i.ready),
                )
            )
            await ctx.tick()

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    run_to_end(simulator)

    assert seen == [tuple(line) for line in expected.tolist()]


def test_the_pulse_begins_as_late_as_declared_and_lasts_as_long_as_set():
    lines = write_controller([3], 20, WriteControllerConfig())

    first = 3 + WriteController.latency
    assert np.flatnonzero(lines["key"] == 0).tolist() == list(range(first, first + 10))


def test_golden_wraps_from_the_last_column_of_the_last_tile_to_the_first_of_the_first():
    config = CONFIGS["three_tiles"]
    starts = [20 * n for n in range(2 * 10)]

    lines = write_controller(starts, 420, config)

    keys = lines[[start + 1 for start in starts[0::2]]]
    assert keys["key"].tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2, 0]
    assert keys["column"].tolist() == [0, 1, 2, 0, 1, 2, 0, 1, 2, 0]
    assert keys["valid"].tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    assert lines["valid"][-1] == 9


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"rows": 0}, r"rows must be in 1\.\.4096, not 0"),
        ({"stored_width": 9}, r"stored_width must be in 1\.\.8, not 9"),
        ({"window_tokens": 0}, r"window_tokens must be in 1\.\.65536, not 0"),
        ({"tile_tokens": 2048}, r"tile_tokens must be in 1\.\.1024, not 2048"),
        ({"tile_tokens": 60}, r"tile_tokens must divide window_tokens 1024, but 60 does not"),
        ({"write_cycles": 0}, r"write_cycles must be in 1\.\.1024, not 0"),
    ],
)
def test_config_rejects(fields, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        WriteControllerConfig(**fields)
