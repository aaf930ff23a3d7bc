"""What a cycle does to registers of machine mode, interrupts and traps included: for proofs."""

from typing import Any

from amaranth.hdl import C, Cat, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from rtl.processor_config import CountedEvent, ProcessorCoreConfig, dot_sums, machine_state
from verification.alternative_arithmetic import alternative_dot

__all__ = ["KEPT", "MachineSpecification"]

WORD = 32
LINES = 0xFFFF0888  # that there are: software, timer, external, the platform's
ORDER = (7, 3, 11, *range(16, WORD))  # each before those before it
ECALL, EBREAK, MRET, WFI = 0x00000073, 0x00100073, 0x30200073, 0x10500073
COMPRESSED_EBREAK = 0x9002
MSTATUS, MISA, MIE, MTVEC, MSTATUSH, MCOUNTINHIBIT = 0x300, 0x301, 0x304, 0x305, 0x310, 0x320
MSCRATCH, MEPC, MCAUSE, MTVAL, MIP = 0x340, 0x341, 0x342, 0x343, 0x344
MCYCLE, MINSTRET, OF_USERS, HIGH = 0xB00, 0xB02, 0x100, 0x80
IDENTITIES = (0xF11, 0xF12, 0xF13, 0xF15)
HARTID = 0xF14
EVENTS = range(3, 32)
LOW_SUMS, HIGH_SUMS, CUSTOM_0 = 0x7C0, 0x7D0, 0b0001011
MACHINE_MODE = 3 << 11
KEPT = {
    "mstatus": (MSTATUS, 1 << 7 | 1 << 3),
    "mie": (MIE, LINES),
    "mtvec": (MTVEC, 0xFFFFFFFD),
    "mscratch": (MSCRATCH, 0xFFFFFFFF),
    "mepc": (MEPC, 0xFFFFFFFE),
    "mcause": (MCAUSE, 0x8000001F),
    "mtval": (MTVAL, 0xFFFFFFFF),
    "mcountinhibit": (MCOUNTINHIBIT, 0b1111101),
}
"""Numbers of registers of a word, and their bits that may change if the core has everything."""


