from dataclasses import replace

import numpy as np
import pytest

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


def test_clipping_at_the_converter_is_counted():
    frontend = make(IDEAL, channels=2)
    voltage_v = np.zeros((100, 2))
    voltage_v[10:13, 1] = 2 * frontend.full_scale_v
    voltage_v[20:25, 1] = -2 * frontend.full_scale_v

    codes = run(frontend, voltage_v)

    assert (codes.min(), codes.max()) == (-512, 511)
    np.testing.assert_array_equal(frontend.clipped_by_channel, [0, 8])
    assert frontend.clipped_samples == 8


def test_saturation_of_the_amplifier_limits_and_is_counted():
    frontend = make(changed(amplifier={"saturation_v": 0.3}), channels=1)
    voltage_v = np.linspace(-1e-3, 1e-3, 4001)[:, np.newaxis]

    codes = run(frontend, voltage_v)

    assert (codes.min(), codes.max()) == (-256, 256)
    assert frontend.clipped_samples == np.count_nonzero(np.abs(400 * voltage_v) > 0.3)


def test_saturation_between_conversions_is_counted():
    frontend = make(changed(oversampling=4, amplifier={"saturation_v": 0.3}), channels=1)
    voltage_v = np.zeros((40, 1))
    voltage_v[[6, 21]] = 1e-3

    assert not run(frontend, voltage_v).any()
    assert frontend.clipped_samples == 2


# Multiplexing


def test_a_channel_leaves_a_residue_in_the_next_one_only():
    frontend = make(changed(FINE, multiplexer={"settling_residue": 1e-2}), channels=4)
    voltage_v = np.zeros((3, 4))
    voltage_v[1, 1] = 1e-3

    codes = run(frontend, voltage_v)

    full = round(1e-3 / frontend.lsb_v)
    assert codes[1].tolist() == [0, round(0.99 * full), round(0.01 * full), 0]
    assert not codes[[0, 2]].any()


def test_the_last_channel_leaves_a_residue_in_the_first_of_the_next_frame():
    frontend = make(changed(FINE, multiplexer={"settling_residue": 1e-2}), channels=4)
    voltage_v = np.zeros((3, 4))
    voltage_v[1, 3] = 1e-3

    codes = np.concatenate([run(frontend, frame[np.newaxis]) for frame in voltage_v])

    assert codes[2].tolist() == [round(0.01 * 1e-3 / frontend.lsb_v), 0, 0, 0]


def test_converters_of_their_own_keep_channels_apart():
    config = changed(FINE, multiplexer={"settling_residue": 1e-2, "converters": 2})
    frontend = make(config, channels=4)
    voltage_v = np.zeros((2, 4))
    voltage_v[:, 1] = 1e-3

    codes = run(frontend, voltage_v)

    residue = round(0.01 * 1e-3 / frontend.lsb_v)
    assert codes[0, 2] == 0
    assert codes[1, 0] == residue


def test_each_channel_is_converted_by_its_converter():
    config = changed(
        multiplexer={"converters": 3}, converter={"cap_mismatch": 0.03, "offset_v": 20e-3}
    )
    frontend = make(config, channels=7)
    voltage_v = recording(channels=7).astype(np.float64) * 2

    codes = run(frontend, voltage_v)

    rng = np.random.default_rng(0)
    for channel, index in enumerate([0, 0, 0, 1, 1, 2, 2]):
        alone = frontend.converters[index].convert(400 * voltage_v[:, channel], noise_rng=rng)
        np.testing.assert_array_equal(codes[:, channel], alone)


# Errors


def test_voltages_that_are_not_finite_are_named_and_change_nothing():
    frontend = make()
    voltage_v = recording(frames=100)
    expected = run(make(), voltage_v)
    bad_v = voltage_v[50:].copy()
    bad_v[7, 3] = np.nan
    rng = np.random.default_rng(0)

    first = frontend.process(voltage_v[:50], noise_rng=rng)
    message = r"^voltage of channel 3 must be finite, not nan \(frame 57\)$"
    with pytest.raises(ValueError, match=message):
        frontend.process(bad_v, noise_rng=rng)
    second = frontend.process(voltage_v[50:], noise_rng=rng)

    np.testing.assert_array_equal(np.concatenate([first, second]), expected)


def test_a_broken_group_of_oversampled_frames_is_refused():
    frontend = make(replace(IDEAL, oversampling=4))

    message = r"^voltage frames must be a multiple of the oversampling 4, not 10$"
    with pytest.raises(ValueError, match=message):
        run(frontend, np.zeros((10, 5)))


def test_bad_sizes_and_rates_are_refused():
    with pytest.raises(ValueError, match=r"^frontend channels must be in 1..1048576, not 0$"):
        make(channels=0)
    with pytest.raises(ValueError, match=r"^frontend sampling_rate_hz must be positive, not 0$"):
        make(rate_hz=0)
    with pytest.raises(ValueError, match=r"^voltage must have shape \(frames, 5\)"):
        run(make(), np.zeros((10, 4)))


def test_power_scales_with_the_sampling_rate():
    assert make().power_w == pytest.approx(0.41e-6)
    assert make(rate_hz=12e3).power_w == pytest.approx(0.365e-6)
