import math
from dataclasses import replace

import pytest

from analog_models.amplifier import AmplifierConfig
from analog_models.constants import PUBLISHED_FRONTEND_POWER_W
from analog_models.electrode import ElectrodeConfig
from analog_models.frontend_config import FrontendConfig


def test_defaults_add_up_to_the_published_power():
    power_w = FrontendConfig().power_w(24e3)

    assert power_w == pytest.approx(PUBLISHED_FRONTEND_POWER_W, rel=1e-6)
    assert FrontendConfig().power_w(12e3) == pytest.approx(0.365e-6)  # the converter's half saved


def test_full_scale_and_code_width_are_referred_to_the_input():
    config = FrontendConfig().with_gain(200.0)

    assert config.full_scale_v == pytest.approx(3e-3)
    assert config.lsb_v == pytest.approx(6e-3 / 1024)


def test_a_gain_that_cannot_be_set_is_refused():
    with pytest.raises(ValueError, match=r"^amplifier gain must be one of .*, not 123.0$"):
        FrontendConfig().with_gain(123.0)


def test_ideal_limit_keeps_gain_range_and_power():
    config = FrontendConfig()
    ideal = config.without_imperfections()

    assert (ideal.lsb_v, ideal.full_scale_v) == (config.lsb_v, config.full_scale_v)
    assert ideal.power_w(24e3) == config.power_w(24e3)
    assert math.isinf(ideal.amplifier.saturation_v)


def test_electrode_noise_without_a_bandwidth_is_refused():
    unlimited = AmplifierConfig(low_pass_hz=0.0, noise_efficiency_factor=0.0)
    message = (
        r"^electrode resistance_ohm must be 0 without a bandwidth "
        r"\(amplifier low_pass_hz 0.0\), not 100000.0$"
    )
    with pytest.raises(ValueError, match=message):
        FrontendConfig(amplifier=unlimited, electrode=ElectrodeConfig(resistance_ohm=100e3))
    FrontendConfig(amplifier=unlimited, electrode=ElectrodeConfig(resistance_ohm=0.0))


def test_bad_designs_are_refused():
    with pytest.raises(ValueError, match=r"^frontend oversampling must be in 1..4096, not 0$"):
        FrontendConfig(oversampling=0)
    message = r"^frontend temperature_k must not be negative, not -1.0$"
    with pytest.raises(ValueError, match=message):
        replace(FrontendConfig(), temperature_k=-1.0)
