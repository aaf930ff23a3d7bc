import pytest
from amaranth.sim import Simulator

from rtl.processor_config import ProcessorCoreConfig
from rtl.processor_core import ProcessorCore
from verification.riscv_assembler import i_type
from verification.simulating import run_to_end

OP_IMM, WFI = 0x13, 0x10500073
COUNT = i_type(OP_IMM, 0, 5, 5, 1)  # addi t0, t0, 1


def run(script, *, insn=COUNT):
    """Let a core execute the same instruction for ever, and the script do what it wants."""
    dut = ProcessorCore(ProcessorCoreConfig(trace=True))
    simulator = Simulator(dut)
    retired = []

    async def bench(ctx):
        ctx.set(dut.fetch.ready, 1)
        ctx.set(dut.fetch.data, insn)

        async def cycles(count):
            for _ in range(count):
                await ctx.tick()
                if ctx.get(dut.trace.valid):
                    retired.append((ctx.get(dut.trace.pc_rdata), ctx.get(dut.trace.insn)))

        await script(ctx, dut, cycles)

    simulator.add_clock(40e-9)
    simulator.add_testbench(bench)
    run_to_end(simulator)
    return retired


def test_a_halted_core_asks_for_nothing_and_says_where_it_is():
    async def script(ctx, dut, cycles):
        await cycles(5)
        ctx.set(dut.halt_request, 1)
        await cycles(3)
        assert ctx.get(dut.halted)
        assert not ctx.get(dut.fetch.valid)
        assert ctx.get(dut.next_address) == 16

    retired = run(script)

    assert [address for address, _ in retired] == [0, 4, 8, 12]


def test_instructions_may_change_while_it_is_halted():
    other = i_type(OP_IMM, 0, 6, 6, 1)

    async def script(ctx, dut, cycles):
        await cycles(3)
        ctx.set(dut.halt_request, 1)
        await cycles(3)
        ctx.set(dut.fetch.data, other)
        await cycles(2)
        ctx.set(dut.halt_request, 0)
        await cycles(3)

    assert run(script) == [(0, COUNT), (4, COUNT), (8, other), (12, other)]


@pytest.mark.parametrize("steps", [1, 3])
def test_two_cycles_without_a_request_are_one_instruction(steps):
    async def script(ctx, dut, cycles):
        ctx.set(dut.halt_request, 1)
        await cycles(4)
        for step in range(steps):
            ctx.set(dut.halt_request, 0)
            await cycles(2)
            ctx.set(dut.halt_request, 1)
            await cycles(3)
            assert ctx.get(dut.halted)
            assert ctx.get(dut.next_address) == 4 * (step + 1)

    assert [address for address, _ in run(script)] == [4 * step for step in range(steps)]


def test_a_core_that_sleeps_can_be_halted():
    async def script(ctx, dut, cycles):
        await cycles(6)
        assert ctx.get(dut.sleeping)
        ctx.set(dut.halt_request, 1)
        await cycles(3)
        assert ctx.get(dut.halted)
        assert not ctx.get(dut.sleeping)
        assert ctx.get(dut.next_address) == 4

    assert run(script, insn=WFI) == [(0, WFI)]


def test_a_request_to_fetch_is_held_though_the_core_is_to_halt():
    async def script(ctx, dut, cycles):
        ctx.set(dut.fetch.ready, 0)
        await cycles(1)
        ctx.set(dut.halt_request, 1)
        await cycles(3)
        assert ctx.get(dut.fetch.valid)
        assert not ctx.get(dut.halted)
        ctx.set(dut.fetch.ready, 1)
        await cycles(2)
        assert ctx.get(dut.halted)

    assert run(script) == []
