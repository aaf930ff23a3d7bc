from dataclasses import replace
from math import sqrt

import pytest

from analog_models.spice.converter_noise import ConverterNoise, measure_noise
from analog_models.spice.self_timed_circuit import SELF_TIMED_CONVERTERS
from analog_models.spice.session import open_session

BOLTZMANN_T_J = 1.380649e-23 * 300.15


@pytest.mark.parametrize("design", SELF_TIMED_CONVERTERS.values(), ids=list(SELF_TIMED_CONVERTERS))
def test_noise_is_what_the_models_of_the_arrays_assume(design):
    """A quarter of a percent of saturation: ChargeToPulseConfig; each part is above thermal."""
    noise = measure_noise(open_session(), design)

    stored_f = design.capacitor_f + design.bitline_f
    assert noise.reset > sqrt(BOLTZMANN_T_J * stored_f) / design.saturation_charge_c
    shot_a = sqrt(2 * 1.602e-19 * design.discharge_a / 2 / 15e-9)
    assert 0.3 * shot_a / design.discharge_a < noise.discharge < 3 * shot_a / design.discharge_a
    assert noise.total < 0.003


def test_a_longer_mirror_is_quieter():
    """Of a transistor in saturation the noise of the current goes with its transconductance."""
    design = SELF_TIMED_CONVERTERS["unsigned"]
    narrow = replace(design, push_width_m=design.push_width_m / 4)

    wide_noise, narrow_noise = (measure_noise(open_session(), each) for each in (design, narrow))

    assert narrow_noise.discharge < wide_noise.discharge


def test_parts_add_as_independent_ones_do():
    assert ConverterNoise(reset=0.002, comparison=0.003, discharge=0.006).total == (
        pytest.approx(0.007)
    )
