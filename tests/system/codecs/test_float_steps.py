import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from system.codecs.float_steps import find_step, ulps_beyond


@pytest.mark.parametrize(
    ("values", "step"),
    [
        ([], 1.0),
        ([0.0, -0.0], 1.0),
        ([-3.25], 3.25),
        ([2.0, 4.0, 7.0], 1.0),
        ([0.25, 0.75], 0.25),
        ([0.195, -0.39, 10 * 0.195], 0.195),
        ([192 * 0.195, 270 * 0.195, 15 * 0.195], 0.585),
        ([5e-324, 15e-324], 5e-324),
        ([1e308, 5e307], 5e307),
        ([1e-300, 1e300], None),
        ([1.0, np.pi, np.e], None),
    ],
)
def test_steps_of_a_few_values(values, step):
    assert find_step(np.array(values)) == step


@given(
    st.sampled_from([np.float32, np.float64]),
    st.floats(1e-9, 1e3),
    st.integers(10, 32_000),
    st.integers(0, 1 << 20),
)
@settings(deadline=None, max_examples=60)
def test_counts_times_any_gain_have_a_step(dtype, gain, largest, seed):
    counts = np.random.default_rng(seed).integers(-largest, largest, 800)
    values = (counts * gain).astype(dtype)

    step = find_step(values)

    assert step is not None
    codes = np.rint(values / np.float64(step))
    np.testing.assert_array_equal((codes * step).astype(dtype), values)
    assert np.abs(codes).max() <= largest


def test_whole_numbers_that_a_type_holds_exactly_have_a_step_however_large_they_are():
    values = np.arange(-60_000, 60_000, 32).astype(np.float16)

    assert find_step(values) == 32.0


def test_a_gain_that_is_not_clear_of_its_rounding_is_not_guessed():
    """Nothing says whether 100 000 or 100 001 counts are 19 500."""
    values = (np.arange(100_000, 100_400) * 0.195).astype(np.float32)

    assert find_step(values) == 2.0**-9  # of which they are multiples without any rounding


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_ulps_are_counted_away_from_zero(dtype):
    multiples = np.array([-1.5, -0.5, -0.0, 0.5, 7.0], dtype=dtype)
    away = np.nextafter(multiples, np.array([-9, 0, -0.0, 9, 0], dtype=dtype))

    assert ulps_beyond(multiples, 0.5).tolist() == [0, 0, 0, 0, 0]
    assert ulps_beyond(away, 0.5).tolist() == [1, -1, 0, 1, -1]


def test_a_step_may_leave_floats_beside_its_multiples():
    values = np.arange(-900, 900) * 0.195 * 1e-6

    assert find_step(values) == 0.195e-6
    assert 1 <= np.abs(ulps_beyond(values, 0.195e-6)).max() <= 3
