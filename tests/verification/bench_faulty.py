"""Bench of ``FaultyStage``: the shared drivers and monitors notice every fault."""

import cocotb
from cocotb.triggers import ReadWrite, RisingEdge

from tests.verification.blocks import FAULTS, number
from verification.cocotb_benches.setup import seeded_rng, start
from verification.cocotb_benches.streams import StreamPort, transfer
from verification.pacing import PACES
from verification.stream_rules import StreamRuleError, check_payloads


async def send(dut, fault):
    i, o = (StreamPort.find(dut, name, 8) for name in ("i", "o"))
    await start(dut)
    dut.fault.value = number(fault) if fault else 0
    received = await transfer(i, o, range(10, 60), rng=seeded_rng(), pace=PACES["stalled"])
    check_payloads("o", received, range(10, 60))


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def passes_without_a_fault(dut):
    await send(dut, None)


@cocotb.test(timeout_time=1, timeout_unit="ms", expect_error=StreamRuleError)
@cocotb.parametrize(fault=FAULTS[:2])
async def catches_a_broken_rule(dut, fault):
    await send(dut, fault)


@cocotb.test(timeout_time=1, timeout_unit="ms", expect_error=AssertionError)
@cocotb.parametrize(fault=FAULTS[2:4])
async def catches_a_wrong_payload(dut, fault):
    await send(dut, fault)


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def wrongly_believes_in_the_stage(dut):
    await send(dut, FAULTS[1])


@cocotb.test(timeout_time=10, timeout_unit="us")
async def never_ends(dut):
    await start(dut)
    while True:
        await RisingEdge(dut.clk)


@cocotb.test(timeout_time=10, timeout_unit="us")
async def stands_still(dut):
    while True:
        await ReadWrite()
        dut.fault.value = 0
