import numpy as np
import pytest
from amaranth.sim import Simulator

from rtl.attention_schedule import AttentionSchedule, AttentionScheduleConfig
from verification.attention_stimuli import schedule_traffic
from verification.golden.attention_schedule import attention_schedule
from verification.pacing import PACES
from verification.simulating import run_to_end

CONFIGS = {
    "default": AttentionScheduleConfig(),
    "slow_write": AttentionScheduleConfig(write_cycles=30, integrate_cycles=32),
    "slow_drive": AttentionScheduleConfig(drive_cycles=69),
    "shortest": AttentionScheduleConfig(
        write_cycles=1,
        integrate_cycles=3,
        drive_cycles=1,
        count_cycles=1,
        reset_cycles=1,
        digital_cycles=1,
    ),
}


def strobes_of(config, offered, left, dtype):
    dut = AttentionSchedule(config)
    seen = np.zeros(len(offered), dtype=dtype)

    async def bench(ctx):
        for cycle in range(len(offered)):
            ctx.set(dut.offered, int(offered[cycle]))
            ctx.set(dut.left, int(left[cycle]))
            for name in dtype.names:
                seen[name][cycle] = ctx.get(getattr(dut, name))
            await ctx.tick()

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    run_to_end(simulator)
    return seen


@pytest.mark.parametrize("pace", PACES.values(), ids=list(PACES))
@pytest.mark.parametrize("config", CONFIGS.values(), ids=list(CONFIGS))
def test_matches_golden(config, pace):
    cycles = 16 * config.interval_cycles + 600
    offered, left = schedule_traffic(config, cycles, pace=pace, rng=np.random.default_rng(81))

    expected = attention_schedule(offered, left, config)

    np.testing.assert_array_equal(strobes_of(config, offered, left, expected.dtype), expected)
    assert np.count_nonzero(expected["load"]) >= 3


def test_the_default_meets_its_goal():
    """At 1 GHz: 65 ns a token as published, then one every 35 ns."""
    config = AttentionScheduleConfig()

    assert config.latency_cycles == AttentionSchedule.latency == 65
    assert config.interval_cycles == 34
    assert AttentionSchedule.throughput == "1 token/34 cycles"
    assert config.tokens_in_flight == 2


@pytest.mark.parametrize(
    ("name", "interval_cycles"), [("slow_write", 64), ("slow_drive", 87), ("shortest", 6)]
)
def test_the_busiest_part_sets_the_interval(name, interval_cycles):
    assert CONFIGS[name].interval_cycles == interval_cycles


def test_phases_of_successive_tokens_never_share_an_array():
    strobes = attention_schedule([True] * 400, [False, True] * 200, AttentionScheduleConfig())

    assert np.count_nonzero(strobes["load"]) == 12
    assert not (strobes["integrate"] & strobes["drive"]).any()
    assert not (strobes["drive"] & strobes["count"]).any()
    assert (strobes["integrate"] | strobes["drive"] | strobes["reset_scores"]).all()


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"write_cycles": 0}, r"write_cycles must be in 1\.\.1024, not 0"),
        ({"integrate_cycles": 11}, r"integrate_cycles must be in 12\.\.4096, not 11"),
        ({"drive_cycles": 0}, r"drive_cycles must be in 1\.\.4096, not 0"),
        ({"count_cycles": 0}, r"count_cycles must be in 1\.\.4096, not 0"),
        ({"reset_cycles": 0}, r"reset_cycles must be in 1\.\.1024, not 0"),
        ({"digital_cycles": 65}, r"digital_cycles must be in 1\.\.64, not 65"),
    ],
)
def test_config_rejects(fields, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        AttentionScheduleConfig(**fields)
