import numpy as np
import pytest
from amaranth.sim import Simulator

from rtl.pulse_counter import PulseCounter, PulseCounterConfig
from verification.attention_stimuli import pulse_windows
from verification.golden.pulse_counter import pulse_counter
from verification.simulating import run_to_end

CONFIGS = {
    "four_bits": PulseCounterConfig(lanes=4, longest=15),
    "as_published": PulseCounterConfig(lanes=3, longest=16),
    "one": PulseCounterConfig(lanes=1, longest=1),
}


def number(bits):
    return sum(int(bit) << lane for lane, bit in enumerate(bits))


def counted(config, windows, *, gap_cycles):
    """Counts of all windows, and the cycles from the end of each window to done."""
    dut = PulseCounter(config)
    counts, delays = [], []

    async def bench(ctx):
        for pulses, signs in windows:
            for high, negative in zip(pulses, signs, strict=True):
                ctx.set(dut.count, 1)
                ctx.set(dut.pulses, number(high))
                ctx.set(dut.signs, number(negative))
                await ctx.tick()
            ctx.set(dut.count, 0)
            ctx.set(dut.pulses, (1 << config.lanes) - 1)  # nobody looks
            for cycle in range(gap_cycles):
                if not ctx.get(dut.done):
                    assert ctx.get(dut.counts.as_value()) == 0
                else:
                    counts.append([ctx.get(dut.counts[lane]) for lane in range(config.lanes)])
                    delays.append(cycle + 1)
                await ctx.tick()

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    run_to_end(simulator)
    return counts, delays


@pytest.mark.parametrize("gap_cycles", [2, 3, 9])
@pytest.mark.parametrize("config", CONFIGS.values(), ids=list(CONFIGS))
def test_matches_golden(config, gap_cycles):
    windows = pulse_windows(config, 40, rng=np.random.default_rng(61))

    counts, delays = counted(config, windows, gap_cycles=gap_cycles)

    np.testing.assert_array_equal(counts, [pulse_counter(*each, config) for each in windows])
    assert set(delays) == {PulseCounter.latency}
    assert {np.min(counts), np.max(counts)} == {-config.longest, config.longest}


def test_a_full_scale_pulse_is_sixteen_or_fifteen():
    pulses, signs = np.ones((16, 2), dtype=bool), np.tile([False, True], (16, 1))
    counts = {
        longest: counted(
            PulseCounterConfig(lanes=2, longest=longest), [(pulses, signs)], gap_cycles=3
        )[0]
        for longest in (15, 16)
    }

    assert counts == {15: [[15, -15]], 16: [[16, -16]]}


def test_golden_matches_worked_example():
    pulses = np.array([[0, 1, 1], [0, 1, 1], [0, 0, 1]])
    signs = np.array([[1, 1, 0], [1, 1, 0], [1, 0, 0]])

    counts = pulse_counter(pulses, signs, PulseCounterConfig(lanes=3))

    assert counts.tolist() == [0, -2, 3]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"lanes": 0}, r"lanes must be in 1\.\.1048576, not 0"),
        ({"longest": 256}, r"longest must be in 1\.\.255, not 256"),
    ],
)
def test_config_rejects(fields, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        PulseCounterConfig(**fields)
