"""Bench for the exported Verilog of :class:`rtl.template_encoder.TemplateEncoder`."""

from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import RisingEdge

from rtl.coding_streams import coding_layout, symbol_layout
from rtl.template_encoder_config import TemplateEncoderConfig, row_write_layout
from verification.cocotb_benches.setup import bench_setup, scaled, seeded_rng, start
from verification.cocotb_benches.streams import StreamPort, transfer
from verification.golden.template_encoder import template_encoder
from verification.pacing import PACES
from verification.payloads import pack
from verification.stream_rules import check_payloads
from verification.template_stimuli import random_rows, row_writes, snippet_packets

PACKETS = 8


async def write_rows(dut: Any, rows: Any) -> None:
    """Write both banks, a word a cycle."""
    layout = row_write_layout(bench_setup().config)
    dut.write_valid.value = 1
    for word in pack(layout, list(row_writes(rows))):
        dut.write.value = word
        await RisingEdge(dut.clk)
    dut.write_valid.value = 0
    await RisingEdge(dut.clk)


async def check(dut: Any, beats: Any, rows: Any, pace: str) -> None:
    """Send packets; the symbols must be those of the golden model."""
    config: TemplateEncoderConfig = bench_setup().config
    i = StreamPort.find(dut, "i", coding_layout(config.sample_width, config.channels))
    o = StreamPort.find(dut, "o", symbol_layout(config.sample_width, config.channels))

    received = await transfer(
        i, o, beats, rng=seeded_rng(), pace=PACES[pace], settle_cycles=config.snippet_cycles + 64
    )

    check_payloads("o", received, template_encoder(beats, config, rows))


@cocotb.test(timeout_time=40, timeout_unit="ms")
@cocotb.parametrize(pace=list(PACES))
async def codes_snippets_of_all_channels(dut: Any, pace: str) -> None:
    config: TemplateEncoderConfig = bench_setup().config
    rows = random_rows(config, rng=seeded_rng())
    await start(dut)
    await write_rows(dut, rows)

    await check(dut, snippet_packets(config, rows, scaled(PACKETS), rng=seeded_rng()), rows, pace)


@cocotb.test(timeout_time=40, timeout_unit="ms")
async def rows_are_replaced(dut: Any) -> None:
    """Write all rows twice, and one of each channel a third time."""
    config: TemplateEncoderConfig = bench_setup().config
    rng = seeded_rng()
    await start(dut)
    await write_rows(dut, random_rows(config, rng=rng))
    rows = random_rows(config, rng=rng)
    await write_rows(dut, rows)
    contexts = rows[:, :, -1:]
    rows[:, :, -1:] = np.flip(contexts, axis=-1)
    await write_rows(dut, rows)

    await check(dut, snippet_packets(config, rows, 2, rng=rng), rows, "streaming")
