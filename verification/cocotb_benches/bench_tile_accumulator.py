"""Bench for the exported Verilog of :class:`rtl.tile_accumulator.TileAccumulator`."""

from typing import Any

import cocotb
import numpy as np
from amaranth.lib import data

from rtl.tile_accumulator import TileAccumulatorConfig
from verification.attention_stimuli import tile_outputs
from verification.cocotb_benches.setup import bench_setup, scaled, seeded_rng, start
from verification.cocotb_benches.streams import StreamPort, transfer
from verification.golden.tile_accumulator import tile_accumulator
from verification.pacing import PACES

SUMS = 300


@cocotb.test(timeout_time=2, timeout_unit="ms")
@cocotb.parametrize(pace=list(PACES))
async def adds_all_tiles(dut: Any, pace: str) -> None:
    config: TileAccumulatorConfig = bench_setup().config
    tile = data.ArrayLayout(config.in_shape, config.lanes)
    i = StreamPort.find(dut, "i", data.ArrayLayout(tile, config.tiles))
    o = StreamPort.find(dut, "o", data.ArrayLayout(config.sum_shape, config.lanes))
    outputs = tile_outputs(config, scaled(SUMS), rng=seeded_rng())

    await start(dut)
    received = await transfer(i, o, outputs, rng=seeded_rng(), pace=PACES[pace])

    np.testing.assert_array_equal(received, tile_accumulator(outputs, config))
