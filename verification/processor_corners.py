"""A program of the processor's corners: every operation on every pair of awkward operands."""

from verification.processor_programs import CORNERS
from verification.riscv_assembler import BRANCHES, OPERATIONS, branch, i_type, load_constant, r_type

__all__ = ["RESERVED", "corner_program"]

OP_IMM, SYSTEM, JALR = 0x13, 0x73, 0x67
MTVEC, MEPC = 0x305, 0x341
A, B, RESULT, SCRATCH = 5, 6, 7, 31
HANDLER = 16
MRET = 0x30200073
RESERVED = (
    *(0x0000, 0x0004, 0x2000, 0x6000, 0x8000, 0xA000, 0xE000),  # no immediate, floating point
    *(0x6101, 0x6281, 0x9001, 0x9401, 0x9C01, 0x9C21, 0x9C41),  # no adjustment, 64-bit operations
    *(0x1282, 0x4002, 0x2002, 0x6002, 0x8002, 0xA002, 0xE002),  # shift by 32, no register
)
"""Compressed instructions that must trap."""


def corner_program(*, compressed: bool) -> tuple[bytes, int]:
    """Return the program, and how many instructions it has until it begins anew.

    Parameters
    ----------
    compressed : bool
        It also has reserved compressed instructions, each of which traps.

    Returns
    -------
    tuple of (bytes, int)
        Image of the memory of instructions from address 0, and the count.
    """
    skip = 2 if compressed else 4
    handler = [i_type(SYSTEM, 2, SCRATCH, 0, MEPC), i_type(OP_IMM, 0, SCRATCH, SCRATCH, skip)]
    handler += [i_type(SYSTEM, 1, 0, SCRATCH, MEPC), MRET]
    setup = [i_type(OP_IMM, 0, SCRATCH, 0, HANDLER), i_type(SYSTEM, 1, 0, SCRATCH, MTVEC)]
    setup += [branch("beq", 0, 0, 4 * (2 + len(handler)))]
    words = [*setup, i_type(OP_IMM, 0, 0, 0, 0), *handler]
    count = len(setup)
    for a in CORNERS:
        for b in CORNERS:
            pair = [*load_constant(A, a), *load_constant(B, b)]
            pair += [r_type(name, RESULT, A, B) for name in OPERATIONS]
            pair += [branch(name, A, B, 4) for name in BRANCHES]
            words += pair
            count += len(pair)
    image = b"".join(word.to_bytes(4, "little") for word in words)
    if compressed:
        image += b"".join(half.to_bytes(2, "little") for half in RESERVED)
        count += len(RESERVED) * (1 + len(handler))
    image += i_type(JALR, 0, 0, 0, 0).to_bytes(4, "little")
    return image, count + 1
