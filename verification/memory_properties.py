"""What memories and buses of a processor owe to those who ask them, as properties."""

from collections.abc import Sequence
from typing import Any

from amaranth.hdl import Assert, Assume, Cat, Cover, Module, Signal, Value

from rtl.processor_map import (
    DATA_BASE,
    OUTSIDE_BASE,
    OUTSIDE_BYTES,
    PAGE_BYTES,
    PERIPHERAL_BASE,
    PERIPHERALS,
    TEXT_BASE,
)
from verification.stream_properties import StreamHarness

__all__ = [
    "bus_properties",
    "data_memory_properties",
    "ring_properties",
    "switch_properties",
    "text_memory_properties",
]

WORD, HALF, WORD_BYTES, ALL_BYTES = 32, 16, 4, 0b1111
REQUEST = ("address", "write", "mask", "write_data")


def data_memory_properties(m: Module, harness: StreamHarness, dut: Any) -> None:
    """Demand that every port reads what was written last, by whichever port, and who goes first.

    Shown for a word that the solver picks.

    Parameters
    ----------
    m : Module
        Receives the statements.
    harness : StreamHarness
        The top; ``spot`` is free.
    dut : DataMemory
        The memory.
    """
    spot = _constant(m, harness, "spot")
    events, data, wide = dut.events, dut.data, dut.wide
    word, bank = Signal(WORD), spot[:2]
    accesses = []
    for port in (events, data):
        place = port.address[2 : 2 + len(spot)]
        accesses.append((port, port.mask, port.write_data, port.read_data, place == spot))
    parts = [each.word_select(bank, len(each) // 4) for each in (wide.mask, wide.write_data)]
    beat = wide.address[4 : 2 + len(spot)] == spot[2:]
    read_data = wide.read_data.word_select(bank, WORD)
    accesses.append((wide, *parts, read_data, beat & (parts[0] != 0)))

    meant = []
    for port, mask, written, answer, hits in accesses:
        taken = port.valid & port.ready & hits
        meant.append(taken)
        reads = Signal(name=f"reads_{len(meant)}")
        m.d.sync += reads.eq(taken & ~port.write)
        with m.If(taken & port.write):
            for byte in range(WORD_BYTES):
                with m.If(mask[byte]):
                    m.d.sync += word.word_select(byte, 8).eq(written.word_select(byte, 8))
        with m.If(reads):
            m.d.comb += Assert(answer == word, "a port reads what was written last")
        m.d.comb += Cover(reads & (word != 0), "something is read")
    m.d.comb += Assert(sum(meant) <= 1, "one port at a time has a word")
    m.d.comb += Assert(events.ready, "events never wait")
    with m.If(~events.valid):
        m.d.comb += Assert(~data.valid | data.ready, "core and host wait for events alone")
        m.d.comb += Assert(~wide.valid | data.valid | wide.ready, "so does the array, and for them")


def text_memory_properties(m: Module, harness: StreamHarness, dut: Any) -> None:
    """Demand that fetches and loads get what was stored last, and that a fetch keeps it.

    Shown for a half-word that the solver picks.

    Parameters
    ----------
    m : Module
        Receives the statements.
    harness : StreamHarness
        The top; ``spot`` is free.
    dut : TextMemory
        The memory.
    """
    spot = _constant(m, harness, "spot")
    fetch, data = dut.fetch, dut.data
    stored = Signal(HALF)
    hits = data.valid & (data.address[2 : 1 + len(spot)] == spot[1:])
    mask = data.mask.word_select(spot[0], 2)
    for byte in range(2):
        with m.If(hits & data.write & mask[byte]):
            source = data.write_data.word_select(spot[0], HALF)
            m.d.sync += stored.word_select(byte, 8).eq(source.word_select(byte, 8))
    loads = Signal()
    m.d.sync += loads.eq(hits & ~data.write)
    with m.If(loads):
        m.d.comb += Assert(data.read_data.word_select(spot[0], HALF) == stored, "a load is right")
    m.d.comb += Assert(data.ready, "loads and stores never wait")
    m.d.comb += Assert(fetch.ready == ~data.valid, "and are all that a fetch waits for")

    m.d.comb += Assume(~fetch.address[0], "instructions are at even addresses")
    fetched = Signal()
    with m.If(fetch.valid & fetch.ready):
        m.d.sync += fetched.eq(1)
    for half in range(2):
        address = (fetch.address + 2 * half)[:WORD]
        is_inside, is_spot = Signal(name=f"inside_{half}"), Signal(name=f"spot_{half}")
        expected = Signal(HALF, name=f"expected_{half}")
        with m.If(fetch.valid & fetch.ready):
            inside = address < harness.dut.size_bytes
            m.d.sync += [
                is_inside.eq(inside),
                is_spot.eq(inside & (address[1 : 1 + len(spot)] == spot)),
                expected.eq(stored),
            ]
        with m.If(fetched):
            m.d.comb += Assert(fetch.fault[half] == ~is_inside, "what is no memory is refused")
        with m.If(is_spot):
            came = fetch.data.word_select(half, HALF)
            m.d.comb += Assert(came == expected, "what was fetched stays until the next fetch")
        m.d.comb += Cover(is_spot & loads & (expected != stored), "it has been overwritten")


def switch_properties(m: Module, _harness: StreamHarness, dut: Any) -> None:
    """Demand that every answer belongs to its request, and that the host waits for one access.

    Parameters
    ----------
    m : Module
        Receives the statements.
    _harness : StreamHarness
        The top.
    dut : DataSwitch
        The switch.
    """
    targets = {
        "text": (dut.text, TEXT_BASE, dut.config.text_bytes),
        "memory": (dut.memory, DATA_BASE, dut.config.data_bytes),
        "devices": (dut.devices, PERIPHERAL_BASE, OUTSIDE_BASE + OUTSIDE_BYTES - PERIPHERAL_BASE),
    }
    askers = {"host": dut.host, "core": dut.core}
    for name, port in askers.items():
        _steady(m, port, name, assume=True)
    for name, (target, _, _) in targets.items():
        _steady(m, target, name, assume=False)
    taken = {name: port.valid & port.ready for name, port in askers.items()}
    m.d.comb += Assert(~(taken["host"] & taken["core"]), "one of them at a time is answered")
    asked = Cat(*(target.valid for target, _, _ in targets.values()))
    m.d.comb += Assert((asked & (asked - 1)) == 0, "one of the targets at a time is asked")
    done = Cat(*(target.valid & target.ready for target, _, _ in targets.values()))
    with m.If(done.any()):
        m.d.comb += Assert(taken["host"] | taken["core"], "who is asked answers somebody")

    for name, port in askers.items():
        inside = []
        for number, (place, (target, base, size)) in enumerate(targets.items()):
            hits = (port.address >= base) & (port.address < base + size)
            inside.append(hits)
            reads = Signal(name=f"{name}_reads_{place}")
            m.d.sync += reads.eq(taken[name] & hits)
            with m.If(taken[name] & hits):
                m.d.comb += Assert(done == 1 << number, "an access goes where its address is")
                m.d.comb += Assert(port.fault == target.fault, "a refusal is the target's")
                for field in REQUEST:
                    same = getattr(port, field) == getattr(target, field)
                    m.d.comb += Assert(same, "and is what was asked")
            with m.If(reads):
                m.d.comb += Assert(port.read_data == target.read_data, "so is what was read")
        with m.If(taken[name] & ~Cat(*inside).any()):
            m.d.comb += Assert(port.fault & ~asked.any(), "elsewhere nothing is asked")

    waited = Signal(2)  # for accesses of the core
    with m.If(~dut.host.valid | dut.host.ready):
        m.d.sync += waited.eq(0)
    with m.Elif(taken["core"]):
        m.d.sync += waited.eq(waited + 1)
    m.d.comb += Assert(waited <= 1, "the host waits for one access of the core at most")
    m.d.comb += Cover((waited == 1) & taken["host"], "and for one it does wait")


def bus_properties(m: Module, _harness: StreamHarness, dut: Any) -> None:
    """Demand that each access reaches one device once, or none and is refused.

    Parameters
    ----------
    m : Module
        Receives the statements.
    _harness : StreamHarness
        The top.
    dut : PeripheralBus
        The bus.
    """
    i = dut.i
    _steady(m, i, "i", assume=True)
    address = i.address[: (2 * OUTSIDE_BYTES - 1).bit_length()]
    hits, asks, errors, words = [], [], [], []
    for name, width in dut.address_widths.items():
        bus = dut.bus(name)
        page = OUTSIDE_BASE - PERIPHERAL_BASE
        if name in PERIPHERALS:
            page = PAGE_BYTES * PERIPHERALS.index(name)
        hits.append((address >= page) & (address < page + (1 << width)))
        request = bus.read_valid | bus.write_valid
        asks.append(request)
        errors.append(bus.error)
        words.append(bus.read_data)
        was_asked = Signal(name=f"{name}_was_asked")
        m.d.sync += was_asked.eq(request)
        with m.If(~was_asked):
            m.d.comb += Assume((bus.read_data == 0) & ~bus.error, "silent unless it was asked")
        with m.If(request):
            m.d.comb += Assert(bus.address == (address - page)[:width], "a device's own address")
            m.d.comb += Assert(bus.write_valid == i.write, "stores write")
            m.d.comb += Assert(bus.read_valid == ~i.write, "loads read")
            m.d.comb += Assert(bus.write_data == i.write_data, "what is stored")
    hit, asked, before = Cat(*hits), Cat(*asks), Signal(len(hits))
    m.d.sync += before.eq(asked)
    whole = hit.any() & (~i.write | (i.mask == ALL_BYTES))
    with m.If(~i.valid):
        m.d.comb += Assert(asked == 0, "nobody is asked for nothing")
    with m.Elif(~whole):
        m.d.comb += Assert(i.ready & i.fault & (asked == 0), "what is not there is refused at once")
    with m.Elif(i.ready):
        m.d.comb += Assert((before == hit) & (asked == 0), "a device is asked once")
        m.d.comb += Assert(i.fault == Cat(*errors).any(), "a refusal is the device's")
    with m.Else():
        m.d.comb += Assert((asked == hit) & (before == 0), "and in the first of two cycles")
    joined, reads = Signal(WORD), Signal()
    answer = words[0]
    for each in words[1:]:
        answer |= each
    m.d.sync += [joined.eq(answer), reads.eq(i.valid & i.ready & whole & ~i.write)]
    with m.If(reads):
        m.d.comb += Assert(i.read_data == joined, "a load gets the device's word")
    m.d.comb += Cover(reads & (joined != 0), "something is read")


def ring_properties(m: Module, _harness: StreamHarness, dut: Any) -> None:
    """Demand that words of streams go into their ring and nowhere else, whatever is set.

    Parameters
    ----------
    m : Module
        Receives the statements.
    _harness : StreamHarness
        The top.
    dut : EventDma
        The rings.
    """
    registers, memory, bus = dut.config.registers, dut.memory, dut.bus
    takes = []
    for number, events in enumerate(dut.events):
        settings = {}
        for name, field in (("base", "address"), ("size", "bytes"), ("control", "enable")):
            register = registers.register(f"ring_{number}_{name}")
            described = register.field(field)
            value = Signal(described.width, init=described.reset, name=f"{name}_{number}")
            address = registers.address_of(register.name)
            with m.If(bus.write_valid & (bus.address == address)):
                m.d.sync += value.eq(bus.write_data)
            settings[name] = value
        taken = events.valid & events.ready
        takes.append(taken)
        end = settings["base"] + settings["size"]
        with m.If(taken):
            m.d.comb += Assert(settings["control"], "a ring that is off takes nothing")
        with m.If(taken & memory.valid):
            inside = (memory.address >= settings["base"]) & (memory.address < end)
            m.d.comb += Assert(inside, "what is written is written into the ring")
            m.d.comb += Assert(memory.write_data == events.payload, "and is what came")
        m.d.comb += Cover(taken & ~memory.valid, "a word is lost to a full ring")
    data_end = DATA_BASE + dut.config.processor_map.data_bytes
    m.d.comb += Assert(sum(takes) <= 1, "one stream at a time is taken")
    with m.If(memory.valid):
        m.d.comb += Assert(Cat(*takes).any(), "nothing is written that did not come")
        m.d.comb += Assert(memory.address[:2] == 0, "words are written where words are")
        in_memory = (memory.address >= DATA_BASE) & (memory.address < data_end)
        m.d.comb += Assert(in_memory & memory.write & memory.mask.all(), "in memory, as a whole")


def _constant(m: Module, harness: Any, name: str) -> Value:
    """Let a free input be the same in all cycles."""
    value = getattr(harness, name)
    before, later = Signal.like(value), Signal()
    m.d.sync += [before.eq(value), later.eq(1)]
    with m.If(later):
        m.d.comb += Assume(value == before, "the solver picks once")
    return value


def _steady(m: Module, port: Any, name: str, *, assume: bool) -> None:
    """Assume or prove that a request holds, unchanged, until it is taken."""
    fields: Sequence[Value] = [getattr(port, field) for field in REQUEST]
    waits = Signal(name=f"{name}_waits")
    before = Signal(len(Cat(*fields)), name=f"{name}_before")
    m.d.sync += [waits.eq(port.valid & ~port.ready), before.eq(Cat(*fields))]
    demand = Assume if assume else Assert
    with m.If(waits):
        m.d.comb += demand(port.valid & (Cat(*fields) == before), "a request holds until taken")
