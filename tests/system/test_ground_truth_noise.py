import numpy as np
import pytest

from system.ground_truth.noise import NoiseConfig, NoiseSource

LAGS = np.array([2, 4, 8, 16])
FRAMES = 8192


def source(level_v, *, entropy=1, config=None, **more):
    return NoiseSource(
        config or NoiseConfig(),
        level_v=np.asarray(level_v, dtype=np.float64),
        segment_frames=FRAMES,
        entropy=entropy,
        **more,
    )


def noise(source_, segments):
    return np.concatenate([source_.segment(index) for index in range(segments)])


def test_autocorrelation_is_close_to_the_target():
    # 0.03: one stretch of distant spikes and one time constant have to meet four numbers.
    np.testing.assert_allclose(
        NoiseConfig().autocorrelation(LAGS), [0.94, 0.84, 0.62, 0.36], atol=0.03
    )


def test_generated_noise_has_the_declared_level_and_autocorrelation():
    level_v = np.array([5e-6, 40e-6])
    samples = noise(source(level_v), 176).astype(np.float64)  # 60 s

    # The slow part renews itself every few ms: about 10^4 independent values, 1 % each.
    np.testing.assert_allclose(samples.std(axis=0), level_v, rtol=0.02)
    assert np.all(np.abs(samples.mean(axis=0)) < 0.05 * level_v)
    normal = samples / level_v
    measured = [(normal[lag:] * normal[:-lag]).mean(axis=0) for lag in LAGS]
    expected = NoiseConfig().autocorrelation(LAGS)
    np.testing.assert_allclose(measured, np.outer(expected, [1, 1]), atol=0.03)
    assert abs((normal[:, 0] * normal[:, 1]).mean()) < 0.03


def test_autocorrelation_in_seconds_does_not_depend_on_the_sampling_rate():
    at_24k = NoiseConfig().autocorrelation(LAGS)
    at_48k = NoiseConfig(sampling_rate_hz=48e3).autocorrelation(2 * LAGS)

    np.testing.assert_allclose(at_48k, at_24k, atol=1e-3)


@pytest.mark.parametrize("slow_fraction", [0.0, 1.0])
def test_each_part_alone_has_its_own_autocorrelation(slow_fraction):
    config = NoiseConfig(slow_fraction=slow_fraction)
    samples = noise(source([1.0], config=config), 60)[:, 0].astype(np.float64)

    measured = [(samples[lag:] * samples[:-lag]).mean() for lag in LAGS]

    np.testing.assert_allclose(measured, config.autocorrelation(LAGS), atol=0.05)


def test_segments_join_without_a_seam():
    samples = noise(source([1.0]), 40)[:, 0].astype(np.float64)
    steps = np.diff(samples)

    seams = steps[FRAMES - 1 :: FRAMES]

    assert seams.size == 39
    assert np.abs(seams).max() < 4.5 * steps.std()


def test_a_segment_is_the_same_whatever_was_computed_before():
    in_order = noise(source([1.0, 2.0]), 4)
    alone = source([1.0, 2.0]).segment(3)
    backwards = source([1.0, 2.0])
    backwards.segment(3)

    np.testing.assert_array_equal(in_order[3 * FRAMES :], alone)
    np.testing.assert_array_equal(in_order[:FRAMES], backwards.segment(0))


def test_another_seed_makes_other_noise():
    assert not np.any(source([1.0], entropy=1).segment(0) == source([1.0], entropy=2).segment(0))


def test_no_noise_is_exactly_zero():
    assert not source([0.0, 0.0]).segment(5).any()


def test_slow_noise_can_be_shared_by_channels():
    same = np.array([[1.0, 1.0], [0.0, 0.0]])
    slow_only = NoiseConfig(slow_fraction=1.0)

    samples = noise(source([1.0, 1.0], slow_mixing=same), 60)
    slow = source([1.0, 1.0], config=slow_only, slow_mixing=same).segment(0)

    assert np.corrcoef(samples.T)[0, 1] == pytest.approx(0.6, abs=0.05)  # the slow fraction
    np.testing.assert_array_equal(slow[:, 0], slow[:, 1])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"sampling_rate_hz": 8e3}, "noise sampling_rate_hz must be at least 10000, not 8000.0"),
        ({"slow_fraction": 1.2}, "noise slow_fraction must be in 0..1, not 1.2"),
        ({"slow_time_s": 0.0}, "noise slow_time_s must be positive, not 0.0"),
        ({"distant_stretch": -1.0}, "noise distant_stretch must be positive, not -1.0"),
    ],
)
def test_wrong_settings_are_refused(wrong, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        NoiseConfig(**wrong)
