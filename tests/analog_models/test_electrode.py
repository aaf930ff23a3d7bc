import numpy as np
import pytest

from analog_models.constants import BODY_TEMPERATURE_K
from analog_models.electrode import Electrode, ElectrodeConfig


def test_noise_is_the_thermal_noise_of_a_resistor():
    density = ElectrodeConfig(resistance_ohm=1e6).noise_density(300.0)

    assert density**0.5 == pytest.approx(128.7e-9, rel=1e-3)  # textbook: 0.1287 nV per root ohm Hz
    assert ElectrodeConfig(resistance_ohm=0.0).noise_density(BODY_TEMPERATURE_K) == 0
    assert ElectrodeConfig().noise_density(0.0) == 0


def test_offsets_have_the_standard_deviation_of_the_design():
    config = ElectrodeConfig(offset_v=20e-3)
    electrode = Electrode(config, channels=4000, mismatch_rng=np.random.default_rng(0))

    assert electrode.offset_v.std() == pytest.approx(20e-3, rel=0.04)  # 3.6 / sqrt(2 * 4000)


@pytest.mark.parametrize("name", ["resistance_ohm", "offset_v"])
def test_negative_values_are_refused(name):
    with pytest.raises(ValueError, match=f"^electrode {name} must not be negative, not -1.0$"):
        ElectrodeConfig(**{name: -1.0})
