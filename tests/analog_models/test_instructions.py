import numpy as np
import pytest

from analog_models.compiled import compiled
from analog_models.instructions import LINE_CELLS, LINES, array_at, multiply_lines


@compiled
def last_of(address, rows, columns):
    return array_at(address, (rows, columns), np.float32)[rows - 1, columns - 1]


@compiled
def set_first(address, size, value):
    array_at(address, (size,), np.int16)[0] = value


def test_an_array_is_found_by_its_address():
    array = np.arange(12, dtype=np.float32).reshape(3, 4)

    assert last_of(array.ctypes.data, 3, 4) == 11
    assert last_of(array.ctypes.data, 2, 4) == 7


def test_what_is_written_by_address_is_written():
    array = np.zeros(3, np.int16)

    set_first(array.ctypes.data, 3, -5)

    assert array.tolist() == [-5, 0, 0]


@compiled
def multiply_from(lines, first, vector, sums):
    return multiply_lines(lines, first, vector, sums)


@pytest.mark.parametrize("largest", [3, 8191])
def test_sixteen_lines_are_multiplied(largest):
    """The largest of the heads' currents and pulses, whose sums just fit into 32 bits."""
    rng = np.random.default_rng(1)
    lines = rng.integers(-largest, largest + 1, (3 * LINES, LINE_CELLS)).astype(np.int16)
    lines[LINES] = largest
    vector = np.full(LINE_CELLS, 4095, np.int16)
    sums = np.full(3 * LINES, -1, np.int32)

    done = multiply_from(lines, LINES, vector, sums)

    assert done == LINES
    ours = slice(LINES, 2 * LINES)
    np.testing.assert_array_equal(sums[ours], lines[ours].astype(np.int64) @ vector)
    assert (sums[:LINES] == -1).all()
    assert (sums[2 * LINES :] == -1).all()


@pytest.mark.parametrize(
    ("cells", "charges", "order"),
    [("f8", "f8", "C"), ("i2", "i8", "C"), ("i2", "i4", "F")],
    ids=["reals", "long sums", "columns"],
)
def test_lines_of_other_kinds_are_left(cells, charges, order):
    lines = np.ones((LINES, LINE_CELLS), cells, order=order)
    sums = np.zeros(LINES, charges)

    assert multiply_from(lines, 0, np.ones(LINE_CELLS, cells), sums) == 0
    assert not sums.any()
