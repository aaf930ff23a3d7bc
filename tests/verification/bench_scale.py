"""Bench of the private component ``Scale``."""

import cocotb
import numpy as np

from tests.verification.blocks import scale, scale_stimulus
from verification.cocotb_benches.setup import bench_setup, seeded_rng, start
from verification.cocotb_benches.streams import StreamPort, transfer
from verification.pacing import PACES
from verification.stream_rules import check_payloads


@cocotb.test(timeout_time=1, timeout_unit="ms")
@cocotb.parametrize(pace=list(PACES))
async def matches_golden(dut, pace):
    setup = bench_setup()
    records = scale_stimulus(setup.config, setup.parameters["count"], seeded_rng())
    i = StreamPort.find(dut, "i", setup.config.in_layout)
    o = StreamPort.find(dut, "o", setup.config.out_layout)

    await start(dut)
    received = await transfer(i, o, records, rng=seeded_rng(), pace=PACES[pace])

    check_payloads("o", received, scale(records, setup.config))
    np.testing.assert_array_equal(received["last"], records["last"])
