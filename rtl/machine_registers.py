"""Machine registers: control and status of machine mode, traps, interrupts, counters."""

from typing import Any

from amaranth.hdl import C, Cat, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from rtl.processor_config import CountedEvent, ProcessorCoreConfig, machine_state

__all__ = ["MachineRegisters", "extensions"]

WORD = 32
INTERRUPTS = 0xFFFF0888  # software, timer, external, and 16 of the platform
EXTERNAL, SOFTWARE, TIMER = 11, 3, 7
MISA = 1 << 30 | 1 << 12 | 1 << 8
OWN = 23  # bit of misa: extensions that no standard has
FIRST_EVENT = 3
INHIBITIONS, EVENTS, COUNTERS, COUNTERS_OF_USERS = 0x320, 0x320, 0xB00, 0xC00
READ_ONLY = 0b11
HARDWIRED = (
    0x310,  # mstatush
    0xF11,  # mvendorid
    0xF12,  # marchid
    0xF13,  # mimpid
    0xF15,  # mconfigptr
)


def extensions(config: ProcessorCoreConfig) -> int:
    """Return what misa holds.

    Parameters
    ----------
    config : ProcessorCoreConfig
        Of the core.

    Returns
    -------
    int
        The width of a word, and a bit for each extension.
    """
    return MISA | config.compressed << 2 | config.dot << OWN


