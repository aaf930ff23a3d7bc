"""Programs that nobody would write: every instruction of the processor, and every corner."""

from collections.abc import Callable

import numpy as np

from rtl.dot_instructions import (
    ACCUMULATORS,
    DOT_INSTRUCTIONS,
    HIGH_REGISTERS,
    LOW_REGISTERS,
)
from verification.golden.riscv.compressed import ILLEGAL, expanded
from verification.riscv_assembler import (
    BRANCHES,
    LOADS,
    OPERATIONS,
    REGISTER_ACCESSES,
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

__all__ = ["CORNERS", "HANDLER", "random_program"]

Words = list[int]
Generator = np.random.Generator

HANDLER = 0x800
"""Where the trap handler of a program is, and its vectors."""
SETUP, BODY = 0x100, 0xC00
LOAD, OP_IMM, JALR, SYSTEM, LUI, AUIPC = 0x03, 0x13, 0x67, 0x73, 0x37, 0x17
NOP = 0x0001  # compressed
MRET, WFI, ECALL, EBREAK, FENCE, FENCE_I = (
    0x30200073,
    0x10500073,
    0x00000073,
    0x00100073,
    0x0FF0000F,
    0x0000100F,
)
MSTATUS, MIE, MTVEC, MEPC, MCAUSE, MSCRATCH = 0x300, 0x304, 0x305, 0x341, 0x342, 0x340
# Registers with a purpose: compressed instructions know the stack pointer, and 8 to 15.
SCRATCH, POINTER, TEXT_POINTER, OUTSIDE, COUNTER, STACK, NEAR = 31, 30, 29, 28, 27, 2, 8
KEPT = (SCRATCH, POINTER, TEXT_POINTER, OUTSIDE, COUNTER, STACK, NEAR)
USED = (0, 1, 3, 5, 9, 10, 11, 12, 15)
STRIDE = 148  # bytes from one place to the next at which a program that has lost its way goes on
CORNERS = (0, 1, 2, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFF8000, 0x00008000, 31, 32, 0x55555555)
"""Operands at which arithmetic goes wrong, if it does."""
MACHINE_REGISTERS = (
    *(0x300, 0x301, 0x304, 0x305, 0x310, 0x320, 0x323, 0x33F, 0x341, 0x342, 0x343, 0x344),
    *(0xB02, 0xB03, 0xB1F, 0xB82, 0xB83, 0xB9F, 0xC02, 0xC03, 0xC82, 0xF11, 0xF12, 0xF13, 0xF14),
    *(0xB05, 0xB06, 0xC05, 0xC06, 0xB04, 0xC03, 0x324, 0x326),
    *(0xF15, 0x321, 0x100, 0x7A0, 0xB01, 0xC01, 0xFFF),
)
INHIBITIONS = 0x320
WRITTEN_RARELY = (0x304, 0x305)


def random_program(
    rng: Generator,
    *,
    data_base: int,
    outside: int,
    length: int = 600,
    compressed: bool = True,
    dot: bool = False,
) -> bytes:
    """Return a program that runs for ever, whatever happens to it.

    It begins at address 0. Whatever traps is skipped; after a jump out of the program it goes on
    at another place each time.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of everything.
    data_base : int
        Address of the middle of a memory of at least 4 KiB.
    outside : int
        An address at which a device or nothing is.
    length : int
        Instructions.
    compressed : bool
        Some are compressed.
    dot : bool
        Some are dot products.

    Returns
    -------
    bytes
        Image of the memory of instructions.
    """
    # Interrupts on, the handler told, pointers set, corners in the registers.
    setup = [*load_constant(SCRATCH, HANDLER + int(rng.integers(2))), _csr(1, 0, MTVEC, SCRATCH)]
    setup += [*load_constant(SCRATCH, 0xFFFF0888), _csr(1, 0, MIE, SCRATCH)]
    setup += [i_type(SYSTEM, 6, 0, 8, MSTATUS)]
    setup += [*load_constant(SCRATCH, BODY), _csr(1, 0, MSCRATCH, SCRATCH)]
    pointers = {POINTER: data_base, STACK: data_base, NEAR: data_base}
    pointers |= {TEXT_POINTER: 0x400, OUTSIDE: outside, COUNTER: 0}
    for register in range(1, SCRATCH):  # a reset leaves them as they are
        value = pointers.get(register, int(rng.choice(CORNERS)))
        setup += load_constant(register, value)
    setup += [store("sw", 0, 0, 0)]  # whoever comes to address 0 again is lost
    setup += [jump(0, BODY - SETUP - 4 * len(setup))]

    kinds: list[tuple[float, Callable[[Generator], Words]]] = [
        (30, _of_registers),
        (14, _of_constants),
        (6, _upper),
        (12, _load),
        (12, _store),
        (10, _branch),
        (4, _jump),
        (3, _loop),
        (6, _machine_register),
        (2, _environment),
        (16, _corner),  # without them everything is soon zero
        (1, _nonsense),
        (16 if dot else 1, _dot_product),  # illegal if the core has none
    ]
    weights = np.array([weight for weight, _ in kinds])
    body = bytearray()
    for index in rng.choice(len(kinds), size=length, p=weights / weights.sum()):
        if compressed and rng.random() < 0.3:
            body += _half(rng).to_bytes(2, "little")
        else:
            for word in kinds[index][1](rng):
                body += word.to_bytes(4, "little")
    body += bytes(-len(body) % 4)
    body += jump(0, -(BODY + len(body)) + BODY).to_bytes(4, "little")

    image = bytearray(BODY) + body
    image[:4] = _bytes([jump(0, SETUP)])
    image[SETUP : SETUP + 4 * len(setup)] = _bytes(setup)
    handler = _bytes(_handler(BODY + len(body), compressed=compressed))
    vectors = _bytes([jump(0, 128 - 4 * n) for n in range(32)])
    image[HANDLER : HANDLER + 128] = vectors
    image[HANDLER + 128 : HANDLER + 128 + len(handler)] = handler
    return bytes(image)


def _bytes(words: Words) -> bytes:
    return b"".join(word.to_bytes(4, "little") for word in words)


def _handler(end: int, *, compressed: bool) -> Words:
    """Return the handler: skip what trapped, or begin anew outside of the program."""
    code = [_csr(2, SCRATCH, MCAUSE, 0), branch("blt", SCRATCH, 0, 0)]  # interrupts return at once
    code += [_csr(2, SCRATCH, MEPC, 0), i_type(OP_IMM, 0, SCRATCH, SCRATCH, 4)]
    if compressed:
        code[-1] = i_type(OP_IMM, 0, SCRATCH, SCRATCH, 2)
    elsewhere = [_csr(2, SCRATCH, MSCRATCH, 0), i_type(OP_IMM, 0, SCRATCH, SCRATCH, STRIDE)]
    elsewhere += [branch("bltu", SCRATCH, TEXT_POINTER, 12), *load_constant(SCRATCH, BODY)]
    elsewhere += [_csr(1, 0, MSCRATCH, SCRATCH)]
    to_end = load_constant(TEXT_POINTER, end)
    code += [*load_constant(TEXT_POINTER, BODY), branch("bltu", SCRATCH, TEXT_POINTER, 16)]
    code += [*to_end, branch("bltu", SCRATCH, TEXT_POINTER, 12 + 4 * len(elsewhere))]
    code += [*to_end, *elsewhere]
    code += [_csr(1, 0, MEPC, SCRATCH), i_type(OP_IMM, 0, TEXT_POINTER, 0, 0x400)]
    code += [MRET]
    code[1] = branch("blt", SCRATCH, 0, 4 * (len(code) - 2))
    return code


def _csr(function: int, rd: int, register: int, operand: int) -> int:
    return i_type(SYSTEM, function, rd, operand, register)


def _any(rng: Generator) -> int:
    return int(rng.choice(USED))


def _of_registers(rng: Generator) -> Words:
    return [r_type(str(rng.choice(list(OPERATIONS))), _any(rng), _any(rng), _any(rng))]


def _of_constants(rng: Generator) -> Words:
    if rng.random() < 0.4:
        function, high = SHIFTS[str(rng.choice(list(SHIFTS)))]
        return [i_type(OP_IMM, function, _any(rng), _any(rng), high << 5 | int(rng.integers(32)))]
    function = WITH_IMMEDIATE[str(rng.choice(list(WITH_IMMEDIATE)))]
    immediate = int(rng.choice([*CORNERS, int(rng.integers(4096))]))
    return [i_type(OP_IMM, function, _any(rng), _any(rng), immediate)]


def _upper(rng: Generator) -> Words:
    return [u_type(int(rng.choice([LUI, AUIPC])), _any(rng), int(rng.integers(1 << 20)))]


def _corner(rng: Generator) -> Words:
    return load_constant(_any(rng), int(rng.choice(CORNERS)))


def _place(rng: Generator) -> tuple[int, int]:
    """Return base register and offset: mostly data, sometimes instructions, seldom neither."""
    base = int(rng.choice([POINTER, TEXT_POINTER, OUTSIDE], p=[0.8, 0.12, 0.08]))
    aligned = rng.random() < 0.8
    offset = int(rng.integers(-64, 64)) * 4
    return base, offset if aligned else offset + int(rng.integers(4))


def _load(rng: Generator) -> Words:
    base, offset = _place(rng)
    function = LOADS[str(rng.choice(list(LOADS)))]
    return [i_type(LOAD, function, _any(rng), base, offset)]


def _store(rng: Generator) -> Words:
    base, offset = _place(rng)
    base = POINTER if base == TEXT_POINTER else base  # programs that change themselves: elsewhere
    return [store(str(rng.choice(list(STORES))), _any(rng), base, offset)]


def _branch(rng: Generator) -> Words:
    offset = int(rng.choice([4, 8, 12, 16, 6], p=[0.3, 0.3, 0.15, 0.2, 0.05]))
    return [branch(str(rng.choice(list(BRANCHES))), _any(rng), _any(rng), offset)]


def _loop(rng: Generator) -> Words:
    """Return something that is done up to three times."""
    body = [_of_registers, _of_constants, _load, _store][int(rng.integers(4))](rng)
    first = i_type(OP_IMM, 0, COUNTER, 0, int(rng.integers(1, 4)))
    last = [i_type(OP_IMM, 0, COUNTER, COUNTER, -1)]
    return [first, *body, *last, branch("blt", 0, COUNTER, -4 * (len(body) + 1))]


def _jump(rng: Generator) -> Words:
    rd = _any(rng)
    kind = rng.random()
    if kind < 0.5:
        return [jump(rd, int(rng.choice([4, 8, 12, 6])))]
    if kind < 0.9:
        return [u_type(AUIPC, 5, 0), i_type(JALR, 0, rd, 5, int(rng.choice([8, 9, 12, 16])))]
    return [i_type(JALR, 0, rd, _any(rng), 0)]  # to anywhere


def _machine_register(rng: Generator) -> Words:
    register = int(rng.choice(MACHINE_REGISTERS))
    function = REGISTER_ACCESSES[str(rng.choice(list(REGISTER_ACCESSES)))]
    if register in WRITTEN_RARELY:
        return [_csr(2, _any(rng), register, 0)]
    if register == INHIBITIONS:  # as likely as not none, or all counters stand for ever
        return [_csr(1, _any(rng), register, int(rng.choice([0, _any(rng)])))]
    if register == MSTATUS:
        return [_csr(int(rng.choice([6, 7])), _any(rng), register, int(rng.choice([0, 8])))]
    operand = int(rng.integers(32)) if function & 4 else _any(rng)
    return [_csr(function, _any(rng), register, operand)]


def _environment(rng: Generator) -> Words:
    return [int(rng.choice([ECALL, EBREAK, FENCE, FENCE_I, WFI, WFI]))]


def _dot_product(rng: Generator) -> Words:
    """Return a dot product, or an access to a sum; most products of what is in memory."""
    number = int(rng.integers(ACCUMULATORS))
    kind = rng.random()
    if kind < 0.3:
        bank = int(rng.choice([LOW_REGISTERS, HIGH_REGISTERS]))
        return [_csr(int(rng.choice([1, 2, 3, 5])), _any(rng), bank + number, _any(rng))]
    instruction = DOT_INSTRUCTIONS[int(rng.integers(len(DOT_INSTRUCTIONS)))]
    rs1, rd = _any(rng), 0
    if instruction.loads:
        rd = _any(rng)
        rs1 = int(rng.choice([POINTER, TEXT_POINTER, OUTSIDE, rs1], p=[0.7, 0.1, 0.1, 0.1]))
    word = instruction.encoded(number, rd, rs1, _any(rng))
    reserved = int(rng.choice([1 << 7, 1 << 14, 1 << 27])) if kind > 0.95 else 0
    return [word | reserved]


def _nonsense(rng: Generator) -> Words:
    return [int(rng.integers(1 << 32))]


def _half(rng: Generator) -> int:
    """Return a compressed instruction that does not leave the program too often."""
    half = int(rng.integers(1 << 16)) & ~3 | int(rng.integers(3))
    quadrant, function = half & 3, half >> 13
    jumps = quadrant == 1 and function in (1, 5, 6, 7)
    through_register = quadrant == 2 and function == 4 and half & 0x7C == 0
    if (jumps or through_register) and rng.random() < 0.9:
        return NOP
    if expanded(half) == ILLEGAL and rng.random() < 0.9:
        return NOP
    if quadrant == 0 and function in (2, 6):
        half &= ~0x380  # through register 8
    written = 8 + (half >> 2 & 7) if quadrant == 0 else half >> 7 & 31
    if quadrant == 1 and function == 4:
        written = 8 + (half >> 7 & 7)
    stores = function == 6 and quadrant != 1
    return NOP if written in KEPT and not stores else half
