"""Tests of the host's port."""

import pytest
from amaranth.sim import Simulator

from rtl.spi_registers import spi_registers
from rtl.spi_target import SpiTarget
from verification.register_access import read_register, write_register
from verification.simulating import run_to_end
from verification.spi_host import host_reads, host_sends, host_writes, words_read

REGISTERS = spi_registers(runs=False)
REFUSED = 0x1000
HALF_PERIOD_CYCLES = 5


def simulate(transfers, *, wait_cycles=0, runs=False, after=None):
    """Return what came back from each transfer, and the memory behind the port."""
    dut = SpiTarget(runs=runs)
    memory = {}
    came = []

    async def host(ctx):
        ctx.set(dut.select, 1)
        for data in transfers:
            levels = host_sends(data)
            bit = None
            while True:
                try:
                    level = next(levels) if bit is None else levels.send(bit)
                except StopIteration as ended:
                    came.append(ended.value)
                    break
                ctx.set(dut.clock, level.clock)
                ctx.set(dut.select, level.select)
                ctx.set(dut.receive, level.send)
                await ctx.tick().repeat(HALF_PERIOD_CYCLES)
                bit = ctx.get(dut.send)
        if after:
            await after(ctx, dut)

    async def answer(ctx):
        port = dut.port
        while True:
            while not ctx.get(port.valid):
                await ctx.tick()
            for _ in range(wait_cycles):
                await ctx.tick()
            address, write = ctx.get(port.address), ctx.get(port.write)
            assert ctx.get(port.mask) == 15
            ctx.set(port.ready, 1)
            ctx.set(port.fault, address >= REFUSED)
            if write and address < REFUSED:
                memory[address] = ctx.get(port.write_data)
            await ctx.tick()
            ctx.set(port.ready, 0)
            ctx.set(port.read_data, 0xFFFFFFFF if write else memory.get(address, 0))

    simulator = Simulator(dut)
    simulator.add_clock(40e-9)
    simulator.add_testbench(host)
    simulator.add_testbench(answer, background=True)
    run_to_end(simulator)
    return came, memory


@pytest.mark.parametrize("wait_cycles", [0, 8])
def test_words_go_to_ascending_addresses_and_come_from_there(wait_cycles):
    words = [0x01020304, 0xFFFFFFFF, 0x80000001]

    came, memory = simulate([host_writes(8, words), host_reads(8, 4)], wait_cycles=wait_cycles)

    assert memory == {8: words[0], 12: words[1], 16: words[2]}
    assert words_read(came[1]) == [*words, 0]


def test_one_address_may_be_meant_for_all():
    came, memory = simulate([host_writes(8, [1, 2, 3], stays=True), host_reads(8, 2, stays=True)])

    assert memory == {8: 3}
    assert words_read(came[1]) == [3, 3]


def test_what_nothing_answers_to_is_told_and_counted():
    told = []

    async def after(ctx, dut):
        told.append(await read_register(ctx, dut.bus, REGISTERS.address_of("refused")))

    came, _ = simulate([host_reads(REFUSED - 4, 3), host_writes(REFUSED, [1])], after=after)

    assert words_read(came[0]) == [0, None, None]
    assert told == [3]


def test_a_transfer_that_is_cut_short_or_unknown_does_nothing():
    write = host_writes(8, [5])
    told = []

    async def after(ctx, dut):
        told.append(await read_register(ctx, dut.bus, REGISTERS.address_of("refused")))

    bad = [write[:-1], write[:1], write[:3], b"\x55" + write[1:]]
    came, memory = simulate([*bad, host_reads(8, 1)], after=after)

    assert memory == {}
    assert words_read(came[-1]) == [0]
    assert told == [len(bad)]


def test_an_address_between_words_is_refused_and_counted():
    told = []

    async def after(ctx, dut):
        told.append(await read_register(ctx, dut.bus, REGISTERS.address_of("refused")))

    transfers = [host_writes(8, [5]), host_writes(10, [6, 7]), host_reads(9, 1), host_reads(8, 2)]
    came, memory = simulate(transfers, after=after)

    assert memory == {8: 5}
    assert [words_read(each) for each in came[2:]] == [[None], [5, 0]]
    assert told == [3]


def test_what_is_answered_too_late_is_no_word_and_counted():
    told = []

    async def after(ctx, dut):
        told.append(await read_register(ctx, dut.bus, REGISTERS.address_of("refused")))

    came, _ = simulate([host_reads(8, 3)], wait_cycles=600, after=after)

    assert words_read(came[0]) == [None, None, None]
    assert told == [1]  # the second, which was not asked for: the first still waited


@pytest.mark.parametrize("runs", [False, True])
def test_the_core_runs_as_the_register_says(runs):
    told = []

    async def after(ctx, dut):
        told.append(ctx.get(dut.run))
        await write_register(ctx, dut.bus, 4, 0b11)
        told.append((ctx.get(dut.run), ctx.get(dut.halt), ctx.get(dut.interrupt)))
        await write_register(ctx, dut.bus, REGISTERS.address_of("doorbell"), 1)
        ctx.set(dut.halted, 1)
        ctx.set(dut.position, 0x1234)
        told.append((await read_register(ctx, dut.bus, 8), ctx.get(dut.interrupt)))
        told.append(await read_register(ctx, dut.bus, REGISTERS.address_of("position")))

    simulate([], runs=runs, after=after)

    assert told == [runs, (1, 1, 0), (1, 1), 0x1234]
