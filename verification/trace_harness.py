"""A processor core in any memory, and what its trace port must tell: the harness of its proofs."""

from typing import Any, Literal

from amaranth.hdl import Assert, Assume, C, Cover, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In

from rtl.processor_core import ProcessorCore
from verification.compressed_specification import CompressedSpecification
from verification.machine_steps import demand_environment, demand_steps, follow_machine
from verification.riscv_specification import RiscvSpecification

__all__ = ["Property", "TraceHarness"]

Property = Literal["story", "instructions", "machine"]
WORD = 32
SAID = ("known", "first", "second", "rd", "result", "next_pc", "address", "size")
SAID += ("loads", "stores", "jumps")
PATIENCE = 4  # cycles from one instruction to the next: interrupt, fetch, unit, trace port


class TraceHarness(wiring.Component):
    """A core in any memory, whose trace port must tell a story without contradictions.

    Whatever memory answers, a program is what it fetches. Two registers of the harness remember
    what one integer register, which the solver picks, should hold; what the rest of the machine
    should hold is in :class:`~verification.machine_specification.MachineSpecification`.

    Parameters
    ----------
    core : ProcessorCore
        With a trace port; what it multiplies and divides is only right if it is an
        :class:`~verification.alternative_core.AlternativeCore`.
    demands : {"story", "instructions", "machine"}
        What is asserted: that instructions, registers and memory fit together; that each
        instruction does what it must, and traps if it must; or that each cycle takes registers of
        machine mode from what they hold to what they must hold, interrupts included.

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

    def __init__(self, core: ProcessorCore, demands: Property) -> None:
        self.core = core
        self._demands: Property = demands
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
        self._assume(m)
        missing = self._fetched(m)
        if self._demands == "story":
            self._order(m)
            self._registers(m)
            self._memory(m)
            self._liveness(m)
        else:
            said = self._said(m)
            machine = follow_machine(m, core, said, missing)
            if not core.config.compressed:
                m.d.comb += [
                    Assert(core.next_address[:2] == 0, "words are where words are"),
                    Assert(core.trace.state.mepc[:2] == 0, "handlers return there"),
                ]
            if self._demands == "instructions":
                self._instructions(m, said)
                demand_environment(m, core, machine)
            else:
                demand_steps(m, core, machine)
        return m

    def _assume(self, m: Module) -> None:
        """Have memory hold what was fetched, and the solver pick one register."""
        core = self.core
        fetched, fault, pick = Signal(WORD), Signal(2), Signal(5)
        begun, taken = Signal(), Signal()
        m.d.sync += [
            begun.eq(1),
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
        if not self.core.config.compressed:
            m.d.comb += Assert(self.core.next_address[:2] == 0, "words are where words are")
        number, successor = Signal(64), Signal(WORD, init=self.core.config.reset_address)
        with m.If(trace.valid):
            m.d.sync += [number.eq(number + 1), successor.eq(trace.pc_wdata)]
            m.d.comb += [
                Assert(trace.order == number, "instructions are numbered"),
                Assert(~trace.pc_wdata[0], "addresses are even"),
                Assert((trace.mode == 3) & (trace.ixl == 1), "machine mode, 32 bits"),
                Assert(~trace.halt, "nothing is the last instruction"),
                Cover(number == 3, "four instructions are through"),
            ]
            with m.If(~trace.intr):
                m.d.comb += Assert(trace.pc_rdata == successor, "the successor comes next")

    def _fetched(self, m: Module) -> Signal:
        """Demand that what is told to execute is what memory has there; return what it lacks."""
        fetch, trace = self.core.fetch, self.core.trace
        place, held, held_at = Signal(WORD), Signal(WORD), Signal(WORD)
        missing = Signal(2)
        long = fetch.data[:2] == 3 if self.core.config.compressed else C(1, 1)
        with m.If(fetch.valid & fetch.ready):
            m.d.sync += place.eq(fetch.address)
        m.d.sync += [
            held.eq(Mux(long, fetch.data, fetch.data[:16])),
            held_at.eq(place),
            missing.eq(Mux(long, fetch.fault, fetch.fault[0])),
        ]
        if self._demands == "story":
            m.d.comb += Assert(~fetch.valid | ~fetch.address[0], "it fetches from even addresses")
            with m.If(trace.valid):
                m.d.comb += [
                    Assert(trace.pc_rdata == held_at, "what memory has at its address"),
                    Assert(trace.insn == Mux(missing.any(), 0, held), "is executed"),
                ]
        return missing

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

    def _said(self, m: Module) -> dict[str, Signal]:
        """Return what the specification says of the instruction that is told, by its names."""
        trace = self.core.trace
        long: Any = RiscvSpecification(dot=self.core.config.dot)
        m.submodules.specification = long
        described = [long]
        if self.core.config.compressed:
            short: Any = CompressedSpecification()
            m.submodules.compressed_specification = short
            described.append(short)
        for each in described:
            m.d.comb += [
                each.insn.eq(trace.insn),
                each.pc.eq(trace.pc_rdata),
                each.rs1.eq(trace.rs1_rdata),
                each.rs2.eq(trace.rs2_rdata),
                each.loaded.eq(trace.mem_rdata),
            ]
        is_long = trace.insn[:2] == 3
        said = {}
        for name in SAID:
            of_long, of_short = getattr(long, name), getattr(described[-1], name)
            said[name] = signal = Signal.like(of_long, name=f"said_{name}")
            m.d.comb += signal.eq(Mux(is_long, of_long, of_short))
        if not self.core.config.compressed:
            m.d.comb += said["known"].eq(is_long & long.known)
        return said

    def _instructions(self, m: Module, said: dict[str, Signal]) -> None:
        """Demand of each instruction what its specification says."""
        trace = self.core.trace
        is_long = trace.insn[:2] == 3
        lanes = (((1 << said["size"]) - 1) << said["address"][:2])[:4]
        stored = (trace.rs2_rdata << (said["address"][:2] << 3))[:WORD]
        with m.If(trace.valid & ~trace.trap & said["known"]):
            m.d.comb += [
                Assert(trace.rs1_addr == said["first"], "it reads its first register"),
                Assert(trace.rs2_addr == said["second"], "it reads its second register"),
                Assert(trace.rd_addr == said["rd"], "it writes its register"),
                Assert((said["rd"] == 0) | (trace.rd_wdata == said["result"]), "with its result"),
                Assert(trace.pc_wdata == said["next_pc"], "and goes where it must"),
                Assert(trace.mem_rmask == Mux(said["loads"], lanes, 0), "it loads what it must"),
                Assert(trace.mem_wmask == Mux(said["stores"], lanes, 0), "it stores where it must"),
                Cover(said["loads"] & (trace.rs1_rdata != 0), "it loads at an address it made"),
                Cover(is_long & (trace.insn[:7] == 0x33) & (trace.insn[25:] == 1), "it multiplies"),
                Cover(~is_long & (said["second"] != 0), "a compressed one has two operands"),
            ]
            with m.If(said["loads"] | said["stores"]):
                m.d.comb += Assert(
                    trace.mem_addr == (said["address"] & 0xFFFFFFFC), "at its address"
                )
            for lane in range(4):
                with m.If(said["stores"] & lanes[lane]):
                    sent = trace.mem_wdata.word_select(lane, 8)
                    m.d.comb += Assert(sent == stored.word_select(lane, 8), "it stores its operand")

    def _liveness(self, m: Module) -> None:
        """Demand that instructions come one after the other where nothing keeps them waiting."""
        core = self.core
        quiet = Signal(range(PATIENCE + 2))
        excused = ~self.fetch_ready | ~self.data_ready | self.halt_request | core.sleeping
        with m.If(core.trace.valid | excused):
            m.d.sync += quiet.eq(0)
        with m.Else():
            m.d.sync += quiet.eq(quiet + 1)
        m.d.comb += Assert(quiet <= PATIENCE, "nothing hangs")
