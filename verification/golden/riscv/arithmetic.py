"""What integer instructions compute, RV32I and M, on unsigned words of 32 bits."""

import numpy as np

from analog_models.compiled import compiled_in_place

__all__ = ["MASK", "divided", "dotted", "multiplied", "operated", "signed", "taken"]

MASK = 0xFFFFFFFF
SMALLEST = 0x80000000


@compiled_in_place
def signed(word: int) -> int:
    """Return a word read as two's complement.

    Parameters
    ----------
    word : int
        0 to 2**32 - 1.

    Returns
    -------
    int
        -2**31 to 2**31 - 1.
    """
    return (word ^ SMALLEST) - SMALLEST


@compiled_in_place
def operated(function: int, alternative: bool, a: int, b: int) -> int:
    """Return the result of an instruction of OP or OP-IMM.

    Parameters
    ----------
    function : int
        Field funct3.
    alternative : bool
        Subtract instead of add, shift arithmetically instead of logically.
    a, b : int
        Operands.

    Returns
    -------
    int
        A word.
    """
    if function == 0:
        return (a - b if alternative else a + b) & MASK
    if function == 1:
        return (a << (b & 31)) & MASK
    if function == 2:
        return 1 if signed(a) < signed(b) else 0
    if function == 3:
        return 1 if a < b else 0
    if function == 4:
        return a ^ b
    if function == 5:
        return ((signed(a) if alternative else a) >> (b & 31)) & MASK
    if function == 6:
        return a | b
    return a & b


@compiled_in_place
def multiplied(function: int, a: int, b: int) -> int:
    """Return the result of mul, mulh, mulhsu or mulhu, of funct3 0 to 3.

    Parameters
    ----------
    function : int
        Field funct3.
    a, b : int
        Operands.

    Returns
    -------
    int
        A word.
    """
    if function == 0:
        return (signed(a) * signed(b)) & MASK
    if function == 1:
        return (signed(a) * signed(b) >> 32) & MASK
    if function == 2:
        return (signed(a) * b >> 32) & MASK
    return int(np.uint64(a) * np.uint64(b) >> np.uint64(32))


@compiled_in_place
def divided(function: int, a: int, b: int) -> int:
    """Return the result of div, divu, rem or remu, of funct3 4 to 7.

    Division by zero gives all ones and the dividend; the one signed overflow gives the dividend
    and zero. Signed quotients round towards zero.

    Parameters
    ----------
    function : int
        Field funct3.
    a, b : int
        Operands.

    Returns
    -------
    int
        A word.
    """
    if b == 0:
        return MASK if function < 6 else a
    if function == 5:
        return a // b
    if function == 7:
        return a % b
    quotient = abs(signed(a)) // abs(signed(b))
    if (signed(a) < 0) != (signed(b) < 0):
        quotient = -quotient
    if function == 4:
        return quotient & MASK
    return (signed(a) - quotient * signed(b)) & MASK


@compiled_in_place
def dotted(width: int, a: int, b: int) -> int:
    """Return the sum of products of the signed elements of two words.

    Parameters
    ----------
    width : int
        Bits of an element: 8 or 16.
    a, b : int
        Words.

    Returns
    -------
    int
        The sum, signed.
    """
    sign = 1 << (width - 1)
    total = 0
    for low in range(0, 32, width):
        first, second = a >> low & (2 * sign - 1), b >> low & (2 * sign - 1)
        total += ((first ^ sign) - sign) * ((second ^ sign) - sign)
    return total


@compiled_in_place
def taken(function: int, a: int, b: int) -> bool:
    """Return whether a branch is taken.

    Parameters
    ----------
    function : int
        Field funct3: 0 beq, 1 bne, 4 blt, 5 bge, 6 bltu, 7 bgeu.
    a, b : int
        Operands.

    Returns
    -------
    bool
        Whether it is.
    """
    if function < 2:
        met = a == b
    elif function < 6:
        met = signed(a) < signed(b)
    else:
        met = a < b
    return met != (function & 1 == 1)
