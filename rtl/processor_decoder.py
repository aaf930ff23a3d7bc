"""Processor decoder: what an instruction of 32 bits asks for."""

from amaranth.hdl import C, Cat, Module, Mux, Signal, Value
from amaranth.lib import enum, wiring
from amaranth.lib.wiring import In, Out

from rtl.dot_instructions import ACCUMULATORS, DOT_OPCODE

__all__ = ["Cause", "Operation", "ProcessorDecoder"]

WORD = 32
CALL, BREAKPOINT, RETURN, WAIT = 0x00000073, 0x00100073, 0x30200073, 0x10500073


class Cause(enum.IntEnum, shape=5):
    """Why a trap is taken, as mcause says it.

    Attributes
    ----------
    FETCH_MISALIGNED, FETCH_FAULT, ILLEGAL, BREAKPOINT, LOAD_MISALIGNED, LOAD_FAULT
        Of the specification.
    STORE_MISALIGNED, STORE_FAULT, CALL
        Of the specification.
    """

    FETCH_MISALIGNED = 0
    FETCH_FAULT = 1
    ILLEGAL = 2
    BREAKPOINT = 3
    LOAD_MISALIGNED = 4
    LOAD_FAULT = 5
    STORE_MISALIGNED = 6
    STORE_FAULT = 7
    CALL = 11


class Operation(enum.Enum, shape=4):
    """What the core must do for an instruction.

    Attributes
    ----------
    ILLEGAL, COMPUTE, MULTIPLY, DIVIDE, LOAD, STORE, BRANCH, JUMP, JUMP_REGISTER, UPPER, UPPER_PC
        As they say.
    REGISTER
        Read, and perhaps write, a register of machine mode.
    CALL, BREAKPOINT, RETURN, WAIT
        ecall, ebreak, mret, wfi.
    """

    ILLEGAL = 0
    COMPUTE = 1
    MULTIPLY = 2
    DIVIDE = 3
    LOAD = 4
    STORE = 5
    BRANCH = 6
    JUMP = 7
    JUMP_REGISTER = 8
    UPPER = 9
    UPPER_PC = 10
    REGISTER = 11
    CALL = 12
    BREAKPOINT = 13
    RETURN = 14
    WAIT = 15


