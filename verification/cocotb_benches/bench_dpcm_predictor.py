"""Bench for the exported Verilog of :class:`rtl.dpcm_predictor.DpcmPredictor`."""

from typing import Any

import cocotb

from rtl.coding_streams import coding_layout
from rtl.dpcm_predictor import DpcmPredictorConfig
from verification.cocotb_benches.setup import bench_setup, scaled, seeded_rng, start
from verification.cocotb_benches.streams import StreamPort, transfer
from verification.coding_stimuli import coding_packets
from verification.golden.dpcm_predictor import dpcm_predictor
from verification.pacing import PACES
from verification.stream_rules import check_payloads

PACKETS = 60


@cocotb.test(timeout_time=4, timeout_unit="ms")
@cocotb.parametrize(pace=list(PACES))
async def predicts_packets_of_all_groups(dut: Any, pace: str) -> None:
    config: DpcmPredictorConfig = bench_setup().config
    layout = coding_layout(config.sample_width, config.channels)
    i, o = StreamPort.find(dut, "i", layout), StreamPort.find(dut, "o", layout)
    sizes = config.sample_width, config.channels, config.packet_channels
    beats = coding_packets(*sizes, scaled(PACKETS), rng=seeded_rng())
    await start(dut)

    received = await transfer(i, o, beats, rng=seeded_rng(), pace=PACES[pace])

    check_payloads("o", received, dpcm_predictor(beats, config))