class MachineRegisters(wiring.Component):
    """Keep the registers of machine mode, and know where a trap leads.

    What is read is there in the same cycle; everything else happens at its end.

    Parameters
    ----------
    config : ProcessorCoreConfig
        Of the core.

    Members
    -------
    address : ``In(12)``
        Register.
    read_data : ``Out(32)``
        Its value.
    exists, read_only : ``Out(1)``
        What is known of the address.
    write : ``In(1)``
        Write ``write_data`` to a register that may be written.
    write_data : ``In(32)``
        What is written.
    lines : ``In(32)``
        Interrupts that are asked for, at their places in mip.
    pending : ``Out(1)``
        An interrupt is due.
    wakes : ``Out(1)``
        One is asked for and enabled in mie, whether or not interrupts are enabled at all.
    pending_cause : ``Out(5)``
        Which one.
    trap : ``In(1)``
        Enter the handler.
    trap_interrupt : ``In(1)``
        For an interrupt.
    trap_cause : ``In(5)``
        Cause.
    trap_value : ``In(32)``
        For mtval.
    trap_address : ``In(32)``
        Instruction concerned.
    handler : ``Out(32)``
        Where the trap leads.
    returns : ``In(1)``
        Leave the handler.
    return_address : ``Out(32)``
        Where that leads.
    retires : ``In(1)``
        An instruction completes.
    events : ``In(4)``
        What the counters of events count, the first :class:`~rtl.processor_config.CountedEvent`
        in bit 0; ignored if there are none.
    state : ``Out(machine_state())``
        What the registers hold, if the configuration has ``tells_state``.
    """

    latency = 0

    address: Signal
    read_data: Signal
    exists: Signal
    read_only: Signal
    write: Signal
    write_data: Signal
    lines: Signal
    pending: Signal
    wakes: Signal
    pending_cause: Signal
    trap: Signal
    trap_interrupt: Signal
    trap_cause: Signal
    trap_value: Signal
    trap_address: Signal
    handler: Signal
    returns: Signal
    return_address: Signal
    retires: Signal
    events: Signal
    state: Any

    def __init__(self, config: ProcessorCoreConfig) -> None:
        self.config = config
        told = {"state": Out(machine_state())} if config.tells_state else {}
        super().__init__(
            {
                **told,
                "address": In(12),
                "read_data": Out(WORD),
                "exists": Out(1),
                "read_only": Out(1),
                "write": In(1),
                "write_data": In(WORD),
                "lines": In(WORD),
                "pending": Out(1),
                "wakes": Out(1),
                "pending_cause": Out(5),
                "trap": In(1),
                "trap_interrupt": In(1),
                "trap_cause": In(5),
                "trap_value": In(WORD),
                "trap_address": In(WORD),
                "handler": Out(WORD),
                "returns": In(1),
                "return_address": Out(WORD),
                "retires": In(1),
                "events": In(len(CountedEvent)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        enabled, enabled_before = Signal(), Signal()  # MIE and MPIE of mstatus
        mie, mscratch, mepc, mtval = (
            Signal(WORD, name=name) for name in ("mie", "mscratch", "mepc", "mtval")
        )
        base, vectored = Signal(WORD - 2), Signal()  # of mtvec
        cause, of_interrupt = Signal(5), Signal()  # of mcause
        cycles, retired = Signal(2 * WORD), Signal(2 * WORD)
        keeps_cycles, keeps_retired = Signal(), Signal()  # of mcountinhibit

        readable = {
            0x300: Cat(C(0, 3), enabled, C(0, 3), enabled_before, C(0, 3), C(3, 2)),
            0x301: C(extensions(self.config), WORD),
            0x304: mie,
            0x305: Cat(vectored, C(0, 1), base),
            0x340: mscratch,
            0x341: mepc,
            0x342: Cat(cause, C(0, WORD - 6), of_interrupt),
            0x343: mtval,
            0x344: self.lines & INTERRUPTS,
            0xF14: C(self.config.hart, WORD),
        }
        for bank in (0xB00, 0xC00):
            readable |= {
                bank: cycles[:WORD],
                bank + 2: retired[:WORD],
                bank + 0x80: cycles[WORD:],
                bank + 0x82: retired[WORD:],
            }
        kept: list[Value] = [keeps_cycles, C(0, 1), keeps_retired]
        counters = self._count_events(m, readable, kept)
        readable[INHIBITIONS] = Cat(kept)
        if self.config.tells_state:
            named = {"mstatus": 0x300, "mie": 0x304, "mtvec": 0x305, "mcountinhibit": INHIBITIONS}
            named |= {"mscratch": 0x340, "mepc": 0x341, "mcause": 0x342, "mtval": 0x343}
            m.d.comb += [self.state[name].eq(readable[number]) for name, number in named.items()]
            m.d.comb += [self.state.mcycle.eq(cycles), self.state.minstret.eq(retired)]
            m.d.comb += self.state.events.eq(Cat(counters.values()))
        m.d.comb += self.read_only.eq(self.address[10:12] == READ_ONLY)
        with m.Switch(self.address):
            for number, value in readable.items():
                with m.Case(number):
                    m.d.comb += [self.exists.eq(1), self.read_data.eq(value)]
            with m.Case(*HARDWIRED):
                m.d.comb += self.exists.eq(1)
            # Counters that count nothing, and what would choose their events.
            with m.Case("0011001-----", "1011-00-----", "1100-00-----"):
                m.d.comb += self.exists.eq(self.address[:5] >= FIRST_EVENT)

        ready = mie & self.lines
        m.d.comb += [self.wakes.eq(ready.any()), self.pending.eq(enabled & self.wakes)]
        for number in (TIMER, SOFTWARE, EXTERNAL, *range(16, WORD)):
            with m.If(ready[number]):
                m.d.comb += self.pending_cause.eq(number)
        offset = Mux(vectored & self.trap_interrupt, self.trap_cause, 0)
        m.d.comb += [
            self.handler.eq(Cat(C(0, 2), (base + offset)[: WORD - 2])),
            self.return_address.eq(mepc),
        ]

        # A lower half that is written does not count, nor do instructions that write an upper one.
        for number, counter, counts, of_instructions in (
            (COUNTERS, cycles, ~keeps_cycles, 0),
            (COUNTERS + 2, retired, ~keeps_retired & self.retires, 1),
        ):
            halves = [self.write & (self.address == each) for each in (number, number + 0x80)]
            stops = halves[0] | (halves[1] & of_instructions)
            with m.If(counts & ~stops):
                m.d.sync += counter.eq(counter + 1)
            for first, written in zip((0, WORD), halves, strict=True):
                with m.If(written):
                    m.d.sync += counter[first : first + WORD].eq(self.write_data)
        with m.If(self.write):
            value = self.write_data
            lowest = 1 if self.config.compressed else 2
            with m.Switch(self.address):
                with m.Case(0x300):
                    m.d.sync += [enabled.eq(value[3]), enabled_before.eq(value[7])]
                with m.Case(0x304):
                    m.d.sync += mie.eq(value & INTERRUPTS)
                with m.Case(0x305):
                    m.d.sync += [vectored.eq(value[0]), base.eq(value[2:])]
                with m.Case(INHIBITIONS):
                    m.d.sync += [keeps_cycles.eq(value[0]), keeps_retired.eq(value[2])]
                with m.Case(0x340):
                    m.d.sync += mscratch.eq(value)
                with m.Case(0x341):
                    m.d.sync += mepc.eq(Cat(C(0, lowest), value[lowest:]))
                with m.Case(0x342):
                    m.d.sync += [cause.eq(value[:5]), of_interrupt.eq(value[-1])]
                with m.Case(0x343):
                    m.d.sync += mtval.eq(value)
                for number, counter in counters.items():
                    with m.Case(number):
                        m.d.sync += counter.eq(value)
        with m.If(self.returns):
            m.d.sync += [enabled.eq(enabled_before), enabled_before.eq(1)]
        with m.If(self.trap):
            m.d.sync += [
                mepc.eq(self.trap_address),
                mtval.eq(self.trap_value),
                cause.eq(self.trap_cause),
                of_interrupt.eq(self.trap_interrupt),
                enabled_before.eq(enabled),
                enabled.eq(0),
            ]
        return m

    def _count_events(
        self, m: Module, readable: dict[int, Value], kept: list[Value]
    ) -> dict[int, Signal]:
        """Add the counters of events, if there are any, to what is read; return them."""
        counters = {}
        for event in CountedEvent if self.config.event_counters else ():
            counter, keeps = Signal(WORD, name=event.name), Signal(name=f"keeps_{event.name}")
            with m.If(~keeps & self.events[event - FIRST_EVENT]):
                m.d.sync += counter.eq(counter + 1)
            with m.If(self.write & (self.address == INHIBITIONS)):
                m.d.sync += keeps.eq(self.write_data[event])
            kept.append(keeps)
            counters[COUNTERS + event] = counter
            readable |= {
                EVENTS + event: C(event, WORD),
                COUNTERS + event: counter,
                COUNTERS_OF_USERS + event: counter,
            }
        return counters
