import math

import numpy as np
import pytest

from analog_models.attention.cell_law import PUBLISHED_CUBIC
from analog_models.attention.gain_cell import SPREAD_STEPS, GainCellConfig, draw_steps


def test_write_noise_is_kt_over_c():
    """2.04 mV at 1 fF and 300 K: sqrt(1.380649e-23 300 / 1e-15)."""
    assert GainCellConfig(storage_cap_f=1e-15).write_noise_v == pytest.approx(2.035e-3, rel=1e-3)
    assert GainCellConfig(storage_cap_f=math.inf).write_noise_v == 0.0


def test_an_ideal_cell_carries_its_law():
    level_v = np.linspace(0, 0.9, 8)

    current_a = GainCellConfig().read_a(level_v, 0, 0.0, 1.0)

    np.testing.assert_allclose(current_a, PUBLISHED_CUBIC.current_a(level_v), rtol=1e-12)


def test_threshold_shifts_the_voltage_that_is_left_and_gain_scales_the_current():
    cell = GainCellConfig()
    left_v = cell.leakage.voltage_v(0.9, 500)

    current_a = cell.read_a(0.9, 500, 0.02, 1.1)

    assert current_a == pytest.approx(1.1 * PUBLISHED_CUBIC.current_a(left_v + 0.02), rel=1e-12)


def test_bitline_takes_off_what_its_impedance_and_the_cells_conductance_say():
    """100 mV change the current by 8 %: 1 kohm at 80 uA is 80 mV, 6.4 %."""
    cell = GainCellConfig(bitline_ohm=1000.0, output_conductance_per_v=0.8)

    assert cell.bitline_load(80e-6) == pytest.approx(0.064, rel=1e-12)
    assert GainCellConfig(bitline_ohm=0.0).bitline_load(80e-6) == 0.0


def test_mismatch_is_normal_in_sixteenths():
    steps = draw_steps((100_000,), np.random.default_rng(0))

    # Rounding adds 1/12 to a variance of 256; 100,000 draws know the deviation to 0.2 %.
    assert np.std(steps) == pytest.approx(SPREAD_STEPS, rel=0.01)
    assert abs(steps.mean()) < 4 * SPREAD_STEPS / math.sqrt(100_000)
    assert steps.min() >= -127


def test_bad_values_are_refused():
    with pytest.raises(ValueError, match=r"^cell storage_cap_f must be positive, not 0.0$"):
        GainCellConfig(storage_cap_f=0.0)
    with pytest.raises(ValueError, match=r"^cell gain_mismatch must not be negative, not -0.1$"):
        GainCellConfig(gain_mismatch=-0.1)
