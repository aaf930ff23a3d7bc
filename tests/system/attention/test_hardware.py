from dataclasses import replace

import numpy as np
import pytest

from analog_models.attention.cell_law import PUBLISHED_CUBIC, TableLaw
from analog_models.attention.coding import AttentionCoding
from analog_models.attention.geometry import HeadGeometry
from analog_models.attention.leakage import ExponentialLeakage
from system.attention.hardware import Hardware

LEVEL_V = AttentionCoding().level_v
TABLE = TableLaw(
    LEVEL_V, PUBLISHED_CUBIC.current_a(LEVEL_V), PUBLISHED_CUBIC.slope_a_per_v(LEVEL_V)
)
GEOMETRY = HeadGeometry(head_dim=8, window_tokens=32, tile_tokens=8)


def test_a_table_becomes_a_cubic_of_each_level_that_follows_it_as_cells_leak():
    hardware = Hardware(geometry=GEOMETRY, law=TABLE, leakage=ExponentialLeakage(5e-3))

    polynomial = hardware.polynomial(TABLE)

    assert polynomial.shape == (4, 8)
    for level, coefficients in enumerate(polynomial.T):
        for age in (0, 7, 31):
            now_v = float(hardware.leakage.voltage_v(LEVEL_V[level], age))
            found = np.polynomial.Polynomial(coefficients)(now_v - 0.45)
            # A Hermite segment is a cubic: exact but for rounding.
            assert found == pytest.approx(float(TABLE.current_a(now_v)), abs=1e-12)


def test_a_polynomial_is_taken_around_the_rest_voltage():
    leakage = ExponentialLeakage(1e-3, rest_v=0.4)

    (constant,) = Hardware(geometry=GEOMETRY, leakage=leakage).polynomial(PUBLISHED_CUBIC)[0]

    assert constant == pytest.approx(float(PUBLISHED_CUBIC.current_a(0.4)))


def test_a_decay_beyond_the_range_of_float32_is_refused():
    with pytest.raises(ValueError, match=r"must be at most 17\.8, so that .* not 32"):
        Hardware(geometry=GEOMETRY, leakage=ExponentialLeakage(1.0))


@pytest.mark.parametrize("name", ["score_saturation_a", "output_saturation_a"])
def test_a_saturation_is_positive(name):
    with pytest.raises(ValueError, match=rf"^hardware {name} must be positive, not 0$"):
        replace(Hardware(geometry=GEOMETRY), **{name: 0})
