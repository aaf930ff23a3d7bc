"""A processor core with the ports of the RISC-V formal interface under their standard names."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from amaranth.hdl import C, Cat, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from rtl.machine_registers import extensions
from rtl.processor_config import CountedEvent, data_port, fetch_port, machine_state, trace_port
from rtl.processor_core import ProcessorCore

__all__ = ["COUNTERS", "REGISTERS", "RvfiCore"]

WORD = 32
ALL = (1 << WORD) - 1
SYSTEM, MRET = 0x73, 0x30200073
HIGH, OF_USERS = 0x80, 0x100  # from the lower half of a counter to others of its places
OWN = ("lines", "csr_rdata", "state", "sums")  # of the trace, and not of the interface
FAULTS = {"mem_fault": 1, "mem_fault_rmask": 4, "mem_fault_wmask": 4}
OF_TRAPS = ("mstatus", "mepc", "mcause", "mtval")  # what a trap writes
FIELDS = ("rmask", "wmask", "rdata", "wdata")
EVENTS = range(3, 32)
REGISTERS: Mapping[str, int] = MappingProxyType(
    {
        **{"mvendorid": 0xF11, "marchid": 0xF12, "mimpid": 0xF13, "mhartid": 0xF14},
        **{"mconfigptr": 0xF15, "mstatus": 0x300, "mstatush": 0x310, "misa": 0x301},
        **{"mie": 0x304, "mtvec": 0x305, "mscratch": 0x340, "mepc": 0x341, "mcause": 0x342},
        **{"mtval": 0x343, "mip": 0x344, "mcountinhibit": 0x320},
        **{f"mhpmevent{event}": 0x320 + event for event in EVENTS},
    }
)
"""Registers of machine mode of 32 bits, and their numbers."""
COUNTERS: Mapping[str, int] = MappingProxyType(
    {
        **{"mcycle": 0xB00, "minstret": 0xB02},
        **{f"mhpmcounter{event}": 0xB00 + event for event in EVENTS},
    }
)
"""Those of 64 bits, and the numbers of their lower halves."""


class RvfiCore(wiring.Component):
    """Tell of a core's instructions by ports that public checks know.

    An ``rvfi_`` port for each field of the trace, three for what memory refuses, and for each
    register of machine mode four of ``rvfi_csr_NAME_``: what it held before the instruction, and
    what that writes, for which traps and ``mret`` count. ``wdata`` of an instruction that names
    the register is what it asks for, whatever of that the register keeps. A register that holds
    nothing of its own, mip for example, is told when an instruction names it.

    Parameters
    ----------
    core : ProcessorCore
        With a trace port.

    Members
    -------
    fetch, data : ``Out(...)``
        As the core's.
    interrupts, halt_request : ``In(...)``
        As the core's.
    sleeping, halted : ``Out(1)``
        As the core's.
    rvfi_valid, rvfi_order, rvfi_insn and so on : ``Out(...)``
        Of the RISC-V formal interface: one instruction a cycle, words of 32 bits.
    """

    fetch: Any
    data: Any
    interrupts: Signal
    halt_request: Signal
    sleeping: Signal
    halted: Signal

    def __init__(self, core: ProcessorCore) -> None:
        self.core = core
        self.config = core.config
        told = {name: member.shape for name, member in trace_port().members.items()}
        self._told = [name for name in told if name not in OWN]
        wide = {f"csr_{name}_{field}": 2 * WORD for name in COUNTERS for field in FIELDS}
        narrow = {f"csr_{name}_{field}": WORD for name in REGISTERS for field in FIELDS}
        shapes = {name: told[name] for name in self._told} | FAULTS | narrow | wide
        super().__init__(
            {
                "fetch": Out(fetch_port()),
                "data": Out(data_port()),
                "interrupts": In(WORD),
                "halt_request": In(1),
                "sleeping": Out(1),
                "halted": Out(1),
                **{f"rvfi_{name}": Out(shape) for name, shape in shapes.items()},
            }
        )

    def elaborate(self, _platform: object) -> Module:
        m = Module()
        m.submodules.core = core = self.core
        wiring.connect(m, core.fetch, wiring.flipped(self.fetch))
        wiring.connect(m, core.data, wiring.flipped(self.data))
        m.d.comb += [
            core.interrupts.eq(self.interrupts),
            core.halt_request.eq(self.halt_request),
            self.sleeping.eq(core.sleeping),
            self.halted.eq(core.halted),
            *(self._port(name).eq(getattr(core.trace, name)) for name in self._told),
        ]
        self._tell_faults(m)
        self._tell_registers(m)
        return m

    def _tell_faults(self, m: Module) -> None:
        """Tell of accesses that memory refused, and of instructions that it lacks."""
        core, fetch, access = self.core, self.core.fetch, self.core.data
        long = fetch.data[:2].all() if core.config.compressed else C(1, 1)
        missing, refused = Signal(), Signal()
        address, reads, writes = Signal(WORD), Signal(4), Signal(4)
        m.d.sync += [
            missing.eq(fetch.fault[0] | (fetch.fault[1] & long)),
            refused.eq(access.valid & access.ready & access.fault),
            address.eq(access.address),
            reads.eq(Mux(access.write, 0, access.mask)),
            writes.eq(Mux(access.write, access.mask, 0)),
        ]
        m.d.comb += [
            self._port("mem_fault").eq(missing | refused),
            self._port("mem_fault_rmask").eq(Mux(refused, reads, 0)),
            self._port("mem_fault_wmask").eq(Mux(refused, writes, 0)),
        ]
        with m.If(refused):
            m.d.comb += self._port("mem_addr").eq(address)

    def _tell_registers(self, m: Module) -> None:
        """Tell what instructions find in registers of machine mode, and what they write there."""
        trace, config = self.core.trace, self.core.config
        insn: Value = trace.insn
        old: Value = trace.csr_rdata
        function, field, number = insn[12:15], insn[15:20], insn[20:32]
        accesses = (insn[:7] == SYSTEM) & (function[:2] != 0) & ~trace.trap
        writes = accesses & ((function[:2] == 1) | (field != 0))
        operand, new = Signal(WORD), Signal(WORD)
        m.d.comb += operand.eq(Mux(function[2], field, trace.rs1_rdata))
        with m.Switch(function[:2]):
            with m.Case(2):
                m.d.comb += new.eq(old | operand)
            with m.Case(3):
                m.d.comb += new.eq(old & ~operand)
            with m.Default():
                m.d.comb += new.eq(operand)

        after: Any = trace.state
        before: Any = Signal(machine_state())
        m.d.sync += before.eq(after)
        held: dict[str, Value] = {name: before[name] for name in before.shape().members}
        held["misa"] = C(extensions(config), WORD)
        for event in CountedEvent:
            held[f"mhpmcounter{event:d}"] = Cat(before.events[event - EVENTS[0]], C(0, WORD))
        returns = (insn == MRET) & ~trace.trap
        for name, place in REGISTERS.items():
            ports = self._ports(name)
            named = number == place
            changes = trace.trap if name in OF_TRAPS else C(0, 1)
            changes |= returns if name == "mstatus" else 0
            left = after[name] if name in OF_TRAPS else new
            m.d.comb += [
                ports["rmask"].eq(C(ALL, WORD) if name in held else _mask(accesses & named)),
                ports["wmask"].eq(_mask((writes & named) | changes)),
                ports["rdata"].eq(held.get(name, old)),
                ports["wdata"].eq(Mux(writes, new, left)),
            ]
        for name, place in COUNTERS.items():
            ports = self._ports(name)
            reads_half = [(number == p) | (number == p + OF_USERS) for p in (place, place + HIGH)]
            read = Cat(_mask(accesses & half) for half in reads_half)
            written = Cat(_mask(writes & half) for half in reads_half)
            holds = held.get(name, Cat(old, old))
            m.d.comb += [
                ports["rmask"].eq(C((1 << 2 * WORD) - 1) if name in held else read),
                ports["wmask"].eq(written),
                ports["rdata"].eq(holds),
                ports["wdata"].eq((Cat(new, new) & written) | (holds & ~written)),
            ]

    def _port(self, name: str) -> Signal:
        return getattr(self, f"rvfi_{name}")

    def _ports(self, name: str) -> dict[str, Signal]:
        """Return the four ports of a register."""
        return {field: self._port(f"csr_{name}_{field}") for field in FIELDS}


def _mask(flag: Value) -> Value:
    return Mux(flag, C(ALL, WORD), 0)
