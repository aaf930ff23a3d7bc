"""CRC-32 of any stretch of a stream in the same short time, however long the stretch is.

A stream of garbage may claim at every byte that a long packet begins. Summing each of them anew
would take time that grows with the product of both. Here every byte is summed once: the register
after each byte is kept, and that of a stretch follows from those at its two ends, because the
register is linear in the bytes (M. Adler, zlib's ``crc32_combine``).
"""

from functools import cache

import numpy as np
import numpy.typing as npt

from analog_models.compiled import compiled

__all__ = ["byte_table", "extend_registers", "shift_table", "stretch_checksum"]

POLYNOMIAL = 0xEDB88320  # of CRC-32 as in Ethernet, lowest power first
ONE = 1 << 31  # the polynomial 1
ALL_ONES = 0xFFFFFFFF


@cache
def byte_table() -> npt.NDArray[np.uint32]:
    """Return what the register becomes by a byte, for each of 256."""
    register = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        register = np.where(register & 1, (register >> 1) ^ np.uint32(POLYNOMIAL), register >> 1)
    return register.astype(np.uint32)


@cache
def shift_table(longest: int) -> npt.NDArray[np.uint32]:
    """Return what ``n`` zero bytes multiply the register by, for ``n`` from 0 to ``longest``."""
    table = np.empty(longest + 1, dtype=np.uint32)
    table[0] = ONE
    _fill_shifts(table, byte_table())
    return table


@compiled
def _fill_shifts(table: npt.NDArray[np.uint32], by_byte: npt.NDArray[np.uint32]) -> None:
    for n in range(1, len(table)):
        table[n] = by_byte[table[n - 1] & 0xFF] ^ (table[n - 1] >> 8)


@compiled
def extend_registers(
    registers: npt.NDArray[np.uint32],
    known: int,
    data: npt.NDArray[np.uint8],
    by_byte: npt.NDArray[np.uint32],
) -> None:
    """Fill in the register after each byte of ``data``.

    Parameters
    ----------
    registers : ndarray of uint32, shape (bytes + 1,)
        Register before each byte, and after the last; ``registers[: known + 1]`` is there.
    known : int
        Number of bytes whose effect is there.
    data : ndarray of uint8, shape (bytes,)
        The bytes.
    by_byte : ndarray of uint32, shape (256,)
        From :func:`byte_table`.
    """
    register = registers[known]
    for n in range(known, len(data)):
        register = by_byte[(register ^ data[n]) & 0xFF] ^ (register >> 8)
        registers[n + 1] = register


@compiled
def stretch_checksum(
    registers: npt.NDArray[np.uint32], start: int, stop: int, shifts: npt.NDArray[np.uint32]
) -> int:
    """Return the CRC-32 of bytes ``start`` to ``stop`` (excluded).

    Parameters
    ----------
    registers : ndarray of uint32
        From :func:`extend_registers`.
    start, stop : int
        The stretch, at most as long as ``shifts`` goes.
    shifts : ndarray of uint32
        From :func:`shift_table`.

    Returns
    -------
    int
        The same as :func:`zlib.crc32` of these bytes.
    """
    product, factor = np.uint32(0), shifts[stop - start]
    left = registers[start] ^ np.uint32(ALL_ONES)
    while left:  # at most 32 times
        if left & np.uint32(ONE):
            product ^= factor
        left = np.uint32(left << np.uint32(1))
        odd = factor & np.uint32(1)
        factor >>= np.uint32(1)
        if odd:
            factor ^= np.uint32(POLYNOMIAL)
    return int(np.int64(registers[stop] ^ product ^ np.uint32(ALL_ONES)))
