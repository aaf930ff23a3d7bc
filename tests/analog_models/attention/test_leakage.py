import numpy as np
import pytest

from analog_models.attention.leakage import (
    PUBLISHED_LEAKAGE,
    ExponentialLeakage,
    TableLeakage,
)

TABLE = TableLeakage(
    level_v=[0.0, 0.4, 0.8],
    age_s=[1e-3, 3e-3],
    stored_v=[[0.02, 0.04], [0.4, 0.4], [0.79, 0.77]],
    token_s=1e-6,
)


def test_after_a_window_the_published_cell_keeps_0_849():
    left_v = PUBLISHED_LEAKAGE.voltage_v(0.9, 1023) - 0.45

    assert left_v / 0.45 == pytest.approx(0.849, abs=5e-4)


def test_what_was_just_written_is_there():
    written_v = np.linspace(-0.1, 1, 45)

    np.testing.assert_allclose(PUBLISHED_LEAKAGE.voltage_v(written_v, 0), written_v)
    np.testing.assert_allclose(TABLE.voltage_v(written_v, 0), written_v)


def test_without_leakage_nothing_moves():
    assert ExponentialLeakage(0.0).voltage_v(0.9, 10**6) == 0.9


def test_a_table_is_exact_at_its_knots_and_straight_between():
    assert TABLE.voltage_v([0.0, 0.4, 0.8], 3000) == pytest.approx([0.04, 0.4, 0.77])
    assert TABLE.voltage_v(0.0, [500, 1000, 2000]) == pytest.approx([0.01, 0.02, 0.03])
    assert TABLE.voltage_v(0.2, 1000) == pytest.approx(0.21)  # half the drift of level 0


def test_voltages_beyond_the_levels_drift_as_the_nearest_one():
    assert TABLE.voltage_v([-0.1, 0.9], 3000) == pytest.approx([-0.06, 0.87])


def test_an_age_beyond_the_table_is_refused():
    message = "^leakage table must reach the age 0.004 s, and ends at 0.003 s$"
    with pytest.raises(ValueError, match=message):
        TABLE.voltage_v(0.5, 4000)


def test_bad_leakage_is_refused():
    with pytest.raises(ValueError, match=r"^leakage rate_per_token must not be negative, not -1$"):
        ExponentialLeakage(-1)
    with pytest.raises(ValueError, match=r"^leakage rest_v must be finite, not inf$"):
        ExponentialLeakage(0.1, rest_v=np.inf)
    with pytest.raises(ValueError, match=r"^leakage table must have a voltage .*\(2, 1\), not \(1"):
        TableLeakage([0.0, 0.9], [1.0], [[0.0]], 1e-6)
    with pytest.raises(ValueError, match=r"^leakage table levels must rise, not \[0.9, 0.0\]$"):
        TableLeakage([0.9, 0.0], [1.0], [[0.0], [0.9]], 1e-6)
    with pytest.raises(ValueError, match=r"^leakage table ages must begin at zero or later, not"):
        TableLeakage([0.0, 0.9], [-1.0], [[0.0], [0.9]], 1e-6)
    with pytest.raises(ValueError, match=r"^leakage table values must be finite, not nan$"):
        TableLeakage([0.0, 0.9], [1.0], [[0.0], [np.nan]], 1e-6)
