"""Tests of the whole processor, beside its model."""

from functools import reduce

import numpy as np
import pytest
from amaranth.sim import Simulator

from rtl.processor import Processor
from rtl.processor_config import ProcessorCoreConfig
from rtl.processor_map import DATA_BASE, ProcessorMap
from rtl.processor_system_config import ProcessorSystemConfig
from verification.device_programs import device_program
from verification.golden.riscv.state import TRACE
from verification.processor_surroundings import QUIET, Liveliness, ProcessorSurroundings
from verification.program_parts import assembled
from verification.riscv_assembler import i_type, jump, load_constant, store
from verification.simulating import run_to_end

LOAD = 0x03
DATA, DEVICE = 10, 11  # registers
CONFIG = ProcessorSystemConfig(
    core=ProcessorCoreConfig(trace=True),
    processor_map=ProcessorMap(text_bytes=1024, data_bytes=1024),
    streams=2,
    pins=5,
    queue_bytes=4,
)
LIVELY = Liveliness(events=0.02, received=0.01, pins=0.005, lines=0.003, output_ready=0.6)
OUTPUTS = (
    *("input__ready", "output__valid", "output__payload"),
    *("outside__address", "outside__read_valid", "outside__write_valid", "outside__write_data"),
)


def port(dut, name):
    """Return a port by its name in Verilog."""
    return reduce(
        lambda part, step: part[int(step)] if step.isdecimal() else getattr(part, step),
        name.split("__"),
        dut,
    )


def simulate(image, instructions, *, liveliness=QUIET, seed=0):
    """Run a processor beside its model; return what was around it, and the cycles it took."""
    dut = Processor(CONFIG, text=image)
    around = ProcessorSurroundings(
        CONFIG, image, liveliness=liveliness, rng=np.random.default_rng(seed)
    )
    outputs = (*OUTPUTS, *(f"events__{n}__ready" for n in range(CONFIG.streams)))
    cycles = 0

    async def surround(ctx):
        nonlocal cycles
        while around.instructions < instructions and not ctx.get(dut.finished):
            for name, level in around.inputs().items():
                ctx.set(port(dut, name), level)
            told = None
            if ctx.get(dut.trace.valid):
                told = {n: ctx.get(getattr(dut.trace, n)) for n in (*TRACE, "lines")}
            around.end({name: ctx.get(port(dut, name)) for name in outputs}, told)
            await ctx.tick()
            cycles += 1
            assert cycles < 100 * instructions, "the processor hangs"

    simulator = Simulator(dut)
    simulator.add_clock(40e-9)
    simulator.add_testbench(surround)
    run_to_end(simulator)
    return around, cycles


@pytest.mark.parametrize("liveliness", [QUIET, LIVELY], ids=["quiet", "lively"])
def test_every_instruction_is_the_models(liveliness):
    around, _ = simulate(device_program(CONFIG), 600, liveliness=liveliness)

    assert around.instructions == 600
    assert around.received == around.sent[: len(around.received)]
    assert len(around.received) > 4 or liveliness is QUIET


def test_what_is_no_memory_of_data_takes_a_cycle_more():
    scratch = ProcessorMap().base_of("mailbox") + 20
    setup = [*load_constant(DATA, DATA_BASE), *load_constant(DEVICE, scratch)]
    fast = [i_type(LOAD, 2, 6, DATA, 0), store("sb", 6, DATA, 1)]
    slow = [i_type(LOAD, 2, 6, 0, 0), store("sw", 6, 0, 512)]  # instructions
    slow += [i_type(LOAD, 1, 6, DEVICE, 2), store("sw", 6, DEVICE, 0)]
    words = [*setup, *(5 * fast), *(5 * slow), jump(0, 0)]

    _, cycles = simulate(assembled(words), len(words))

    first_fetch, trace_port = 1, 1
    assert cycles == len(words) + 5 * len(slow) + first_fetch + trace_port