class MachineSpecification(wiring.Component):
    """Say what a cycle, and an instruction that ends in it, must do to the machine.

    It remembers nothing. What dot products add is that of
    :mod:`verification.alternative_arithmetic`.

    Parameters
    ----------
    config : ProcessorCoreConfig
        Of the core.

    Members
    -------
    before : ``In(machine_state())``
        What registers hold in the cycle.
    lines : ``In(32)``
        Interrupt lines.
    arrives : ``In(1)``
        An instruction is there for the first cycle, and may begin.
    ends : ``In(1)``
        An instruction ends.
    counted : ``In(4)``
        Events to count, the first :class:`~rtl.processor_config.CountedEvent` in bit 0.
    insn, pc, rs1, rs2, loaded : ``In(32)``
        Instruction, its address, its operands, and the word in memory where it loads from.
    missing : ``In(2)``
        The half of it that memory refused, low and high.
    known, loads, stores : ``In(1)``
        It is one that computes, jumps or accesses memory, and does that.
    address, target : ``In(32)``
        What it accesses, and its successor.
    size : ``In(3)``
        Bytes of the access.
    refused : ``In(1)``
        Memory refused that.
    enters : ``Out(1)``
        An interrupt is taken instead of the instruction that arrives.
    vector : ``Out(32)``
        Where that leads.
    traps : ``Out(1)``
        The instruction traps.
    handler : ``Out(32)``
        Where that leads.
    system, accesses, returns, waits : ``Out(1)``
        It is of the environment; it accesses a register; it is ``mret``; it is ``wfi``.
    operand : ``Out(5)``
        Register that it reads, or 0.
    old : ``Out(32)``
        What the register of machine mode held.
    return_address : ``Out(32)``
        Where ``mret`` leads.
    wakes : ``Out(1)``
        ``wfi`` does not wait.
    after : ``Out(machine_state())``
        What registers hold in the cycle after.
    sums_before : ``In(dot_sums())``
        Sums of dot products in the cycle.
    sums_after : ``Out(dot_sums())``
        Those in the cycle after.
    """

    before: Any
    lines: Signal
    arrives: Signal
    ends: Signal
    counted: Signal
    insn: Signal
    pc: Signal
    rs1: Signal
    rs2: Signal
    loaded: Signal
    missing: Signal
    known: Signal
    loads: Signal
    stores: Signal
    address: Signal
    target: Signal
    size: Signal
    refused: Signal
    enters: Signal
    vector: Signal
    traps: Signal
    handler: Signal
    system: Signal
    accesses: Signal
    returns: Signal
    waits: Signal
    operand: Signal
    old: Signal
    return_address: Signal
    wakes: Signal
    after: Any
    sums_before: Any
    sums_after: Any

    def __init__(self, config: ProcessorCoreConfig) -> None:
        self._config = config
        flags_in = ("arrives", "ends", "known", "loads", "stores", "refused")
        flags_out = ("enters", "traps", "system", "accesses", "returns", "waits", "wakes")
        words_in = ("lines", "insn", "pc", "rs1", "rs2", "loaded", "address", "target")
        words_out = ("vector", "handler", "old", "return_address")
        super().__init__(
            {
                "before": In(machine_state()),
                "after": Out(machine_state()),
                "sums_before": In(dot_sums()),
                "sums_after": Out(dot_sums()),
                **{name: In(1) for name in flags_in},
                **{name: Out(1) for name in flags_out},
                **{name: In(WORD) for name in words_in},
                **{name: Out(WORD) for name in words_out},
                "counted": In(len(CountedEvent)),
                "missing": In(2),
                "size": In(3),
                "operand": Out(5),
            }
        )

    def elaborate(self, _platform: object) -> Module:
        m = Module()
        insn, before, after = self.insn, self.before, self.after
        enabled, enabled_before = before.mstatus[3], before.mstatus[7]
        due = self.lines & before.mie
        line = Signal(5)
        for number in ORDER:
            with m.If(due[number]):
                m.d.comb += line.eq(number)
        base = before.mtvec & 0xFFFFFFFC
        m.d.comb += [
            self.enters.eq(self.arrives & enabled & due.any()),
            self.vector.eq(base + Mux(before.mtvec[0], line << 2, 0)),
            self.return_address.eq(before.mepc),
            self.handler.eq(base),
            self.wakes.eq(due.any()),
        ]

        # What the instruction is.
        function, number, field = insn[12:15], insn[20:32], insn[15:20]
        writes = (function[:2] == 1) | (field != 0)
        exists = Signal()
        is_register = (insn[:7] == 0x73) & (function[:2] != 0)
        breaks = insn == EBREAK
        if self._config.compressed:
            breaks |= insn == COMPRESSED_EBREAK
        calls = insn == ECALL
        m.d.comb += [
            self.accesses.eq(is_register & exists & ~(writes & (number[10:12] == 3))),
            self.operand.eq(Mux(self.accesses & ~function[2], field, 0)),
            self.returns.eq(insn == MRET),
            self.waits.eq(insn == WFI),
            self.system.eq(self.accesses | self.returns | self.waits),
        ]
        cause, value = Signal(5), Signal(WORD)
        self._decide(m, cause, value, breaks=breaks, calls=calls)
        self._read(m, number, exists)

        # What the cycle leaves behind: counts, and one of an interrupt, a trap, a return, a write.
        m.d.comb += [after.eq(before), self.sums_after.eq(self.sums_before)]
        stopped = before.mcountinhibit
        with m.If(~stopped[0]):
            m.d.comb += after.mcycle.eq(before.mcycle + 1)
        with m.If(self.ends & ~(self.traps | stopped[2])):
            m.d.comb += after.minstret.eq(before.minstret + 1)
        for event in CountedEvent if self._config.event_counters else ():
            place = event - EVENTS[0]
            with m.If(self.counted[place] & ~stopped[event]):
                m.d.comb += after.events[place].eq(before.events[place] + 1)
        traps = self.ends & self.traps
        with m.If(self.enters | traps):
            m.d.comb += [
                after.mepc.eq(self.pc),
                after.mcause.eq(Mux(self.enters, Cat(line, C(0, 26), C(1, 1)), cause)),
                after.mtval.eq(Mux(self.enters, 0, value)),
                after.mstatus.eq(MACHINE_MODE | enabled << 7),
            ]
        with m.Elif(self.ends & self.returns):
            m.d.comb += after.mstatus.eq(MACHINE_MODE | 1 << 7 | enabled_before << 3)
        with m.Elif(self.ends & self.accesses & writes):
            self._write(m, number, function, field)
        with m.Elif(self.ends & self.known & (insn[:7] == CUSTOM_0)):
            self._add(m)
        return m

    def _add(self, m: Module) -> None:
        """Say what a dot product leaves in its sum."""
        function = self.insn[12:15]
        a, b = Signal(WORD), self.rs2
        m.d.comb += a.eq(Mux(function[1], self.loaded, self.rs1))
        added = Mux(function[0], alternative_dot(a, b, 16), alternative_dot(a, b, 8))
        for number in range(len(self.sums_before)):
            with m.If(self.insn[25:27] == number):
                m.d.comb += self.sums_after[number].eq(self.sums_before[number] + added)

    def _read(self, m: Module, place: Value, exists: Signal) -> None:
        """Say what a register holds, and whether there is one of that number."""
        before = self.before
        registers: dict[int, Value] = {at: before[name] for name, (at, _) in KEPT.items()}
        extensions = 1 << 12 | 1 << 8 | self._config.compressed << 2 | self._config.dot << 23
        registers[MISA] = C(1 << 30 | extensions, WORD)
        registers[MIP] = self.lines & LINES
        registers[HARTID] = C(self._config.hart, WORD)
        zeros = [MSTATUSH, *IDENTITIES]
        for number, held in enumerate(self.sums_before if self._config.dot else ()):
            registers[LOW_SUMS + number] = held[:WORD]
            registers[HIGH_SUMS + number] = held[WORD:].as_signed()
        for of_users in (0, OF_USERS):
            for low, counter in ((MCYCLE, before.mcycle), (MINSTRET, before.minstret)):
                registers[low + of_users] = counter[:WORD]
                registers[low + of_users + HIGH] = counter[WORD:]
        for event in EVENTS:
            counts = self._config.event_counters and event in list(CountedEvent)
            if counts:
                registers[MCOUNTINHIBIT + event] = C(event, WORD)
            for low in (MCYCLE, MCYCLE + OF_USERS):
                if counts:
                    registers[low + event] = before.events[event - EVENTS[0]]
            zeros += [MCYCLE + HIGH + event, MCYCLE + HIGH + OF_USERS + event]
            zeros += [MCOUNTINHIBIT + event, MCYCLE + event, MCYCLE + OF_USERS + event]
        with m.Switch(place):
            for address, content in registers.items():
                with m.Case(address):
                    m.d.comb += [exists.eq(1), self.old.eq(content)]
            with m.Case(*(address for address in zeros if address not in registers)):
                m.d.comb += exists.eq(1)

    def _write(self, m: Module, number: Value, function: Value, field: Value) -> None:
        """Say what an access leaves in its register."""
        before, after, config = self.before, self.after, self._config
        operand = Mux(function[2], field, self.rs1)
        new = Signal(WORD)
        with m.Switch(function[:2]):
            with m.Case(1):
                m.d.comb += new.eq(operand)
            with m.Case(2):
                m.d.comb += new.eq(self.old | operand)
            with m.Case(3):
                m.d.comb += new.eq(self.old & ~operand)
        with m.Switch(number):
            without = {} if config.event_counters else {"mcountinhibit": 0b101}
            without |= {} if config.compressed else {"mepc": 0xFFFFFFFC}
            for name, (address, changing) in KEPT.items():
                bits = without.get(name, changing)
                fixed = MACHINE_MODE if name == "mstatus" else 0
                with m.Case(address):
                    m.d.comb += after[name].eq((new & bits) | fixed)
            cycle = (before.mcycle + ~before.mcountinhibit[0])[:WORD]  # goes on meanwhile
            for address, counter, held, lower in (
                (MCYCLE, after.mcycle, before.mcycle, cycle),
                (MINSTRET, after.minstret, before.minstret, before.minstret[:WORD]),
            ):
                with m.Case(address):
                    m.d.comb += counter.eq(Cat(new, held[WORD:]))
                with m.Case(address + HIGH):
                    m.d.comb += counter.eq(Cat(lower, new))
            for which, held in enumerate(self.sums_before if config.dot else ()):
                with m.Case(LOW_SUMS + which):
                    m.d.comb += self.sums_after[which].eq(new.as_signed())
                with m.Case(HIGH_SUMS + which):
                    m.d.comb += self.sums_after[which].eq(Cat(held[:WORD], new))
            for event in CountedEvent if config.event_counters else ():
                with m.Case(MCYCLE + event):
                    m.d.comb += after.events[event - EVENTS[0]].eq(new)

    def _decide(
        self, m: Module, cause: Signal, value: Signal, *, breaks: Value, calls: Value
    ) -> None:
        """Say whether the instruction traps, and why; the first reason counts."""
        misaligned = ((self.size - 1) & self.address).any()
        odd = C(0, 1) if self._config.compressed else self.target[1]
        legal = self.known | self.system | breaks | calls
        m.d.comb += self.traps.eq(1)
        with m.If(self.missing[0]):
            m.d.comb += [cause.eq(1), value.eq(self.pc)]
        with m.Elif(self.missing[1]):
            m.d.comb += [cause.eq(1), value.eq(self.pc + 2)]
        with m.Elif(~legal):
            m.d.comb += [cause.eq(2), value.eq(self.insn)]
        with m.Elif(breaks):
            m.d.comb += [cause.eq(3), value.eq(self.pc)]
        with m.Elif(calls):
            m.d.comb += cause.eq(11)
        with m.Elif(self.known & odd):
            m.d.comb += [cause.eq(0), value.eq(self.target)]
        with m.Elif(self.known & self.loads & misaligned):
            m.d.comb += [cause.eq(4), value.eq(self.address)]
        with m.Elif(self.known & self.stores & misaligned):
            m.d.comb += [cause.eq(6), value.eq(self.address)]
        with m.Elif(self.refused):
            m.d.comb += [cause.eq(Mux(self.loads, 5, 7)), value.eq(self.address)]
        with m.Else():
            m.d.comb += self.traps.eq(0)
