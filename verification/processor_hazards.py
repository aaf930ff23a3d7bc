"""A program in which every instruction needs what the one before it computed or loaded."""

from collections.abc import Callable

from rtl.dot_instructions import DOT_INSTRUCTIONS, LOW_REGISTERS
from rtl.processor_config import ProcessorCoreConfig
from verification.processor_programs import CORNERS
from verification.riscv_assembler import (
    BRANCHES,
    LOADS,
    OPERATIONS,
    SHIFTS,
    STORES,
    WITH_IMMEDIATE,
    branch,
    i_type,
    jump,
    load_constant,
    r_type,
    store,
    u_type,
)

__all__ = ["hazard_program"]

Words = list[int]

LOAD, OP_IMM, JALR, SYSTEM, LUI, AUIPC = 0x03, 0x13, 0x67, 0x73, 0x37, 0x17
POINTER, VALUE, OTHER, MADE, RESULT, HANDLER = 10, 11, 12, 13, 14, 15
LINK = 16
FIRST_HALF = 0x0013  # of addi
FETCH_FAULT = 1
MTVEC, MIE, MSTATUS, MSCRATCH = 0x305, 0x304, 0x300, 0x340
MEPC, MCAUSE, MTVAL = 0x341, 0x342, 0x343
VECTORS = 32  # word at which they begin
COMPRESSED_JUMPS = (0x0001A011, 0x00012011)  # c.j and c.jal, each over a c.nop
NO_MEMORY, NO_INSTRUCTION = 0x80000000, 0xFFFFFFFF
MRET, FENCE, FENCE_I, ECALL, EBREAK, WFI = (
    0x30200073,
    0x0FF0000F,
    0x0000100F,
    0x00000073,
    0x00100073,
    0x10500073,
)


def hazard_program(config: ProcessorCoreConfig, *, text_bytes: int, data_base: int) -> bytes:
    """Return a program from address 0 on that begins anew for ever.

    Interrupts return at once; what traps is skipped, and after a fetch outside of memory the
    program goes on behind the jump to there.

    Every instruction that reads a register does so right after one that computes it and right
    after one that loads it; every arithmetic instruction has each corner as each operand.

    Parameters
    ----------
    config : ProcessorCoreConfig
        Of the core.
    text_bytes : int
        Size of the memory of instructions; its last 16 bits begin an instruction of 32.
    data_base : int
        Memory for words that are loaded.

    Returns
    -------
    bytes
        Image of the memory of instructions.
    """
    setup = [*load_constant(HANDLER, 4 * VECTORS | 1), i_type(SYSTEM, 1, 0, HANDLER, MTVEC)]
    setup += [*load_constant(HANDLER, 0xFFFF0888), i_type(SYSTEM, 1, 0, HANDLER, MIE)]
    setup += [i_type(SYSTEM, 6, 0, 8, MSTATUS), *load_constant(POINTER, data_base)]
    for register in (VALUE, OTHER, MADE, RESULT):  # a reset leaves them as they are
        setup += load_constant(register, 3)
    body = [*setup]
    readers = _readers(config)
    for first in (True, False):
        for uses, value in readers if first else _readers_of_two(config):
            for loads in (False, True):
                body += _made(value, loads=loads)
                body += uses(MADE, OTHER) if first else uses(OTHER, MADE)
    body += _jumps()
    for corner in CORNERS[:6]:
        body += load_constant(VALUE, corner)
        body += [i_type(OP_IMM, f, RESULT, VALUE, 5) for f in WITH_IMMEDIATE.values()]
        body += [i_type(OP_IMM, f, RESULT, VALUE, high << 5 | 3) for f, high in SHIFTS.values()]
        for instruction in DOT_INSTRUCTIONS if config.dot else ():
            rs1 = POINTER if instruction.loads else VALUE
            body += [instruction.encoded(1, 0, rs1, VALUE)]
        body += [store(name, VALUE, POINTER, 4) for name in STORES]
    if config.compressed:
        body += [*COMPRESSED_JUMPS, *load_constant(MADE, text_bytes - 2)]
        body += [i_type(JALR, 0, LINK, MADE, 0)]
    body += load_constant(MADE, NO_MEMORY)
    for base, offset in ((MADE, 0), (POINTER, 1)):
        body += [i_type(LOAD, 2, RESULT, base, offset), store("sw", RESULT, base, offset)]
    body += [NO_INSTRUCTION]
    for instruction in DOT_INSTRUCTIONS if config.dot else ():  # a sum is read at once
        rs1 = POINTER if instruction.loads else VALUE
        body += load_constant(VALUE, 0x02030405)
        body += [store("sw", VALUE, POINTER, 0), instruction.encoded(0, 0, rs1, VALUE)]
        body += [i_type(SYSTEM, 2, RESULT, 0, LOW_REGISTERS)]
    for _ in range(12):  # so that an interrupt meets them
        body += [ECALL, EBREAK, WFI]
        body += [FENCE, FENCE_I, u_type(LUI, RESULT, 1), u_type(AUIPC, RESULT, 1), jump(0, 4)]
        body += [i_type(SYSTEM, function, RESULT, 3, MSCRATCH) for function in (5, 6, 7)]
    skip = [i_type(SYSTEM, 2, RESULT, 0, MTVAL), i_type(SYSTEM, 2, HANDLER, 0, MCAUSE)]
    skip += [i_type(OP_IMM, 0, HANDLER, HANDLER, -FETCH_FAULT)]
    skip += [branch("bne", HANDLER, 0, 12), i_type(SYSTEM, 1, 0, LINK, MEPC), MRET]
    skip += [i_type(SYSTEM, 2, HANDLER, 0, MEPC), i_type(OP_IMM, 0, HANDLER, HANDLER, 4)]
    skip += [i_type(SYSTEM, 1, 0, HANDLER, MEPC), MRET]
    vectors = [jump(0, 4 * 32), *[MRET] * 31, *skip]
    before = [0] * (VECTORS - 1)
    words = [jump(0, 4 * (VECTORS + len(vectors))), *before, *vectors, *body]
    words.append(jump(0, -4 * len(words)))
    image = b"".join(word.to_bytes(4, "little") for word in words)
    return image.ljust(text_bytes - 2, b"\0") + FIRST_HALF.to_bytes(2, "little")


