import numpy as np
import pytest

from verification.aligned import aligned_rows


@pytest.mark.parametrize("shape", [(68,), (3, 1), (4, 3, 68), (2, 64)])
@pytest.mark.parametrize("dtype", [np.float64, np.int64, np.uint8, np.bool_])
def test_rows_begin_at_cache_lines_and_hold_what_they_held(shape, dtype):
    rows = np.random.default_rng(3).integers(0, 2, shape).astype(dtype)

    aligned = aligned_rows(rows)

    assert aligned.dtype == rows.dtype
    assert aligned.flags.c_contiguous
    assert aligned.ctypes.data % 64 == 0
    assert aligned.shape[-1] * aligned.itemsize % 64 == 0
    np.testing.assert_array_equal(aligned[..., : shape[-1]], rows)
    assert not aligned[..., shape[-1] :].any()


def test_no_rows_remain_no_rows():
    assert aligned_rows(np.zeros((0, 5))).shape == (0, 8)
