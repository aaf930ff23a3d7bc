import numpy as np
import pytest

from analog_models.spice.cell_bench import LEVEL_V, TEMPERATURE_K, measure_static
from analog_models.spice.cell_circuit import CELLS, SUPPLY_V, static_netlist
from analog_models.spice.mismatch_bench import measure_leak_spread, measure_mismatch
from analog_models.spice.session import open_session

DESIGN = CELLS["cmos"]


@pytest.fixture
def session():
    return open_session()


def test_the_spread_of_currents_is_what_each_transistor_adds(session):
    """Independent thresholds add as squares, each by its effect on the current."""
    sigmas_v = DESIGN.threshold_sigmas_v
    session.load("gain cell", static_netlist(DESIGN, temperature_k=TEMPERATURE_K))
    levels = f"dc vstore 0 {SUPPLY_V + 1e-3} {SUPPLY_V / 7:.12g}"
    effects_a = []
    for device, sigma_v in sigmas_v.items():
        sides_a = []
        for turn_v in (sigma_v, -sigma_v):
            session.alter(f"m.xcell.{device}", {"delvto": turn_v})
            sides_a.append(session.run(levels)["vbitline#branch"])
        session.alter(f"m.xcell.{device}", {"delvto": 0.0})
        effects_a.append((sides_a[0] - sides_a[1]) / 2)

    found = measure_mismatch(session, DESIGN, cells=100, mismatch_rng=np.random.default_rng(seed=4))

    # The standard deviation of 100 draws is known to 7 %: three times that.
    expected_a = np.sqrt(np.sum(np.square(effects_a), axis=0))
    np.testing.assert_allclose(found.current_sigma_a, expected_a, rtol=0.21)


def test_a_cell_is_two_numbers_to_a_hundredth_of_full_scale(session):
    full_scale_a = np.abs(measure_static(session, DESIGN).current_at(LEVEL_V)).max()

    found = measure_mismatch(session, DESIGN, cells=10, mismatch_rng=np.random.default_rng(seed=1))

    assert found.threshold_v.shape == found.gain.shape == (10,)
    # Half of what two devices of different kinds do separately; the shipped table states 0.86 %.
    assert found.left_a < 0.02 * full_scale_a


def test_cells_are_drawn_by_the_seed_and_progress_is_told(session):
    told = []
    first, again, other = (
        measure_mismatch(
            session,
            DESIGN,
            cells=3,
            mismatch_rng=np.random.default_rng(seed),
            report=told.append,
        )
        for seed in (1, 1, 2)
    )

    np.testing.assert_array_equal(first.threshold_v, again.threshold_v)
    assert np.abs(first.threshold_v - other.threshold_v).min() > 0
    assert told == pytest.approx([1 / 3, 2 / 3, 1.0] * 3)


@pytest.mark.parametrize("name", CELLS)
def test_leakage_spreads_by_the_thermal_voltage(session, name):
    """Below threshold, kT/q of 26 mV times a slope factor of 1 to 1.7 makes a factor of e."""
    design = CELLS[name]
    sigma_v = max(design.write_threshold_sigmas_v.values())

    ratio = measure_leak_spread(session, design)

    assert np.exp(sigma_v / (1.7 * 25.9e-3)) < ratio < np.exp(sigma_v / 25.8e-3)
