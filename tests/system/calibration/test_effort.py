import pytest

from system.calibration.effort import Effort


def test_the_default_is_a_hundred_cells():
    assert Effort().cells == 100


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"cells": 1}, "calibration cells must be in 2..100000, not 1"),
        ({"converters": -1}, "calibration converters must be in 0..100000, not -1"),
        ({"converters": 1}, "calibration converters must be 0, or 2 or more, not 1"),
        ({"seed": -1}, f"calibration seed must be in 0..{2**63 - 1}, not -1"),
    ],
)
def test_an_effort_that_says_nothing_about_spread_is_refused(values, message):
    with pytest.raises(ValueError, match="calibration") as failure:
        Effort(**values)

    assert str(failure.value) == message
