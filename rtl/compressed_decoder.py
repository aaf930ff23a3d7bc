"""Compressed decoder: turns an instruction of 16 bits into the one of 32 that it stands for."""

from amaranth.hdl import C, Cat, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

__all__ = ["CompressedDecoder"]

LUI, OP_IMM, OP, LOAD = C(0x37, 7), C(0x13, 7), C(0x33, 7), C(0x03, 7)
STORE, BRANCH, JALR, JAL = C(0x23, 7), C(0x63, 7), C(0x67, 7), C(0x6F, 7)
EBREAK = 0x00100073
ZERO, RA, SP = C(0, 5), C(1, 5), C(2, 5)


class CompressedDecoder(wiring.Component):
    """Expand RV32C without floating point.

    Combinational. An instruction of 32 bits passes unchanged. What is reserved becomes an
    instruction of zeros, which is illegal.

    Members
    -------
    i : ``In(32)``
        Instruction; a compressed one in the lower half, whatever the upper half holds.
    o : ``Out(32)``
        The instruction to execute.
    compressed : ``Out(1)``
        The instruction has 16 bits.
    """

    i: Signal
    o: Signal
    compressed: Signal

    def __init__(self) -> None:
        super().__init__({"i": In(32), "o": Out(32), "compressed": Out(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        half = self.i[:16]
        rd, rs2 = half[7:12], half[2:7]
        near, base = Cat(half[2:5], C(1, 2)), Cat(half[7:10], C(1, 2))  # registers 8 to 15
        sign = half[12]
        short = Cat(half[2:7], sign.replicate(7))  # a signed immediate of six bits

        m.d.comb += [self.compressed.eq(~self.i[:2].all()), self.o.eq(0)]
        with m.Switch(Cat(half[13:16], half[:2])):
            with m.Case(0b00_000):  # c.addi4spn
                offset = Cat(C(0, 2), half[6], half[5], half[11:13], half[7:11], C(0, 2))
                with m.If(half[5:13].any()):
                    m.d.comb += self.o.eq(_immediate(OP_IMM, near, 0, SP, offset))
            with m.Case(0b00_010):  # c.lw
                m.d.comb += self.o.eq(_immediate(LOAD, near, 2, base, _word_offset(half)))
            with m.Case(0b00_110):  # c.sw
                m.d.comb += self.o.eq(_store(near, base, _word_offset(half)))
            with m.Case(0b01_000):  # c.addi
                m.d.comb += self.o.eq(_immediate(OP_IMM, rd, 0, rd, short))
            with m.Case(0b01_001):  # c.jal
                m.d.comb += self.o.eq(_jump(half, RA))
            with m.Case(0b01_010):  # c.li
                m.d.comb += self.o.eq(_immediate(OP_IMM, rd, 0, ZERO, short))
            with m.Case(0b01_011):  # c.addi16sp, c.lui
                offset = Cat(C(0, 4), half[6], half[2], half[5], half[3:5], sign.replicate(3))
                upper = Cat(LUI, rd, half[2:7], sign.replicate(15))
                adjust = _immediate(OP_IMM, SP, 0, SP, offset)
                with m.If(sign | half[2:7].any()):
                    m.d.comb += self.o.eq(Mux(rd == 2, adjust, upper))
            with m.Case(0b01_100):
                self._arithmetic(m, half, base, near, short)
            with m.Case(0b01_101):  # c.j
                m.d.comb += self.o.eq(_jump(half, ZERO))
            with m.Case(0b01_110, 0b01_111):  # c.beqz, c.bnez
                m.d.comb += self.o.eq(
                    Cat(
                        BRANCH,
                        sign,
                        half[3:5],
                        half[10:12],
                        half[13],
                        C(0, 2),
                        base,
                        ZERO,
                        half[2],
                        half[5:7],
                        sign.replicate(4),
                    )
                )
            with m.Case(0b10_000):  # c.slli
                left = _immediate(OP_IMM, rd, 1, rd, Cat(rs2, C(0, 7)))
                m.d.comb += self.o.eq(Mux(sign, 0, left))
            with m.Case(0b10_010):  # c.lwsp
                offset = Cat(C(0, 2), half[4:7], sign, half[2:4], C(0, 4))
                with m.If(rd.any()):
                    m.d.comb += self.o.eq(_immediate(LOAD, rd, 2, SP, offset))
            with m.Case(0b10_100):
                self._register(m, half, rd, rs2)
            with m.Case(0b10_110):  # c.swsp
                offset = Cat(C(0, 2), half[9:13], half[7:9], C(0, 4))
                m.d.comb += self.o.eq(_store(rs2, SP, offset))
            with m.Case("11---"):
                m.d.comb += self.o.eq(self.i)
        return m

    def _arithmetic(self, m: Module, half: Value, rd: Value, rs2: Value, short: Value) -> None:
        """Expand c.srli, c.srai, c.andi, c.sub, c.xor, c.or, c.and."""
        sign = half[12]
        shift = Cat(half[2:7], C(0, 5), half[10], C(0, 1))
        with m.Switch(half[10:12]):
            with m.Case(0, 1), m.If(~sign):
                m.d.comb += self.o.eq(_immediate(OP_IMM, rd, 5, rd, shift))
            with m.Case(2):
                m.d.comb += self.o.eq(_immediate(OP_IMM, rd, 7, rd, short))
            with m.Case(3):
                function = Signal(3)
                subtract = half[5:7] == 0
                with m.Switch(half[5:7]):
                    for kind, code in enumerate((0, 4, 6, 7)):
                        with m.Case(kind):
                            m.d.comb += function.eq(code)
                with m.If(~sign):
                    funct7 = Cat(C(0, 5), subtract, C(0, 1))
                    m.d.comb += self.o.eq(Cat(OP, rd, function, rd, rs2, funct7))

    def _register(self, m: Module, half: Value, rd: Value, rs2: Value) -> None:
        """Expand c.jr, c.mv, c.ebreak, c.jalr, c.add."""
        sign = half[12]
        with m.If(rs2.any()):
            first = Mux(sign, rd, 0)
            m.d.comb += self.o.eq(Cat(OP, rd, C(0, 3), first[:5], rs2, C(0, 7)))
        with m.Elif(rd.any()):
            link = Cat(sign, C(0, 4))
            m.d.comb += self.o.eq(_immediate(JALR, link, 0, rd, C(0, 12)))
        with m.Elif(sign):
            m.d.comb += self.o.eq(EBREAK)


def _immediate(opcode: Value, rd: Value, function: int, rs1: Value, immediate: Value) -> Value:
    return Cat(opcode, rd, C(function, 3), rs1, immediate)


def _store(rs2: Value, rs1: Value, offset: Value) -> Value:
    return Cat(STORE, offset[:5], C(2, 3), rs1, rs2, offset[5:12])


def _word_offset(half: Value) -> Value:
    return Cat(C(0, 2), half[6], half[10:13], half[5], C(0, 5))


def _jump(half: Value, rd: Value) -> Value:
    sign = half[12]
    low = Cat(half[3:6], half[11], half[2], half[7], half[6], half[9:11], half[8])
    return Cat(JAL, rd, sign.replicate(8), sign, low, sign)
