from dataclasses import replace

import numpy as np
import pytest

from analog_models.attention.charge_to_pulse import (
    OUTPUT_CONVERTER,
    SCORE_CONVERTER,
    ChargeToPulse,
    ChargeToPulseConfig,
)

IDEAL = {"gain_mismatch": 0.0, "offset_mismatch": 0.0, "noise": 0.0}


def converters(config, count=1, seed=0):
    return ChargeToPulse(config, converters=count, mismatch_rng=np.random.default_rng(seed))


def test_the_ideal_score_converter_is_the_published_hard_sigmoid():
    ideal = converters(replace(SCORE_CONVERTER, **IDEAL))

    pulse = ideal.fraction(np.array([[-1e-12], [0.0], [0.3e-12], [1.2e-12], [5e-12]]))

    np.testing.assert_allclose(pulse[:, 0], [0, 0, 0.25, 1, 1], rtol=1e-12)


def test_the_ideal_output_converter_is_signed():
    ideal = converters(replace(OUTPUT_CONVERTER, **IDEAL))

    pulse = ideal.fraction(np.array([[-1e-12], [-0.3e-12], [0.15e-12], [0.6e-12]]))

    np.testing.assert_allclose(pulse[:, 0], [-1, -0.5, 0.25, 1], rtol=1e-12)


def test_a_clocked_converter_ends_its_pulse_at_a_step():
    clocked = converters(replace(SCORE_CONVERTER, **IDEAL, steps=4))

    pulse = clocked.fraction(np.linspace(0, 1.2e-12, 100)[:, None])

    assert np.unique(pulse).tolist() == [0.0, 0.25, 0.5, 0.75, 1.0]


def test_gain_and_offset_spread_as_configured():
    config = ChargeToPulseConfig(gain_mismatch=0.02, offset_mismatch=0.01, noise=0.0)
    many = converters(config, count=10_000)

    at_half, at_quarter = (many.fraction(np.full(10_000, part * 1.2e-12)) for part in (0.5, 0.25))

    # The standard deviation of 10,000 draws is known to 0.7 %: four of them.
    assert np.std(many.gain) == pytest.approx(0.02, rel=0.03)
    assert np.std(many.offset) == pytest.approx(0.01, rel=0.03)
    np.testing.assert_allclose(at_half - at_quarter, many.gain / 4, rtol=1e-9)


def test_noise_is_drawn_anew_and_only_when_asked_for():
    one = converters(ChargeToPulseConfig(noise=0.01))
    rng = np.random.default_rng(1)
    charge_c = np.full((10_000, 1), 0.6e-12)

    assert np.std(one.fraction(charge_c, noise_rng=rng)) == pytest.approx(0.01, rel=0.03)
    assert np.ptp(one.fraction(charge_c)) == 0.0


def test_bad_values_are_refused():
    with pytest.raises(ValueError, match=r"^converter saturation_c must be positive, not 0$"):
        ChargeToPulseConfig(saturation_c=0)
    with pytest.raises(ValueError, match=r"^converter noise must not be negative, not -0.1$"):
        ChargeToPulseConfig(noise=-0.1)
    with pytest.raises(ValueError, match=r"^converter steps must be in 0\.\.4095, not -1$"):
        ChargeToPulseConfig(steps=-1)
