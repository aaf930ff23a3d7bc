"""Bench for the exported Verilog of :class:`rtl.write_controller.WriteController`."""

from typing import Any

import cocotb
import numpy as np
from amaranth.hdl import unsigned
from amaranth.lib import data
from cocotb.triggers import RisingEdge

from rtl.write_controller import WriteControllerConfig
from verification.attention_stimuli import write_starts
from verification.cocotb_benches.setup import bench_setup, seeded_rng, start
from verification.cocotb_benches.streams import StreamPort, drive
from verification.golden.write_controller import write_controller
from verification.payloads import pack

ROUNDS = 2  # of the ring


@cocotb.test(timeout_time=5, timeout_unit="ms")
@cocotb.parametrize(longest_gap=[0, 1, 9])
async def writes_the_ring_in_order(dut: Any, longest_gap: int) -> None:
    config: WriteControllerConfig = bench_setup().config
    rng = seeded_rng()
    writes = 2 * (ROUNDS * config.window_tokens + 1)
    starts, cycles = write_starts(config, writes, longest_gap=longest_gap, rng=rng)
    codes = rng.integers(1 << config.stored_width, size=(writes, config.rows))
    i = StreamPort.find(dut, "i", data.ArrayLayout(unsigned(config.stored_width), config.rows))
    words = pack(i.shape, codes)
    lines = write_controller(starts, cycles, config)
    edge = RisingEdge(dut.clk)
    tile_lines = [0, *(1 << tile for tile in range(config.tiles))]

    await start(dut)
    cocotb.start_soon(drive(i, codes, rng=rng))
    accepted = 0
    for cycle, line in enumerate(lines):
        dut.start_key.value = int(cycle in starts[0::2])
        dut.start_value.value = int(cycle in starts[1::2])
        await edge
        seen = (int(dut.write_key.value), int(dut.write_value.value), int(dut.column.value))
        expected = (tile_lines[line["key"] + 1], tile_lines[line["value"] + 1], line["column"])
        assert seen == expected, f"cycle {cycle}"
        assert int(dut.valid.value) == (1 << line["valid"]) - 1, f"cycle {cycle}"
        if seen[0] or seen[1]:
            assert int(dut.codes.value) == words[accepted], f"cycle {cycle}"
        assert int(i.ready.value) == line["accept"], f"cycle {cycle}"
        accepted += int(line["accept"])

    assert accepted == writes
    assert np.array_equal(lines["valid"][-1:], [config.window_tokens])
