"""Bench for the exported Verilog of :class:`rtl.residual_context.ResidualContext`."""

from typing import Any

import cocotb
import numpy as np

from rtl.coding_streams import Kind, coding_layout, symbol_layout
from rtl.residual_context import ResidualContextConfig
from verification.cocotb_benches.setup import bench_setup, scaled, seeded_rng, start
from verification.cocotb_benches.streams import StreamPort, transfer
from verification.coding_stimuli import coding_packets
from verification.golden.residual_context import residual_context
from verification.pacing import PACES
from verification.payloads import payload_dtype
from verification.stream_rules import check_payloads

PACKETS = 60


async def check(dut: Any, beats: Any, pace: str) -> None:
    """Send beats; each must come out with the context of the golden model."""
    config: ResidualContextConfig = bench_setup().config
    sizes = config.sample_width, config.channels
    i = StreamPort.find(dut, "i", coding_layout(*sizes))
    o = StreamPort.find(dut, "o", symbol_layout(*sizes))

    received = await transfer(i, o, beats, rng=seeded_rng(), pace=PACES[pace])

    check_payloads("o", received, residual_context(beats, config))


@cocotb.test(timeout_time=4, timeout_unit="ms")
@cocotb.parametrize(pace=list(PACES))
async def follows_packets_of_all_channels(dut: Any, pace: str) -> None:
    config: ResidualContextConfig = bench_setup().config
    sizes = config.sample_width, config.channels
    await start(dut)

    await check(dut, coding_packets(*sizes, 1, scaled(PACKETS), rng=seeded_rng()), pace)


@cocotb.test(timeout_time=4, timeout_unit="ms")
async def follows_magnitudes_from_silence_to_the_largest_and_back(dut: Any) -> None:
    config: ResidualContextConfig = bench_setup().config
    rng = seeded_rng()
    largest = 1 << (config.sample_width - 1)
    loud = np.full(16 << config.window_shift, -largest)
    rising = [(1 << n) - 1 for n in range(config.sample_width) for _ in range(4)]
    magnitudes = np.concatenate([loud, rising, np.zeros(24 << config.window_shift, np.int64), loud])
    beats = np.zeros(
        len(magnitudes), payload_dtype(coding_layout(config.sample_width, config.channels))
    )
    beats["kind"] = Kind.SAMPLE.value
    beats["value"] = np.maximum(rng.choice([-1, 1], len(magnitudes)) * magnitudes, -largest)
    beats["value"] = np.minimum(beats["value"], largest - 1)
    beats["restart"][0] = beats["fresh"][0] = 1
    await start(dut)

    await check(dut, beats, "streaming")
