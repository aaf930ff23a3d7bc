"""Tests of a core that is gated while it sleeps, and of devices whose core the host takes back."""

from contextlib import suppress

import pytest
from amaranth.sim import Simulator

from rtl.processor import Processor
from rtl.processor_config import ProcessorCoreConfig
from rtl.processor_map import DATA_BASE, Line, ProcessorMap
from rtl.processor_system_config import ProcessorSystemConfig
from verification.program_parts import assembled, ends, store_word
from verification.riscv_assembler import i_type, jump, load_constant, r_type, store
from verification.simulating import run_to_end
from verification.spi_host import host_sends, host_writes

LOAD, OP_IMM, SYSTEM, WFI = 0x03, 0x13, 0x73, 0x10500073
MIE, MCYCLE = 0x304, 0xB00
DATA, WORD = 10, 0x1234ABCD
SLEEP = 150  # until this time, from reset on
TIMER = ProcessorMap().base_of("timer")
SIZES = ProcessorMap(text_bytes=256, data_bytes=64)


def sleeper():
    """Return a program that tells how many cycles its counter saw pass around a sleep."""
    return [
        *store_word(TIMER + 8, SLEEP),
        *store_word(TIMER + 12, 0),
        *load_constant(7, 1 << Line.TIMER),
        i_type(SYSTEM, 1, 0, 7, MIE),
        *load_constant(DATA, DATA_BASE),
        i_type(SYSTEM, 2, 12, 0, MCYCLE),
        i_type(LOAD, 2, 8, DATA, 8),  # arrives while it falls asleep
        WFI,
        store("sw", 8, DATA, 12),
        i_type(SYSTEM, 2, 13, 0, MCYCLE),
        r_type("sub", 11, 13, 12),
        *ends(11),
    ]


def simulate(dut, testbench):
    simulator = Simulator(dut)
    simulator.add_clock(40e-9)
    simulator.add_testbench(testbench)
    run_to_end(simulator)


@pytest.mark.parametrize("gated", [False, True])
def test_registers_of_a_gated_core_keep_still_until_something_wakes_it(gated):
    config = ProcessorSystemConfig(
        core=ProcessorCoreConfig(trace=True), processor_map=SIZES, mac_array=False, gated=gated
    )
    words = sleeper()
    dut = Processor(config, text=assembled(words), data=bytes(8) + WORD.to_bytes(4, "little"))
    told, stored, asleep = [], [], []

    async def watch(ctx):
        while not ctx.get(dut.finished):
            if ctx.get(dut.trace.valid):
                told.append(ctx.get(dut.trace.insn))
                stored.append(ctx.get(dut.trace.mem_wdata))
            asleep.append(ctx.get(dut.sleeping))
            await ctx.tick()
        passed = ctx.get(dut.exit_code)
        awake = 4
        assert passed == (awake + 1 if gated else awake + sum(asleep))

    simulate(dut, watch)

    assert told == words[:-1]  # the last ends the program
    assert WORD in stored
    assert sum(asleep) > SLEEP // 2
    assert len(asleep) > SLEEP


def test_when_the_host_takes_the_core_back_devices_are_as_after_reset():
    bases = ProcessorMap()
    words = [
        *store_word(bases.base_of("gpio"), 3),
        *store_word(bases.base_of("dma") + 8, 16),
        *store_word(bases.base_of("dma"), 1),
        i_type(OP_IMM, 0, 10, 10, 5),  # once, and once more
        *ends(10),
        jump(0, 0),
    ]
    dut = Processor(
        ProcessorSystemConfig(processor_map=SIZES, mac_array=False), text=assembled(words)
    )
    seen = []

    async def host(ctx):
        async def look():
            await ctx.tick().repeat(40)
            levels = dut.finished, dut.exit_code, dut.pins_output, dut.events[0].ready
            seen.append([ctx.get(level) for level in levels])

        async def set_run(run):
            levels = host_sends(host_writes(bases.base_of("spi") + 4, [run]))
            level = next(levels)
            with suppress(StopIteration):
                while True:
                    ctx.set(dut.spi_clock, level.clock)
                    ctx.set(dut.spi_select, level.select)
                    ctx.set(dut.spi_receive, level.send)
                    await ctx.tick().repeat(5)
                    level = levels.send(ctx.get(dut.spi_send))

        ctx.set(dut.spi_select, 1)
        await look()
        for run in (0, 1):
            await set_run(run)
            await look()

    simulate(dut, host)

    assert seen == [[1, 5, 3, 1], [0, 0, 0, 0], [1, 10, 3, 1]]
