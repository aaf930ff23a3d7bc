"""A core in Amaranth's simulator, every instruction held against its model's."""

import numpy as np
from amaranth.sim import Simulator

from rtl.processor_core import ProcessorCore
from verification.golden.riscv.state import TRACE
from verification.processor_harness import Lockstep, MemorySystem, Waits
from verification.riscv_assembler import jump
from verification.simulating import run_to_end

NO_WAITS = Waits()


def simulate(config, image, instructions, *, waits=NO_WAITS, seed=0):
    """Run a core beside its model; return the cycles it took."""
    dut = ProcessorCore(config)
    memory = MemorySystem(image, waits, np.random.default_rng(seed))
    lockstep = Lockstep(config, image)
    cycles = 0

    async def surround(ctx):
        nonlocal cycles
        done = 0
        while done < instructions:
            memory.begin()
            answer = memory.answer(data_address=0)
            for _ in range(2):  # the address of an access depends on what is fetched
                ctx.set(dut.fetch.ready, answer.fetch_ready)
                ctx.set(dut.fetch.data, answer.fetch_data)
                ctx.set(dut.fetch.fault, answer.fetch_fault)
                ctx.set(dut.data.ready, answer.data_ready)
                ctx.set(dut.data.fault, answer.data_fault)
                ctx.set(dut.data.read_data, answer.read_data)
                ctx.set(dut.interrupts, answer.interrupts)
                answer = memory.answer(data_address=ctx.get(dut.data.address))
            if ctx.get(dut.trace.valid):
                lockstep.check({n: ctx.get(getattr(dut.trace, n)) for n in (*TRACE, "lines")})
                done += 1
            core = {
                "fetch_valid": ctx.get(dut.fetch.valid),
                "fetch_address": ctx.get(dut.fetch.address),
                "data_valid": ctx.get(dut.data.valid),
                "data_address": ctx.get(dut.data.address),
                "data_write": ctx.get(dut.data.write),
                "data_mask": ctx.get(dut.data.mask),
                "data_write_data": ctx.get(dut.data.write_data),
            }
            await ctx.tick()
            memory.end(answer, core)
            cycles += 1
            assert cycles < 100 * instructions, "the core hangs"

    simulator = Simulator(dut)
    simulator.add_clock(40e-9)
    simulator.add_testbench(surround)
    run_to_end(simulator)
    return cycles


def straight(words):
    """Return a program that executes these words for ever."""
    body = b"".join(word.to_bytes(4, "little") for word in words)
    return body + jump(0, -len(body)).to_bytes(4, "little")
