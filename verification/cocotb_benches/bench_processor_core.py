"""Bench for the exported Verilog of :class:`rtl.processor_core.ProcessorCore`, in lockstep."""

from functools import cache
from typing import Any

import cocotb
from cocotb.triggers import FallingEdge, RisingEdge, Timer

from rtl.processor_config import ProcessorCoreConfig
from verification.cocotb_benches.setup import bench_setup, scaled, seeded_rng, start
from verification.golden.riscv.state import TRACE
from verification.processor_corners import corner_program
from verification.processor_coverage import ProcessorCoverage
from verification.processor_harness import MEMORIES, Lockstep, MemorySystem, Waits
from verification.processor_hazards import hazard_program
from verification.processor_programs import random_program

INSTRUCTIONS = 3500
TWICE = 2000  # through the program of hazards
SELDOM = 0.02  # but often enough to wake it up
PATIENCE = 100  # cycles an instruction may take, waits included
DEVICE = 0x40000080
ALL = 0xFFFFFFFF
WAITS = {
    "never": Waits(interrupt=0.03),
    "fetch": Waits(fetch_ready=0.5, interrupt=0.01),
    "data": Waits(data_ready=0.3, interrupt=0.01),
    "both": Waits(fetch_ready=0.7, data_ready=0.6, interrupt=0.03),
}
REQUESTS = {
    "fetch_valid": "fetch__valid",
    "fetch_address": "fetch__address",
    "data_valid": "data__valid",
    "data_address": "data__address",
    "data_write": "data__write",
    "data_mask": "data__mask",
    "data_write_data": "data__write_data",
}
ANSWERS = {
    "fetch_ready": "fetch__ready",
    "fetch_data": "fetch__data",
    "fetch_fault": "fetch__fault",
    "data_ready": "data__ready",
    "data_fault": "data__fault",
    "read_data": "data__read_data",
    "interrupts": "interrupts",
}


@cache
def coverage() -> ProcessorCoverage:
    """Return what all tests of this run have met so far."""
    return ProcessorCoverage(bench_setup().config)


@cocotb.test(timeout_time=100, timeout_unit="ms")
@cocotb.parametrize(waits=list(WAITS))
async def executes_as_the_model_does(dut: Any, waits: str) -> None:
    config: ProcessorCoreConfig = bench_setup().config
    middle = MEMORIES.data_base + MEMORIES.data_bytes // 2
    image = random_program(
        seeded_rng(),
        data_base=middle,
        outside=DEVICE,
        compressed=config.compressed,
        dot=config.dot,
    )
    await start(dut)

    await in_lockstep(dut, config, image, scaled(INSTRUCTIONS), WAITS[waits])


@cocotb.test(timeout_time=100, timeout_unit="ms")
async def computes_every_pair_of_corners(dut: Any) -> None:
    config: ProcessorCoreConfig = bench_setup().config
    image, count = corner_program(compressed=config.compressed)
    await start(dut)

    await in_lockstep(dut, config, image, count, Waits())


@cocotb.test(timeout_time=100, timeout_unit="ms")
@cocotb.parametrize(interrupted=[False, True])
async def uses_at_once_what_was_computed_or_loaded(dut: Any, interrupted: bool) -> None:
    config: ProcessorCoreConfig = bench_setup().config
    image = hazard_program(config, text_bytes=MEMORIES.text_bytes, data_base=MEMORIES.data_base)
    instructions = scaled(2 * INSTRUCTIONS if interrupted else TWICE)
    await start(dut)

    await in_lockstep(
        dut, config, image, instructions, Waits(interrupt=0.4 if interrupted else SELDOM)
    )


@cocotb.test()
async def has_met_everything_by_now(_dut: Any) -> None:
    """Demand that the tests before this one reached every bin, if they were as long as intended."""
    assert coverage().missing() == [] or scaled(INSTRUCTIONS) < INSTRUCTIONS


def clear_latches(dut: Any, config: ProcessorCoreConfig) -> None:
    """Let registers of latches, which power up with anything, begin as the model's do."""
    if config.registers == "latches" and cocotb.SIM_NAME.startswith("Icarus"):
        for number in range(1, 32):  # Verilator, without unknowns, has zeros there and hides them
            getattr(dut.registers, f"latch_{number}").word.value = 0


async def in_lockstep(
    dut: Any, config: ProcessorCoreConfig, image: bytes, instructions: int, waits: Waits
) -> None:
    """Hold each of so many instructions of a program against the model's."""
    clear_latches(dut, config)
    memory = MemorySystem(image, waits, seeded_rng())
    lockstep = Lockstep(config, image)
    falling, rising = FallingEdge(dut.clk), RisingEdge(dut.clk)
    late = config.registers == "latches"  # they must be open when what is loaded comes at last
    done, cycles = 0, 0
    while done < instructions:
        memory.begin()
        answer = memory.answer(data_address=0)
        for name, port in ANSWERS.items():
            getattr(dut, port).value = getattr(answer, name)
        if late:
            dut.data__read_data.value = answer.read_data ^ ALL
        await falling  # what is fetched decides what is asked of the data
        if late:
            dut.data__read_data.value = answer.read_data
            await Timer(1, unit="ns")  # it may be an address at once
        answer = memory.answer(data_address=int(dut.data__address.value))
        dut.data__fault.value = answer.data_fault
        await rising
        if dut.trace__valid.value:
            told = {name: int(getattr(dut, f"trace__{name}").value) for name in (*TRACE, "lines")}
            lockstep.check(told)
            cause = lockstep.model.state()["mcause"]
            coverage().add(told, cause)
            if told["intr"]:
                coverage().interrupt(cause & 31)
            done += 1
        memory.end(answer, {name: int(getattr(dut, p).value) for name, p in REQUESTS.items()})
        cycles += 1
        assert cycles < PATIENCE * instructions, f"hangs after {done} instructions"
