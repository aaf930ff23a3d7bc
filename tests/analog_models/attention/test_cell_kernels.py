import numpy as np
import pytest

from analog_models.attention.cell_kernels import multiply


@pytest.mark.parametrize("kinds", [("i2", "i4"), ("f8", "f8")], ids=["counts", "reals"])
@pytest.mark.parametrize(("lines", "rows"), [(37, 64), (16, 64), (5, 64), (20, 24)])
def test_lines_are_multiplied_however_many_there_are(lines, rows, kinds):
    """Sixteen at a time, and what is left one by one."""
    rng = np.random.default_rng(2)
    cells = rng.integers(-8191, 8192, (lines + 3, rows)).astype(kinds[0])
    drive = rng.integers(0, 4096, rows).astype(kinds[0])
    charges = np.zeros(lines, kinds[1])

    multiply(cells, drive, rows, charges)

    np.testing.assert_array_equal(charges, cells[:lines].astype(np.int64) @ drive.astype(np.int64))
