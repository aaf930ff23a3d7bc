from amaranth.sim import Simulator

from rtl.compressed_decoder import CompressedDecoder
from verification.golden.riscv.compressed import expanded
from verification.simulating import run_to_end

ABOVE = 0xABCD0000  # what follows a compressed instruction in memory


def test_every_compressed_instruction_stands_for_what_the_model_says():
    dut = CompressedDecoder()
    wrong = []

    async def expand(ctx):
        for half in range(1 << 16):
            if half & 3 == 3:
                continue
            ctx.set(dut.i, ABOVE | half)
            if ctx.get(dut.o) != expanded(half) or not ctx.get(dut.compressed):
                wrong.append(hex(half))

    simulator = Simulator(dut)
    simulator.add_testbench(expand)
    run_to_end(simulator)

    assert wrong == []


def test_an_instruction_of_32_bits_passes():
    dut = CompressedDecoder()
    seen = []

    async def expand(ctx):
        ctx.set(dut.i, 0xDEADBEEF)
        seen.append((ctx.get(dut.o), ctx.get(dut.compressed)))

    simulator = Simulator(dut)
    simulator.add_testbench(expand)
    run_to_end(simulator)

    assert seen == [(0xDEADBEEF, 0)]
