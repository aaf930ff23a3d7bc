"""Bench for the exported Verilog of :class:`rtl.query_pulse_driver.QueryPulseDriver`."""

from typing import Any

import cocotb
import numpy as np
from amaranth.hdl import unsigned
from amaranth.lib import data
from cocotb.triggers import RisingEdge

from rtl.query_pulse_driver import QueryPulseDriverConfig
from verification.attention_stimuli import query_vectors
from verification.cocotb_benches.gain_cell_arrays import bits_of
from verification.cocotb_benches.setup import bench_setup, scaled, seeded_rng, start
from verification.cocotb_benches.streams import StreamPort, drive
from verification.golden.query_pulse_driver import query_pulse_driver

QUERIES = 80


@cocotb.test(timeout_time=2, timeout_unit="ms")
@cocotb.parametrize(gap_cycles=[0, 1, 5])
async def pulses_last_as_long_as_their_codes_say(dut: Any, gap_cycles: int) -> None:
    config: QueryPulseDriverConfig = bench_setup().config
    i = StreamPort.find(dut, "i", data.ArrayLayout(unsigned(config.code_width), config.rows))
    codes = query_vectors(config, scaled(QUERIES), rng=seeded_rng())
    edge = RisingEdge(dut.clk)
    seen = []

    await start(dut)
    cocotb.start_soon(drive(i, codes, rng=seeded_rng()))
    await edge
    for _ in codes:
        dut.start.value = 1
        await edge
        dut.start.value = 0
        for cycle in range(config.longest):
            await edge
            assert int(i.ready.value) == (cycle == config.longest - 1)
            seen.append(bits_of(int(dut.rows.value), config.rows))
        for _ in range(gap_cycles):
            await edge
            assert dut.rows.value == 0
        await edge  # the next codes are offered
        assert dut.rows.value == 0

    expected = query_pulse_driver(codes, config).reshape(-1, config.rows)
    np.testing.assert_array_equal(seen, expected)
