"""Bench for the exported Verilog of :class:`rtl.attention_head.AttentionHead`, tiles outside."""

from collections.abc import Mapping
from itertools import count
from typing import Any

import cocotb
import numpy as np
import numpy.typing as npt
from amaranth.hdl import signed
from amaranth.lib import data
from cocotb.triggers import ClockCycles, RisingEdge

from rtl.attention_head_config import AttentionHeadConfig, token_layout
from verification.attention_stimuli import attention_scaling, attention_tokens
from verification.cocotb_benches.gain_cell_arrays import GainCellArrays
from verification.cocotb_benches.registers import RegisterPort
from verification.cocotb_benches.setup import bench_setup, scaled, seeded_rng, start
from verification.cocotb_benches.streams import StreamPort, drive, transfer
from verification.golden.attention_head import attention_head
from verification.pacing import PACES

WINDOWS = 3  # tokens of a run, in windows
# Parameters of a caller: another number of tokens, and a folder for what was seen.
LONG_RUN = "tokens"
SEEN = "seen"


def ports(dut: Any) -> tuple[StreamPort, StreamPort]:
    """Return input and output."""
    config: AttentionHeadConfig = bench_setup().config
    outputs = data.ArrayLayout(signed(config.output_width), config.head_dim)
    return StreamPort.find(dut, "i", token_layout(config)), StreamPort.find(dut, "o", outputs)


async def set_scaling(dut: Any, scaling: Mapping[str, Mapping[str, int]]) -> None:
    """Write gains and offsets to the registers."""
    config: AttentionHeadConfig = bench_setup().config
    bus = RegisterPort.find(dut)
    for address, word in config.register_writes(scaling):
        assert not (await bus.access(address, write_data=word)).error


async def read(dut: Any, register: str) -> int:
    """Return a register's word."""
    config: AttentionHeadConfig = bench_setup().config
    address = config.registers.address_of(register)
    return (await RegisterPort.find(dut).access(address, read=True)).read_data


async def begin(dut: Any) -> tuple[dict[str, dict[str, int]], GainCellArrays]:
    """Reset the head, with arrays at its wires; return its scaling, and the arrays."""
    config: AttentionHeadConfig = bench_setup().config
    scaling = attention_scaling(config)
    await start(dut)
    arrays = GainCellArrays(dut, config, seeded_rng())
    arrays.start()
    await set_scaling(dut, scaling)
    return scaling, arrays


def keep(name: str, seen: npt.ArrayLike) -> None:
    """Save what was seen for a caller who wants to look at it himself."""
    if SEEN in bench_setup().parameters:
        np.save(bench_setup().parameters[SEEN] / name, seen)


def tokens_of(config: AttentionHeadConfig) -> npt.NDArray[np.void]:
    """Return the tokens of a run: corners first."""
    usual = max(scaled(WINDOWS * config.window_tokens), config.window_tokens + 24)
    count = bench_setup().parameters.get(LONG_RUN, usual)
    return attention_tokens(config, count, rng=seeded_rng())


@cocotb.test(timeout_time=20, timeout_unit="ms")
@cocotb.parametrize(pace=list(PACES))
async def attends_as_the_model_does(dut: Any, pace: str) -> None:
    config: AttentionHeadConfig = bench_setup().config
    i, o = ports(dut)
    scaling, _ = await begin(dut)
    tokens = tokens_of(config)

    received = await transfer(i, o, tokens, rng=seeded_rng(), pace=PACES[pace], settle_cycles=150)

    keep("tokens.npy", tokens)
    keep("outputs.npy", received)
    np.testing.assert_array_equal(received, attention_head(tokens, scaling, config))
    assert await read(dut, "tokens") == len(tokens)


@cocotb.test(timeout_time=5, timeout_unit="ms")
async def takes_new_gains_and_offsets_at_rest(dut: Any) -> None:
    config: AttentionHeadConfig = bench_setup().config
    i, o = ports(dut)
    first, _ = await begin(dut)
    second = {**first, "key": first["value"], "value": first["key"], "query": first["output"]}
    tokens = attention_tokens(config, 8, rng=seeded_rng())
    received = []

    for scaling, part in ((first, tokens[:4]), (second, tokens[4:])):
        assert await read(dut, "status") == 0
        await set_scaling(dut, scaling)
        sent = transfer(i, o, part, rng=seeded_rng(), settle_cycles=150)
        received.extend(await sent)

    of_tokens = {
        name: {field: 4 * [first[name][field]] + 4 * [second[name][field]] for field in first[name]}
        for name in first
    }
    np.testing.assert_array_equal(received, attention_head(tokens, of_tokens, config))


@cocotb.test(timeout_time=5, timeout_unit="ms")
@cocotb.parametrize(reset_cycle=[5, 20, 37, 70, 101])
async def begins_anew_after_a_reset_at_any_time(dut: Any, reset_cycle: int) -> None:
    config: AttentionHeadConfig = bench_setup().config
    i, o = ports(dut)
    scaling, arrays = await begin(dut)
    tokens = attention_tokens(config, 6, rng=seeded_rng())
    sender = cocotb.start_soon(drive(i, tokens, rng=seeded_rng()))
    await ClockCycles(dut.clk, reset_cycle)
    sender.cancel()
    arrays.stop()
    i.valid.value, dut.rst.value = 0, 1
    await ClockCycles(dut.clk, 1)
    dut.rst.value = 0
    GainCellArrays(dut, config, seeded_rng()).start()
    await set_scaling(dut, scaling)

    received = await transfer(i, o, tokens, rng=seeded_rng(), settle_cycles=150)

    np.testing.assert_array_equal(received, attention_head(tokens, scaling, config))


@cocotb.test(timeout_time=5, timeout_unit="ms")
async def keeps_the_schedule_that_it_declares(dut: Any) -> None:
    config: AttentionHeadConfig = bench_setup().config
    i, o = ports(dut)
    await begin(dut)
    tokens = attention_tokens(config, 5, rng=seeded_rng())
    offered, accepted, given = [], [], []

    async def watch() -> None:
        for cycle in count():
            await RisingEdge(dut.clk)
            if i.valid.value == 1:
                offered.append(cycle)
            if i.valid.value == 1 and i.ready.value == 1:
                accepted.append(cycle)
            if o.valid.value == 1:
                given.append(cycle)

    cocotb.start_soon(watch())
    await transfer(i, o, tokens, rng=seeded_rng(), settle_cycles=150)

    keep("cycles.npy", [given[0] - offered[0], *np.diff(given)])
    schedule = config.schedule
    assert given[0] - offered[0] == schedule.latency_cycles
    assert accepted[0] - offered[0] == 1
    assert set(np.diff(accepted)) == set(np.diff(given)) == {schedule.interval_cycles}
