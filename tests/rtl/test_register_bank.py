import dataclasses

import numpy as np
import pytest
from amaranth.hdl import Fragment, Module, Value
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import Out
from amaranth.sim import Simulator

from rtl.register_bank import RegisterBank
from rtl.register_bus import RegisterBusInterface
from rtl.registers import Access, RegisterMap
from tests.rtl.register_maps import EVERYTHING, MAPS
from verification.golden.register_bank import RegisterBankModel, Response
from verification.register_stimuli import BankCycle, register_stimulus
from verification.simulating import run_to_end

READ_ONLY_CONTENT = 0x5A7


class BankWithMemories(wiring.Component):
    """A bank, and for each field of an array a memory, as a block would have them."""

    bus: RegisterBusInterface

    def __init__(self, config: RegisterMap):
        self.bank = RegisterBank(config)
        super().__init__({"bus": Out(self.bank.bus.signature)})

    def elaborate(self, _platform):
        m = Module()
        m.submodules.bank = bank = self.bank
        wiring.connect(m, wiring.flipped(self.bus), bank.bus)
        for register in bank.config.registers:
            if register.count is None:
                continue
            port = bank.array(register.name)
            for field in register.fields:
                start = read_only_start(field)
                memory = Memory(
                    shape=field.width,
                    depth=register.count,
                    init=[field.reset or start] * register.count,
                )
                m.submodules[f"{register.name}_{field.name}"] = memory
                read = memory.read_port()
                m.d.comb += [
                    read.addr.eq(port.index),
                    read.en.eq(port.read_valid),
                    port.read_data[field.name].eq(read.data),
                ]
                if field.writable:
                    write = memory.write_port()
                    m.d.comb += [
                        write.addr.eq(port.index),
                        write.en.eq(port.write_valid),
                        write.data.eq(port.write_data[field.name]),
                    ]
        return m


def read_only_start(field):
    return READ_ONLY_CONTENT if field.access is Access.READ_ONLY else 0


def model_with_memories(config):
    model = RegisterBankModel(config)
    for register in config.registers:
        for index in range(register.count or 0):
            for field in register.fields:
                if field.access is Access.READ_ONLY:
                    model.set_value(register.name, field.name, read_only_start(field), index)
    return model


def kept_fields(config, access):
    return [
        (register.name, field.name)
        for register in config.registers
        for field in register.fields
        if register.count is None and field.access is access
    ]


def simulate(dut, testbench):
    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(testbench)
    run_to_end(simulator)


def run(config, cycles):
    """Return, per cycle, the answer to it and the fields that the hardware sees during it."""
    dut = BankWithMemories(config)
    bank, bus = dut.bank, dut.bus
    counters = kept_fields(config, Access.COUNTER)
    statuses = kept_fields(config, Access.READ_ONLY)
    settings = kept_fields(config, Access.READ_WRITE)
    responses, seen = [], []

    async def testbench(ctx):
        for cycle in cycles:
            ctx.set(bus.address, cycle.address)
            ctx.set(bus.write_valid, cycle.write_data is not None)
            ctx.set(bus.write_data, cycle.write_data or 0)
            ctx.set(bus.read_valid, cycle.read)
            for key in counters:
                ctx.set(bank.field(*key), cycle.increments.get(key, 0))
            for key in statuses:
                ctx.set(bank.field(*key), cycle.status.get(key, 0))
            seen.append({key: ctx.get(bank.field(*key)) for key in settings})
            await ctx.tick()
            responses.append(Response(ctx.get(bus.read_data), bool(ctx.get(bus.error))))

    simulate(dut, testbench)
    return responses, seen


def expect(config, cycles):
    model = model_with_memories(config)
    responses, seen = [], []
    for cycle in cycles:
        for key in kept_fields(config, Access.READ_ONLY):
            model.set_value(*key, cycle.status.get(key, 0))
        settings = kept_fields(config, Access.READ_WRITE)
        seen.append({key: model.value(*key) for key in settings})
        responses.append(
            model.cycle(
                cycle.address,
                write_data=cycle.write_data,
                read=cycle.read,
                increments=cycle.increments,
            )
        )
    return responses, seen


@pytest.mark.parametrize("config", MAPS.values(), ids=list(MAPS))
def test_equals_the_golden_model_on_corners_and_random_cycles(config):
    cycles = register_stimulus(config, random_count=2000, rng=np.random.default_rng(seed=41))

    responses, seen = run(config, cycles)

    expected_responses, expected_seen = expect(config, cycles)
    assert responses == expected_responses
    assert seen == expected_seen


