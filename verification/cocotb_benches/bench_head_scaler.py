"""Bench for the exported Verilog of :class:`rtl.head_scaler.HeadScaler`."""

from typing import Any

import cocotb
import numpy as np
from amaranth.lib import data

from rtl.head_scaler import HeadScalerConfig, scaled_vector_layout
from verification.attention_stimuli import scaler_vectors
from verification.cocotb_benches.setup import bench_setup, scaled, seeded_rng, start
from verification.cocotb_benches.streams import StreamPort, transfer
from verification.golden.head_scaler import head_scaler
from verification.pacing import PACES

VECTORS = 400


@cocotb.test(timeout_time=2, timeout_unit="ms")
@cocotb.parametrize(pace=list(PACES))
async def scales_rounds_and_limits(dut: Any, pace: str) -> None:
    config: HeadScalerConfig = bench_setup().config
    i = StreamPort.find(dut, "i", scaled_vector_layout(config))
    o = StreamPort.find(dut, "o", data.ArrayLayout(config.code_shape, config.lanes))
    vectors = scaler_vectors(config, scaled(VECTORS), rng=seeded_rng())
    gain, offset = (vectors["scaling"][name][:, np.newaxis] for name in ("gain", "offset"))
    expected = head_scaler(vectors["values"], gain, offset, config)

    await start(dut)
    received = await transfer(i, o, vectors, rng=seeded_rng(), pace=PACES[pace])

    np.testing.assert_array_equal(received, expected)
    assert {expected.min(), expected.max()} == {config.code_min, config.code_max}
