import numpy as np
import pytest

from analog_models.spice.cell_circuit import SUPPLY_V
from analog_models.spice.converter_bench import fit_line, measure_conversions, measure_spread
from analog_models.spice.converter_circuit import CONVERTERS
from analog_models.spice.converter_phases import Phases
from analog_models.spice.session import open_session

FULL_S = Phases().full_width_s


def conversions(kind, parts):
    design = CONVERTERS[kind]
    charges_c = design.saturation_charge_c * np.array(parts)
    return measure_conversions(open_session(), design, charges_c)


def widths(kind, parts):
    return np.array([each.width_s for each in conversions(kind, parts)]) / FULL_S


def test_an_unsigned_converter_is_a_hard_sigmoid():
    parts = [-0.5, -0.1, 0.1, 0.3, 0.5, 0.7, 0.9, 1.1, 1.5]

    # What the shipped table states of gain and line together: 0.1 %, twice.
    np.testing.assert_allclose(
        widths("unsigned", parts), np.clip(parts, 0.0, 1.0), rtol=0, atol=2e-3
    )


def test_a_signed_converter_is_straight_through_zero_and_limited():
    parts = np.array([-1.2, -0.8, -0.4, -0.1, 0.1, 0.4, 0.8, 1.2])

    # An offset of 1.1 %, as the shipped table states, and 0.22 % of crooked line.
    np.testing.assert_allclose(
        widths("signed", parts), np.clip(parts + 0.011, -1.0, 1.0), rtol=0, atol=5e-3
    )


def test_the_bitline_is_held_within_a_part_of_what_it_would_move():
    """Left alone, 64 cells' worth of bitline would be far out of the supply."""
    (each,) = conversions("unsigned", [1.0])
    left_alone_v = each.charge_c / CONVERTERS["unsigned"].bitline_f

    assert abs(each.ground_error_v) < 0.2 < SUPPLY_V < left_alone_v


def test_the_supply_gives_at_least_what_the_discharge_takes():
    (each,) = conversions("unsigned", [0.5])

    assert each.energy_j > 0.6e-12 * SUPPLY_V


def test_the_line_of_a_signed_converter_has_an_offset_and_a_crossover():
    parts = np.array([-2.0, -0.9, -0.3, -0.01, 0.01, 0.2, 0.8, 2.0])
    widths_s = np.clip(1.02 * parts + 0.03 + 0.005 * np.sign(parts), -1, 1) * FULL_S

    line = fit_line(CONVERTERS["signed"], 0.6e-12 * parts, widths_s)

    assert (line.gain, line.offset_s, line.crossover_s, line.nonlinearity) == pytest.approx(
        (1.02, 0.03 * FULL_S, 0.005 * FULL_S, 0.0)
    )


def test_the_line_of_an_unsigned_converter_knows_no_crossover():
    parts = np.array([-0.5, 0.1, 0.5, 0.9, 1.3])
    widths_s = np.clip(0.98 * parts - 0.01, 0, 1) * FULL_S

    line = fit_line(CONVERTERS["unsigned"], 1.2e-12 * parts, widths_s)

    assert (line.gain, line.offset_s, line.crossover_s, line.nonlinearity) == pytest.approx(
        (0.98, -0.01 * FULL_S, 0.0, 0.0)
    )


def test_the_worst_point_is_the_nonlinearity():
    parts = np.array([0.1, 0.3, 0.5, 0.7, 0.9])
    bent = np.array([0.0, 0.01, -0.02, 0.01, 0.0])  # no line has a part of it

    line = fit_line(CONVERTERS["unsigned"], 1.2e-12 * parts, (parts + bent) * FULL_S)

    assert line.nonlinearity == pytest.approx(0.02)


def test_converters_are_drawn_by_the_seed_and_progress_is_told():
    told = []
    spreads = [
        measure_spread(
            open_session(),
            CONVERTERS["unsigned"],
            converters=2,
            mismatch_rng=np.random.default_rng(seed),
            report=told.append,
        )
        for seed in (1, 1, 2)
    ]

    np.testing.assert_array_equal(spreads[0], spreads[1])
    assert np.abs(np.subtract(spreads[0], spreads[2])).min() > 0
    assert told == [0.5, 1.0] * 3
