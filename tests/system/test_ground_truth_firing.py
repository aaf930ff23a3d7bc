import numpy as np
import pytest

from system.ground_truth.firing import spike_trains

STEP_RATE_HZ = 96e3


def trains(rates_hz, *, seconds=200.0, seed=0, **more):
    return spike_trains(
        rates_hz,
        steps=round(seconds * STEP_RATE_HZ),
        step_rate_hz=STEP_RATE_HZ,
        rng=np.random.default_rng(seed),
        **more,
    )


def test_units_fire_at_the_rates_asked_for():
    made = trains((20.0, 3.0, 100.0))

    counts = np.bincount(made.unit) / 200.0

    np.testing.assert_allclose(counts, [20.0, 3.0, 100.0], rtol=0.12)  # 3 Hz: 4 % each sigma


def test_no_unit_fires_within_its_dead_time():
    made = trains((100.0, 100.0))

    for unit in range(2):
        assert np.diff(made.step[made.unit == unit]).min() >= 192  # 2 ms
    assert np.diff(made.step).min() < 192  # different units may


def test_intervals_beyond_the_dead_time_are_exponential():
    intervals = np.diff(trains((50.0,)).step) - 192

    assert intervals.std() == pytest.approx(intervals.mean(), rel=0.05)


def test_trains_are_stationary_from_the_first_step():
    first = [trains((20.0,), seconds=1.0, seed=seed).step for seed in range(400)]
    early = sum(np.count_nonzero(step < STEP_RATE_HZ / 10) for step in first)

    assert early == pytest.approx(400 * 2, rel=0.11)  # Poisson: 3.5 % a sigma


def test_spikes_are_in_order_and_in_range():
    made = trains((20.0, 20.0), seconds=2.0)

    assert np.all(np.diff(made.step) >= 0)
    assert made.step.min() >= 0
    assert made.step.max() < 2 * STEP_RATE_HZ


def test_a_silent_unit_is_allowed():
    made = trains((0.0, 20.0), seconds=2.0)

    assert set(made.unit.tolist()) == {1}


@pytest.mark.parametrize("rate_hz", [-1.0, 500.0, float("nan")])
def test_an_impossible_rate_is_refused(rate_hz):
    with pytest.raises(ValueError, match=f"^firing rate must be in 0..500 Hz, not {rate_hz}$"):
        trains((rate_hz,))
