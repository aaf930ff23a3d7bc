"""Parts of programs that use a processor's devices."""

from collections.abc import Iterable

from rtl.mailbox_registers import mailbox_registers
from rtl.processor_map import ProcessorMap
from verification.riscv_assembler import i_type, load_constant, store

__all__ = ["ADDRESS", "assembled", "ends", "handled", "nop", "store_word"]

OP_IMM, SYSTEM, WRITE, MTVEC = 0x13, 0x73, 1, 0x305
ADDRESS, VALUE = 5, 6
"""Registers that these parts use up; the first holds the latest address."""

Words = list[int]


def assembled(words: Iterable[int]) -> bytes:
    """Return the bytes of instructions of 32 bits.

    Parameters
    ----------
    words : iterable of int
        The instructions.

    Returns
    -------
    bytes
        As they lie in memory.
    """
    return b"".join(word.to_bytes(4, "little") for word in words)


def nop() -> int:
    """Return the instruction that does nothing."""
    return i_type(OP_IMM, 0, 0, 0, 0)


def store_word(address: int, value: int) -> Words:
    """Return what stores a word somewhere; registers 5 and 6 are used up.

    Parameters
    ----------
    address : int
        Where.
    value : int
        The word.

    Returns
    -------
    list of int
        The instructions.
    """
    return [
        *load_constant(ADDRESS, address),
        *load_constant(VALUE, value),
        store("sw", VALUE, ADDRESS, 0),
    ]


def ends(register: int) -> Words:
    """Return what ends a program; register 5 is used up.

    Parameters
    ----------
    register : int
        Holds the exit code.

    Returns
    -------
    list of int
        The instructions.
    """
    exit_address = ProcessorMap().base_of("mailbox") + mailbox_registers().address_of("exit")
    return [*load_constant(ADDRESS, exit_address), store("sw", register, ADDRESS, 0)]


def handled(words: Words, handler: Words) -> bytes:
    """Return a program that begins at address 0 and has a trap handler behind it.

    Parameters
    ----------
    words : list of int
        The program.
    handler : list of int
        Where every trap goes.

    Returns
    -------
    bytes
        The program.
    """
    length = 3  # a constant takes one or two instructions
    setup = load_constant(ADDRESS, 4 * (length + len(words)))
    setup += [nop()] * (length - 1 - len(setup))
    return assembled([*setup, i_type(SYSTEM, WRITE, 0, ADDRESS, MTVEC), *words, *handler])
