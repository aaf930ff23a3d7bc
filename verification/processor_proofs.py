"""What is proven of the processor core: what it tells of its instructions is true."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from amaranth.hdl import Assert, Assume, Cover, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In

from rtl.processor_config import ProcessorCoreConfig
from rtl.processor_core import ProcessorCore
from verification.formal import Mode
from verification.riscv_specification import RiscvSpecification

__all__ = ["PROCESSOR_PROOFS", "ProcessorProof", "TraceHarness", "small_core"]

WORD = 32


class TraceHarness(wiring.Component):
    """A core in any memory, whose trace port must tell a story without contradictions.

    Whatever memory answers, a program is what it fetches. Two registers of the harness remember
    what one integer register, which the solver picks, should hold.

    Parameters
    ----------
    core : ProcessorCore
        With a trace port.

    Members
    -------
    fetch_ready, fetch_data, fetch_fault, data_ready, data_fault, read_data : ``In(...)``
        Answers of memory.
    interrupts : ``In(32)``
        Lines.
    halt_request : ``In(1)``
        Asks the core to stop.
    pick : ``In(5)``
        The register that is followed.
    """

    fetch_ready: Signal
    fetch_data: Signal
    fetch_fault: Signal
    data_ready: Signal
    data_fault: Signal
    read_data: Signal
    interrupts: Signal
    halt_request: Signal
    pick: Signal

    def __init__(self, core: ProcessorCore) -> None:
        self.core = core
        super().__init__(
            {
                "fetch_ready": In(1),
                "fetch_data": In(WORD),
                "fetch_fault": In(2),
                "data_ready": In(1),
                "data_fault": In(1),
                "read_data": In(WORD),
                "interrupts": In(WORD),
                "halt_request": In(1),
                "pick": In(5),
            }
        )

    def elaborate(self, _platform: object) -> Module:
        m = Module()
        m.submodules.core = core = self.core
        m.d.comb += [
            core.fetch.ready.eq(self.fetch_ready),
            core.fetch.data.eq(self.fetch_data),
            core.fetch.fault.eq(self.fetch_fault),
            core.data.ready.eq(self.data_ready),
            core.data.fault.eq(self.data_fault),
            core.data.read_data.eq(self.read_data),
            core.interrupts.eq(self.interrupts),
            core.halt_request.eq(self.halt_request),
        ]
        begun = Signal()  # not the first cycle
        m.d.sync += begun.eq(1)
        self._assume(m, begun)
        self._order(m)
        self._registers(m)
        self._memory(m)
        self._instructions(m)
        return m

    def _assume(self, m: Module, begun: Signal) -> None:
        """Have memory hold what was fetched, and the solver pick one register."""
        core = self.core
        fetched, fault, pick = Signal(WORD), Signal(2), Signal(5)
        taken = Signal()
        m.d.sync += [
            fetched.eq(self.fetch_data),
            fault.eq(self.fetch_fault),
            pick.eq(self.pick),
            taken.eq(core.fetch.valid & core.fetch.ready),
        ]
        m.d.comb += Assume(~begun | (self.pick == pick), "always the same register")
        with m.If(begun & ~taken):
            m.d.comb += [
                Assume(self.fetch_data == fetched, "an instruction stays"),
                Assume(self.fetch_fault == fault, "whether it is memory as well"),
            ]

    def _order(self, m: Module) -> None:
        """Demand that instructions are numbered, and follow one another."""
        trace = self.core.trace
        number, successor, follows = Signal(64), Signal(WORD), Signal()
        with m.If(trace.valid):
            m.d.sync += [number.eq(number + 1), successor.eq(trace.pc_wdata), follows.eq(1)]
            m.d.comb += [
                Assert(trace.order == number, "instructions are numbered"),
                Assert(~trace.pc_wdata[0], "addresses are even"),
                Cover(number == 3, "four instructions are through"),
            ]
            with m.If(follows & ~trace.intr):
                m.d.comb += Assert(trace.pc_rdata == successor, "the successor comes next")

    def _registers(self, m: Module) -> None:
        """Demand that what is read was written, and that traps write nothing."""
        trace, pick = self.core.trace, self.pick
        written, value = Signal(), Signal(WORD)
        with m.If(trace.valid):
            with m.If((trace.rd_addr == pick) & (pick != 0)):
                m.d.sync += [written.eq(1), value.eq(trace.rd_wdata)]
            for number, read in (
                (trace.rs1_addr, trace.rs1_rdata),
                (trace.rs2_addr, trace.rs2_rdata),
            ):
                with m.If(number == 0):
                    m.d.comb += Assert(read == 0, "register 0 is zero")
                with m.If(written & (number == pick)):
                    m.d.comb += Assert(read == value, "what is read was written")
            with m.If(trace.rd_addr == 0):
                m.d.comb += Assert(trace.rd_wdata == 0, "nothing is written to register 0")
            with m.If(trace.trap):
                m.d.comb += Assert(trace.rd_addr == 0, "what traps writes no register")

    def _memory(self, m: Module) -> None:
        """Demand that memory sees what is told, each access once, and holds while it waits."""
        data, trace = self.core.data, self.core.trace
        done, waits = Signal(), Signal()
        request = {name: getattr(data, name) for name in ("address", "write", "mask", "write_data")}
        before = {name: Signal.like(signal) for name, signal in request.items()}
        m.d.sync += [
            done.eq(data.valid & data.ready & ~data.fault),
            waits.eq(data.valid & ~data.ready),
            *(before[name].eq(signal) for name, signal in request.items()),
        ]
        with m.If(waits):
            m.d.comb += Assert(data.valid, "a request waits")
            for name, signal in request.items():
                m.d.comb += Assert(signal == before[name], "a request does not change")
        touches = trace.valid & ((trace.mem_rmask != 0) | (trace.mem_wmask != 0))
        m.d.comb += Assert(touches == done, "every access is told, and no other")
        with m.If(touches):
            m.d.comb += [
                Assert(trace.mem_addr == before["address"], "at its address"),
                Assert(trace.mem_addr[:2] == 0, "which is that of a word"),
                Assert(trace.mem_rmask == Mux(before["write"], 0, before["mask"]), "what is read"),
                Assert(trace.mem_wmask == Mux(before["write"], before["mask"], 0), "or written"),
                Assert(~trace.trap, "what traps touches nothing"),
            ]
            with m.If(before["write"]):
                m.d.comb += Assert(trace.mem_wdata == before["write_data"], "as it is written")
            with m.Else():
                m.d.comb += Assert(trace.mem_rdata == self.read_data, "as memory has it")

    def _instructions(self, m: Module) -> None:
        """Demand of each instruction that the specification knows what that says."""
        trace = self.core.trace
        said: Any = RiscvSpecification()
        m.submodules.specification = said
        m.d.comb += [
            said.insn.eq(trace.insn),
            said.pc.eq(trace.pc_rdata),
            said.rs1.eq(trace.rs1_rdata),
            said.rs2.eq(trace.rs2_rdata),
            said.loaded.eq(trace.mem_rdata),
        ]
        lanes = (((1 << said.size) - 1) << said.address[:2])[:4]
        with m.If(trace.valid & ~trace.trap & said.known):
            m.d.comb += [
                Assert(trace.rd_addr == said.rd, "it writes its register"),
                Assert((said.rd == 0) | (trace.rd_wdata == said.result), "with its result"),
                Assert(trace.pc_wdata == said.next_pc, "and goes where it must"),
                Assert(trace.mem_rmask == Mux(said.loads, lanes, 0), "it loads what it must"),
                Assert(trace.mem_wmask == Mux(said.stores, lanes, 0), "it stores where it must"),
                Cover(said.loads & (trace.rs1_rdata != 0), "it loads at an address that it made"),
            ]
            with m.If(said.loads | said.stores):
                m.d.comb += Assert(trace.mem_addr == (said.address & 0xFFFFFFFC), "at its address")


@dataclass(frozen=True, kw_only=True)
class ProcessorProof:
    """A check of all properties.

    Parameters
    ----------
    mode : str
        As :func:`verification.formal.prove` takes it.
    depth : int
        Cycles; the first instruction is told in the third.
    """

    mode: Mode
    depth: int


def small_core() -> TraceHarness:
    """Return a core whose multiplier is small, with its properties.

    Returns
    -------
    TraceHarness
        What to prove.
    """
    return TraceHarness(ProcessorCore(ProcessorCoreConfig(trace=True, multiplier="serial")))


PROCESSOR_PROOFS: Mapping[str, ProcessorProof] = MappingProxyType(
    {
        "nothing_contradicts_the_trace": ProcessorProof(mode="bounded", depth=6),
        "instructions_get_through": ProcessorProof(mode="cover", depth=7),
    }
)
"""By what they say."""
