import math

import numpy as np
import pytest

from analog_models.amplifier import Amplifier, AmplifierConfig, noise_efficiency_factor
from analog_models.constants import BODY_TEMPERATURE_K


def test_noise_follows_the_law_of_the_noise_efficiency_factor():
    config = AmplifierConfig(
        noise_efficiency_factor=2.0, supply_v=0.8, power_w=0.41e-6, low_pass_hz=10e3
    )

    # worked by hand at 310 K: 2 sqrt(pi * 26.7 mV * 4k 310 K * 10 kHz / (2 * 0.5125 uA))
    assert config.input_noise_v(310.0) == pytest.approx(7.49e-6, rel=2e-3)


def test_noise_halves_with_four_times_the_current():
    noise_v = AmplifierConfig(power_w=0.3e-6).input_noise_v(BODY_TEMPERATURE_K)
    stronger_v = AmplifierConfig(power_w=1.2e-6).input_noise_v(BODY_TEMPERATURE_K)

    assert stronger_v == pytest.approx(noise_v / 2)


def test_factor_and_noise_are_inverse_to_each_other():
    config = AmplifierConfig()
    factor = noise_efficiency_factor(
        input_noise_v=config.input_noise_v(BODY_TEMPERATURE_K),
        current_a=config.current_a,
        bandwidth_hz=config.low_pass_hz,
        temperature_k=BODY_TEMPERATURE_K,
    )

    assert factor == pytest.approx(config.noise_efficiency_factor)


def test_an_amplifier_without_noise_has_none():
    config = AmplifierConfig(noise_efficiency_factor=0.0)

    assert config.input_noise_v(BODY_TEMPERATURE_K) == 0
    assert config.white_noise_density(BODY_TEMPERATURE_K) == 0
    assert AmplifierConfig().white_noise_density(0.0) == 0


def test_white_density_is_the_textbook_one_without_flicker_and_high_pass():
    config = AmplifierConfig(flicker_corner_hz=0.0, high_pass_hz=0.0)
    density = config.white_noise_density(BODY_TEMPERATURE_K)

    noise_bandwidth_hz = math.pi / 2 * config.low_pass_hz  # of one pole
    expected = config.input_noise_v(BODY_TEMPERATURE_K) ** 2 / noise_bandwidth_hz
    assert density == pytest.approx(expected, rel=1e-9)


def test_flicker_takes_the_share_of_the_noise_that_its_integral_gives():
    white = AmplifierConfig(flicker_corner_hz=0.0).white_noise_density(BODY_TEMPERATURE_K)
    config = AmplifierConfig(flicker_corner_hz=200.0)
    flickering = config.white_noise_density(BODY_TEMPERATURE_K)

    # 1/f between two first-order poles integrates to corner * ln(high / low)
    flicker_hz = 200.0 * math.log(config.low_pass_hz / config.high_pass_hz)
    # The bank of low-passes that stands for 1/f misses a little at both ends.
    assert white / flickering - 1 == pytest.approx(flicker_hz / 11.78e3, rel=0.06)


def test_gains_spread_as_designed():
    config = AmplifierConfig(gain_spread=0.01)
    amplifier = Amplifier(config, channels=4000, mismatch_rng=np.random.default_rng(0))

    assert amplifier.gains.mean() == pytest.approx(config.gain, rel=1e-3)
    relative = amplifier.gains.std() / config.gain
    assert relative == pytest.approx(0.01, rel=0.04)  # 3.6 / sqrt(2 * 4000)


BAD = {
    "gain sign": ({"gain": -3.0}, "amplifier gain must be positive, not -3.0"),
    "gain choice": (
        {"gain": 30.0, "gains": (25.0, 50.0)},
        r"amplifier gain must be one of \(25.0, 50.0\), not 30.0",
    ),
    "gains type": ({"gains": [400.0]}, r"amplifier gains must be a tuple .*, not \[400.0\]"),
    "gains empty": ({"gains": ()}, r"amplifier gains must be a tuple of numbers, not \(\)"),
    "gains value": ({"gains": (0.0, 400.0)}, "amplifier gains must be positive, not 0.0"),
    "gains order": (
        {"gains": (400.0, 100.0)},
        r"amplifier gains must ascend, not \(400.0, 100.0\)",
    ),
    "supply": ({"supply_v": 0.0}, "amplifier supply_v must be positive, not 0.0"),
    "power": ({"power_w": -1.0}, "amplifier power_w must be positive, not -1.0"),
    "spread": ({"gain_spread": -1.0}, "amplifier gain_spread must not be negative, not -1.0"),
    "corner": (
        {"flicker_corner_hz": math.inf},
        "amplifier flicker_corner_hz must be finite, not inf",
    ),
    "saturation": ({"saturation_v": 0.0}, "amplifier saturation_v must be positive, not 0.0"),
    "bandwidth": (
        {"low_pass_hz": 0.0},
        (
            r"amplifier noise_efficiency_factor must be 0 without a bandwidth "
            r"\(low_pass_hz 0.0\), not 1.7"
        ),
    ),
    "poles": (
        {"high_pass_hz": 8e3},
        "amplifier high_pass_hz must be below low_pass_hz 7500.0, not 8000.0",
    ),
}


@pytest.mark.parametrize(("values", "message"), BAD.values(), ids=list(BAD))
def test_bad_designs_are_refused(values, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        AmplifierConfig(**values)
