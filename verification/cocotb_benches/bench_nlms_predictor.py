"""Bench for the exported Verilog of :class:`rtl.nlms_predictor.NlmsPredictor`."""

from typing import Any

import cocotb

from rtl.coding_streams import coding_layout
from rtl.nlms_predictor import NlmsPredictorConfig
from verification.cocotb_benches.setup import bench_setup, scaled, seeded_rng, start
from verification.cocotb_benches.streams import StreamPort, transfer
from verification.coding_stimuli import coding_packets
from verification.golden.nlms_predictor import nlms_predictor
from verification.nlms_stimuli import learning_packets
from verification.pacing import PACES
from verification.stream_rules import check_payloads

PACKETS = 24


async def check(dut: Any, beats: Any, pace: str) -> None:
    """Send beats; what comes out must be that of the golden model."""
    config: NlmsPredictorConfig = bench_setup().config
    layout = coding_layout(config.sample_width, config.channels)
    i, o = StreamPort.find(dut, "i", layout), StreamPort.find(dut, "o", layout)
    await start(dut)

    received = await transfer(i, o, beats, rng=seeded_rng(), pace=PACES[pace])

    check_payloads("o", received, nlms_predictor(beats, config))


@cocotb.test(timeout_time=8, timeout_unit="ms")
@cocotb.parametrize(pace=list(PACES))
async def predicts_packets_of_all_channels(dut: Any, pace: str) -> None:
    config: NlmsPredictorConfig = bench_setup().config
    sizes = config.sample_width, config.channels, 1

    await check(dut, coding_packets(*sizes, scaled(PACKETS), rng=seeded_rng()), pace)


@cocotb.test(timeout_time=8, timeout_unit="ms")
async def learns_at_every_size_up_to_its_limits(dut: Any) -> None:
    beats = learning_packets(bench_setup().config, rng=seeded_rng())

    await check(dut, beats[: scaled(len(beats))], "streaming")
