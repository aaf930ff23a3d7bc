"""Tests of the way from a load or store to a register."""

import numpy as np
import pytest
from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.sim import Simulator

from rtl.data_switch import DataSwitch
from rtl.peripheral_bus import PeripheralBus
from rtl.processor_map import DATA_BASE, OUTSIDE_BASE, ProcessorMap
from verification.simulating import run_to_end

MAP = ProcessorMap(text_bytes=64, data_bytes=64)
WIDTHS = {"mailbox": 5, "gpio": 4, "outside": 16}
WORD = 0xCAFE0000


def simulate(dut, master, *others):
    simulator = Simulator(dut)
    simulator.add_clock(40e-9)
    for each in others:
        simulator.add_testbench(each, background=True)
    simulator.add_testbench(master)
    run_to_end(simulator)


async def access(ctx, port, address, *, write=False, mask=15, data=0):
    """Return the cycles until the access was taken, whether it was refused, and what was read."""
    for name, value in (("address", address), ("write", write), ("mask", mask)):
        ctx.set(getattr(port, name), value)
    ctx.set(port.write_data, data)
    ctx.set(port.valid, 1)
    for cycles in range(20):
        *_, ready, fault = await ctx.tick().sample(port.ready, port.fault)
        if ready:
            ctx.set(port.valid, 0)
            return cycles, fault, ctx.get(port.read_data)
    raise AssertionError("the access hangs")


def registers(dut, name, seen, *, size=16):
    """Return a device that answers with its address, and refuses what is beyond its size."""
    bus = dut.bus(name)

    async def answer(ctx):
        while True:
            *_, address, reads, writes, word = await ctx.tick().sample(
                bus.address, bus.read_valid, bus.write_valid, bus.write_data
            )
            if reads or writes:
                seen.append((name, address, word if writes else None))
            refused = (reads or writes) and address >= size
            ctx.set(bus.read_data, WORD + address if reads and not refused else 0)
            ctx.set(bus.error, refused)

    return answer


@pytest.mark.parametrize(
    ("address", "options", "expected", "asked"),
    [
        (0x40000004, {}, (1, 0, WORD + 4), [("mailbox", 4, None)]),
        (0x40004008, {"mask": 2}, (1, 0, WORD + 8), [("gpio", 8, None)]),
        (0x40000008, {"write": True, "data": 7}, (1, 0, 0), [("mailbox", 8, 7)]),
        (0x4001000C, {}, (1, 0, WORD + 12), [("outside", 12, None)]),
        (0x40000014, {}, (1, 1, 0), [("mailbox", 20, None)]),
        (0x40000020, {}, (0, 1, None), []),
        (0x40004010, {}, (0, 1, None), []),
        (0x40001000, {}, (0, 1, None), []),
        (0x40000008, {"write": True, "mask": 3}, (0, 1, None), []),
    ],
    ids=[
        *("reads", "reads_a_byte", "writes", "outside", "refused_there"),
        *("beyond_its_addresses", "beyond_others", "no_device", "part_of_a_word"),
    ],
)
def test_a_device_sees_an_access_once(address, options, expected, asked):
    dut = PeripheralBus(WIDTHS)
    seen, told = [], []

    async def core(ctx):
        told.append(await access(ctx, dut.i, address, **options))

    simulate(dut, core, *(registers(dut, name, seen) for name in WIDTHS))

    cycles, fault, word = told[0]
    assert (cycles, fault) == expected[:2]
    assert word == expected[2] or expected[2] is None
    assert seen == asked


class Switched(wiring.Component):
    """A switch with devices behind it."""

    def __init__(self):
        self.switch, self.bus = DataSwitch(MAP), PeripheralBus(WIDTHS)
        super().__init__({})

    def elaborate(self, _platform):
        m = Module()
        m.submodules += self.switch, self.bus
        wiring.connect(m, self.switch.devices, self.bus.i)
        return m


def test_core_and_host_do_not_disturb_each_other():
    dut = Switched()
    switch, seen = dut.switch, []
    asked = {"core": 0, "host": 0}
    memory = {"text": {}, "memory": {}}

    def master(name, seed, pauses):
        port, rng = getattr(switch, name), np.random.default_rng(seed)

        async def run(ctx):
            for _ in range(150):
                while rng.random() < pauses:
                    await ctx.tick()
                offset = int(rng.integers(4)) * 4
                place = int(rng.integers(4))
                base = (0, DATA_BASE, OUTSIDE_BASE, 0x20000000)[place]
                # Each has words of its own, so that it knows what it must read.
                offset += 16 * (name == "host") if place < 2 else 0
                word = int(rng.integers(1 << 32))
                if place < 2:
                    _, fault, _ = await access(ctx, port, base + offset, write=True, data=word)
                    assert not fault
                _, fault, got = await access(ctx, port, base + offset)
                assert fault == (place == 3)
                assert place == 3 or got == (word if place < 2 else WORD + offset)
                asked[name] += place == 2

        return run

    def answer(name):
        port, words = getattr(switch, name), memory[name]
        rng = np.random.default_rng(3)

        async def run(ctx):
            while True:
                ready = rng.random() < 0.7
                ctx.set(port.ready, ready)
                *_, valid, address, write, data = await ctx.tick().sample(
                    port.valid, port.address, port.write, port.write_data
                )
                taken = ready and valid
                if taken and write:
                    words[address] = data
                ctx.set(port.read_data, words.get(address, 0) if taken and not write else 0xBAD)

        return run

    simulator = Simulator(dut)
    simulator.add_clock(40e-9)
    for each in (answer("text"), answer("memory"), registers(dut.bus, "outside", seen)):
        simulator.add_testbench(each, background=True)
    simulator.add_testbench(master("core", 1, 0.1))
    simulator.add_testbench(master("host", 2, 0.8))
    run_to_end(simulator)

    assert len(seen) == sum(asked.values())
    assert min(asked.values()) > 20
