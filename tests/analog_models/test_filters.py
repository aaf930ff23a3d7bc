import numpy as np
import pytest

from analog_models.filters import high_pass, low_pass

RATE_HZ = 24e3
FREQUENCY_HZ = np.geomspace(1e-2, 11.9e3, 50)


def magnitude(section):
    z = np.exp(-2j * np.pi * np.outer(FREQUENCY_HZ / RATE_HZ, np.arange(3)))
    return np.abs((z @ section.b) / (z @ section.a))


def warped(frequency_hz):
    """Return the analog frequency that the bilinear transform maps to a frequency."""
    return np.tan(np.pi * frequency_hz / RATE_HZ)


@pytest.mark.parametrize("pole_hz", [0.1, 1.0, 300.0, 5e3])
def test_high_pass_is_the_warped_butterworth(pole_hz):
    section = high_pass(pole_hz=pole_hz, rate_hz=RATE_HZ)

    expected = 1 / np.sqrt(1 + (warped(pole_hz) / warped(FREQUENCY_HZ)) ** 2)
    np.testing.assert_allclose(magnitude(section), expected, rtol=1e-6)
    assert section.delay_samples == 0


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("pole_hz", [10.0, 7.5e3, 11e3])
def test_low_pass_is_the_warped_butterworth(order, pole_hz):
    section = low_pass(order=order, pole_hz=pole_hz, rate_hz=RATE_HZ)

    expected = 1 / np.sqrt(1 + (warped(FREQUENCY_HZ) / warped(pole_hz)) ** (2 * order))
    np.testing.assert_allclose(magnitude(section), expected, rtol=1e-6)


@pytest.mark.parametrize("order", [1, 2])
def test_delay_is_the_slope_of_the_phase(order):
    section = low_pass(order=order, pole_hz=7.5e3, rate_hz=RATE_HZ)

    turn = 1e-4  # radians a sample
    z = np.exp(-1j * turn * np.arange(3))
    lag = -np.angle(section.b @ z / (section.a @ z))
    assert section.delay_samples == pytest.approx(lag / turn, rel=1e-6)


@pytest.mark.parametrize(
    "section",
    [
        high_pass(pole_hz=0.0, rate_hz=RATE_HZ),
        low_pass(order=1, pole_hz=0.0, rate_hz=RATE_HZ),
        low_pass(order=2, pole_hz=np.inf, rate_hz=RATE_HZ),
        low_pass(order=2, pole_hz=RATE_HZ / 2, rate_hz=RATE_HZ),
    ],
)
def test_no_filter_is_exactly_the_identity(section):
    np.testing.assert_array_equal(section.coefficients, [1, 0, 0, 0, 0])


def test_a_high_pass_that_passes_nothing_is_refused():
    message = r"^high-pass pole must be below half the input rate of 1000.0 Hz, not 500.0 Hz$"
    with pytest.raises(ValueError, match=message):
        high_pass(pole_hz=500.0, rate_hz=1e3)
