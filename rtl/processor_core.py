"""Processor core: RV32IMC in order, an instruction a cycle, branches and loads included."""

from typing import Any

from amaranth.hdl import C, Cat, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from rtl.compressed_decoder import CompressedDecoder
from rtl.divider import Divider
from rtl.integer_unit import IntegerUnit
from rtl.machine_registers import MachineRegisters
from rtl.one_cycle_multiplier import OneCycleMultiplier
from rtl.part_words import byte_mask, loaded_part, stored_word
from rtl.processor_config import ProcessorCoreConfig, data_port, fetch_port, trace_port
from rtl.processor_decoder import Cause, Operation, ProcessorDecoder
from rtl.processor_dot import ProcessorDot
from rtl.register_file import RegisterFile
from rtl.serial_multiplier import SerialMultiplier

__all__ = ["ProcessorCore"]

WORD, MACHINE_MODE = 32, 3


class ProcessorCore(wiring.Component):
    """Fetch, execute, write back: two instructions are under way at a time.

    The memory's output is the instruction that executes; its successor's address, target of a
    branch included, goes to the memory in the same cycle. Results are written to the registers
    in the cycle after, that of a load straight from memory, and whoever needs one before takes it
    on its way there. So nothing ever waits but for memory, for a division, for the upper half of
    a product, and for a serial multiplier.

    Exceptions are precise. An interrupt is taken instead of an instruction, never within one.

    Latency is :attr:`latency` cycles from a fetched instruction to the registers; throughput one
    instruction a cycle.

    The bit-exact model is :class:`verification.golden.processor_core.ProcessorModel`.

    Parameters
    ----------
    config : ProcessorCoreConfig
        What it is built of.

    Members
    -------
    fetch : ``Out(fetch_port())``
        To the memory of instructions.
    data : ``Out(data_port())``
        To the memory of data and to devices.
    interrupts : ``In(32)``
        Lines at their places in mip: 3 software, 7 timer, 11 external, 16 to 31 the platform's.
    sleeping : ``Out(1)``
        Waits for an interrupt: the clock of all but the lines may stop.
    halt_request : ``In(1)``
        Stop before the next instruction.
    halted : ``Out(1)``
        It has stopped, and asks for nothing; when the request ends, it fetches and goes on.
    next_address : ``Out(32)``
        Of the instruction with which it goes on; meaningful while it is halted.
    trace : ``Out(trace_port())``
        RISC-V formal interface, if the configuration has it.
    """

    latency = 1
    throughput = "1 instruction/cycle"

    fetch: Any
    data: Any
    interrupts: Signal
    sleeping: Signal
    halt_request: Signal
    halted: Signal
    next_address: Signal
    trace: Any

    def __init__(self, config: ProcessorCoreConfig | None = None) -> None:
        self.config = config = config or ProcessorCoreConfig()
        ports = {
            "fetch": Out(fetch_port()),
            "data": Out(data_port()),
            "interrupts": In(WORD),
            "sleeping": Out(1),
            "halt_request": In(1),
            "halted": Out(1),
            "next_address": Out(WORD),
        }
        if config.trace:
            ports["trace"] = Out(trace_port(state=config.tells_state))
        super().__init__(ports)

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self.config
        m.submodules.decoder = decoder = ProcessorDecoder(dot=config.dot)
        m.submodules.unit = unit = IntegerUnit()
        multiplier, divider, dot = m.submodules.multiplier, m.submodules.divider, _ = self._units()
        m.submodules.machine = machine = MachineRegisters(config)
        exists, old = machine.exists, machine.read_data
        if dot:
            m.submodules.dot = dot
            exists, old = exists | dot.exists, old | dot.read_data
        m.submodules.registers = registers = RegisterFile(config.registers)

        # Program counter.
        pc = Signal(WORD, init=config.reset_address)
        loaded = Signal()  # the memory's output is the instruction at ``pc``
        stopped = Signal()  # it was halted in the cycle before
        begun = Signal()  # it has begun and cannot be interrupted
        done = Signal()
        next_pc = Signal(WORD)
        m.d.comb += [
            self.fetch.valid.eq(Mux(loaded, done, ~self.halted)),
            self.fetch.address.eq(Mux(loaded, next_pc, pc)),
        ]
        with m.If(self.fetch.valid):
            m.d.sync += [pc.eq(self.fetch.address), loaded.eq(self.fetch.ready)]
        with m.Elif(self.halted):
            m.d.sync += loaded.eq(0)  # what is there when it goes on may be another instruction

        fetched = self.fetch.data
        compressed = Signal()
        following = Signal(WORD)
        if config.compressed:
            m.submodules.expander = expander = CompressedDecoder()
            m.d.comb += [
                expander.i.eq(fetched),
                decoder.i.eq(expander.o),
                compressed.eq(expander.compressed),
            ]
        else:
            m.d.comb += decoder.i.eq(Mux(fetched[:2].all(), fetched, 0))
        raw = Cat(fetched[:16], Mux(compressed, 0, fetched[16:]))
        # Where the upper half of an instruction is missing, that is the address to tell.
        missing_high = self.fetch.fault[1] & ~compressed
        m.d.comb += following.eq(pc + Mux(compressed | missing_high, 2, 4))

        # Registers, and what is on its way to them.
        back = Signal(5)  # register to be written; 0 for none
        back_value, back_kind, back_low = (Signal(n, reset_less=True) for n in (WORD, 3, 2))
        back_loads = Signal()
        arriving = Signal(WORD)
        m.d.comb += [
            arriving.eq(
                Mux(back_loads, loaded_part(self.data.read_data, back_low, back_kind), back_value)
            ),
            registers.rd.eq(back),
            registers.data.eq(arriving),
            registers.rs1.eq(decoder.rs1),
            registers.rs2.eq(decoder.rs2),
        ]
        a, b = registers.value_1, registers.value_2

        # What the instruction asks for.
        operation = decoder.operation
        is_load = operation == Operation.LOAD
        is_store = operation == Operation.STORE
        is_access = is_load | is_store
        m.d.comb += [
            unit.a.eq(a),
            unit.b.eq(Mux(decoder.uses_immediate, decoder.immediate, b)),
            unit.function.eq(Mux(is_access, 0, decoder.function)),
            unit.subtract.eq(decoder.subtract),
            unit.arithmetic.eq(decoder.alternative),
            multiplier.a.eq(a),
            multiplier.b.eq(b),
            multiplier.function.eq(decoder.function),
            divider.a.eq(a),
            divider.b.eq(b),
            divider.unsigned.eq(decoder.function[0]),
            divider.wants_remainder.eq(decoder.function[1]),
        ]

        # What stops it: an interrupt or a request to halt before it begins, or an exception.
        halts = Signal()
        interrupted = Signal()
        runs = Signal()
        m.d.comb += [
            halts.eq(self.halt_request & ~begun),
            interrupted.eq(loaded & ~begun & ~halts & machine.pending),
            runs.eq(loaded & ~halts & ~interrupted),
            self.halted.eq(halts & (loaded | stopped)),
            self.next_address.eq(pc),
            machine.lines.eq(self.interrupts),
        ]
        fault = Signal()
        cause, value = Signal(5), Signal(WORD)
        address = Mux(decoder.dots, a, unit.sum)
        misaligned = Signal()
        met = Signal()
        target, beside = Signal(WORD), Signal(WORD)
        jumps = Signal()
        by_size = Mux(decoder.function[1], address[:2].any(), decoder.function[0] & address[0])
        compare = Mux(decoder.function[1], unit.below, unit.less)
        m.d.comb += [
            misaligned.eq(is_access & by_size),
            met.eq(Mux(decoder.function[2], compare, unit.equal) ^ decoder.function[0]),
            jumps.eq(
                (operation == Operation.JUMP)
                | (operation == Operation.JUMP_REGISTER)
                | ((operation == Operation.BRANCH) & met)
            ),
            target.eq(
                Mux(
                    operation == Operation.JUMP_REGISTER,
                    Cat(C(0, 1), unit.sum[1:]),
                    beside,
                )
            ),
            beside.eq(pc + decoder.immediate),
            machine.address.eq(decoder.immediate[:12]),
        ]
        is_register = operation == Operation.REGISTER
        refused = ~exists | (decoder.writes_machine & machine.read_only)
        illegal = (operation == Operation.ILLEGAL) | (is_register & refused)
        odd = jumps & target[1] if not config.compressed else C(0, 1)
        missing = self.fetch.fault[0] | missing_high
        m.d.comb += fault.eq(1)
        with m.If(missing):
            m.d.comb += [
                cause.eq(Cause.FETCH_FAULT),
                value.eq(Mux(self.fetch.fault[0], pc, following)),
            ]
        with m.Elif(illegal):
            m.d.comb += [cause.eq(Cause.ILLEGAL), value.eq(raw)]
        with m.Elif(operation == Operation.BREAKPOINT):
            m.d.comb += [cause.eq(Cause.BREAKPOINT), value.eq(pc)]
        with m.Elif(operation == Operation.CALL):
            m.d.comb += cause.eq(Cause.CALL)
        with m.Elif(odd):
            m.d.comb += [cause.eq(Cause.FETCH_MISALIGNED), value.eq(target)]
        with m.Elif(misaligned):
            wrong = Mux(is_load, Cause.LOAD_MISALIGNED.value, Cause.STORE_MISALIGNED.value)
            m.d.comb += [cause.eq(wrong), value.eq(address)]
        with m.Elif(self.data.valid & self.data.ready & self.data.fault):
            wrong = Mux(is_load, Cause.LOAD_FAULT.value, Cause.STORE_FAULT.value)
            m.d.comb += [cause.eq(wrong), value.eq(address)]
        with m.Else():
            m.d.comb += fault.eq(0)

        # What takes time.
        waits = Signal()
        m.d.comb += [
            self.data.valid.eq(runs & is_access & ~misaligned & ~missing),
            multiplier.start.eq(runs & (operation == Operation.MULTIPLY) & ~missing),
            divider.start.eq(runs & (operation == Operation.DIVIDE) & ~missing),
            self.sleeping.eq(
                runs
                & (operation == Operation.WAIT)
                & ~(missing | machine.wakes | self.halt_request)
            ),
            waits.eq(
                (self.data.valid & ~self.data.ready)
                | (multiplier.start & ~multiplier.done)
                | (divider.start & ~divider.done)
                | self.sleeping
            ),
            done.eq(interrupted | (runs & ~waits)),
        ]
        m.d.sync += [begun.eq(runs & waits), stopped.eq(self.halted)]

        retires = Signal()
        m.d.comb += [
            retires.eq(runs & ~waits & ~fault),
            machine.retires.eq(retires),
            machine.trap.eq(interrupted | (runs & ~waits & fault)),
            machine.trap_interrupt.eq(interrupted),
            machine.trap_cause.eq(Mux(interrupted, machine.pending_cause, cause)),
            machine.trap_value.eq(Mux(interrupted, 0, value)),
            machine.trap_address.eq(pc),
            machine.returns.eq(retires & (operation == Operation.RETURN)),
            machine.write.eq(retires & is_register & decoder.writes_machine),
        ]
        m.d.comb += machine.events.eq(
            Cat(
                self.fetch.valid & ~self.fetch.ready,
                self.data.valid & ~self.data.ready,
                retires & jumps,
                retires & (operation == Operation.MULTIPLY),
            )
        )
        with m.If(machine.trap):
            m.d.comb += next_pc.eq(machine.handler)
        with m.Elif(operation == Operation.RETURN):
            m.d.comb += next_pc.eq(machine.return_address)
        with m.Elif(jumps):
            m.d.comb += next_pc.eq(target)
        with m.Else():
            m.d.comb += next_pc.eq(following)

        # Access to memory.
        low = address[:2]
        m.d.comb += [
            self.data.address.eq(Cat(C(0, 2), address[2:])),
            self.data.write.eq(is_store),
            self.data.mask.eq(byte_mask(low, decoder.function)),
            self.data.write_data.eq(stored_word(b, low)),
        ]

        # Registers of machine mode.
        if dot:
            m.d.comb += [
                dot.start.eq(retires & decoder.dots),
                dot.loads.eq(is_load),
                dot.wide.eq(decoder.function[0]),
                dot.accumulator.eq(decoder.i[25:27]),
                dot.b.eq(b),
                dot.passed.eq(back_value),
                dot.loaded.eq(self.data.read_data),
                dot.address.eq(machine.address),
                dot.write.eq(machine.write),
                dot.write_data.eq(machine.write_data),
                *([self.trace.sums.eq(dot.sums)] if config.tells_state else []),
            ]
        operand = Mux(decoder.function[2], decoder.rs1, a)
        with m.Switch(decoder.function[:2]):
            with m.Case(2):
                m.d.comb += machine.write_data.eq(old | operand)
            with m.Case(3):
                m.d.comb += machine.write_data.eq(old & ~operand)
            with m.Default():
                m.d.comb += machine.write_data.eq(operand)

        # The result.
        result = Signal(WORD)
        with m.Switch(operation):
            with m.Case(Operation.MULTIPLY):
                m.d.comb += result.eq(multiplier.result)
            with m.Case(Operation.DIVIDE):
                m.d.comb += result.eq(divider.result)
            with m.Case(Operation.REGISTER):
                m.d.comb += result.eq(old)
            with m.Case(Operation.JUMP, Operation.JUMP_REGISTER):
                m.d.comb += result.eq(following)
            with m.Case(Operation.UPPER):
                m.d.comb += result.eq(decoder.immediate)
            with m.Case(Operation.UPPER_PC):
                m.d.comb += result.eq(beside)
            with m.Default():
                m.d.comb += result.eq(unit.result)
        m.d.sync += [
            back.eq(Mux(retires, decoder.rd, 0)),
            back_value.eq(result),
            back_kind.eq(decoder.function),
            back_low.eq(low),
            back_loads.eq(is_load & ~decoder.dots),
        ]
        if config.trace:
            known = ~missing & ~illegal
            reads_1, reads_2 = known & decoder.reads_1, known & decoder.reads_2
            rows = {
                "insn": Mux(missing, 0, raw),
                "trap": fault,
                "pc_rdata": pc,
                "pc_wdata": next_pc,
                "rs1_addr": Mux(reads_1, decoder.rs1, 0),
                "rs2_addr": Mux(reads_2, decoder.rs2, 0),
                "rs1_rdata": Mux(reads_1, a, 0),
                "rs2_rdata": Mux(reads_2, b, 0),
                "mem_addr": Mux(self.data.valid & ~fault, self.data.address, 0),
                "mem_rmask": Mux(self.data.valid & is_load & ~fault, self.data.mask, 0),
                "mem_wmask": Mux(self.data.valid & is_store & ~fault, self.data.mask, 0),
                "mem_wdata": Mux(self.data.valid & is_store & ~fault, self.data.write_data, 0),
                "csr_rdata": old,
            }
            self._trace(m, rows, ends=runs & ~waits, interrupted=interrupted)
            m.d.comb += [
                *([self.trace.state.eq(machine.state)] if config.tells_state else []),
                self.trace.rd_addr.eq(back),
                self.trace.rd_wdata.eq(Mux(back != 0, arriving, 0)),
                self.trace.mem_rdata.eq(Mux(self.trace.mem_rmask != 0, self.data.read_data, 0)),
            ]
        return m

    def _units(self) -> tuple[Any, Any, Any]:
        """Return multiplier, divider and, if asked, dot products; proofs put others there."""
        config = self.config
        multiplier = OneCycleMultiplier if config.multiplier == "one_cycle" else SerialMultiplier
        dot = ProcessorDot(tells_sums=config.tells_state) if config.dot else None
        return multiplier(), Divider(), dot

    def _trace(self, m: Module, rows: dict[str, Value], *, ends: Value, interrupted: Value) -> None:
        """Tell of an instruction in the cycle after, when a load's data has arrived."""
        order = Signal(64)
        after_interrupt = Signal()
        trace = self.trace
        m.d.sync += [trace.valid.eq(ends), trace.intr.eq(after_interrupt)]
        with m.If(interrupted):
            m.d.sync += [after_interrupt.eq(1), trace.lines.eq(self.interrupts)]
        with m.If(ends):
            m.d.sync += [after_interrupt.eq(0), order.eq(order + 1), trace.order.eq(order)]
            m.d.sync += [getattr(trace, name).eq(value) for name, value in rows.items()]
        m.d.comb += [trace.mode.eq(MACHINE_MODE), trace.ixl.eq(1)]
