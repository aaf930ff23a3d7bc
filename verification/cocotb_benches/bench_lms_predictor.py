"""Bench for the exported Verilog of :class:`rtl.lms_predictor.LmsPredictor`."""

from typing import Any

import cocotb
import numpy as np

from rtl.coding_streams import Kind, coding_layout
from rtl.lms_predictor import LmsPredictorConfig
from rtl.packet_format import HEADER_BYTES
from verification.cocotb_benches.setup import bench_setup, scaled, seeded_rng, start
from verification.cocotb_benches.streams import StreamPort, transfer
from verification.coding_stimuli import coding_packets
from verification.golden.lms_predictor import lms_predictor
from verification.lms_stimuli import growing_differences
from verification.pacing import PACES
from verification.payloads import payload_dtype
from verification.stream_rules import check_payloads

PACKETS = 40
GROWING = 200  # differences
SAID = bytes([0, 8])  # how a header begins that asks for the adaptive predictor


async def check(dut: Any, beats: Any, pace: str) -> None:
    """Send beats; what comes out must be that of the golden model."""
    config: LmsPredictorConfig = bench_setup().config
    layout = coding_layout(config.sample_width, config.channels)
    i, o = StreamPort.find(dut, "i", layout), StreamPort.find(dut, "o", layout)

    received = await transfer(i, o, beats, rng=seeded_rng(), pace=PACES[pace])

    check_payloads("o", received, lms_predictor(beats, config))


@cocotb.test(timeout_time=8, timeout_unit="ms")
@cocotb.parametrize(pace=list(PACES))
async def predicts_packets_of_all_channels(dut: Any, pace: str) -> None:
    config: LmsPredictorConfig = bench_setup().config
    sizes = config.sample_width, config.channels, 1
    await start(dut)

    await check(dut, coding_packets(*sizes, scaled(PACKETS), rng=seeded_rng()), pace)


@cocotb.test(timeout_time=8, timeout_unit="ms")
@cocotb.parametrize(alternating=[False, True])
async def weights_stay_within_their_limits(dut: Any, alternating: bool) -> None:
    config: LmsPredictorConfig = bench_setup().config
    differences, extremes = growing_differences(config, alternating=alternating, count=GROWING)
    beats = np.zeros(
        HEADER_BYTES + 1 + GROWING,
        payload_dtype(coding_layout(config.sample_width, config.channels)),
    )
    beats["value"][: len(SAID)] = list(SAID)
    payload = beats[HEADER_BYTES:]
    payload["kind"] = Kind.SAMPLE.value
    payload["restart"][0] = payload["fresh"][0] = 1
    payload["value"][1:] = differences
    limit = 1 << (config.weight_width - 1)
    assert extremes[1] == limit - 1
    assert extremes[0] == -limit or not alternating
    await start(dut)

    await check(dut, beats, "streaming")
