"""Instructions of RV32IM with machine mode, as words, for programs that tests make up."""

from collections.abc import Mapping
from types import MappingProxyType

__all__ = [
    "BRANCHES",
    "LOADS",
    "OPERATIONS",
    "REGISTER_ACCESSES",
    "SHIFTS",
    "STORES",
    "WITH_IMMEDIATE",
    "branch",
    "i_type",
    "jump",
    "load_constant",
    "r_type",
    "store",
    "u_type",
]

OP, OP_IMM, LOAD, STORE, BRANCH, JAL, LUI, SYSTEM = 0x33, 0x13, 0x03, 0x23, 0x63, 0x6F, 0x37, 0x73
MASK = 0xFFFFFFFF

OPERATIONS: Mapping[str, tuple[int, int]] = MappingProxyType(
    {
        "add": (0, 0),
        "sub": (0, 0x20),
        "sll": (1, 0),
        "slt": (2, 0),
        "sltu": (3, 0),
        "xor": (4, 0),
        "srl": (5, 0),
        "sra": (5, 0x20),
        "or": (6, 0),
        "and": (7, 0),
        **{
            name: (function, 1)
            for function, name in enumerate(
                ("mul", "mulh", "mulhsu", "mulhu", "div", "divu", "rem", "remu")
            )
        },
    }
)
"""funct3 and funct7 of the instructions of two registers."""
WITH_IMMEDIATE = MappingProxyType(
    {"addi": 0, "slti": 2, "sltiu": 3, "xori": 4, "ori": 6, "andi": 7}
)
SHIFTS = MappingProxyType({"slli": (1, 0), "srli": (5, 0), "srai": (5, 0x20)})
LOADS = MappingProxyType({"lb": 0, "lh": 1, "lw": 2, "lbu": 4, "lhu": 5})
STORES = MappingProxyType({"sb": 0, "sh": 1, "sw": 2})
BRANCHES = MappingProxyType({"beq": 0, "bne": 1, "blt": 4, "bge": 5, "bltu": 6, "bgeu": 7})
REGISTER_ACCESSES = MappingProxyType(
    {"csrrw": 1, "csrrs": 2, "csrrc": 3, "csrrwi": 5, "csrrsi": 6, "csrrci": 7}
)


def r_type(name: str, rd: int, rs1: int, rs2: int) -> int:
    """Return an instruction of two registers.

    Parameters
    ----------
    name : str
        Of :data:`OPERATIONS`.
    rd, rs1, rs2 : int
        Registers.

    Returns
    -------
    int
        The word.

    Examples
    --------
    >>> hex(r_type("sub", 10, 11, 12))
    '0x40c58533'
    """
    function, high = OPERATIONS[name]
    return high << 25 | rs2 << 20 | rs1 << 15 | function << 12 | rd << 7 | OP


def i_type(opcode: int, function: int, rd: int, rs1: int, immediate: int) -> int:
    """Return an instruction of one register and 12 bits.

    Parameters
    ----------
    opcode, function : int
        Opcode and funct3.
    rd, rs1 : int
        Registers.
    immediate : int
        Signed or not.

    Returns
    -------
    int
        The word.

    Examples
    --------
    >>> hex(i_type(OP_IMM, 0, 10, 0, -1))
    '0xfff00513'
    """
    return (immediate & 0xFFF) << 20 | rs1 << 15 | function << 12 | rd << 7 | opcode


def store(name: str, rs2: int, rs1: int, offset: int) -> int:
    """Return a store of ``rs2`` to ``offset(rs1)``.

    Parameters
    ----------
    name : str
        Of :data:`STORES`.
    rs2, rs1 : int
        Registers: what, and where.
    offset : int
        Signed, 12 bits.

    Returns
    -------
    int
        The word.

    Examples
    --------
    >>> hex(store("sw", 10, 2, -4))
    '0xfea12e23'
    """
    high, low = (offset >> 5) & 0x7F, offset & 31
    return high << 25 | rs2 << 20 | rs1 << 15 | STORES[name] << 12 | low << 7 | STORE


def branch(name: str, rs1: int, rs2: int, offset: int) -> int:
    """Return a branch.

    Parameters
    ----------
    name : str
        Of :data:`BRANCHES`.
    rs1, rs2 : int
        Registers that are compared.
    offset : int
        From the branch, bytes, even, 13 bits.

    Returns
    -------
    int
        The word.

    Examples
    --------
    >>> hex(branch("bne", 10, 0, -2))
    '0xfe051fe3'
    """
    high = (offset >> 12 & 1) << 6 | (offset >> 5 & 0x3F)
    low = (offset >> 1 & 0xF) << 1 | (offset >> 11 & 1)
    return high << 25 | rs2 << 20 | rs1 << 15 | BRANCHES[name] << 12 | low << 7 | BRANCH


def jump(rd: int, offset: int) -> int:
    """Return ``jal``.

    Parameters
    ----------
    rd : int
        Register of the return address.
    offset : int
        From the jump, bytes, even, 21 bits.

    Returns
    -------
    int
        The word.

    Examples
    --------
    >>> hex(jump(1, 2048))
    '0x1000ef'
    """
    high = (offset >> 20 & 1) << 19 | (offset >> 1 & 0x3FF) << 9
    return (high | (offset >> 11 & 1) << 8 | (offset >> 12 & 0xFF)) << 12 | rd << 7 | JAL


def u_type(opcode: int, rd: int, upper: int) -> int:
    """Return ``lui`` or ``auipc``.

    Parameters
    ----------
    opcode : int
        Which.
    rd : int
        Register.
    upper : int
        Upper 20 bits of the constant.

    Returns
    -------
    int
        The word.

    Examples
    --------
    >>> hex(u_type(LUI, 10, 0x12345))
    '0x12345537'
    """
    return (upper & 0xFFFFF) << 12 | rd << 7 | opcode


def load_constant(rd: int, value: int) -> list[int]:
    """Return the two instructions that load a word.

    Parameters
    ----------
    rd : int
        Register.
    value : int
        The word, signed or not.

    Returns
    -------
    list of int
        ``lui`` and ``addi``.

    Examples
    --------
    >>> [hex(word) for word in load_constant(5, 0x1800)]
    ['0x22b7', '0x80028293']
    """
    low = ((value & 0xFFF) ^ 0x800) - 0x800
    return [u_type(LUI, rd, (value - low & MASK) >> 12), i_type(OP_IMM, 0, rd, rd, low)]
