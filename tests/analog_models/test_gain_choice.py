from dataclasses import replace

import numpy as np
import pytest

from analog_models.frontend import RecordingFrontend
from analog_models.frontend_config import FrontendConfig
from analog_models.gain_choice import choose_gain

CONFIG = FrontendConfig()


def sine(peak_v, offset_v=0.0):
    time_s = np.arange(4800) / 24e3
    return (offset_v + peak_v * np.sin(2 * np.pi * 500 * time_s))[:, np.newaxis] * np.ones(3)


@pytest.mark.parametrize(
    ("peak_v", "gain"),
    [
        (0.0, 800.0),
        (0.52e-3, 800.0),  # 0.7 * 0.75 mV = 0.525 mV
        (0.54e-3, 400.0),
        (2.0e-3, 200.0),
        (10e-3, 25.0),
        (1.0, 25.0),  # nothing fits
    ],
)
def test_the_largest_gain_with_headroom_is_chosen(peak_v, gain):
    assert choose_gain(sine(peak_v), CONFIG, sampling_rate_hz=24e3) == gain


def test_less_headroom_allows_more_gain():
    sample_v = sine(0.6e-3)

    assert choose_gain(sample_v, CONFIG, sampling_rate_hz=24e3) == 400.0
    assert choose_gain(sample_v, CONFIG, sampling_rate_hz=24e3, fill=0.9) == 800.0


def test_a_standing_voltage_that_the_high_pass_removes_does_not_count():
    sample_v = sine(0.5e-3, offset_v=0.1).astype(np.float32)

    assert choose_gain(sample_v, CONFIG, sampling_rate_hz=24e3) == 800.0


def dc_coupled(offset_v):
    return replace(
        CONFIG,
        electrode=replace(CONFIG.electrode, offset_v=offset_v),
        amplifier=replace(CONFIG.amplifier, high_pass_hz=0.0),
    )


@pytest.mark.parametrize(
    ("offset_v", "gain"),
    [
        (0.0, 800.0),  # 0.7 * 0.75 mV = 0.525 mV hold 0.1 mV
        (0.1e-3, 800.0),  # and 2.5 * 0.1 mV more
        (0.2e-3, 400.0),
        (2e-3, 50.0),
        (20e-3, 25.0),  # nothing fits
    ],
)
def test_offsets_of_electrodes_that_a_dc_coupled_amplifier_passes_count(offset_v, gain):
    assert choose_gain(sine(0.1e-3), dc_coupled(offset_v), sampling_rate_hz=24e3) == gain


def test_a_dc_coupled_die_is_not_clipped_at_the_gain_chosen():
    config = dc_coupled(offset_v=2e-3)
    sample_v = sine(0.1e-3)

    gain = choose_gain(sample_v, config, sampling_rate_hz=24e3)

    for die in range(10):
        frontend = RecordingFrontend(
            config.with_gain(gain),
            channels=3,
            sampling_rate_hz=24e3,
            mismatch_rng=np.random.default_rng(die),
        )
        frontend.process(sample_v, noise_rng=np.random.default_rng(0))
        assert frontend.clipped_samples == 0


def test_the_loudest_channel_decides():
    sample_v = sine(0.1e-3)
    sample_v[:, 2] *= 20

    assert choose_gain(sample_v, CONFIG, sampling_rate_hz=24e3) == 200.0


def test_bad_samples_are_refused():
    with pytest.raises(ValueError, match=r"^gain choice must see at least one sample, not shape"):
        choose_gain(np.zeros((0, 3)), CONFIG, sampling_rate_hz=24e3)
    with pytest.raises(ValueError, match=r"^voltage of channel 0 must be finite, not nan"):
        choose_gain(np.full((2, 3), np.nan), CONFIG, sampling_rate_hz=24e3)
    with pytest.raises(ValueError, match=r"^gain choice fill must be positive, not 0$"):
        choose_gain(sine(1e-3), CONFIG, sampling_rate_hz=24e3, fill=0)
