import numpy as np
import pytest

from analog_models.spice.cell_bench import (
    LEVEL_V,
    StaticCurve,
    measure_pulses,
    measure_retention,
    measure_static,
    measure_storage,
)
from analog_models.spice.cell_circuit import CELLS, SUPPLY_V
from analog_models.spice.session import open_session

DESIGN = CELLS["cmos"]


@pytest.fixture
def session():
    return open_session()


@pytest.fixture(scope="module")
def curve():
    return measure_static(open_session(), DESIGN)


def test_the_sweep_reaches_one_step_beyond_both_rails(curve):
    step_v = SUPPLY_V / 7 / 64

    assert curve.stored_v[[0, 1, -2, -1]] == pytest.approx(
        [-step_v, 0.0, SUPPLY_V, SUPPLY_V + step_v]
    )


def test_the_cell_is_the_published_one_at_the_rails_and_at_its_zero(curve):
    """Sizes and thresholds were chosen after the authors' SPICE column; within 1 % of its ends."""
    assert curve.current_at([0.0, 0.9]) == pytest.approx([-10.15e-6, 9.97e-6], rel=0.01)
    assert curve.zero_v == pytest.approx(0.409, abs=2e-3)  # a step of the sweep


def test_the_current_rises_with_the_stored_voltage(curve):
    assert (np.diff(curve.current_a) > 0).all()


def test_both_cells_are_read_alike(session, curve):
    """The oxide transistor is there to write: on a source, the storage node is the same."""
    oxide = measure_static(session, CELLS["oxide"])

    # Nothing else of the circuit conducts: the rest is leakage of the write switch, 1e-12 A.
    assert np.abs(oxide.current_a - curve.current_a).max() < 1e-11


def test_a_bitline_that_rises_takes_less_out_of_the_supply_and_more_into_ground(session, curve):
    higher = measure_static(session, DESIGN, bitline_v=SUPPLY_V / 2 + 0.05)

    assert (higher.current_at(LEVEL_V) > curve.current_at(LEVEL_V)).all()


def test_currents_and_slopes_between_the_points():
    stored_v = np.linspace(-0.1, 1.0, 12)
    curve = StaticCurve(stored_v=stored_v, current_a=3e-5 * (stored_v - 0.35))

    assert curve.current_at([0.2, 0.55]) == pytest.approx([-4.5e-6, 6e-6])
    assert curve.slope_at([0.0, 0.45, 0.9]) == pytest.approx([3e-5, 3e-5, 3e-5])
    assert curve.zero_v == pytest.approx(0.35)


def test_pulses_take_charge_in_proportion_to_their_width(session):
    widths_s = np.array([1e-9, 5e-9, 15e-9])

    charge_c, disturbance_v = measure_pulses(session, DESIGN, widths_s)

    lines = np.polynomial.polynomial.polyfit(widths_s, charge_c.T, 1)
    straight_c = np.polynomial.polynomial.polyval(widths_s, lines)
    # What the shipped table states, 0.013 % of the charge of the largest pulse, and half as much.
    assert np.abs(charge_c - straight_c).max() < 2e-4 * np.abs(charge_c).max()
    assert (np.diff(lines[1]) > 0).all()
    # The edges take back what they gave, but the inner node of the half that is off stays where
    # the bitline left it, 70 mV lower, and couples to the gate above it. Later reads add nothing.
    assert np.abs(disturbance_v).max() < 4e-3


def test_an_old_cell_has_moved_towards_the_write_line(session):
    """The write line rests at half the supply, and the switch leaks into it."""
    ages_s = np.array([0.0, 1e-4, 1e-3, 20e-3])

    stored_v = measure_retention(session, DESIGN, ages_s)

    distance_v = np.abs(stored_v - SUPPLY_V / 2)
    # Of the microvolts to which ngspice was asked to know a node.
    np.testing.assert_allclose(stored_v[:, 0], LEVEL_V, rtol=0, atol=1e-5)
    assert (np.diff(distance_v, axis=1) < 1e-6).all()
    assert (distance_v[[0, -1], -1] < 0.8 * distance_v[[0, -1], 0]).all()


def test_an_oxide_cell_retains_for_orders_longer(session):
    """By the time in which the lowest level, the one that both cells lose, moves by 10 mV.

    By the nearest exponential to all levels it is three orders: an oxide cell keeps the upper ones.
    """
    parts = np.append(0.0, np.geomspace(1e-5, 1.0, 200))

    times_s = []
    for name, last_s in (("cmos", 20e-3), ("oxide", 20.0)):
        (stored_v,) = measure_retention(session, CELLS[name], parts * last_s, level_v=[0.0])
        times_s.append(np.interp(10e-3, stored_v, parts * last_s))

    assert 100 < times_s[1] / times_s[0] < 1000


@pytest.mark.parametrize("name", CELLS)
def test_a_cell_stores_on_its_capacitor_and_its_gates(session, name):
    """The gates of both read transistors are 12.3 fF/um2 of 2.8 nm of oxide, at most."""
    design = CELLS[name]
    gates_m2 = (
        design.read_n_length_m * design.read_n_width_m
        + design.read_p_length_m * design.read_p_width_m
    )

    storage_f = measure_storage(session, design)

    # Overlaps of the gates and of the switch: 0.2 fF/um of some 2 um.
    assert design.capacitor_f < storage_f < design.capacitor_f + 12.3e-3 * gates_m2 + 0.5e-15
