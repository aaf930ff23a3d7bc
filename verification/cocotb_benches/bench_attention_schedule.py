"""Bench for the exported Verilog of :class:`rtl.attention_schedule.AttentionSchedule`."""

from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import RisingEdge

from rtl.attention_schedule import AttentionScheduleConfig
from verification.attention_stimuli import schedule_traffic
from verification.cocotb_benches.setup import bench_setup, scaled, seeded_rng, start
from verification.golden.attention_schedule import attention_schedule
from verification.pacing import PACES

CYCLES = 2000


@cocotb.test(timeout_time=2, timeout_unit="ms")
@cocotb.parametrize(pace=list(PACES))
async def starts_every_phase_in_its_cycle(dut: Any, pace: str) -> None:
    config: AttentionScheduleConfig = bench_setup().config
    cycles = scaled(CYCLES)
    offered, left = schedule_traffic(config, cycles, pace=PACES[pace], rng=seeded_rng())
    expected = attention_schedule(offered, left, config)
    edge = RisingEdge(dut.clk)
    names = expected.dtype.names or ()

    await start(dut)
    for cycle in range(cycles):
        dut.offered.value, dut.left.value = int(offered[cycle]), int(left[cycle])
        await edge
        seen = {name: int(getattr(dut, name).value) for name in names}
        wanted = {name: int(expected[name][cycle]) for name in names}
        assert seen == wanted, f"cycle {cycle}"

    assert np.count_nonzero(expected["load"]) > 3
