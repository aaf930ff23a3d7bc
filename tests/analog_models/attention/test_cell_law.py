import numpy as np
import pytest

from analog_models.attention.cell_law import (
    PUBLISHED_CUBIC,
    PUBLISHED_LINEAR,
    CubicLaw,
    LinearLaw,
    TableLaw,
)
from analog_models.attention.coding import AttentionCoding

LEVEL_V = AttentionCoding().level_v
LAWS = {
    "cubic": PUBLISHED_CUBIC,
    "linear": PUBLISHED_LINEAR,
    "table": TableLaw(LEVEL_V, np.sin(LEVEL_V), np.cos(LEVEL_V)),
}


def test_the_published_coefficients_make_one_cubic():
    coefficients_ua = 1e6 * np.array(PUBLISHED_CUBIC.coefficients)

    # Worked from C_ij by hand: sum over j of C_ij 0.9^j.
    np.testing.assert_allclose(
        coefficients_ua, [0.521364, 13.612261, -2.620446, 46.054838], atol=1e-6
    )


def test_the_published_current_of_each_stored_level():
    expected_ua = [-10.3315, -5.6542, -2.5317, -0.3768, 1.3978, 3.3795, 6.1554, 10.3130]

    np.testing.assert_allclose(1e6 * PUBLISHED_CUBIC.current_a(LEVEL_V), expected_ua, atol=5e-5)


def test_the_published_cubic_is_near_the_spice_figures_it_was_fitted_to():
    # Stated: -10.15 uA at 0 V, 9.97 uA at 0.9 V, zero at 0.409 V; the fit leaves up to 0.34 uA.
    found_ua = 1e6 * PUBLISHED_CUBIC.current_a([0.0, 0.9, 0.409])

    np.testing.assert_allclose(found_ua, [-10.15, 9.97, 0.0], atol=0.36)


def test_the_linear_model_vanishes_at_half_the_supply():
    assert PUBLISHED_LINEAR.current_a(0.45) == 0
    assert PUBLISHED_LINEAR.current_a(0.9) == pytest.approx(19.3e-6 * 0.45)


@pytest.mark.parametrize("law", LAWS.values(), ids=list(LAWS))
def test_the_slope_is_the_derivative_of_the_current(law):
    voltage_v = np.linspace(-0.1, 1.0, 997)
    step_v = 1e-6

    difference = law.current_a(voltage_v + step_v) - law.current_a(voltage_v - step_v)

    slope = law.slope_a_per_v(voltage_v)
    scale = abs(slope).max()
    # Second-order differences over 2e-6 V; where two pieces meet the slope bends.
    np.testing.assert_allclose(difference / (2 * step_v), slope, atol=1e-4 * scale)


def test_a_table_is_exact_at_its_levels():
    np.testing.assert_allclose(LAWS["table"].current_a(LEVEL_V), np.sin(LEVEL_V), atol=1e-15)
    np.testing.assert_allclose(LAWS["table"].slope_a_per_v(LEVEL_V), np.cos(LEVEL_V), atol=1e-15)


def test_a_table_of_a_cubic_is_that_cubic_between_its_ends():
    table = TableLaw(
        LEVEL_V, PUBLISHED_CUBIC.current_a(LEVEL_V), PUBLISHED_CUBIC.slope_a_per_v(LEVEL_V)
    )
    voltage_v = np.linspace(0, 0.9, 501)

    np.testing.assert_allclose(
        table.current_a(voltage_v), PUBLISHED_CUBIC.current_a(voltage_v), atol=1e-19
    )


def test_a_table_goes_on_straight_beyond_its_ends():
    table = LAWS["table"]

    below = table.current_a(-0.2)
    above = table.current_a(1.1)

    assert below == pytest.approx(-0.2)  # slope 1 at the origin
    assert above == pytest.approx(np.sin(0.9) + 0.2 * np.cos(0.9))


@pytest.mark.parametrize("centre_v", [0.0, 0.45, 0.37])
def test_a_polynomial_can_be_written_around_another_voltage(centre_v):
    moved = CubicLaw(PUBLISHED_CUBIC.about(centre_v), centre_v)
    voltage_v = np.linspace(0, 0.9, 101)

    np.testing.assert_allclose(
        moved.current_a(voltage_v), PUBLISHED_CUBIC.current_a(voltage_v), atol=1e-19
    )


def test_laws_are_compared_by_what_they_are():
    assert LinearLaw(19.3e-6) == PUBLISHED_LINEAR
    assert {LinearLaw(19.3e-6), PUBLISHED_LINEAR} == {PUBLISHED_LINEAR}
    assert LinearLaw(19.3e-6, 0.4) != PUBLISHED_LINEAR
    assert repr(PUBLISHED_LINEAR) == "LinearLaw((0.0, 1.93e-05), centre_v=0.45)"


def test_bad_laws_are_refused():
    with pytest.raises(ValueError, match=r"^cubic cell law must have 4 coefficients, not 2$"):
        CubicLaw([1.0, 2.0])
    with pytest.raises(ValueError, match=r"^cell law coefficients must be finite, not \(0.0, nan"):
        LinearLaw(np.nan)
    with pytest.raises(ValueError, match=r"^cell table must have two or more rows of level, curr"):
        TableLaw([0.0, 1.0], [0.0, 1.0], [0.0])
    with pytest.raises(ValueError, match=r"^cell table levels must rise, not \[1.0, 0.0\]$"):
        TableLaw([1.0, 0.0], [0.0, 1.0], [0.0, 0.0])
    with pytest.raises(ValueError, match=r"^cell table values must be finite, not inf$"):
        TableLaw([0.0, 1.0], [0.0, np.inf], [0.0, 0.0])
