"""What instructions of RV32IM do, as one circuit that shares nothing with the core: for proofs."""

from amaranth.hdl import Cat, Module, Mux, Signal, Value, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from verification.alternative_arithmetic import alternative_result

__all__ = ["InstructionSpecification", "RiscvSpecification"]

WORD = 32


class InstructionSpecification(wiring.Component):
    """Ports of a description of instructions.

    Members
    -------
    insn, pc, rs1, rs2, loaded : ``In(32)``
        Instruction, its address, its operands, and the word in memory where it loads from.
    known : ``Out(1)``
        It is one of those that are described.
    first, second : ``Out(5)``
        Registers of its operands, or 0.
    rd : ``Out(5)``
        Register that it writes, or 0.
    result : ``Out(32)``
        What is written.
    next_pc : ``Out(32)``
        Address of its successor.
    address : ``Out(32)``
        Of the byte that it loads or stores.
    size : ``Out(3)``
        Bytes that it accesses.
    loads, stores, jumps : ``Out(1)``
        It does; what is stored is the lowest bytes of ``rs2``; a branch that is taken jumps.
    """

    insn: Signal
    pc: Signal
    rs1: Signal
    rs2: Signal
    loaded: Signal
    known: Signal
    first: Signal
    second: Signal
    rd: Signal
    result: Signal
    next_pc: Signal
    address: Signal
    size: Signal
    loads: Signal
    stores: Signal
    jumps: Signal

    def __init__(self) -> None:
        words_in = ("insn", "pc", "rs1", "rs2", "loaded")
        words_out = ("result", "next_pc", "address")
        super().__init__(
            {
                **{name: In(WORD) for name in words_in},
                **{name: Out(WORD) for name in words_out},
                **{name: Out(1) for name in ("known", "loads", "stores", "jumps")},
                **{name: Out(5) for name in ("first", "second", "rd")},
                "size": Out(3),
            }
        )


