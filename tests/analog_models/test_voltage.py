import numpy as np
import pytest

from analog_models.voltage import check_voltage


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_contiguous_voltages_pass_as_they_are(dtype):
    voltage_v = np.zeros((5, 3), dtype=dtype)

    assert check_voltage(voltage_v, channels=3, first_frame=0) is voltage_v


def test_other_layouts_and_widths_are_brought_into_form():
    half = check_voltage(np.zeros((5, 3), dtype=np.float16), channels=3, first_frame=0)
    fortran = check_voltage(np.asfortranarray(np.ones((5, 3))), channels=None, first_frame=0)

    assert half.dtype == np.float64
    assert fortran.flags.c_contiguous


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_voltage_that_is_not_finite_is_named(bad):
    voltage_v = np.zeros((5, 3), dtype=np.float32)
    voltage_v[4, 1] = bad

    message = rf"^voltage of channel 1 must be finite, not {bad!r} \(frame 104\)$"
    with pytest.raises(ValueError, match=message):
        check_voltage(voltage_v, channels=3, first_frame=100)


def test_integers_are_not_volts():
    message = r"^voltage must be floating-point numbers in volts, not int16$"
    with pytest.raises(TypeError, match=message):
        check_voltage(np.zeros((5, 3), dtype=np.int16), channels=3, first_frame=0)


def test_wrong_shapes_are_refused():
    message = r"^voltage must have shape \(frames, 3\), not \(5, 2\)$"
    with pytest.raises(ValueError, match=message):
        check_voltage(np.zeros((5, 2)), channels=3, first_frame=0)
    message = r"^voltage must have shape \(frames, channels\), not \(5,\)$"
    with pytest.raises(ValueError, match=message):
        check_voltage(np.zeros(5), channels=None, first_frame=0)
