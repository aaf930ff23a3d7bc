import math

import numpy as np
import pytest
from scipy import stats

from analog_models.attention.normal_table import TABLE_DRAWS, Places, normal_table


def test_the_table_is_normal():
    draws = normal_table(100)[:TABLE_DRAWS]

    assert draws.mean() == pytest.approx(0.0, abs=1e-6)
    assert draws.std() == pytest.approx(1.0, abs=1e-6)
    assert stats.kstest(draws, "norm").pvalue > 0.01  # drawn once and for all


def test_a_slice_may_begin_anywhere():
    table = normal_table(100)

    np.testing.assert_array_equal(table[TABLE_DRAWS:], table[:100])
    with pytest.raises(ValueError, match="read-only"):
        table[0] = 1.0


def test_slices_at_different_places_are_not_correlated():
    table = normal_table(4096)[:TABLE_DRAWS]

    for distance in (1, 2, 63, 64, 65, 1024):
        correlation = np.mean(table[:-distance] * table[distance:])
        assert abs(correlation) < 4 / math.sqrt(TABLE_DRAWS)


def test_places_repeat_with_their_generator_and_change_with_it():
    first, again, other = (np.random.default_rng(seed) for seed in (0, 0, 1))
    places = Places()

    drawn = [places.next(first) for _ in range(1500)]

    assert [places.next(again) for _ in range(1500)] == drawn
    assert len(set(drawn)) == 1500
    assert places.next(other) not in drawn
    assert all(0 <= each < 1 << 62 for each in drawn)
