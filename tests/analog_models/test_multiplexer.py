import numpy as np
import pytest

from analog_models.multiplexer import MultiplexerConfig


def test_one_converter_serves_all_channels():
    np.testing.assert_array_equal(MultiplexerConfig().converter_of(68), np.zeros(68))


@pytest.mark.parametrize("converters", [1, 2, 3, 17, 68])
def test_converters_serve_runs_of_nearly_equal_length(converters):
    served_by = MultiplexerConfig(converters=converters).converter_of(68)

    lengths = np.bincount(served_by, minlength=converters)
    assert lengths.sum() == 68
    assert lengths.max() - lengths.min() <= 1
    assert (np.diff(served_by) >= 0).all()


def test_more_converters_than_channels_are_refused():
    message = r"^multiplexer converters must be at most the 2 channels, not 3$"
    with pytest.raises(ValueError, match=message):
        MultiplexerConfig(converters=3).converter_of(2)


def test_bad_designs_are_refused():
    with pytest.raises(ValueError, match=r"^multiplexer converters must be in 1..65536, not 0$"):
        MultiplexerConfig(converters=0)
    with pytest.raises(ValueError, match=r"^multiplexer settling_residue must be below 1, not 1$"):
        MultiplexerConfig(settling_residue=1)
    with pytest.raises(ValueError, match=r"^multiplexer power_w must not be negative, not -1.0$"):
        MultiplexerConfig(power_w=-1.0)
