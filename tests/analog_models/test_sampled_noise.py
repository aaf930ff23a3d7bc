import math

import numpy as np
import pytest

from analog_models.sampled_noise import SampledNoise, band_limited_noise

RATE_HZ = 24e3
WHITE = 1e-15
PATHS = {
    "one pole": {"high_pass_hz": 0.0, "low_pass_hz": 7.5e3, "anti_alias_hz": 0.0},
    "default": {"high_pass_hz": 1.0, "low_pass_hz": 7.5e3, "anti_alias_hz": 10e3},
    "narrow": {"high_pass_hz": 100.0, "low_pass_hz": 3e3, "anti_alias_hz": 5e3},
    "slow high-pass": {"high_pass_hz": 0.01, "low_pass_hz": 10e3, "anti_alias_hz": 12e3},
    "equal poles": {"high_pass_hz": 1.0, "low_pass_hz": 7.5e3, "anti_alias_hz": 7.5e3},
}


def analog(path, *, flicker_power=200 * WHITE, order=2):
    return band_limited_noise(
        white_density=WHITE, flicker_power=flicker_power, anti_alias_order=order, **path
    )


def test_one_pole_has_a_noise_bandwidth_of_half_pi():
    noise = analog(PATHS["one pole"], flicker_power=0.0)

    assert noise.variance == pytest.approx(WHITE * math.pi / 2 * 7.5e3, rel=1e-9)


def test_second_order_butterworth_has_its_textbook_noise_bandwidth():
    path = {"high_pass_hz": 0.0, "low_pass_hz": 1e7, "anti_alias_hz": 1e3}
    noise = analog(path, flicker_power=0.0)

    bandwidth_hz = 1e3 * (math.pi / 4) / math.sin(math.pi / 4)
    assert noise.variance == pytest.approx(WHITE * bandwidth_hz, rel=1e-3)


@pytest.mark.parametrize("path", PATHS.values(), ids=list(PATHS))
def test_density_is_white_plus_flicker_through_the_filters(path):
    frequency_hz = np.geomspace(2.0 * max(path["high_pass_hz"], 1.0), 4e3, 40)
    density = analog(path).density(frequency_hz)

    expected = WHITE * (1 + 200 / frequency_hz) / (1 + (frequency_hz / path["low_pass_hz"]) ** 2)
    expected *= frequency_hz**2 / (frequency_hz**2 + path["high_pass_hz"] ** 2)
    if path["anti_alias_hz"]:
        expected /= 1 + (frequency_hz / path["anti_alias_hz"]) ** 4
    # The bank of low-passes ripples by 0.3 % and ends at an eighth of the high-pass.
    np.testing.assert_allclose(density, expected, rtol=0.025)


@pytest.mark.parametrize("white_variance", [0.0, 1e-13, 1e-10])
@pytest.mark.parametrize("path", PATHS.values(), ids=list(PATHS))
@pytest.mark.parametrize("order", [1, 2])
def test_samples_hold_the_folded_density_and_all_of_the_power(path, white_variance, order):
    noise = analog(path, order=order)
    sampled = SampledNoise(noise, sampling_rate_hz=RATE_HZ, white_variance=white_variance)

    frequency_hz = np.array([1.0, 10.0, 100.0, 1e3, 5e3, 9e3, 11.9e3])
    folded = noise.density(frequency_hz)
    for multiple in RATE_HZ * np.arange(1, 150):
        folded += noise.density(multiple - frequency_hz) + noise.density(multiple + frequency_hz)
    folded += 2 * white_variance / RATE_HZ
    np.testing.assert_allclose(sampled.density(frequency_hz), folded, rtol=0.003)
    assert sampled.variance == pytest.approx(noise.variance + white_variance, rel=1e-6)


def test_distinct_poles_make_a_sparse_form():
    sampled = SampledNoise(analog(PATHS["default"]), sampling_rate_hz=RATE_HZ, white_variance=0.0)

    assert np.count_nonzero(sampled.a) == sampled.k.size + 2  # modes, one pair of them complex


def test_white_noise_alone_needs_no_states():
    sampled = SampledNoise(None, sampling_rate_hz=RATE_HZ, white_variance=4e-12)

    assert sampled.k.size == 0
    assert sampled.innovation == pytest.approx(2e-6)
    assert sampled.variance == pytest.approx(4e-12)
    np.testing.assert_allclose(sampled.density([10.0, 1e4]), 2 * 4e-12 / RATE_HZ)


def test_nothing_is_nothing():
    sampled = SampledNoise(None, sampling_rate_hz=RATE_HZ, white_variance=0.0)

    assert sampled.innovation == 0
    assert sampled.variance == 0
