from dataclasses import replace

import numpy as np
import pytest

from analog_models.frontend import RecordingFrontend
from analog_models.frontend_config import FrontendConfig
from analog_models.tone import coherent_cycles, fit_sine, measure_tone

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


@pytest.mark.parametrize("bits", [9, 10])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_ideal_limit_is_a_gain_and_a_quantiser(bits, dtype):
    frontend = make(changed(converter={"bits": bits}))
    voltage_v = recording().astype(dtype) * 3

    codes = run(frontend, voltage_v)

    half = 1 << (bits - 1)
    steps = 400.0 * voltage_v.astype(np.float64) / (1.2 / (1 << bits))
    np.testing.assert_array_equal(codes, np.clip(np.floor(steps + 0.5), -half, half - 1))
    assert codes.dtype == np.int16
    assert codes.flags.c_contiguous


@pytest.mark.parametrize("bits", [9, 10])
def test_ideal_sndr_follows_the_6db_per_bit_law(bits):
    frontend = make(changed(converter={"bits": bits}), channels=1)
    cycles, voltage_v = tone(1e3, frontend.full_scale_v - frontend.lsb_v / 2)
    codes = run(frontend, voltage_v)[SAMPLES:, 0]

    measured = measure_tone(codes, cycles=cycles, bits=bits)

    assert measured.sndr_db == pytest.approx(6.02 * bits + 1.76, abs=0.3)


def test_an_ideal_frontend_draws_no_noise():
    rng = np.random.default_rng(0)
    make(IDEAL).process(recording(), noise_rng=rng)

    assert rng.bit_generator.state == np.random.default_rng(0).bit_generator.state


# One die


def test_two_dies_differ_and_one_die_repeats():
    voltage_v = recording()

    first, again, other = (run(make(seed=seed), voltage_v) for seed in (1, 1, 2))

    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_noise_differs_from_run_to_run_and_repeats_with_its_seed():
    voltage_v = recording()

    first, again, other = (run(make(), voltage_v, seed=seed) for seed in (1, 1, 2))

    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_imperfections_of_a_die_are_drawn_apart():
    die = make(seed=4)
    spread_only = die.variant(changed(amplifier={"gain_spread": 0.01}))

    np.testing.assert_array_equal(spread_only.amplifier.relative_gain, die.amplifier.relative_gain)
    assert (spread_only.electrode.offset_v == 0).all()


def test_a_variant_is_the_same_die():
    die = make(seed=4)
    louder = die.variant(DEFAULT.with_gain(100.0))

    np.testing.assert_allclose(4 * louder.amplifier.gains, die.amplifier.gains)
    np.testing.assert_array_equal(louder.converters[0].weights, die.converters[0].weights)
    assert louder.lsb_v == pytest.approx(4 * die.lsb_v)


def test_channels_spread_in_gain_as_designed():
    frontend = make(changed(FINE, amplifier={"gain_spread": 0.01}), channels=2000)
    level_v = 0.9 * frontend.full_scale_v

    gains = run(frontend, np.full((1, 2000), level_v))[0] * frontend.lsb_v / level_v

    assert gains.mean() == pytest.approx(1.0, abs=1e-3)
    assert gains.std() == pytest.approx(0.01, rel=0.06)  # 3.8 / sqrt(2 * 2000)


# Streaming


@pytest.mark.parametrize("block", [1, 7, 255, 1000])
@pytest.mark.parametrize("oversampling", [1, 3])
def test_codes_do_not_depend_on_the_size_of_the_blocks(block, oversampling):
    config = replace(DEFAULT, oversampling=oversampling)
    voltage_v = recording(frames=1000 * oversampling) * 3
    whole, parts = make(config), make(config)

    expected = run(whole, voltage_v)

    rng = np.random.default_rng(0)
    step = block * oversampling
    received = [
        parts.process(voltage_v[first : first + step], noise_rng=rng)
        for first in range(0, len(voltage_v), step)
    ]
    np.testing.assert_array_equal(np.concatenate(received), expected)
    np.testing.assert_array_equal(parts.clipped_by_channel, whole.clipped_by_channel)
    assert whole.clipped_samples > 0


def test_reset_starts_afresh():
    frontend = make()
    voltage_v = recording() * 3

    first = run(frontend, voltage_v)
    clipped = frontend.clipped_samples
    frontend.reset()

    assert frontend.clipped_samples == 0
    np.testing.assert_array_equal(run(frontend, voltage_v), first)
    assert frontend.clipped_samples == clipped


def test_no_frames_give_no_codes():
    frontend = make()

    assert run(frontend, np.zeros((0, 5))).shape == (0, 5)
    np.testing.assert_array_equal(run(frontend, recording()), run(make(), recording()))


# Filters


def exact_hz(frequency_hz):
    """Return the nearest frequency with whole cycles in a record."""
    cycles = coherent_cycles(tone_hz=frequency_hz, sampling_rate_hz=RATE_HZ, samples=SAMPLES)
    return cycles * RATE_HZ / SAMPLES