Use = Callable[[int, int], Words]


def _readers_of_two(config: ProcessorCoreConfig) -> list[tuple[Use, int | None]]:
    """Return instructions of two registers, and the value that the second should have."""

    def of_registers(name: str) -> Use:
        return lambda a, b: [r_type(name, RESULT, a, b)]

    def branches(name: str) -> Use:
        return lambda a, b: [branch(name, a, b, 4)]

    def stores(name: str) -> Use:
        return lambda _, b: [store(name, b, POINTER, 8)]

    found = [(of_registers(name), 7) for name in OPERATIONS]
    found += [(branches(name), 7) for name in BRANCHES]
    found += [(stores(name), 7) for name in STORES]
    for each in DOT_INSTRUCTIONS if config.dot else ():
        encode = each.encoded
        base = POINTER if each.loads else VALUE
        found.append((lambda _, b, encode=encode, base=base: [encode(2, 0, base, b)], 7))
    return [*found]


def _readers(config: ProcessorCoreConfig) -> list[tuple[Use, int | None]]:
    """Return instructions, and the value that the first register should have; None: a pointer."""

    def with_immediate(function: int, immediate: int) -> Use:
        return lambda a, _: [i_type(OP_IMM, function, RESULT, a, immediate)]

    def loads(function: int) -> Use:
        return lambda a, _: [i_type(LOAD, function, RESULT, a, 0)]

    def stores(name: str) -> Use:
        return lambda a, _: [store(name, VALUE, a, 8)]

    def accesses(function: int) -> Use:
        return lambda a, _: [i_type(SYSTEM, function, RESULT, a, MSCRATCH)]

    found: list[tuple[Use, int | None]] = [
        (uses, 7) for uses, _ in _readers_of_two(config)[: len(OPERATIONS) + len(BRANCHES)]
    ]
    found += [(with_immediate(function, 9), 7) for function in WITH_IMMEDIATE.values()]
    found += [(with_immediate(f, high << 5 | 3), 7) for f, high in SHIFTS.values()]
    found += [(accesses(function), 7) for function in (1, 2, 3)]
    found += [(loads(function), None) for function in LOADS.values()]
    found += [(stores(name), None) for name in STORES]
    for each in DOT_INSTRUCTIONS if config.dot else ():
        encode = each.encoded
        value = None if each.loads else 7
        found.append((lambda a, b, encode=encode: [encode(3, 0, a, b)], value))
    return found


def _made(value: int | None, *, loads: bool) -> Words:
    """Return instructions the last of which computes or loads a value, or a pointer."""
    compute = [i_type(OP_IMM, 0, MADE, POINTER if value is None else 0, value or 0)]
    if not loads:
        return compute
    return [*compute, store("sw", MADE, POINTER, 0), i_type(LOAD, 2, MADE, POINTER, 0)]


def _jumps() -> Words:
    """Return jumps to the instruction after, through a register that was computed or loaded."""
    computed = [u_type(AUIPC, MADE, 0), i_type(JALR, 0, 0, MADE, 8)]
    stored = [u_type(AUIPC, MADE, 0), store("sw", MADE, POINTER, 0)]
    return [*computed, *stored, i_type(LOAD, 2, MADE, POINTER, 0), i_type(JALR, 0, 0, MADE, 16)]