class ProcessorDecoder(wiring.Component):
    """Decode RV32IM, Zicsr and Zifencei, and dot products if asked. Combinational.

    Fences compute nothing: memory is always in order. A dot product passes its first operand on,
    or loads it and adds 4 to its address.

    Parameters
    ----------
    dot : bool
        Dot products are instructions.

    Members
    -------
    i : ``In(32)``
        The instruction.
    operation : ``Out(Operation)``
        What to do.
    function : ``Out(3)``
        Field funct3.
    rd, rs1, rs2 : ``Out(5)``
        Registers; rd is 0 if none is written.
    reads_1, reads_2 : ``Out(1)``
        The registers are operands.
    immediate : ``Out(32)``
        Constant, or in the lowest 12 bits the number of a register of machine mode.
    uses_immediate : ``Out(1)``
        The second operand of the integer unit is the constant.
    subtract, alternative : ``Out(1)``
        For the integer unit.
    writes_machine : ``Out(1)``
        A register of machine mode is written.
    dots : ``Out(1)``
        It is a dot product.
    """

    i: Signal
    operation: Signal
    function: Signal
    rd: Signal
    rs1: Signal
    rs2: Signal
    reads_1: Signal
    reads_2: Signal
    immediate: Signal
    uses_immediate: Signal
    subtract: Signal
    alternative: Signal
    writes_machine: Signal
    dots: Signal

    def __init__(self, *, dot: bool = False) -> None:
        self._dot = dot
        super().__init__(
            {
                "i": In(WORD),
                "operation": Out(Operation),
                "function": Out(3),
                "rd": Out(5),
                "rs1": Out(5),
                "rs2": Out(5),
                "reads_1": Out(1),
                "reads_2": Out(1),
                "immediate": Out(WORD),
                "uses_immediate": Out(1),
                "subtract": Out(1),
                "alternative": Out(1),
                "writes_machine": Out(1),
                "dots": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        insn = self.i
        funct7 = insn[25:]
        sign = insn[31]
        short = Cat(insn[20:], sign.replicate(20))
        store = Cat(insn[7:12], funct7, sign.replicate(20))
        branch = Cat(C(0, 1), insn[8:12], insn[25:31], insn[7], sign.replicate(20))
        jump = Cat(C(0, 1), insn[21:31], insn[20], insn[12:20], sign.replicate(12))
        function = self.function
        writes = Signal()
        m.d.comb += [
            function.eq(insn[12:15]),
            self.rs1.eq(insn[15:20]),
            self.rs2.eq(insn[20:25]),
            self.rd.eq(Mux(writes, insn[7:12], 0)),
            self.immediate.eq(short),
            self.uses_immediate.eq(1),
            self.writes_machine.eq((function[:2] == 1) | self.rs1.any()),
        ]

        def does(operation: Operation, legal: Value | int = 1, *, result: bool = True) -> None:
            with m.If(legal):
                m.d.comb += [self.operation.eq(operation), writes.eq(int(result))]

        with m.Switch(insn[:7]):
            with m.Case(0x13):
                is_left, is_right = function == 1, function == 5
                arithmetic = is_right & (funct7 == 0x20)
                m.d.comb += [
                    self.reads_1.eq(1),
                    self.alternative.eq(arithmetic),
                    self.subtract.eq(function[1:] == 1),  # comparisons
                ]
                does(Operation.COMPUTE, ~(is_left | is_right) | (funct7 == 0) | arithmetic)
            with m.Case(0x33):
                m.d.comb += [
                    self.reads_1.eq(1),
                    self.reads_2.eq(1),
                    self.uses_immediate.eq(0),
                    self.alternative.eq(funct7[5]),
                    self.subtract.eq(funct7[5] | (function[1:] == 1)),
                ]
                alternative = (funct7 == 0x20) & ((function == 0) | (function == 5))
                does(Operation.COMPUTE, (funct7 == 0) | alternative)
                does(Operation.MULTIPLY, (funct7 == 1) & ~function[2])
                does(Operation.DIVIDE, (funct7 == 1) & function[2])
            with m.Case(0x03):
                m.d.comb += self.reads_1.eq(1)
                does(Operation.LOAD, (function != 3) & (function[1:] != 3))
            with m.Case(0x23):
                m.d.comb += [self.reads_1.eq(1), self.reads_2.eq(1), self.immediate.eq(store)]
                does(Operation.STORE, function < 3, result=False)
            with m.Case(0x63):
                m.d.comb += [
                    self.reads_1.eq(1),
                    self.reads_2.eq(1),
                    self.uses_immediate.eq(0),
                    self.subtract.eq(1),
                    self.immediate.eq(branch),
                ]
                does(Operation.BRANCH, function[1:] != 1, result=False)
            with m.Case(0x37):
                m.d.comb += self.immediate.eq(Cat(C(0, 12), insn[12:]))
                does(Operation.UPPER)
            with m.Case(0x17):
                m.d.comb += self.immediate.eq(Cat(C(0, 12), insn[12:]))
                does(Operation.UPPER_PC)
            with m.Case(0x6F):
                m.d.comb += self.immediate.eq(jump)
                does(Operation.JUMP)
            with m.Case(0x67):
                m.d.comb += self.reads_1.eq(1)
                does(Operation.JUMP_REGISTER, function == 0)
            with m.Case(0x0F):
                does(Operation.COMPUTE, function[1:] == 0, result=False)
            with m.Case(0x73):
                m.d.comb += self.reads_1.eq((function[:2] != 0) & ~function[2])
                does(Operation.REGISTER, function[:2] != 0)
                for word, operation in (
                    (CALL, Operation.CALL),
                    (BREAKPOINT, Operation.BREAKPOINT),
                    (RETURN, Operation.RETURN),
                    (WAIT, Operation.WAIT),
                ):
                    does(operation, insn == word, result=False)
            if self._dot:
                with m.Case(DOT_OPCODE):
                    loads = function[1]
                    m.d.comb += [
                        self.reads_1.eq(1),
                        self.reads_2.eq(1),
                        self.dots.eq(1),
                        self.immediate.eq(Mux(loads, WORD // 8, 0)),
                    ]
                    legal = (funct7 < ACCUMULATORS) & ~function[2]
                    does(Operation.LOAD, legal & loads)
                    does(Operation.COMPUTE, legal & ~loads & (insn[7:12] == 0))
        return m
