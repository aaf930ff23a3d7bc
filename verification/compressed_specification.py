"""What compressed instructions do, each by itself and not by what it stands for: for proofs."""

from collections.abc import Callable

from amaranth.hdl import C, Cat, Module, Mux, Value

from verification.riscv_specification import InstructionSpecification

__all__ = ["CompressedSpecification"]

RA, SP = 1, 2
WORD_BYTES = 4


class CompressedSpecification(InstructionSpecification):
    """Say what an instruction of RV32C, in the lower 16 bits, must do, but for ``c.ebreak``.

    Reserved codes, those of floating point and those left to custom extensions are not known.
    """

    def elaborate(self, _platform: object) -> Module:
        m = Module()
        half, pc = self.insn[:16], self.pc
        rd, rs2 = half[7:12], half[2:7]
        near_1, near_2 = Cat(half[7:10], C(1, 2)), Cat(half[2:5], C(1, 2))
        a, b = self.rs1, self.rs2
        small = Cat(half[2:7], half[12]).as_signed()
        near_offset = Cat(C(0, 2), half[6], half[10:13], half[5])
        j_offset = Cat(
            *(C(0, 1), half[3:6], half[11], half[2], half[7], half[6]),
            *(half[9:11], half[8], half[12]),
        ).as_signed()
        b_offset = Cat(C(0, 1), half[3:5], half[10:12], half[2], half[5:7], half[12]).as_signed()
        m.d.comb += [self.next_pc.eq(pc + 2), self.known.eq(1)]

        def computes(register: Value | int, first: Value | int, second: Value | int = 0) -> None:
            m.d.comb += [self.rd.eq(register), self.first.eq(first), self.second.eq(second)]

        with m.Switch(Cat(half[13:16], half[:2])):
            with m.Case("00000"):  # c.addi4spn
                offset = Cat(C(0, 2), half[6], half[5], half[11:13], half[7:11])
                computes(near_2, SP)
                m.d.comb += [self.result.eq(a + offset), self.known.eq(offset != 0)]
            with m.Case("00010"):  # c.lw
                computes(near_2, near_1)
                self._loads(m, a + near_offset)
            with m.Case("00110"):  # c.sw
                computes(0, near_1, near_2)
                self._stores(m, a + near_offset)
            with m.Case("01000"):  # c.addi
                computes(rd, rd)
                m.d.comb += self.result.eq(a + small)
            with m.Case("01001"):  # c.jal
                computes(RA, 0)
                m.d.comb += [self.result.eq(pc + 2), self.next_pc.eq(pc + j_offset)]
                m.d.comb += self.jumps.eq(1)
            with m.Case("01010"):  # c.li
                computes(rd, 0)
                m.d.comb += self.result.eq(small)
            with m.Case("01011"):
                m.d.comb += self.known.eq(small != 0)
                with m.If(rd == SP):  # c.addi16sp
                    offset = Cat(C(0, 4), half[6], half[2], half[5], half[3:5], half[12])
                    computes(SP, SP)
                    m.d.comb += self.result.eq(a + offset.as_signed())
                with m.Else():  # c.lui
                    computes(rd, 0)
                    m.d.comb += self.result.eq(small << 12)
            with m.Case("01100"):
                self._near(m, computes)
            with m.Case("01101"):  # c.j
                m.d.comb += [self.next_pc.eq(pc + j_offset), self.jumps.eq(1)]
            with m.Case("0111-"):  # c.beqz, c.bnez
                computes(0, near_1)
                taken = (a == 0) ^ half[13]
                m.d.comb += [self.next_pc.eq(pc + Mux(taken, b_offset, 2)), self.jumps.eq(taken)]
            with m.Case("10000"):  # c.slli
                computes(rd, rd)
                m.d.comb += [self.result.eq(a << rs2), self.known.eq(~half[12])]
            with m.Case("10010"):  # c.lwsp
                computes(rd, SP)
                m.d.comb += self.known.eq(rd != 0)
                self._loads(m, a + Cat(C(0, 2), half[4:7], half[12], half[2:4]))
            with m.Case("10100"):
                with m.If(rs2 == 0):  # c.jr, c.jalr
                    computes(Mux(half[12], RA, 0), rd)
                    m.d.comb += [self.result.eq(pc + 2), self.known.eq(rd != 0)]
                    m.d.comb += [self.next_pc.eq(a & 0xFFFFFFFE), self.jumps.eq(1)]
                with m.Elif(half[12]):  # c.add
                    computes(rd, rd, rs2)
                    m.d.comb += self.result.eq(a + b)
                with m.Else():  # c.mv
                    computes(rd, 0, rs2)
                    m.d.comb += self.result.eq(b)
            with m.Case("10110"):  # c.swsp
                computes(0, SP, rs2)
                self._stores(m, a + Cat(C(0, 2), half[9:13], half[7:9]))
            with m.Default():
                m.d.comb += self.known.eq(0)
        return m

    def _near(self, m: Module, computes: Callable[..., None]) -> None:
        """Describe c.srli, c.srai, c.andi, c.sub, c.xor, c.or, c.and."""
        half, a, b = self.insn[:16], self.rs1, self.rs2
        near_1, near_2 = Cat(half[7:10], C(1, 2)), Cat(half[2:5], C(1, 2))
        amount, small = half[2:7], Cat(half[2:7], half[12]).as_signed()
        m.d.comb += self.known.eq(~half[12] | (half[10:12] == 2))
        computes(near_1, near_1, Mux(half[10:12] == 3, near_2, 0))
        with m.Switch(Cat(half[5:7], half[10:12])):
            for pattern, value in (
                ("00--", a >> amount),
                ("01--", a.as_signed() >> amount),
                ("10--", a & small),
                ("1100", a - b),
                ("1101", a ^ b),
                ("1110", a | b),
                ("1111", a & b),
            ):
                with m.Case(pattern):
                    m.d.comb += self.result.eq(value)

    def _loads(self, m: Module, address: Value) -> None:
        m.d.comb += [self.loads.eq(1), self.address.eq(address), self.size.eq(WORD_BYTES)]
        m.d.comb += self.result.eq(self.loaded)

    def _stores(self, m: Module, address: Value) -> None:
        m.d.comb += [self.stores.eq(1), self.address.eq(address), self.size.eq(WORD_BYTES)]