class RiscvSpecification(InstructionSpecification):
    """Say what an instruction of 32 bits must do, but for the environment and its registers.

    Products and quotients are those of :mod:`verification.alternative_arithmetic`.

    Parameters
    ----------
    dot : bool
        Describe those for dot products, too, but for their sums.
    """

    def __init__(self, *, dot: bool = False) -> None:
        self._dot = dot
        super().__init__()

    def elaborate(self, _platform: object) -> Module:
        m = Module()
        insn, pc, a, b = self.insn, self.pc, self.rs1, self.rs2
        rd, f3, f7 = insn[7:12], insn[12:15], insn[25:32]
        first, second = self.first.eq(insn[15:20]), self.second.eq(insn[20:25])
        i_immediate = insn[20:32].as_signed()
        s_immediate = Cat(insn[7:12], insn[25:32]).as_signed()
        b_immediate = Cat(insn[8:12], insn[25:31], insn[7], insn[31]).as_signed() * 2
        j_immediate = Cat(insn[21:31], insn[20], insn[12:20], insn[31]).as_signed() * 2
        upper = insn & 0xFFFFF000
        m.d.comb += [self.next_pc.eq(pc + 4), self.known.eq(1)]

        with m.Switch(insn[:7]):
            with m.Case(0b0110111):
                m.d.comb += [self.rd.eq(rd), self.result.eq(upper)]
            with m.Case(0b0010111):
                m.d.comb += [self.rd.eq(rd), self.result.eq(pc + upper)]
            with m.Case(0b1101111):
                m.d.comb += [self.rd.eq(rd), self.result.eq(pc + 4)]
                m.d.comb += [self.next_pc.eq(pc + j_immediate), self.jumps.eq(1)]
            with m.Case(0b1100111):
                m.d.comb += [first, self.rd.eq(rd), self.result.eq(pc + 4), self.known.eq(f3 == 0)]
                m.d.comb += [self.next_pc.eq((a + i_immediate) & 0xFFFFFFFE), self.jumps.eq(1)]
            with m.Case(0b1100011):
                m.d.comb += [first, second]
                self._branch(m, f3, b_immediate)
            with m.Case(0b0000011):
                m.d.comb += [first, self.loads.eq(1), self.rd.eq(rd)]
                m.d.comb += self.address.eq(a + i_immediate)
                self._load(m, f3)
            with m.Case(0b0100011):
                m.d.comb += [first, second, self.stores.eq(1), self.address.eq(a + s_immediate)]
                m.d.comb += [self.size.eq(1 << f3[:2]), self.known.eq(f3 < 3)]
            with m.Case(0b0010011):
                m.d.comb += [first, self.rd.eq(rd)]
                shifts = (f3 == 1) | (f3 == 5)
                legal = (f7 == 0) | ((f7 == 0x20) & (f3 == 5))
                m.d.comb += self.known.eq(~shifts | legal)
                self._compute(m, f3, a, i_immediate, (f3 == 5) & f7[5])
            with m.Case(0b0110011):
                m.d.comb += [first, second, self.rd.eq(rd)]
                other = (f7 == 0x20) & ((f3 == 0) | (f3 == 5))
                m.d.comb += self.known.eq((f7 <= 1) | other)
                with m.If(f7 == 1):
                    m.d.comb += self.result.eq(alternative_result(f3, a, b))
                with m.Else():
                    self._compute(m, f3, a, b, f7[5])
            with m.Case(0b0001111):
                m.d.comb += self.known.eq(f3 < 2)  # fences
            with m.Case(*([0b0001011] if self._dot else [])):
                moves_on = f3[1]
                m.d.comb += [first, second, self.known.eq((f3 < 4) & (f7 < 4))]
                with m.If(moves_on):
                    m.d.comb += [self.rd.eq(rd), self.result.eq(a + 4)]
                    m.d.comb += [self.loads.eq(1), self.address.eq(a), self.size.eq(4)]
                with m.Elif(rd != 0):
                    m.d.comb += self.known.eq(0)
            with m.Default():
                m.d.comb += self.known.eq(0)
        return m

    def _branch(self, m: Module, f3: Value, offset: Value) -> None:
        a, b = self.rs1, self.rs2
        taken = Signal()
        with m.Switch(f3):
            for number, condition in (
                (0, a == b),
                (1, a != b),
                (4, a.as_signed() < b.as_signed()),
                (5, a.as_signed() >= b.as_signed()),
                (6, a < b),
                (7, a >= b),
            ):
                with m.Case(number):
                    m.d.comb += taken.eq(condition)
            with m.Default():
                m.d.comb += self.known.eq(0)
        m.d.comb += [self.next_pc.eq(self.pc + Mux(taken, offset, 4)), self.jumps.eq(taken)]

    def _load(self, m: Module, f3: Value) -> None:
        word = self.loaded
        byte = word.word_select(self.address[:2], 8)
        half = word.word_select(self.address[1], 16)
        with m.Switch(f3):
            for number, size, value in (
                (0, 1, byte.as_signed()),
                (1, 2, half.as_signed()),
                (2, 4, word),
                (4, 1, byte),
                (5, 2, half),
            ):
                with m.Case(number):
                    m.d.comb += [self.size.eq(size), self.result.eq(value)]
            with m.Default():
                m.d.comb += self.known.eq(0)

    def _compute(self, m: Module, f3: Value, a: Value, second: Value, alternative: Value) -> None:
        b = Signal(WORD, name=f"b_{len(second)}")
        signed_a, signed_b = a.as_signed(), b.as_signed()
        amount = b[:5]
        shifted = Signal(signed(WORD), name=f"shifted_{len(second)}")
        m.d.comb += [b.eq(second), shifted.eq(signed_a >> amount)]
        with m.Switch(f3):
            for number, value in enumerate(
                (
                    Mux(alternative, a - b, a + b),
                    a << amount,
                    signed_a < signed_b,
                    a < b,
                    a ^ b,
                    Mux(alternative, shifted, a >> amount),
                    a | b,
                    a & b,
                )
            ):
                with m.Case(number):
                    m.d.comb += self.result.eq(value)
