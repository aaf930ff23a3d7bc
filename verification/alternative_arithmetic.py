"""Products and quotients that a solver can follow, in the place of real ones: for proofs.

Nobody proves a product of 32 bits. What a core does around its units is proven with units that
compute something easy, and different for every instruction: sums, or differences where factors
cannot be exchanged, with a mask. These are the alternative operations of the RISC-V formal
interface, which its public checks expect of a core that is built for ``RISCV_FORMAL_ALTOPS``.
"""

from amaranth.hdl import C, Mux, Value

__all__ = ["alternative_dot", "alternative_result"]

WORD = 32
MASKS = (
    *(0x5876063E, 0xF6583FB7, 0xECFBE137, 0x949CE5E8),  # mul, mulh, mulhsu, mulhu
    *(0x7F8529EC, 0x10E8FD70, 0x8DA68FA5, 0x3138D0E1),  # div, divu, rem, remu
)
MULHSU = 2


def alternative_result(function: Value, a: Value, b: Value) -> Value:
    """Return what an instruction of M computes instead of a product or quotient.

    Parameters
    ----------
    function : Value
        Field funct3.
    a, b : Value
        Operands.

    Returns
    -------
    Value
        A word.
    """
    differs = function[2] | (function == MULHSU)
    mask: Value = C(0, WORD)
    for number, bits in enumerate(MASKS):
        mask |= Mux(function == number, C(bits, WORD), 0)
    return (Mux(differs, a - b, a + b) ^ mask)[:WORD]


def alternative_dot(a: Value, b: Value, width: int) -> Value:
    """Return what a dot product adds instead of products.

    Parameters
    ----------
    a, b : Value
        Operands.
    width : int
        Bits of an element.

    Returns
    -------
    Value
        Signed, with a bit more than a word.
    """
    return (a.as_signed() - b.as_signed()) ^ width
