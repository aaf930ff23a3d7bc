from dataclasses import replace

import numpy as np
import pytest

from analog_models.spice.cards import CARDS
from analog_models.spice.converter_bench import fit_line, measure_conversions
from analog_models.spice.converter_phases import Phases
from analog_models.spice.self_timed_circuit import SELF_TIMED_CONVERTERS, self_timed_lines
from analog_models.spice.session import open_session

FULL_S = Phases().full_width_s
UNSIGNED, SIGNED = SELF_TIMED_CONVERTERS["unsigned"], SELF_TIMED_CONVERTERS["signed"]
DESIGNS = pytest.mark.parametrize(
    "design", SELF_TIMED_CONVERTERS.values(), ids=list(SELF_TIMED_CONVERTERS)
)


def conversions(design, parts):
    return measure_conversions(
        open_session(), design, design.saturation_charge_c * np.asarray(parts)
    )


def widths(design, parts):
    return np.array([each.width_s for each in conversions(design, parts)]) / FULL_S


@DESIGNS
def test_the_swing_leaves_the_inverter_room(design):
    assert 0.2 < design.saturation_charge_c / design.capacitor_f < 0.31


@DESIGNS
def test_every_spread_threshold_belongs_to_a_transistor(design):
    text = "\n".join(self_timed_lines(design))

    for device in design.threshold_sigmas_v:
        assert f"\n{device.removeprefix('m.').partition('.')[0]} " in text


@DESIGNS
def test_a_netlist_stands_alone(design):
    lines = design.netlist(Phases(), temperature_k=300.15).splitlines()

    assert lines[-1] == ".end"
    assert {line.split()[1] for line in lines if line.startswith(".model")} == CARDS.keys()
    assert "icharge bitline 0 pulse(0 0 0 1 1 1 1)" in lines


def test_an_unsigned_converter_is_a_hard_sigmoid():
    parts = np.array([-0.5, -0.1, 0.05, 0.3, 0.7, 0.95, 1.3])

    # What the shipped table states of gain and line together: 0.2 %.
    np.testing.assert_allclose(widths(UNSIGNED, parts), np.clip(parts, 0.0, 1.0), rtol=0, atol=3e-3)


def test_a_signed_converter_is_straight_through_zero_and_limited():
    parts = np.array([-1.3, -0.8, -0.4, -0.05, 0.05, 0.4, 0.8, 1.3])

    # An offset of 0.3 %, as the shipped table states, and 0.2 % of crooked line.
    np.testing.assert_allclose(widths(SIGNED, parts), np.clip(parts, -1.0, 1.0), rtol=0, atol=6e-3)


@DESIGNS
def test_a_conversion_costs_little_more_than_its_charges(design):
    """The cells' charge from the supply, the same back, and as much again for all that stands."""
    (each,) = conversions(design, [0.5])
    charge_j = 0.5 * design.saturation_charge_c * 0.9

    assert 2 * charge_j < each.energy_j < 5 * charge_j


def test_what_moves_the_inverters_threshold_cancels():
    """30 mV on one transistor move the threshold by half of that, which is 6 % of the swing."""
    session = open_session()
    parts = np.array([0.2, 0.5, 0.8])
    charges_c = UNSIGNED.saturation_charge_c * parts
    nominal = fit_line(UNSIGNED, charges_c, widths(UNSIGNED, parts) * FULL_S)

    class Moved:
        """The unsigned converter, one threshold of which is higher."""

        signed, pulse_delay_s = UNSIGNED.signed, UNSIGNED.pulse_delay_s
        saturation_charge_c = UNSIGNED.saturation_charge_c
        threshold_sigmas_v = UNSIGNED.threshold_sigmas_v

        def netlist(self, phases, *, temperature_k):
            lines = UNSIGNED.netlist(phases, temperature_k=temperature_k).splitlines()
            return "\n".join(
                f"{line} delvto=0.03" if line.startswith("mamplifiern ") else line for line in lines
            )

    moved_s = [each.width_s for each in measure_conversions(session, Moved(), charges_c)]
    moved = fit_line(UNSIGNED, charges_c, moved_s)

    # What is left: a weaker inverter is slower, by 0.1 ns of 15.
    assert abs(moved.offset_s - nominal.offset_s) < 0.01 * FULL_S
    assert moved.gain == pytest.approx(nominal.gain, abs=2e-3)


def test_a_longer_mirror_matches_better():
    longer = replace(UNSIGNED, push_length_m=4 * UNSIGNED.push_length_m)

    assert longer.threshold_sigmas_v["mpush"] == pytest.approx(
        UNSIGNED.threshold_sigmas_v["mpush"] / 2
    )
    assert longer.threshold_sigmas_v["mamplifiern"] == UNSIGNED.threshold_sigmas_v["mamplifiern"]
