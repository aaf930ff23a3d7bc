"""Bench for the exported Verilog of :class:`rtl.pulse_counter.PulseCounter`."""

from typing import Any

import cocotb
import numpy as np
from amaranth.lib import data
from cocotb.triggers import RisingEdge

from rtl.pulse_counter import PulseCounter, PulseCounterConfig
from verification.attention_stimuli import pulse_windows
from verification.cocotb_benches.gain_cell_arrays import number_of
from verification.cocotb_benches.setup import bench_setup, scaled, seeded_rng, start
from verification.golden.pulse_counter import pulse_counter
from verification.payloads import unpack

WINDOWS = 80


@cocotb.test(timeout_time=2, timeout_unit="ms")
@cocotb.parametrize(gap_cycles=[1, 2, 7])
async def counts_every_window_from_zero(dut: Any, gap_cycles: int) -> None:
    config: PulseCounterConfig = bench_setup().config
    edge = RisingEdge(dut.clk)
    layout = data.ArrayLayout(config.count_shape, config.lanes)
    windows = pulse_windows(config, scaled(WINDOWS), rng=seeded_rng())
    seen, expected = [], []

    async def watch() -> None:
        while True:
            await edge
            if dut.done.value == 1:
                seen.append(unpack(layout, [dut.counts.value.to_unsigned()])[0])

    await start(dut)
    cocotb.start_soon(watch())
    for pulses, signs in windows:
        # High before and after the window, where nothing may be counted.
        for cycle in range(len(pulses) + gap_cycles):
            inside = cycle < len(pulses)
            dut.count.value = int(inside)
            dut.pulses.value = number_of(pulses[cycle]) if inside else (1 << config.lanes) - 1
            dut.signs.value = number_of(signs[cycle]) if inside else 0
            await edge
        expected.append(pulse_counter(pulses, signs, config))
    dut.count.value = 0
    for _ in range(PulseCounter.latency + 2):
        await edge

    np.testing.assert_array_equal(seen, expected)
    assert {np.min(seen), np.max(seen)} == {-config.longest, config.longest}
