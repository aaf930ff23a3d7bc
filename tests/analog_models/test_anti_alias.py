import math

import pytest

from analog_models.anti_alias import AntiAliasConfig


@pytest.mark.parametrize("pole_hz", [0.0, math.inf])
def test_zero_and_infinity_turn_the_filter_off(pole_hz):
    assert AntiAliasConfig(pole_hz=pole_hz).off
    assert not AntiAliasConfig().off


def test_bad_designs_are_refused():
    with pytest.raises(ValueError, match=r"^anti-alias pole_hz must not be negative, not -1.0$"):
        AntiAliasConfig(pole_hz=-1.0)
    with pytest.raises(ValueError, match=r"^anti-alias order must be in 1..2, not 3$"):
        AntiAliasConfig(order=3)
