"""The compressed instructions: what each of 16 bits stands for among those of 32."""

from analog_models.compiled import compiled_in_place

__all__ = ["ILLEGAL", "expanded"]

ILLEGAL = 0
SP = 2
LUI, OP_IMM, OP, LOAD, STORE, BRANCH, JALR, JAL = 0x37, 0x13, 0x33, 0x03, 0x23, 0x63, 0x67, 0x6F
EBREAK = 0x00100073


@compiled_in_place
def _field(word: int, low: int, width: int, to: int) -> int:
    """Return ``width`` bits of ``word`` from ``low`` on, moved to bit ``to``."""
    return ((word >> low) & ((1 << width) - 1)) << to


@compiled_in_place
def _i_type(immediate: int, rs1: int, funct3: int, rd: int, opcode: int) -> int:
    return (immediate & 0xFFF) << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | opcode


@compiled_in_place
def _r_type(funct7: int, rs2: int, rs1: int, funct3: int, rd: int) -> int:
    return funct7 << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | OP


@compiled_in_place
def _store_word(immediate: int, rs2: int, rs1: int) -> int:
    return (immediate >> 5) << 25 | rs2 << 20 | rs1 << 15 | 2 << 12 | (immediate & 31) << 7 | STORE


@compiled_in_place
def _jump(half: int, rd: int) -> int:
    """Return ``jal rd`` with the offset of ``c.j``: bits 11|4|9:8|10|6|7|3:1|5."""
    offset = (
        _field(half, 2, 1, 5)
        | _field(half, 3, 3, 1)
        | _field(half, 6, 1, 7)
        | _field(half, 7, 1, 6)
        | _field(half, 8, 1, 10)
        | _field(half, 9, 2, 8)
        | _field(half, 11, 1, 4)
    )
    sign = (half >> 12) & 1
    return sign << 31 | (offset >> 1 & 0x3FF) << 21 | sign << 20 | sign * 0xFF << 12 | rd << 7 | JAL


@compiled_in_place
def _branch(half: int, funct3: int) -> int:
    """Return the comparison of a register with zero and a branch by bits 8|4:3 and 7:6|2:1|5."""
    offset = (
        _field(half, 2, 1, 5)
        | _field(half, 3, 2, 1)
        | _field(half, 5, 2, 6)
        | _field(half, 10, 2, 3)
        | _field(half, 12, 1, 8) * 0b11111  # the sign
    )
    rs1 = 8 + _field(half, 7, 3, 0)
    return (
        (offset >> 12 & 1) << 31
        | (offset >> 5 & 0x3F) << 25
        | rs1 << 15
        | funct3 << 12
        | (offset >> 1 & 0xF) << 8
        | (offset >> 11 & 1) << 7
        | BRANCH
    )


@compiled_in_place
def _quadrant_0(half: int) -> int:
    function, near, base = half >> 13, 8 + _field(half, 2, 3, 0), 8 + _field(half, 7, 3, 0)
    if function == 0:
        offset = (
            _field(half, 5, 1, 3)
            | _field(half, 6, 1, 2)
            | _field(half, 7, 4, 6)
            | _field(half, 11, 2, 4)
        )
        return _i_type(offset, SP, 0, near, OP_IMM) if offset else ILLEGAL
    offset = _field(half, 10, 3, 3) | _field(half, 6, 1, 2) | _field(half, 5, 1, 6)
    if function == 2:
        return _i_type(offset, base, 2, near, LOAD)
    if function == 6:
        return _store_word(offset, near, base)
    return ILLEGAL


@compiled_in_place
def _quadrant_1(half: int) -> int:
    function, rd = half >> 13, _field(half, 7, 5, 0)
    immediate = _field(half, 2, 5, 0) - _field(half, 12, 1, 5)
    if function == 0:
        return _i_type(immediate, rd, 0, rd, OP_IMM)
    if function == 1:
        return _jump(half, 1)
    if function == 2:
        return _i_type(immediate, 0, 0, rd, OP_IMM)
    if function == 3:
        if immediate == 0:
            return ILLEGAL
        if rd != SP:
            return (immediate & 0xFFFFF) << 12 | rd << 7 | LUI
        offset = (
            _field(half, 6, 1, 4)
            | _field(half, 2, 1, 5)
            | _field(half, 5, 1, 6)
            | _field(half, 3, 2, 7)
        )
        return _i_type(offset - _field(half, 12, 1, 9), SP, 0, SP, OP_IMM)
    if function == 4:
        return _arithmetic(half, immediate)
    if function == 5:
        return _jump(half, 0)
    return _branch(half, function - 6)


@compiled_in_place
def _arithmetic(half: int, immediate: int) -> int:
    kind, rd, rs2 = _field(half, 10, 2, 0), 8 + _field(half, 7, 3, 0), 8 + _field(half, 2, 3, 0)
    if kind == 2:
        return _i_type(immediate, rd, 7, rd, OP_IMM)
    if half >> 12 & 1:
        return ILLEGAL
    if kind == 0:
        return _i_type(immediate, rd, 5, rd, OP_IMM)
    if kind == 1:
        return _i_type(immediate | 0x400, rd, 5, rd, OP_IMM)
    operation = _field(half, 5, 2, 0)
    if operation == 0:
        return _r_type(0x20, rs2, rd, 0, rd)
    return _r_type(0, rs2, rd, (0, 4, 6, 7)[operation], rd)


@compiled_in_place
def _quadrant_2(half: int) -> int:
    function, rd, rs2 = half >> 13, _field(half, 7, 5, 0), _field(half, 2, 5, 0)
    high = half >> 12 & 1
    if function == 0:
        return ILLEGAL if high else _i_type(rs2, rd, 1, rd, OP_IMM)
    if function == 2:
        offset = _field(half, 4, 3, 2) | high << 5 | _field(half, 2, 2, 6)
        return _i_type(offset, SP, 2, rd, LOAD) if rd else ILLEGAL
    if function == 6:
        return _store_word(_field(half, 9, 4, 2) | _field(half, 7, 2, 6), rs2, SP)
    if function != 4:
        return ILLEGAL
    if rs2:
        return _r_type(0, rs2, rd if high else 0, 0, rd)
    if rd:
        return _i_type(0, rd, 0, high, JALR)
    return EBREAK if high else ILLEGAL


@compiled_in_place
def expanded(half: int) -> int:
    """Return the instruction of 32 bits that a compressed one of RV32 stands for.

    Parameters
    ----------
    half : int
        16 bits, the lowest two of which are not both set.

    Returns
    -------
    int
        The instruction, or ``ILLEGAL`` for what is reserved, all zeros, or of the extensions
        with floating point.

    Examples
    --------
    >>> hex(expanded(0x4501))  # c.li a0, 0
    '0x513'
    """
    quadrant = half & 3
    if quadrant == 0:
        return _quadrant_0(half)
    if quadrant == 1:
        return _quadrant_1(half)
    return _quadrant_2(half)
