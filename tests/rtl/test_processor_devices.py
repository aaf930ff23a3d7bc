"""Tests of mailbox, timer, interrupt controller and pins, beside their models."""

import numpy as np
from amaranth.sim import Simulator

from rtl.gpio import Gpio
from rtl.interrupt_controller import InterruptController
from rtl.mailbox import Mailbox
from rtl.timer import Timer
from verification.golden.devices.gpio import GpioModel
from verification.golden.devices.interrupts import InterruptsModel
from verification.golden.devices.mailbox import MailboxModel
from verification.golden.devices.timer import TimerModel
from verification.simulating import run_to_end

CYCLES = 2000


def simulate(dut, testbench):
    simulator = Simulator(dut)
    simulator.add_clock(40e-9)
    simulator.add_testbench(testbench)
    run_to_end(simulator)


class Accesses:
    """Makes random accesses of a device, of the circuit and of the model alike."""

    def __init__(self, dut, model, rng, values):
        self.dut, self.model, self.rng, self.values = dut, model, rng, values
        self.addresses = [address for address, _ in dut.registers.placed()]
        self.expected = None
        self.writes = None

    def begin(self, ctx):
        """Ask for something, after a look at the answer to what was asked before."""
        bus, rng = self.dut.bus, self.rng
        address = int(rng.choice(self.addresses))
        kind = rng.random()
        word = int(rng.choice(self.values)) if kind < 0.2 else None
        reads = 0.2 <= kind < 0.6
        ctx.set(bus.address, address)
        ctx.set(bus.write_valid, word is not None)
        ctx.set(bus.write_data, word or 0)
        ctx.set(bus.read_valid, reads)
        if self.expected is not None:
            assert (ctx.get(bus.read_data), ctx.get(bus.error)) == self.expected
        answer = self.model.read(address) if reads else None
        self.expected = (answer.read_data, answer.error) if answer else (0, 0)
        self.writes = None if word is None else (address, word)

    def end(self):
        """Let the model take what is written, at the end of the cycle."""
        if self.writes:
            self.expected = 0, self.model.write(*self.writes).error


def test_the_mailbox_is_its_model():
    dut, model = Mailbox(4), MailboxModel(4, drained=False)
    rng = np.random.default_rng(1)
    accesses = Accesses(dut, model, rng, [0x41, 0x142, 0xFFFFFFFF, 7])
    waited = []

    async def compare(ctx):
        for _ in range(CYCLES):
            byte = int(rng.integers(256))
            offers = rng.random() < 0.2
            ctx.set(dut.input.valid, offers)
            ctx.set(dut.input.payload, byte)
            assert ctx.get(dut.waiting) == model.interrupt
            waited.append(model.interrupt)
            assert ctx.get(dut.finished) == (model.exit_code is not None)
            assert ctx.get(dut.exit_code) == (model.exit_code or 0)
            # The order within a cycle: a queue that is full takes nothing, though it is read.
            was_full = len(model.queue("input")) == 4
            accesses.begin(ctx)
            if offers and ctx.get(dut.input.ready):
                assert not was_full
                assert model.send(byte)
            accesses.end()
            await ctx.tick()

    simulate(dut, compare)

    assert 0 < sum(waited) < CYCLES


def test_bytes_leave_the_mailbox_in_order():
    dut = Mailbox(4)
    came = []

    async def send(ctx):
        for byte in range(6):
            ctx.set(dut.bus.write_valid, 1)
            ctx.set(dut.bus.write_data, byte)
            await ctx.tick()
        ctx.set(dut.bus.write_valid, 0)
        ctx.set(dut.output.ready, 1)
        while ctx.get(dut.output.valid):
            came.append(ctx.get(dut.output.payload))
            await ctx.tick()

    simulate(dut, send)

    assert came == [0, 1, 2, 3]  # two were lost


def test_the_timer_is_its_model():
    dut, model = Timer(), TimerModel()
    accesses = Accesses(dut, model, np.random.default_rng(2), [0, 1, 3, 100, 300, 0xFFFFFFFF])
    due_before = []

    async def compare(ctx):
        for _ in range(CYCLES):
            assert ctx.get(dut.software) == model.software
            if due_before:
                assert ctx.get(dut.due) == due_before[-1]
            due_before.append(model.interrupt)
            accesses.begin(ctx)
            model.advance(1)
            accesses.end()
            await ctx.tick()

    simulate(dut, compare)

    assert 0 < sum(due_before) < CYCLES


def test_the_model_of_the_timer_knows_when_time_has_come():
    model = TimerModel()
    model.write(16, 4)
    model.write(8, 7)
    model.write(12, 0)

    due = model.due_in
    assert due is not None
    model.advance(due - 1)
    assert not model.interrupt
    model.advance(1)
    assert model.interrupt
    assert (model.time, model.due_in) == (7, None)


def test_the_interrupt_controller_is_its_model():
    dut, model = InterruptController(), InterruptsModel()
    rng = np.random.default_rng(3)
    accesses = Accesses(dut, model, rng, [0, 0xFFFF, 0x8001, 0x0010])
    seen = []

    async def compare(ctx):
        for _ in range(CYCLES):
            sources = 1 << int(rng.integers(16)) if rng.random() < 0.2 else 0
            ctx.set(dut.sources, sources)
            assert ctx.get(dut.lines) == model.lines
            seen.append(model.lines != 0)
            model.sources = sources
            accesses.begin(ctx)
            accesses.end()
            model.ring(sources)
            await ctx.tick()

    simulate(dut, compare)

    assert 0 < sum(seen) < CYCLES


def test_the_pins_are_their_model_three_cycles_later():
    dut, model = Gpio(5), GpioModel(5)
    rng = np.random.default_rng(4)
    accesses = Accesses(dut, model, rng, [0, 0b11111, 0b10101, 0b00010])
    seen = []

    async def compare(ctx):
        on_their_way = [0] * (Gpio.latency - 1)
        level = 0
        for _ in range(CYCLES):
            level = int(rng.integers(32)) if rng.random() < 0.1 else level
            ctx.set(dut.input, level)
            on_their_way.append(level)
            assert ctx.get(dut.output) == model.output
            assert ctx.get(dut.drive) == model.drive
            assert ctx.get(dut.interrupt) == model.interrupt
            seen.append(model.interrupt)
            accesses.begin(ctx)
            # What comes in the cycle of a write is watched for as before, and not cleared.
            changes = on_their_way.pop(0)
            if accesses.writes and dut.registers.address_of("pending") == accesses.writes[0]:
                accesses.end()
                model.set_input(changes)
            else:
                model.set_input(changes)
                accesses.end()
            await ctx.tick()

    simulate(dut, compare)

    assert 0 < sum(seen) < CYCLES
