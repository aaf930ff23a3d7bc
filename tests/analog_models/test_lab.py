import json
from dataclasses import replace

import numpy as np
import pytest

from analog_models.frontend import RecordingFrontend
from analog_models.frontend_config import FrontendConfig
from analog_models.lab import measure_frontend

DEFAULT = FrontendConfig()


def make(config=DEFAULT, *, channels=8, rate_hz=24e3, seed=1):
    return RecordingFrontend(
        config,
        channels=channels,
        sampling_rate_hz=rate_hz,
        mismatch_rng=np.random.default_rng(seed),
    )


def measure(frontend, **options):
    return measure_frontend(frontend, noise_rng=np.random.default_rng(2), **options)


@pytest.fixture(scope="module")
def default():
    return measure(make())


def mean(measurement, name):
    return np.mean([getattr(channel, name) for channel in measurement.channels])


def test_noise_efficiency_is_found_as_designed():
    exact = replace(DEFAULT, converter=replace(DEFAULT.converter, cap_mismatch=0.0, offset_v=0.0))
    measured = measure(make(exact))

    converter_v = np.hypot(exact.converter.noise_v(310.15), exact.converter.lsb_v / np.sqrt(12))
    expected = 1.7 * np.hypot(1, converter_v / 800 / 6.447e-6)
    # 8 channels x 65536 samples; the slow part of the noise leaves 0.4 % of uncertainty.
    assert mean(measured, "nef") == pytest.approx(expected, rel=0.012)
    assert mean(measured, "input_noise_v") == pytest.approx(6.447e-6, rel=0.02)


def test_the_default_die_is_near_its_design(default):
    assert mean(default, "nef") == pytest.approx(1.7, rel=0.05)
    for channel in default.channels:
        assert channel.gain == pytest.approx(400, rel=0.04)
        assert channel.thd_db < -60
        assert channel.sfdr_db > 50
    assert default.converters[0].enob_bits > 9.3


def test_measured_gains_are_those_of_the_die(default):
    die = make()

    gains = [channel.gain for channel in default.channels]
    np.testing.assert_allclose(gains, die.amplifier.gains, rtol=2e-3)


def test_noise_of_the_amplifier_decides_the_bits_at_high_gain(default):
    channel = default.channels[0]
    quiet = replace(DEFAULT, electrode=replace(DEFAULT.electrode, resistance_ohm=0.0))
    noise_v = np.hypot(make(quiet).noise.variance ** 0.5, default.lsb_v / np.sqrt(12))
    expected_db = 20 * np.log10(0.9 * default.full_scale_v / np.sqrt(2) / noise_v)

    assert channel.sndr_db == pytest.approx(expected_db, abs=0.7)


def test_low_gain_brings_the_bits_of_the_converter():
    loud = measure(make(DEFAULT.with_gain(25.0), channels=2))

    assert loud.channels[0].enob_bits == pytest.approx(loud.converters[0].enob_bits, abs=0.2)


def test_power_stands_next_to_the_published_one(default):
    assert default.power_w_per_channel == pytest.approx(default.published_power_w_per_channel)
    assert default.published_power_w_per_channel == 0.41e-6


def test_an_ideal_frontend_has_all_its_bits_and_no_noise():
    measured = measure(make(DEFAULT.without_imperfections(), channels=2))

    for channel in measured.channels:
        assert channel.enob_bits == pytest.approx(10, abs=0.05)
        assert channel.input_noise_v == channel.recording_noise_v == 0
        assert channel.gain == pytest.approx(400, rel=1e-3)
        assert channel.nef is None


def test_measuring_leaves_the_die_alone():
    measured, untouched = make(), make()
    voltage_v = 1e-3 * np.random.default_rng(0).standard_normal((100, 8))
    rngs = [np.random.default_rng(5), np.random.default_rng(5)]
    first = [
        frontend.process(voltage_v, noise_rng=rng)
        for frontend, rng in zip([measured, untouched], rngs, strict=True)
    ]

    measure(measured, channels=[0])

    np.testing.assert_array_equal(first[0], first[1])
    np.testing.assert_array_equal(
        measured.process(voltage_v, noise_rng=rngs[0]),
        untouched.process(voltage_v, noise_rng=rngs[1]),
    )
    assert measured.clipped_samples == untouched.clipped_samples


@pytest.mark.parametrize("rate_hz", [2e3, 20e3, 30e3])
def test_other_sampling_rates_can_be_measured(rate_hz):
    measured = measure(make(rate_hz=rate_hz, channels=2), channels=[1])

    assert [channel.channel for channel in measured.channels] == [1]
    assert measured.channels[0].nef == pytest.approx(1.7, rel=0.06)
    assert measured.spectrum.frequency_hz[-1] == rate_hz / 2


def test_an_oversampled_die_measures_the_same():
    measured = measure(make(replace(DEFAULT, oversampling=4), channels=2))

    assert mean(measured, "nef") == pytest.approx(1.7, rel=0.05)
    assert measured.channels[0].gain == pytest.approx(400, rel=0.04)


def test_the_dictionary_is_plain_and_has_the_documented_keys(default):
    plain = json.loads(json.dumps(default.as_dict(), allow_nan=False))

    assert {
        "bits",
        "gain",
        "full_scale_v",
        "lsb_v",
        "power_w_per_channel",
        "published_power_w_per_channel",
        "channels",
        "converters",
        "spectrum",
    } == plain.keys()
    assert {"channel", "enob_bits", "sndr_db", "input_noise_v", "nef"} <= plain["channels"][
        0
    ].keys()
    assert plain["spectrum"].keys() == {"frequency_hz", "power_dbfs", "tone_hz", "channel"}
    assert plain["spectrum"]["channel"] == 0
    assert plain["converters"][0]["spectrum"]["channel"] is None
    assert len(plain["spectrum"]["frequency_hz"]) == len(plain["spectrum"]["power_dbfs"]) == 2048


def test_bad_requests_are_refused():
    with pytest.raises(ValueError, match=r"^measured channel must be in 0..7, not 8$"):
        measure(make(), channels=[8])
    with pytest.raises(ValueError, match=r"^measured channels must be at least one, not none$"):
        measure(make(), channels=[])
    with pytest.raises(ValueError, match=r"^tone must be between 0 and half the sampling rate"):
        measure(make(), tone_hz=13e3)
