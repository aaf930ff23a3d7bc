import numpy as np
import pytest
from amaranth.hdl import Shape
from amaranth.lib.data import ArrayLayout

from rtl.detection_signal import level_width, signal_state_layout


@pytest.mark.parametrize("sample_width", [2, 3, 4, 5])
@pytest.mark.parametrize("smoothing_samples", [2, 6, 8])
def test_detection_signal_has_the_bits_of_its_largest_value_and_no_more(
    sample_width, smoothing_samples
):
    limit = 1 << (sample_width - 1)
    newest, middle, oldest = np.mgrid[(slice(-limit, limit),) * 3]
    largest = int((middle**2 - newest * oldest).max())

    state = signal_state_layout(sample_width, smoothing_samples)
    energy, energy_sum = (
        Shape.cast(array.elem_shape).width
        for array in (state[name].shape for name in ("energies", "sums"))
        if isinstance(array, ArrayLayout)
    )

    assert energy == largest.bit_length() == 2 * sample_width - 1
    assert energy_sum == (largest * smoothing_samples).bit_length()
    assert level_width(sample_width, smoothing_samples) == (
        (largest * smoothing_samples**2).bit_length()
    )
