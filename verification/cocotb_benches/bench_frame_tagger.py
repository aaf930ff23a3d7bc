"""Bench for the exported Verilog of :class:`rtl.frame_tagger.FrameTagger`."""

from typing import Any

import cocotb
import numpy as np
from amaranth.hdl import signed
from cocotb.triggers import ClockCycles, RisingEdge

from rtl.frame_tagger import FrameTaggerConfig
from rtl.streams import sample_layout
from verification.cocotb_benches.setup import bench_setup, seeded_rng, start
from verification.cocotb_benches.streams import StreamPort, transfer
from verification.golden.frame_tagger import frame_tagger
from verification.pacing import PACES
from verification.payloads import payload_dtype
from verification.stream_rules import check_payloads

FRAMES = 60


async def check(dut: Any, pace: str) -> None:
    """Send some frames; every sample must come out with its channel."""
    config: FrameTaggerConfig = bench_setup().config
    layout = sample_layout(config.sample_width, config.channels)
    i = StreamPort.find(dut, "i", signed(config.sample_width))
    o = StreamPort.find(dut, "o", layout)
    limit = 1 << (config.sample_width - 1)
    samples = seeded_rng().integers(-limit, limit, size=FRAMES * config.channels)
    samples[:2] = -limit, limit - 1
    expected = np.zeros(len(samples), dtype=payload_dtype(layout))
    rows = frame_tagger(samples, config)
    expected["sample"], expected["channel"], expected["restart"] = rows.T

    received = await transfer(i, o, samples, rng=seeded_rng(), pace=PACES[pace])

    check_payloads("o", received, expected)


@cocotb.test(timeout_time=2, timeout_unit="ms")
@cocotb.parametrize(pace=list(PACES))
async def numbers_the_samples(dut: Any, pace: str) -> None:
    await start(dut)
    dut.enable.value = 1

    await check(dut, pace)


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def loses_nothing_when_stopped_at_any_time(dut: Any) -> None:
    rng = seeded_rng()
    await start(dut)

    async def toggle() -> None:
        while True:
            dut.enable.value = int(rng.integers(2))
            await ClockCycles(dut.clk, int(rng.integers(1, 12)))

    cocotb.start_soon(toggle())

    await check(dut, "random")


@cocotb.test(timeout_time=2, timeout_unit="ms")
@cocotb.parametrize(gap_cycles=[0, 3])
async def stops_between_frames_only(dut: Any, gap_cycles: int) -> None:
    config: FrameTaggerConfig = bench_setup().config
    await start(dut)
    dut.i__valid.value, dut.o__ready.value, dut.enable.value = 1, 1, 1
    while dut.o__valid.value != 1:  # until the edge at which the first sample passes
        await RisingEdge(dut.clk)
    dut.enable.value = 0
    passed = 1
    for cycle in range(4 * config.channels + gap_cycles):
        dut.i__valid.value = int(cycle >= gap_cycles)
        await RisingEdge(dut.clk)
        passed += int(dut.o__valid.value)

    assert passed % config.channels == 0, f"stopped after {passed} samples"
    assert passed <= 2 * config.channels, f"did not stop in {passed} samples"
    assert dut.i__ready.value == 0
