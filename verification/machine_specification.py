"""What traps, interrupts and registers of machine mode do, beside the core: for proofs."""

from amaranth.hdl import C, Cat, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from rtl.processor_config import ProcessorCoreConfig

__all__ = ["MachineSpecification"]

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
MACHINE_MODE = 3 << 11


class MachineSpecification(wiring.Component):
    """Follow a program, instruction by instruction, and say what each must do to the machine.

    A core with no counters of events and no dot products.

    Parameters
    ----------
    config : ProcessorCoreConfig
        Of the core.

    Members
    -------
    valid, intr : ``In(1)``
        An instruction is told; it is the first of a handler of an interrupt.
    lines : ``In(32)``
        With which that was taken.
    asked : ``In(32)``
        Lines in the cycle in which the instruction ended.
    insn, pc, rs1 : ``In(32)``
        Instruction, its address and its first operand.
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
    interrupts : ``Out(1)``
        An interrupt is due before the instruction.
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
    wakes : ``Out(32)``
        Lines that end ``wfi``.
    """

    valid: Signal
    intr: Signal
    lines: Signal
    asked: Signal
    insn: Signal
    pc: Signal
    rs1: Signal
    missing: Signal
    known: Signal
    loads: Signal
    stores: Signal
    address: Signal
    target: Signal
    size: Signal
    refused: Signal
    interrupts: Signal
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

    def __init__(self, config: ProcessorCoreConfig) -> None:
        self._config = config
        flags_in = ("valid", "intr", "known", "loads", "stores", "refused")
        flags_out = ("interrupts", "traps", "system", "accesses", "returns", "waits")
        words_in = ("lines", "asked", "insn", "pc", "rs1", "address", "target")
        words_out = ("vector", "handler", "old", "return_address", "wakes")
        super().__init__(
            {
                **{name: In(1) for name in flags_in},
                **{name: Out(1) for name in flags_out},
                **{name: In(WORD) for name in words_in},
                **{name: Out(WORD) for name in words_out},
                "missing": In(2),
                "size": In(3),
                "operand": Out(5),
            }
        )

    def elaborate(self, _platform: object) -> Module:
        m = Module()
        insn = self.insn
        enabled, enabled_before = Signal(), Signal()  # in mstatus
        mie, mtvec, mscratch, mepc, mcause, mtval = (
            Signal(WORD, name=name)
            for name in ("mie", "mtvec", "mscratch", "mepc", "mcause", "mtval")
        )
        stopped = Signal(3)  # of mcountinhibit
        cycles, retired = Signal(2 * WORD), Signal(2 * WORD)
        begun, successor = Signal(), Signal(WORD)

        # The state in which the instruction finds the machine.
        due = self.lines & mie
        line = Signal(5)
        for number in ORDER:
            with m.If(due[number]):
                m.d.comb += line.eq(number)
        base = mtvec & 0xFFFFFFFC
        now = {name: Signal(WORD, name=f"{name}_now") for name in ("mepc", "mcause", "mtval")}
        enabled_now, before_now = Signal(), Signal()
        m.d.comb += [
            self.interrupts.eq(enabled & due.any()),
            self.vector.eq(base + Mux(mtvec[0], line << 2, 0)),
            now["mepc"].eq(Mux(self.intr, successor, mepc)),
            now["mcause"].eq(Mux(self.intr, Cat(line, C(0, 26), C(1, 1)), mcause)),
            now["mtval"].eq(Mux(self.intr, 0, mtval)),
            enabled_now.eq(enabled & ~self.intr),
            before_now.eq(Mux(self.intr, enabled, enabled_before)),
            self.return_address.eq(now["mepc"]),
            self.handler.eq(base),
            self.wakes.eq(mie),
        ]

        # What it is.
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

        registers: dict[int, Value] = {
            MSTATUS: MACHINE_MODE | before_now << 7 | enabled_now << 3,
            MISA: C(1 << 30 | 1 << 12 | 1 << 8 | self._config.compressed << 2, WORD),
            MIE: mie,
            MTVEC: mtvec,
            MCOUNTINHIBIT: stopped,
            MSCRATCH: mscratch,
            MEPC: now["mepc"],
            MCAUSE: now["mcause"],
            MTVAL: now["mtval"],
            MIP: self.asked & LINES,
            HARTID: C(self._config.hart, WORD),
        }
        for of_users in (0, OF_USERS):
            for low, counter in ((MCYCLE, cycles), (MINSTRET, retired)):
                registers[low + of_users] = counter[:WORD]
                registers[low + of_users + HIGH] = counter[WORD:]
        zeros = [MSTATUSH, *IDENTITIES, *(MCOUNTINHIBIT + event for event in EVENTS)]
        for first in (MCYCLE, MCYCLE + HIGH, MCYCLE + OF_USERS, MCYCLE + OF_USERS + HIGH):
            zeros += [first + event for event in EVENTS]
        with m.Switch(number):
            for address, content in registers.items():
                with m.Case(address):
                    m.d.comb += [exists.eq(1), self.old.eq(content)]
            with m.Case(*zeros):
                m.d.comb += exists.eq(1)

        # What it leaves behind.
        operand = Mux(function[2], field, self.rs1)
        new = Signal(WORD)
        with m.Switch(function[:2]):
            with m.Case(1):
                m.d.comb += new.eq(operand)
            with m.Case(2):
                m.d.comb += new.eq(self.old | operand)
            with m.Case(3):
                m.d.comb += new.eq(self.old & ~operand)
        m.d.sync += begun.eq(1)
        with m.If(begun & ~stopped[0]):
            m.d.sync += cycles.eq(cycles + 1)
        with m.If(self.valid):
            m.d.sync += [mepc.eq(now["mepc"]), mcause.eq(now["mcause"]), mtval.eq(now["mtval"])]
            m.d.sync += [enabled.eq(enabled_now), enabled_before.eq(before_now)]
            m.d.sync += successor.eq(Mux(self.returns, now["mepc"], self.target))
            with m.If(~(self.traps | stopped[2])):
                m.d.sync += retired.eq(retired + 1)
            with m.If(self.traps):
                m.d.sync += [mepc.eq(self.pc), mcause.eq(cause), mtval.eq(value)]
                m.d.sync += [enabled.eq(0), enabled_before.eq(enabled_now), successor.eq(base)]
            with m.Elif(self.returns):
                m.d.sync += [enabled.eq(before_now), enabled_before.eq(1)]
            with m.Elif(self.accesses & writes), m.Switch(number):
                even = 0xFFFFFFFE if self._config.compressed else 0xFFFFFFFC
                for address, register, kept in (
                    (MIE, mie, new & LINES),
                    (MTVEC, mtvec, new & 0xFFFFFFFD),
                    (MSCRATCH, mscratch, new),
                    (MEPC, mepc, new & even),
                    (MCAUSE, mcause, new & 0x8000001F),
                    (MTVAL, mtval, new),
                    (MCOUNTINHIBIT, stopped, new & 0b101),
                    (MCYCLE, cycles, Cat(new, cycles[WORD:])),
                    (MCYCLE + HIGH, cycles, Cat(cycles[:WORD], new)),
                    (MINSTRET, retired, Cat(new, retired[WORD:])),
                    (MINSTRET + HIGH, retired, Cat(retired[:WORD], new)),
                ):
                    with m.Case(address):
                        m.d.sync += register.eq(kept)
                with m.Case(MSTATUS):
                    m.d.sync += [enabled.eq(new[3]), enabled_before.eq(new[7])]
        return m

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
