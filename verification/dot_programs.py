"""A product of matrix and vector with dot-product instructions, as a program."""

from rtl.dot_instructions import DOT_INSTRUCTIONS, LOW_REGISTERS
from verification.riscv_assembler import branch, i_type, jump, load_constant, store

__all__ = ["VECTOR_WORDS", "matrix_vector_program"]

LOAD, OP_IMM, SYSTEM = 0x03, 0x13, 0x73
WEIGHTS, OUTPUT, END, SUM = 5, 6, 7, 8
VECTOR = 9  # the first of the registers that keep the vector
VECTOR_WORDS = 16
"""Words of the vector, which stays in registers: 64 elements of 8 bits."""
DOT8_LOAD = DOT_INSTRUCTIONS[2]


def matrix_vector_program(*, rows: int, weights: int, vector: int, output: int) -> list[int]:
    """Return a program that ends in a jump to itself.

    The vector is kept in sixteen registers; a row is sixteen instructions that load four weights,
    multiply and add, one that reads and clears the sum, and four that store it and go on.

    Parameters
    ----------
    rows : int
        Rows of 64 weights of 8 bits.
    weights, vector, output : int
        Addresses; outputs have 32 bits.

    Returns
    -------
    list of int
        The words.
    """
    setup = [*load_constant(WEIGHTS, vector)]
    setup += [i_type(LOAD, 2, VECTOR + n, WEIGHTS, 4 * n) for n in range(VECTOR_WORDS)]
    setup += load_constant(WEIGHTS, weights)
    setup += load_constant(OUTPUT, output)
    setup += load_constant(END, output + 4 * rows)
    setup += [i_type(SYSTEM, 1, 0, 0, LOW_REGISTERS)]
    row = [DOT8_LOAD.encoded(0, WEIGHTS, WEIGHTS, VECTOR + n) for n in range(VECTOR_WORDS)]
    row += [i_type(SYSTEM, 1, SUM, 0, LOW_REGISTERS), i_type(OP_IMM, 0, OUTPUT, OUTPUT, 4)]
    row += [store("sw", SUM, OUTPUT, -4)]
    row += [branch("bne", OUTPUT, END, -4 * len(row))]
    return [*setup, *row, jump(0, 0)]
