import numpy as np
import pytest

from analog_models.attention.pulse_width import PulseWidthConfig, PulseWidthDrivers

IDEAL = PulseWidthConfig(skew_s=0.0, jitter_s=0.0)


def drivers(config=IDEAL, rows=16, seed=0):
    return PulseWidthDrivers(config, rows=rows, mismatch_rng=np.random.default_rng(seed))


def test_ideal_drivers_make_a_nanosecond_a_step():
    widths_s = drivers().widths_s(np.arange(16))

    np.testing.assert_array_equal(widths_s, 1e-9 * np.arange(16))
    assert IDEAL.longest_s == pytest.approx(15e-9, rel=1e-12)


def test_skew_belongs_to_the_driver_and_spreads_as_configured():
    config = PulseWidthConfig(skew_s=10e-12, jitter_s=0.0)
    many = drivers(config, rows=10_000)
    widths_s = many.widths_s(np.tile([[5], [9]], 10_000))

    np.testing.assert_allclose(widths_s[0] - 5e-9, widths_s[1] - 9e-9, atol=1e-20)
    # The standard deviation of n draws is known to 1 / sqrt(2 n), 0.7 %: four of them.
    assert np.std(widths_s[0]) == pytest.approx(10e-12, rel=0.03)


def test_jitter_is_drawn_anew():
    one = drivers(PulseWidthConfig(skew_s=0.0, jitter_s=5e-12))
    rng = np.random.default_rng(1)

    widths_s = np.array([one.widths_s(np.full(16, 7), noise_rng=rng) for _ in range(1000)])

    assert np.std(widths_s - 7e-9) == pytest.approx(5e-12, rel=0.03)
    np.testing.assert_array_equal(one.widths_s(np.full(16, 7)), 7 * 1e-9)


def test_no_code_is_no_pulse_and_no_pulse_is_negative():
    wild = drivers(PulseWidthConfig(skew_s=5e-9, jitter_s=5e-9), rows=1000)

    widths_s = wild.widths_s(np.arange(1000) % 2, noise_rng=np.random.default_rng(1))

    assert not widths_s[::2].any()
    assert widths_s.min() == 0.0
    assert np.mean(widths_s[1::2] == 0) > 0.2


def test_bad_values_are_refused():
    with pytest.raises(ValueError, match=r"^pulse codes must be in 0\.\.15, not 0\.\.16$"):
        drivers().widths_s(np.array([0, 16]))
    with pytest.raises(ValueError, match=r"^pulse step_s must be positive, not 0$"):
        PulseWidthConfig(step_s=0)
    with pytest.raises(ValueError, match=r"^pulse levels must be in 2\.\.128, not 1$"):
        PulseWidthConfig(levels=1)
    with pytest.raises(ValueError, match=r"^pulse jitter_s must not be negative, not -1e-12$"):
        PulseWidthConfig(jitter_s=-1e-12)
    with pytest.raises(ValueError, match=r"^pulse rows must be in 1\.\.1048576, not 0$"):
        drivers(rows=0)
