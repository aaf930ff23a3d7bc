import pytest
from amaranth.hdl import Module, Signal
from amaranth.sim import Simulator

from verification.simulating import run_to_end


def simulator(testbench):
    m = Module()
    count = Signal(8)
    m.d.sync += count.eq(count + 1)
    made = Simulator(m)
    made.add_clock(1e-6)
    made.add_testbench(testbench)
    return made


def waiting(cycles, seen):
    async def testbench(ctx):
        for _ in range(cycles):
            await ctx.tick()
            seen.append(1)

    return testbench


@pytest.mark.parametrize("cycles", [0, 1, 30])
def test_a_testbench_that_ends_is_run_to_its_end(cycles):
    seen = []

    run_to_end(simulator(waiting(cycles, seen)), most_cycles=31)

    assert len(seen) == cycles


def test_one_that_does_not_is_an_error_after_as_many_cycles():
    seen = []

    with pytest.raises(TimeoutError, match=r"^testbenches must end within 20 cycles, but do not$"):
        run_to_end(simulator(waiting(10_000, seen)), most_cycles=20)

    assert 19 <= len(seen) <= 20
