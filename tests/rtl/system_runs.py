"""A whole processor in Amaranth's simulator, every instruction held against its model's."""

from functools import reduce

import numpy as np
from amaranth.hdl import Cat
from amaranth.sim import Simulator

from rtl.processor import Processor
from verification.golden.riscv.state import TRACE
from verification.processor_surroundings import QUIET, ProcessorSurroundings
from verification.simulating import run_to_end

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


class Together:
    """Signals that are read at once, which is much quicker than one after the other."""

    def __init__(self, signals):
        self.value = Cat(*signals.values())
        self._places = {}
        start = 0
        for name, signal in signals.items():
            self._places[name] = start, (1 << len(signal)) - 1
            start += len(signal)

    def read(self, ctx):
        """Return the levels by name."""
        word = ctx.get(self.value)
        return {name: word >> start & mask for name, (start, mask) in self._places.items()}


def simulate(config, image, instructions, *, liveliness=QUIET, seed=0, words=None):
    """Run a processor beside its model; return what was around it, and the cycles it took."""
    dut = Processor(config, text=image)
    around = ProcessorSurroundings(
        config, image, liveliness=liveliness, rng=np.random.default_rng(seed), words=words
    )
    names = (*OUTPUTS, *(f"events__{n}__ready" for n in range(config.streams)))
    outputs = Together({name: port(dut, name) for name in names})
    trace = Together({name: getattr(dut.trace, name) for name in (*TRACE, "lines")})
    cycles = 0

    async def surround(ctx):
        nonlocal cycles
        before = {}
        while around.instructions < instructions and not ctx.get(dut.finished):
            inputs = around.inputs()
            for name, level in inputs.items():
                if before.get(name) != level:
                    ctx.set(port(dut, name), level)
            before = inputs
            told = trace.read(ctx) if ctx.get(dut.trace.valid) else None
            around.end(outputs.read(ctx), told)
            await ctx.tick()
            cycles += 1
            assert cycles < 100 * instructions, "the processor hangs"

    simulator = Simulator(dut)
    simulator.add_clock(40e-9)
    simulator.add_testbench(surround)
    run_to_end(simulator)
    return around, cycles
