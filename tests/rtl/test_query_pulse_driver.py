import itertools

import numpy as np
import pytest
from amaranth.sim import Simulator

from rtl.query_pulse_driver import QueryPulseDriver, QueryPulseDriverConfig
from verification.golden.query_pulse_driver import query_pulse_driver
from verification.simulating import run_to_end


def driven(config, codes, *, gap_cycles=0):
    """Rows from the cycle after each start; whether each vector was accepted in its last cycle."""
    dut = QueryPulseDriver(config)
    rows, accepted = [], []

    async def bench(ctx):
        ctx.set(dut.i.valid, 1)
        for vector in codes:
            ctx.set(dut.i.payload, vector)
            ctx.set(dut.start, 1)
            await ctx.tick()
            ctx.set(dut.start, 0)
            for _ in range(config.longest):
                word = ctx.get(dut.rows)
                rows.append([word >> row & 1 for row in range(config.rows)])
                accepted.append(ctx.get(dut.i.ready))
                await ctx.tick()
            for _ in range(gap_cycles):
                assert ctx.get(dut.rows) == ctx.get(dut.i.ready) == 0
                await ctx.tick()

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    run_to_end(simulator)
    return rows, accepted


@pytest.mark.parametrize("gap_cycles", [0, 3])
@pytest.mark.parametrize("code_width", [1, 2, 4])
def test_every_code_matches_golden(code_width, gap_cycles):
    config = QueryPulseDriverConfig(rows=2, code_width=code_width)
    codes = list(itertools.product(range(config.longest + 1), repeat=2))

    rows, accepted = driven(config, codes, gap_cycles=gap_cycles)

    expected = query_pulse_driver(codes, config).reshape(-1, 2)
    np.testing.assert_array_equal(rows, expected)
    assert accepted == ([0] * (config.longest - 1) + [1]) * len(codes)


def test_the_pulses_begin_as_late_as_declared():
    rows, _ = driven(QueryPulseDriverConfig(rows=1), [[15]])

    assert rows == [[1]] * 15  # from the cycle after the start on
    assert QueryPulseDriver.latency == 1


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"rows": 0}, r"rows must be in 1\.\.4096, not 0"),
        ({"code_width": 9}, r"code_width must be in 1\.\.8, not 9"),
    ],
)
def test_config_rejects(fields, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        QueryPulseDriverConfig(**fields)