def test_golden_model_equals_a_worked_example():
    address = EVERYTHING.address_of
    lost = {("losses", "lost"): 0xFFFF_FFFE}
    one = {("losses", "lost"): 1}
    cycles_and_responses = [
        (BankCycle(address=0x0, read=True), Response(0xA50102, error=False)),
        (BankCycle(address=0x4, read=True), Response(0b0001_10_1, error=False)),
        (BankCycle(address=0x4, write_data=0x7B), Response(0, error=False)),
        (BankCycle(address=0x4, read=True), Response(0x7B, error=False)),
        (BankCycle(address=0x8, read=True, status={("state", "level_now"): 3}), Response(6, False)),
        (BankCycle(address=0x8, write_data=1), Response(0, error=True)),
        (BankCycle(address=0xC, read=True, increments=lost), Response(0, error=False)),
        (BankCycle(address=0xC, read=True, increments=one), Response(0xFFFF_FFFE, error=False)),
        (BankCycle(address=0xC, read=True, increments=one), Response(0xFFFF_FFFF, error=False)),
        (BankCycle(address=0xC, write_data=0), Response(0, error=False)),
        (
            BankCycle(address=0xC, write_data=2, read=True, increments=one),
            Response(0xFFFF_FFFF, error=False),
        ),
        (BankCycle(address=0xC, read=True), Response(1, error=False)),
        (BankCycle(address=address("channel", 4), read=True), Response(1001, error=False)),
        (BankCycle(address=address("channel", 4), write_data=6), Response(0, error=False)),
        (BankCycle(address=address("channel", 4), read=True), Response(6, error=False)),
        (BankCycle(address=address("channel", 3), read=True), Response(1001, error=False)),
        (BankCycle(address=address("channel", 4) + 4, read=True), Response(0, error=True)),
        (BankCycle(address=0x2, read=True), Response(0, error=True)),
        (BankCycle(address=0x5, write_data=0), Response(0, error=True)),
        (BankCycle(address=0x4, read=True), Response(0x7B, error=False)),
        (BankCycle(address=0x0, write_data=1, read=True), Response(0xA50102, error=True)),
    ]
    cycles = [cycle for cycle, _ in cycles_and_responses]
    expected = [response for _, response in cycles_and_responses]

    assert expect(EVERYTHING, cycles)[0] == expected
    assert run(EVERYTHING, cycles)[0] == expected


def test_latency_is_as_declared():
    dut = BankWithMemories(EVERYTHING)
    delays = []

    async def testbench(ctx):
        for address in (0x0, EVERYTHING.address_of("channel", 2)):
            ctx.set(dut.bus.address, address)
            ctx.set(dut.bus.read_valid, 1)
            delay = 0
            while not ctx.get(dut.bus.read_data):
                await ctx.tick()
                ctx.set(dut.bus.read_valid, 0)
                delay += 1
            delays.append(delay)
            await ctx.tick()

    simulate(dut, testbench)

    assert delays == [RegisterBank.latency] * 2


def test_an_answer_lasts_one_cycle():
    cycles = [
        BankCycle(address=0x0, read=True),
        BankCycle(address=0x0),
        BankCycle(address=0x3, read=True),
        BankCycle(address=0x3),
    ]

    responses, _ = run(EVERYTHING, cycles)

    assert responses == [
        Response(0xA50102, error=False),
        Response(0, error=False),
        Response(0, error=True),
        Response(0, error=False),
    ]


def test_an_array_is_asked_only_for_words_that_it_has():
    dut = BankWithMemories(EVERYTHING)
    port = dut.bank.array("channel")
    asked, written = set(), set()

    async def testbench(ctx):
        ctx.set(dut.bus.read_valid, 1)
        ctx.set(dut.bus.write_valid, 1)
        for address in range(1 << EVERYTHING.address_width):
            ctx.set(dut.bus.address, address)
            if ctx.get(port.read_valid):
                asked.add((address, ctx.get(port.index)))
            if ctx.get(port.write_valid):
                written.add((address, ctx.get(port.index)))
            await ctx.tick()

    simulate(dut, testbench)

    assert asked == {(EVERYTHING.address_of("channel", index), index) for index in range(5)}
    assert written == asked


def test_an_array_that_software_cannot_write_is_never_asked_to():
    dut = BankWithMemories(EVERYTHING)
    written = []

    async def testbench(ctx):
        ctx.set(dut.bus.write_valid, 1)
        for index in range(3):
            ctx.set(dut.bus.address, EVERYTHING.address_of("peaks", index))
            written.append(ctx.get(dut.bank.array("peaks").write_valid))
            await ctx.tick()

    simulate(dut, testbench)

    assert written == [0, 0, 0]


def test_ports_follow_the_map():
    bank = built(EVERYTHING)

    ports = {
        "__".join(str(step) for step in path): (str(member.flow), Value.cast(value).shape().width)
        for path, member, value in bank.signature.flatten(bank)
    }

    assert {name: port for name, port in ports.items() if not name.startswith("bus__")} == {
        "control__enable": ("Out", 1),
        "control__mode": ("Out", 2),
        "control__lag": ("Out", 4),
        "state__warm": ("In", 1),
        "state__level_now": ("In", 7),
        "losses__lost": ("In", 32),
        "faults__clipped": ("In", 2),
        "faults__tripped": ("In", 1),
        "faults__lag": ("Out", 4),
        "faults__warm": ("In", 1),
        "resets__resets": ("In", 1),
        **array_ports("channel", index_width=3, width=17),
        **array_ports("peaks", index_width=2, width=12),
        **array_ports("both", index_width=1, width=28),
    }


def built(config):
    """Return a bank that has been elaborated, as Amaranth warns of one that has not."""
    bank = RegisterBank(config)
    Fragment.get(bank, None)
    return bank


def array_ports(name, *, index_width, width):
    return {
        f"{name}__index": ("Out", index_width),
        f"{name}__write_valid": ("Out", 1),
        f"{name}__write_data": ("Out", width),
        f"{name}__read_valid": ("Out", 1),
        f"{name}__read_data": ("In", width),
    }


def test_no_register_can_hide_an_attribute_of_the_bank():
    bank = built(MAPS["one_word"])
    public = {name for name in dir(bank) if not name.startswith("_")}

    for name in public - {"field"}:  # a keyword of SystemRDL
        with pytest.raises(ValueError, match=f"^register name must not be .*{name}"):
            one_register_map(name)


def one_register_map(name):
    [register] = MAPS["one_word"].registers
    return dataclasses.replace(
        MAPS["one_word"], registers=(dataclasses.replace(register, name=name),)
    )
