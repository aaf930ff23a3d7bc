"""Bench for the exported Verilog of :class:`rtl.golomb_encoder.GolombEncoder`."""

from typing import Any

import cocotb
import numpy as np

from rtl.coding_streams import Kind, coded_byte_layout, symbol_layout
from rtl.golomb_encoder import GolombEncoderConfig
from verification.cocotb_benches.setup import bench_setup, scaled, seeded_rng, start
from verification.cocotb_benches.streams import StreamPort, transfer
from verification.golden.golomb_encoder import golomb_encoder
from verification.pacing import PACES
from verification.payloads import payload_dtype
from verification.stream_rules import check_payloads
from verification.symbol_stimuli import symbol_packets

BEATS = 2000


async def check(dut: Any, beats: Any, pace: str) -> None:
    """Send beats; the bytes must be those of the golden model."""
    config: GolombEncoderConfig = bench_setup().config
    i = StreamPort.find(dut, "i", symbol_layout(config.sample_width, config.channels))
    o = StreamPort.find(dut, "o", coded_byte_layout(config.groups))

    received = await transfer(i, o, beats, rng=seeded_rng(), pace=PACES[pace])

    check_payloads("o", received, golomb_encoder(beats, config))


@cocotb.test(timeout_time=4, timeout_unit="ms")
@cocotb.parametrize(pace=list(PACES))
async def codes_packets_of_all_groups(dut: Any, pace: str) -> None:
    config: GolombEncoderConfig = bench_setup().config
    sizes = config.sample_width, config.channels, config.packet_channels
    await start(dut)

    await check(dut, symbol_packets(*sizes, scaled(BEATS), rng=seeded_rng()), pace)


@cocotb.test(timeout_time=20, timeout_unit="ms")
async def codes_every_residual_at_the_border_of_its_escape(dut: Any) -> None:
    """At each context, residuals around the first that is no longer written in zeros."""
    config: GolombEncoderConfig = bench_setup().config
    limit = 1 << (config.sample_width - 1)
    below = np.arange(config.most_bits_below + 1)
    first = (config.unary_limit << below) // 2
    values = np.clip(first[:, None] * [-1, 1, -1, 1] + [-1, 0, 0, -1], -limit, limit - 1)
    beats = np.zeros(values.shape, payload_dtype(symbol_layout(config.sample_width, 1)))
    beats["value"], beats["kind"] = values, Kind.SAMPLE.value
    beats["context"] = np.minimum(config.context_base + 2 * below, 31)[:, None]
    await start(dut)

    await check(dut, beats.ravel(), "streaming")