@pytest.mark.parametrize("pole_hz", [20.0, 100.0, 300.0])
def test_high_pass_is_3_db_down_at_its_pole(pole_hz):
    config = changed(FINE, amplifier={"high_pass_hz": exact_hz(pole_hz)})

    assert response(config, pole_hz) == pytest.approx(0.5**0.5, rel=2e-3)
    assert response(config, 6e3) == pytest.approx(1.0, rel=3e-3)


@pytest.mark.parametrize(
    ("part", "values"),
    [
        ("amplifier", {"low_pass_hz": exact_hz(7.5e3)}),
        ("anti_alias", {"pole_hz": exact_hz(7.5e3), "order": 1}),
        ("anti_alias", {"pole_hz": exact_hz(7.5e3), "order": 2}),
    ],
    ids=["amplifier", "anti-alias of order 1", "anti-alias of order 2"],
)
def test_low_passes_are_3_db_down_at_their_poles(part, values):
    config = changed(FINE, **{part: values})

    assert response(config, 7.5e3) == pytest.approx(0.5**0.5, rel=2e-3)
    assert response(config, 100.0) == pytest.approx(1.0, rel=2e-3)


def test_low_passes_beyond_the_input_band_leave_the_signal_alone():
    poles = changed(amplifier={"low_pass_hz": 7.5e3}, anti_alias={"pole_hz": 10e3})
    voltage_v = recording()

    np.testing.assert_array_equal(
        run(make(poles, rate_hz=10e3), voltage_v), run(make(IDEAL, rate_hz=10e3), voltage_v)
    )


def test_a_high_pass_beyond_the_input_band_is_refused():
    config = changed(amplifier={"high_pass_hz": 600.0})

    with pytest.raises(ValueError, match=r"^high-pass pole must be below half the input rate"):
        make(config, rate_hz=1e3)


def test_an_oversampled_input_aliases_as_far_as_the_filters_let_it():
    config = changed(
        FINE, oversampling=8, amplifier={"low_pass_hz": 7.5e3}, anti_alias={"pole_hz": 10e3}
    )
    frontend = make(config, channels=1)
    peak_v = 0.9 * frontend.full_scale_v
    cycles, voltage_v = tone(20e3, peak_v, rate_hz=8 * RATE_HZ, samples=8 * SAMPLES)

    codes = run(frontend, voltage_v)[SAMPLES:, 0]

    assert codes.size == SAMPLES
    amplitude = fit_sine(codes, cycles=SAMPLES - cycles).amplitude * frontend.lsb_v / peak_v
    analog = 1 / np.sqrt((1 + (20 / 7.5) ** 2) * (1 + 2.0**4))
    assert amplitude == pytest.approx(analog, rel=0.08)  # warped by 20 kHz in 192 kHz


def test_the_delay_is_that_of_the_filters():
    config = changed(FINE, amplifier={"low_pass_hz": 7.5e3}, anti_alias={"pole_hz": 10e3})
    frontend = make(config, channels=1)
    cycles, voltage_v = tone(500.0, 0.9 * frontend.full_scale_v)

    codes = run(frontend, voltage_v)[SAMPLES:, 0]

    turns = np.exp(-2j * np.pi * cycles * np.arange(SAMPLES) / SAMPLES)
    lag = -np.angle(1j * (codes @ turns))
    delay_s = lag / (2 * np.pi * exact_hz(500.0))
    assert delay_s == pytest.approx(frontend.delay_s, rel=0.01)
    assert delay_s * RATE_HZ == pytest.approx(0.524, rel=0.01)


def test_filters_start_settled_on_the_first_voltage():
    voltage_v = np.full((200, 5), 30e-3)
    quiet = changed(
        DEFAULT, temperature_k=0.0, converter={"comparator_noise_v": 0.0, "offset_v": 0.0}
    )

    codes = run(make(quiet), voltage_v)

    np.testing.assert_array_equal(codes, 0)  # neither the standing voltage nor the offset shows


def test_low_passes_start_settled_at_the_limit_too():
    config = changed(
        amplifier={"low_pass_hz": 3e3, "saturation_v": 0.5}, anti_alias={"pole_hz": 1e3}
    )
    voltage_v = np.tile([0.5e-3, -0.7e-3, 3e-3], (50, 1))

    codes = run(make(config, channels=3), voltage_v)

    lsb_v = 1.2 / 1024
    expected = np.floor(np.array([0.2, -0.28, 0.5]) / lsb_v + 0.5)
    np.testing.assert_array_equal(codes, np.tile(expected, (50, 1)))


def test_without_a_high_pass_the_electrode_offset_stays():
    frontend = make(changed(electrode={"offset_v": 0.2e-3}))

    codes = run(frontend, np.zeros((10, 5)))

    expected = np.floor(frontend.electrode.offset_v / frontend.lsb_v + 0.5)
    np.testing.assert_array_equal(codes, np.tile(expected, (10, 1)))


# Noise
