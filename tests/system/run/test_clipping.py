import numpy as np
import pytest

from system.errors import UserError
from system.run.clipping import (
    check_frontend_clipping,
    check_recorder_clipping,
    extreme_share,
)


def noise(frames=20_000, channels=3, *, seed=51):
    return np.random.default_rng(seed).normal(0, 1e-5, (frames, channels)).astype(np.float32)


def test_noise_is_not_clipped_however_coarse_its_codes():
    for lsb_v in (0.0, 1e-6, 5e-6):
        samples = noise() if lsb_v == 0 else np.rint(noise() / lsb_v) * lsb_v
        few = np.rint(samples / 3e-5)  # mostly zeros and a few ones
        assert extreme_share(few) == 0.0

        assert extreme_share(samples) < 0.001


def test_dead_channels_and_single_frames_are_not_clipped():
    assert extreme_share(np.zeros((1_000, 2))) == 0.0
    assert extreme_share(np.full((1_000, 2), 3e-4)) == 0.0
    assert extreme_share(np.zeros((1, 2))) == 0.0
    assert extreme_share(np.zeros((0, 2))) == 0.0


def test_the_share_is_that_of_all_channels():
    samples = noise(channels=4)
    samples[:, 2] = np.clip(samples[:, 2], -1e-5, 1e-5)  # 16 % lie beyond at either end

    assert extreme_share(samples) == pytest.approx(2 * 0.1587**3 / 4, rel=0.2)


def test_a_sine_that_meets_its_peaks_is_not_clipped():
    time_s = np.arange(24_000) / 24_000

    assert extreme_share(np.sin(2 * np.pi * 250 * time_s).reshape(-1, 1)) == 0.0


def test_spikes_with_flat_tops_are_clipped():
    samples = noise(channels=1)
    for start in range(0, len(samples) - 10, 400):
        samples[start : start + 8, 0] -= 3e-4

    assert extreme_share(np.maximum(samples, -1e-4)) > 0.01


def test_a_clipped_recorder_is_refused():
    message = (
        r"^rec\.npy: at most 0\.01 of the samples may be clipped \(recording\.clipped_limit\), "
        r"not 0\.11: so many of its beginning stay at the highest or lowest value of their "
        r"channel$"
    )
    samples = np.clip(noise(), -3e-6, 3e-6)

    with pytest.raises(UserError, match=message):
        check_recorder_clipping("rec.npy", samples, limit=0.01)
    check_recorder_clipping("rec.npy", samples, limit=0.5)


def test_a_clipped_frontend_is_refused():
    message = (
        r"^rec\.npy: at most 0\.01 of the samples may be clipped by the frontend "
        r"\(recording\.clipped_limit\), not 0\.02, at a gain of 25; check the unit of the "
        r"recording, or lower recording_frontend\.amplifier\.gain$"
    )
    with pytest.raises(UserError, match=message):
        check_frontend_clipping("rec.npy", 20, 1_000, gain=25.0, limit=0.01)
    check_frontend_clipping("rec.npy", 10, 1_000, gain=25.0, limit=0.01)
    check_frontend_clipping("rec.npy", 0, 0, gain=25.0, limit=0.0)
