"""A processor core with the ports of the RISC-V formal interface under their standard names."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from amaranth.hdl import C, Cat, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from rtl.processor_config import data_port, fetch_port, trace_port
from rtl.processor_core import ProcessorCore

__all__ = ["COUNTERS", "REGISTERS", "RvfiCore"]

WORD = 32
SYSTEM = 0x73
HIGH = 0x80  # from the lower half of a counter to the upper one
OWN = ("lines", "csr_rdata")  # of the trace, and not of the interface
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

    An ``rvfi_`` port for each field of the trace, and for each register of machine mode four of
    ``rvfi_csr_NAME_``, with masks and values of an access by its number. What an instruction does
    to such a register without naming it, a trap for example, is not told. ``wdata`` is what it
    asks for, whatever of that the register keeps.

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
        told = {name: member.shape for name, member in trace_port().members.items()}
        self._told = [name for name in told if name not in OWN]
        wide = {f"csr_{name}_{field}": 2 * WORD for name in COUNTERS for field in FIELDS}
        narrow = {f"csr_{name}_{field}": WORD for name in REGISTERS for field in FIELDS}
        shapes = {name: told[name] for name in self._told} | narrow | wide
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
            *(getattr(self, f"rvfi_{name}").eq(getattr(core.trace, name)) for name in self._told),
        ]

        trace = core.trace
        insn, old = trace.insn, trace.csr_rdata
        function, field = insn[12:15], insn[15:20]
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

        def mask(number: int, flag: Value) -> Value:
            return Mux(flag & (insn[20:32] == number), C((1 << WORD) - 1, WORD), 0)

        for name, number in REGISTERS.items():
            m.d.comb += self._ports(name)["rmask"].eq(mask(number, accesses))
            m.d.comb += self._ports(name)["wmask"].eq(mask(number, writes))
            m.d.comb += [self._ports(name)["rdata"].eq(old), self._ports(name)["wdata"].eq(new)]
        for name, number in COUNTERS.items():
            halves = (number, number + HIGH)
            m.d.comb += self._ports(name)["rmask"].eq(Cat(mask(n, accesses) for n in halves))
            m.d.comb += self._ports(name)["wmask"].eq(Cat(mask(n, writes) for n in halves))
            m.d.comb += self._ports(name)["rdata"].eq(Cat(old, old))
            m.d.comb += self._ports(name)["wdata"].eq(Cat(new, new))
        return m

    def _ports(self, name: str) -> dict[str, Signal]:
        """Return the four ports of a register."""
        return {field: getattr(self, f"rvfi_csr_{name}_{field}") for field in FIELDS}
