import numpy as np
import pytest

from analog_models.attention.cell_law import TableLaw
from analog_models.attention.leakage import ExponentialLeakage, TableLeakage
from analog_models.spice.cell_bench import LEVEL_V, StaticCurve
from system.calibration.fit_checks import (
    WINDOW_S,
    aged_checks,
    fit_checks,
    fit_pulses,
    retention_s,
    shape_checks,
)

SWEEP_V = np.linspace(-0.01, 0.91, 461)


def cubic_a(stored_v):
    return 1e-5 * (2 * (stored_v - 0.4) + 5 * (stored_v - 0.4) ** 3)


def slope_a_per_v(stored_v):
    return 1e-5 * (2 + 15 * (stored_v - 0.4) ** 2)


@pytest.fixture
def curve():
    return StaticCurve(stored_v=SWEEP_V, current_a=cubic_a(SWEEP_V))


@pytest.fixture
def law():
    return TableLaw(LEVEL_V, cubic_a(LEVEL_V), slope_a_per_v(LEVEL_V))


def exponential(retention, *, last_s):
    """Table of an exponential decay towards half the supply."""
    age_s = np.linspace(0.0, last_s, 401)
    law = ExponentialLeakage(1 / retention)
    return TableLeakage(LEVEL_V, age_s, law.voltage_v(LEVEL_V[:, None], age_s), token_s=1.0)


def test_a_cubic_cell_is_met_everywhere_by_the_table_and_by_a_cubic(curve, law):
    checks = fit_checks(curve, law)

    # The sweep is read between its points of 2 mV by a monotone spline: 1e-5 of full scale.
    assert all(value < 1e-5 for value in checks.values())


def test_a_wrong_level_is_seen_at_the_points_beside_it(curve):
    wrong_a = cubic_a(LEVEL_V)
    full_scale_a = np.abs(wrong_a).max()
    wrong_a[3] += 0.01 * full_scale_a

    checks = fit_checks(curve, TableLaw(LEVEL_V, wrong_a, slope_a_per_v(LEVEL_V)))

    # Half way to a level that is right, a Hermite cubic has half of the error.
    assert checks["held_out_of_full_scale"] == pytest.approx(0.005, rel=1e-2)
    assert checks["whole_sweep_of_full_scale"] == pytest.approx(0.01, rel=1e-2)


@pytest.mark.parametrize("retention", [5e-3, 7.0])
def test_the_retention_of_an_exponential_is_its_time_constant(retention):
    # Straight lines between 401 ages: a relative error of (step / retention)^2 / 8.
    assert retention_s(exponential(retention, last_s=4 * retention)) == pytest.approx(
        retention, rel=1e-4
    )


def test_ages_that_are_met_have_no_error_and_the_window_is_told_apart(curve, law):
    leakage = exponential(5e-3, last_s=20e-3)
    age_s = np.array([0.2e-3, 0.7e-3, 10e-3])
    aged_v = ExponentialLeakage(1 / 5e-3).voltage_v(LEVEL_V[:, None], age_s)
    late = np.where(age_s > WINDOW_S, 10e-3, 0.0)

    met = aged_checks(curve, law, leakage, age_s, aged_v)
    missed_late = aged_checks(curve, law, leakage, age_s, aged_v + late)

    # Straight lines between ages: 0.05 ms steps over 5 ms is 1e-5 of a distance.
    assert met["aged_held_out_of_full_scale"] < 5e-5
    assert met["aged_to_the_last_of_full_scale"] < 5e-5
    assert met["largest_drift_in_window_v"] == pytest.approx(
        0.45 * -np.expm1(-WINDOW_S / 5e-3), rel=1e-3
    )
    assert missed_late["aged_held_out_of_full_scale"] < 5e-5
    assert missed_late["aged_to_the_last_of_full_scale"] > 0.005


def test_a_kick_is_the_shift_that_explains_the_pulsed_current(curve):
    width_s = np.arange(1.0, 16.0) * 1e-9
    kicked_a = cubic_a(LEVEL_V) - 2e-3 * slope_a_per_v(LEVEL_V)
    edge_c = 1e-16  # an offset is no nonlinearity

    fit = fit_pulses(width_s, kicked_a[:, None] * width_s + edge_c, curve)

    # Of the slope by differences of 2 mV.
    assert fit.kick_v == pytest.approx(-2e-3, rel=1e-3)
    assert fit.current_a == pytest.approx(kicked_a)
    assert fit.edge_charge_c == pytest.approx([edge_c] * 8)
    assert fit.checks["pulse_nonlinearity_of_full_scale"] < 1e-9
    explained = fit.checks["pulsed_after_kick_of_full_scale"]
    assert fit.checks["pulsed_from_static_of_full_scale"] > 100 * explained


def test_a_cell_is_held_against_the_published_one():
    """A cell that is the published SPICE column at its ends and zero, and straight between."""
    stored_v = np.array([0.0, 0.409, 0.9])
    curve = StaticCurve(stored_v=stored_v, current_a=np.array([-10.15e-6, 0.0, 9.97e-6]))

    checks = shape_checks(curve, 1.0)
    tenth = StaticCurve(stored_v=stored_v, current_a=0.1 * curve.current_a)

    assert checks["calibrated_to_published_ends_a"] == pytest.approx(0.0, abs=1e-12)
    assert checks["calibrated_to_published_zero_v"] == pytest.approx(0.0, abs=1e-12)
    assert checks["rms_from_published_cubic_a"] > 1e-7
    scaled = shape_checks(tenth, 0.1)
    for name in ("calibrated_to_published_ends_a", "rms_from_published_cubic_a"):
        assert scaled[name] == pytest.approx(0.1 * checks[name], abs=1e-15)
