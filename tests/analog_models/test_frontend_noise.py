from dataclasses import replace

import numpy as np
import pytest
from scipy import signal

from analog_models.constants import BODY_TEMPERATURE_K
from analog_models.frontend import RecordingFrontend
from analog_models.frontend_config import FrontendConfig
from analog_models.tone import coherent_cycles, fit_sine

RATE_HZ = 24e3
DEFAULT = FrontendConfig()
IDEAL = DEFAULT.without_imperfections()
SAMPLES = 1 << 13


def changed(config=IDEAL, **parts):
    """Return a configuration with fields of its parts replaced."""
    return replace(
        config,
        **{
            name: replace(getattr(config, name), **values) if isinstance(values, dict) else values
            for name, values in parts.items()
        },
    )


FINE = changed(converter={"bits": 16})


def make(config=DEFAULT, *, channels=5, seed=0, rate_hz=RATE_HZ):
    return RecordingFrontend(
        config,
        channels=channels,
        sampling_rate_hz=rate_hz,
        mismatch_rng=np.random.default_rng(seed),
    )


def run(frontend, voltage_v, seed=0):
    return frontend.process(voltage_v, noise_rng=np.random.default_rng(seed))


def recording(frames=2000, channels=5, seed=9):
    rng = np.random.default_rng(seed)
    return (0.4e-3 * rng.standard_normal((frames, channels))).astype(np.float32)


def tone(frequency_hz, peak_v, *, rate_hz=RATE_HZ, samples=SAMPLES, channels=1):
    cycles = coherent_cycles(tone_hz=frequency_hz, sampling_rate_hz=rate_hz, samples=samples)
    phase = 2 * np.pi * cycles * np.arange(2 * samples) / samples
    return cycles, (peak_v * np.sin(phase))[:, np.newaxis] * np.ones(channels)


def response(config, frequency_hz, *, rate_hz=RATE_HZ):
    """Return the measured gain at a frequency over the nominal gain."""
    frontend = make(config, channels=1, rate_hz=rate_hz)
    peak_v = 0.9 * frontend.full_scale_v
    cycles, voltage_v = tone(frequency_hz, peak_v, rate_hz=rate_hz)
    codes = run(frontend, voltage_v)[SAMPLES:, 0]
    return fit_sine(codes, cycles=cycles).amplitude * frontend.lsb_v / peak_v


# The ideal limit


def noise_only(**parts):
    """Return amplifier noise and fine codes, all else ideal."""
    config = changed(
        converter={"bits": 16, "unit_cap_f": np.inf},
        temperature_k=BODY_TEMPERATURE_K,
        amplifier={
            "noise_efficiency_factor": 1.7,
            "flicker_corner_hz": 200.0,
            "high_pass_hz": 10.0,
            "low_pass_hz": 7.5e3,
        },
    )
    return changed(config, **parts)


def shorted_noise_v(frontend, frames=1 << 15):
    return run(frontend, np.zeros((frames, frontend.channels))) * frontend.lsb_v


def test_noise_of_a_die_follows_the_law_of_the_noise_efficiency_factor():
    frontend = make(noise_only(), channels=32)

    noise_v = shorted_noise_v(frontend)

    law_v = frontend.config.amplifier.input_noise_v(BODY_TEMPERATURE_K)
    # A million samples, but the slow part of the noise repeats itself: half a percent.
    assert np.sqrt(np.mean(noise_v**2)) == pytest.approx(law_v, rel=0.01)


def test_density_of_a_die_is_thermal_plus_flicker_folded():
    frontend = make(noise_only(), channels=32)
    white = frontend.config.amplifier.white_noise_density(BODY_TEMPERATURE_K)

    frequency_hz, density = signal.welch(
        shorted_noise_v(frontend), fs=RATE_HZ, nperseg=4096, axis=0, detrend="constant"
    )

    def through_the_pole(frequency_hz):
        return white * (1 + 200 / frequency_hz) / (1 + (frequency_hz / 7.5e3) ** 2)

    inside = (frequency_hz > 60) & (frequency_hz < 11.9e3)
    frequency_hz, density = frequency_hz[inside], density.mean(axis=1)[inside]
    expected = through_the_pole(frequency_hz)
    for multiple in RATE_HZ * np.arange(1, 100):
        expected += through_the_pole(multiple - frequency_hz)
        expected += through_the_pole(multiple + frequency_hz)
    ratio = density / expected
    # 32 channels x 15 half-overlapping segments: each line within 6 %, 90 lines within 1 %.
    for band in np.array_split(ratio, 20):
        assert band.mean() == pytest.approx(1.0, abs=0.03)


def test_noise_is_the_same_however_fast_the_input_comes():
    slow = shorted_noise_v(make(noise_only(), channels=4))
    config = noise_only(oversampling=4)
    fast = run(make(config, channels=4), np.zeros((4 << 15, 4))) * config.lsb_v

    np.testing.assert_array_equal(slow, fast)


def test_electrode_amplifier_and_converter_add_in_power():
    config = noise_only(
        electrode={"resistance_ohm": 100e3}, converter={"bits": 16, "comparator_noise_v": 1e-3}
    )
    frontend = make(config, channels=16)

    electrode_v2 = config.electrode.noise_density(BODY_TEMPERATURE_K) * np.pi / 2 * 7.5e3
    electrode_v2 *= 7.5e3 / 7.51e3  # what the high-pass takes
    amplifier_v2 = config.amplifier.input_noise_v(BODY_TEMPERATURE_K) ** 2
    converter_v2 = (1e-3 / 400) ** 2
    expected_v2 = electrode_v2 + amplifier_v2 + converter_v2
    assert frontend.noise.variance == pytest.approx(expected_v2, rel=1e-3)
    measured_v2 = np.mean(shorted_noise_v(frontend) ** 2)
    assert measured_v2 == pytest.approx(expected_v2, rel=0.02)


def test_noise_comes_out_with_the_gain_of_its_channel():
    frontend = make(noise_only(amplifier={"gain_spread": 0.3}), channels=5)

    noise_v = shorted_noise_v(frontend).std(axis=0) / frontend.amplifier.relative_gain

    law_v = frontend.config.amplifier.input_noise_v(BODY_TEMPERATURE_K)
    np.testing.assert_allclose(noise_v, law_v, rtol=0.03)  # 32768 samples, neighbours alike


def test_noise_is_stationary_from_the_first_frame():
    config = noise_only(amplifier={"flicker_corner_hz": 2e3})
    frontend = make(config, channels=4000)

    noise_v = shorted_noise_v(frontend, frames=40)

    # 4000 channels: 1.1 % each.
    np.testing.assert_allclose(noise_v.std(axis=1), frontend.noise.variance**0.5, rtol=0.05)


# Limits
