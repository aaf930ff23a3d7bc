"""A core's cycles, held against what they must do to the machine: for proofs."""

from typing import Any

from amaranth.hdl import Assert, Cover, Module, Mux, Signal

from rtl.dot_instructions import ACCUMULATORS
from rtl.processor_config import machine_state
from verification.machine_specification import MachineSpecification

__all__ = ["demand_environment", "demand_steps", "follow_machine"]

WORD = 32
OF_ACCESSES = ("known", "loads", "stores", "address", "size")


def follow_machine(m: Module, core: Any, said: dict[str, Signal], missing: Signal) -> Any:
    """Return the specification of the machine, told of the cycle before and its instruction.

    Parameters
    ----------
    m : Module
        Where it belongs.
    core : ProcessorCore
        With a trace port.
    said : dict of str to Signal
        What its instruction must do, by the names of
        :class:`~verification.riscv_specification.InstructionSpecification`.
    missing : Signal
        Halves of the instruction that memory lacks.

    Returns
    -------
    MachineSpecification
        Connected.
    """
    trace = core.trace
    fetch, access = core.fetch, core.data
    machine: Any = MachineSpecification(core.config)
    m.submodules.machine = machine
    arrived, place, following = Signal(), Signal(WORD), Signal(WORD)
    fetch_waits, access_waits = Signal(), Signal()
    multiplies = (trace.insn[:7] == 0x33) & (trace.insn[25:] == 1) & ~trace.insn[14]
    m.d.sync += [
        machine.before.eq(trace.state),
        machine.sums_before.eq(trace.sums),
        machine.lines.eq(core.interrupts),
        arrived.eq(fetch.valid & fetch.ready),
        machine.arrives.eq(arrived & ~core.halt_request),
        machine.refused.eq(access.valid & access.ready & access.fault),
        place.eq(core.next_address),
        fetch_waits.eq(fetch.valid & ~fetch.ready),
        access_waits.eq(access.valid & ~access.ready),
    ]
    retires = trace.valid & ~trace.trap & said["known"]
    m.d.comb += [
        following.eq(trace.pc_rdata + Mux(trace.insn[:2] == 3, 4, 2)),
        machine.ends.eq(trace.valid),
        machine.counted[0].eq(fetch_waits),
        machine.counted[1].eq(access_waits),
        machine.counted[2].eq(retires & said["jumps"]),
        machine.counted[3].eq(retires & multiplies),
        machine.insn.eq(trace.insn),
        machine.pc.eq(place),
        machine.rs1.eq(trace.rs1_rdata),
        machine.rs2.eq(trace.rs2_rdata),
        machine.loaded.eq(trace.mem_rdata),
        machine.missing.eq(missing),
        *(getattr(machine, name).eq(said[name]) for name in OF_ACCESSES),
        machine.target.eq(Mux(said["known"], said["next_pc"], following)),
    ]
    return machine


def demand_environment(m: Module, core: Any, machine: Any) -> None:
    """Demand that what must trap does, and nothing else, and what the environment reads.

    Parameters
    ----------
    m : Module
        Where that belongs.
    core : ProcessorCore
        With a trace port.
    machine : MachineSpecification
        Told of the core.
    """
    trace = core.trace
    following = Signal(WORD)
    m.d.comb += following.eq(trace.pc_rdata + 4)
    written = Mux(machine.accesses, trace.insn[7:12], 0)
    with m.If(trace.valid):
        m.d.comb += [
            Assert(trace.trap == machine.traps, "it traps exactly if it must"),
            Cover(trace.trap & (trace.insn[:7] == 0x03), "a load traps"),
        ]
        with m.If(~trace.trap & machine.system):
            m.d.comb += [
                Assert(trace.rs1_addr == machine.operand, "it reads its operand"),
                Assert(trace.rs2_addr == 0, "and no other"),
                Assert(machine.returns | (trace.pc_wdata == following), "it goes on"),
                Assert(trace.rd_addr == written, "it writes a register only if it reads one"),
                Assert((written == 0) | (trace.rd_wdata == trace.csr_rdata), "what it holds"),
            ]


def demand_steps(m: Module, core: Any, machine: Any) -> None:
    """Demand that each cycle takes the machine from what it held to what it must hold.

    Parameters
    ----------
    m : Module
        Where that belongs.
    core : ProcessorCore
        With a trace port.
    machine : MachineSpecification
        Told of the core.
    """
    trace = core.trace
    begun, asks, slept, halts = Signal(), Signal(), Signal(), Signal()
    goes_on, in_handler = Signal(WORD), Signal()
    m.d.sync += [
        begun.eq(1),
        asks.eq(core.fetch.valid),
        goes_on.eq(core.fetch.address),
        slept.eq(core.sleeping),
        halts.eq(core.halt_request),
        in_handler.eq(machine.enters | (trace.intr & ~trace.valid)),
    ]
    with m.If(begun):
        for name in machine_state().members:
            m.d.comb += Assert(trace.state[name] == machine.after[name], f"{name} is kept")
        for number in range(ACCUMULATORS if core.config.dot else 0):
            m.d.comb += Assert(trace.sums[number] == machine.sums_after[number], "a sum is kept")
        m.d.comb += [
            Assert(core.next_address == Mux(asks, goes_on, machine.pc), "the successor is next"),
            Assert(trace.intr == in_handler, "the first of a handler is told"),
        ]
    with m.If(machine.enters):
        m.d.comb += [
            Assert(~trace.valid, "instead of an instruction"),
            Assert(asks & (goes_on == machine.vector), "an interrupt leads to its vector"),
        ]
    with m.If(trace.valid):
        m.d.comb += [
            Assert(trace.pc_rdata == machine.pc, "an instruction is where the last one led"),
            Assert(asks & (goes_on == trace.pc_wdata), "and leads to the next"),
        ]
        with m.If(trace.trap):
            m.d.comb += Assert(trace.pc_wdata == machine.handler, "a trap leads to the handler")
        with m.Elif(machine.returns):
            m.d.comb += Assert(trace.pc_wdata == machine.return_address, "from where it came")
        with m.Elif(machine.accesses):
            m.d.comb += Assert(trace.csr_rdata == machine.old, "it holds what was written")
        with m.Elif(machine.waits):
            m.d.comb += Assert(machine.wakes | halts, "it wakes when it is asked to")
    with m.Elif(begun & asks & ~machine.enters):
        m.d.comb += Assert(goes_on == machine.pc, "what did not arrive is fetched again")
    m.d.comb += Assert(~(slept & (machine.wakes | halts)), "it sleeps unasked only")
    kept = machine.accesses & (trace.csr_rdata == 0x12344)
    m.d.comb += [
        Cover(trace.valid & kept & (trace.insn[20:32] == 0x341), "an address is kept"),
        Cover(machine.enters & machine.before.mtvec[0], "an interrupt finds its vector"),
        Cover(trace.valid & trace.intr & machine.returns, "a handler returns at once"),
    ]
