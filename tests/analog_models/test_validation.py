import math

import pytest

from analog_models.validation import check_integer, check_not_negative, check_positive


@pytest.mark.parametrize("value", [1, 0.5, 1e-30])
def test_positive_numbers_pass(value):
    check_positive("gain", value)
    check_not_negative("gain", value)


def test_infinity_passes_only_where_it_is_allowed():
    check_positive("gain", math.inf, infinite=True)
    check_not_negative("gain", math.inf, infinite=True)

    with pytest.raises(ValueError, match=r"^gain must be finite, not inf$"):
        check_positive("gain", math.inf)
    with pytest.raises(ValueError, match=r"^gain must be finite, not inf$"):
        check_not_negative("gain", math.inf)


def test_zero_is_not_negative_but_not_positive():
    check_not_negative("gain", 0)

    with pytest.raises(ValueError, match=r"^gain must be positive, not 0$"):
        check_positive("gain", 0)
    with pytest.raises(ValueError, match=r"^gain must not be negative, not -3$"):
        check_not_negative("gain", -3)


@pytest.mark.parametrize("check", [check_positive, check_not_negative])
def test_what_is_no_number_is_refused(check):
    with pytest.raises(ValueError, match=r"^gain must be a number, not nan$"):
        check("gain", math.nan)
    with pytest.raises(TypeError, match=r"^gain must be a number, not 'high'$"):
        check("gain", "high")
    with pytest.raises(TypeError, match=r"^gain must be a number, not True$"):
        check("gain", True)


def test_integers_have_a_range():
    check_integer("bits", 2, low=2, high=16)
    check_integer("bits", 16, low=2, high=16)

    with pytest.raises(ValueError, match=r"^bits must be in 2..16, not 17$"):
        check_integer("bits", 17, low=2, high=16)
    with pytest.raises(TypeError, match=r"^bits must be a whole number, not 9.5$"):
        check_integer("bits", 9.5, low=2, high=16)
    with pytest.raises(TypeError, match=r"^bits must be a whole number, not True$"):
        check_integer("bits", True, low=0, high=16)
