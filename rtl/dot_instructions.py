"""Dot-product instructions: their encoding, and where their sums are, in one table."""

from dataclasses import dataclass

__all__ = [
    "ACCUMULATORS",
    "ACCUMULATOR_WIDTH",
    "DOT_INSTRUCTIONS",
    "DOT_OPCODE",
    "HIGH_REGISTERS",
    "LOW_REGISTERS",
    "DotInstruction",
]

DOT_OPCODE = 0x0B
"""Major opcode custom-0; R-type, the number of the accumulator in funct7."""
ACCUMULATORS = 4
"""Sums that a hart keeps."""
ACCUMULATOR_WIDTH = 40
"""Bits of a sum, two's complement; it wraps."""
LOW_REGISTERS = 0x7C0
"""Register of machine mode with bits 31 to 0 of sum 0; a write sets the whole sum, sign-extended.

The other sums follow.
"""
HIGH_REGISTERS = 0x7D0
"""Register of machine mode with the bits of sum 0 from 32 on, sign-extended; the others follow."""


@dataclass(frozen=True, kw_only=True)
class DotInstruction:
    """An instruction.

    Parameters
    ----------
    name : str
        Its name.
    function : int
        Field funct3.
    width : int
        Bits of an element: 8 or 16.
    loads : bool
        The first operand is the word in memory at ``rs1``, and ``rd`` becomes ``rs1`` + 4;
        otherwise it is ``rs1``, and ``rd`` must be 0.
    doc : str
        What it does.
    """

    name: str
    function: int
    width: int
    loads: bool
    doc: str

    def encoded(self, accumulator: int, rd: int, rs1: int, rs2: int) -> int:
        """Return the instruction's word.

        Parameters
        ----------
        accumulator : int
            Which sum is added to.
        rd, rs1, rs2 : int
            Registers.

        Returns
        -------
        int
            The word.

        Examples
        --------
        >>> hex(DOT_INSTRUCTIONS[2].encoded(1, 10, 10, 11))
        '0x2b5250b'
        """
        fields = (accumulator << 25, rs2 << 20, rs1 << 15, self.function << 12, rd << 7)
        return sum(fields) | DOT_OPCODE


DOT_INSTRUCTIONS = (
    DotInstruction(
        name="dot8",
        function=0,
        width=8,
        loads=False,
        doc="Add the products of the four signed bytes of rs1 with those of rs2.",
    ),
    DotInstruction(
        name="dot16",
        function=1,
        width=16,
        loads=False,
        doc="Add the products of the two signed halves of rs1 with those of rs2.",
    ),
    DotInstruction(
        name="dot8.load",
        function=2,
        width=8,
        loads=True,
        doc="Add the products of the four signed bytes at rs1 with those of rs2; rd = rs1 + 4.",
    ),
    DotInstruction(
        name="dot16.load",
        function=3,
        width=16,
        loads=True,
        doc="Add the products of the two signed halves at rs1 with those of rs2; rd = rs1 + 4.",
    ),
)
"""All of them."""
