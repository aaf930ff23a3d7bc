import zlib

import numpy as np
import pytest

from system.codecs.checksums import (
    byte_table,
    extend_registers,
    shift_table,
    stretch_checksum,
)


@pytest.mark.parametrize(("start", "stop"), [(0, 0), (0, 1), (3, 3), (0, 700), (1, 3), (699, 700)])
def test_the_checksum_of_a_stretch_is_that_of_zlib(start, stop):
    data = np.random.default_rng(1).integers(0, 256, 700, dtype=np.uint8)
    registers = np.zeros(701, dtype=np.uint32)

    extend_registers(registers, 0, data, byte_table())

    checksum = stretch_checksum(registers, start, stop, shift_table(700))
    assert checksum == zlib.crc32(data[start:stop].tobytes())


def test_registers_are_extended_where_they_ended():
    data = np.random.default_rng(2).integers(0, 256, 100, dtype=np.uint8)
    whole, piecewise = np.zeros(101, dtype=np.uint32), np.zeros(101, dtype=np.uint32)

    extend_registers(whole, 0, data, byte_table())
    extend_registers(piecewise, 0, data[:40], byte_table())
    extend_registers(piecewise, 40, data, byte_table())

    np.testing.assert_array_equal(piecewise, whole)


def test_the_check_value_of_the_standard_is_met():
    """CRC-32 of the digits 1 to 9, from the catalogue of CRCs."""
    data = np.frombuffer(b"123456789", dtype=np.uint8)
    registers = np.zeros(10, dtype=np.uint32)

    extend_registers(registers, 0, data, byte_table())

    assert stretch_checksum(registers, 0, 9, shift_table(9)) == 0xCBF43926
