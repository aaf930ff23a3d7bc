"""Bench for the exported Verilog of :class:`rtl.arithmetic_encoder.ArithmeticEncoder`."""

from typing import Any

import cocotb
import numpy as np
import numpy.typing as npt
from cocotb.triggers import RisingEdge

from rtl.arithmetic_encoder_config import ArithmeticEncoderConfig
from rtl.coding_streams import coded_byte_layout, symbol_layout
from verification.cocotb_benches.setup import bench_setup, scaled, seeded_rng, start
from verification.cocotb_benches.streams import StreamPort, transfer
from verification.golden.arithmetic_encoder import arithmetic_encoder
from verification.pacing import PACES
from verification.stream_rules import check_payloads
from verification.symbol_stimuli import symbol_packets
from verification.table_stimuli import random_tables, table_writes, undecided_packet

BEATS = 2000


async def write_tables(dut: Any, tables: npt.NDArray[np.int32]) -> None:
    """Write both banks, an entry a cycle."""
    for members in table_writes(tables):
        for name, value in members.items():
            getattr(dut, f"table__{name}").value = value
        await RisingEdge(dut.clk)


async def check(dut: Any, beats: Any, tables: npt.NDArray[np.int32], pace: str) -> None:
    """Send beats; the bytes must be those of the golden model."""
    config: ArithmeticEncoderConfig = bench_setup().config
    i = StreamPort.find(dut, "i", symbol_layout(config.sample_width, config.channels))
    o = StreamPort.find(dut, "o", coded_byte_layout(config.groups))
    await write_tables(dut, tables)

    received = await transfer(i, o, beats, rng=seeded_rng(), pace=PACES[pace])

    check_payloads("o", received, arithmetic_encoder(beats, tables, config))


@cocotb.test(timeout_time=10, timeout_unit="ms")
@cocotb.parametrize(pace=list(PACES))
async def codes_packets_of_all_groups(dut: Any, pace: str) -> None:
    config: ArithmeticEncoderConfig = bench_setup().config
    sizes = config.sample_width, config.channels, config.packet_channels
    beats = symbol_packets(*sizes, scaled(BEATS), rng=seeded_rng())
    await start(dut)

    await check(dut, beats, random_tables(config, rng=seeded_rng()), pace)


@cocotb.test(timeout_time=10, timeout_unit="ms")
async def decides_bits_that_stay_open_for_long(dut: Any) -> None:
    """By several tables, as it depends on them which of the halves decides."""
    config: ArithmeticEncoderConfig = bench_setup().config
    rng = seeded_rng()
    await start(dut)

    for _ in range(8):
        tables = random_tables(config, rng=rng)
        await check(dut, undecided_packet(tables[0, 0], 40, config), tables, "streaming")
