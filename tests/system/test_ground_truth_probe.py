import re
import tracemalloc

import numpy as np
import pytest

from system.ground_truth import Audibility, ProbeConfig, shared_unit_recording


def recording(channels=16, *, seed=5, seconds=2.0, **more):
    return shared_unit_recording(channels, seconds=seconds, rng=np.random.default_rng(seed), **more)


def test_a_unit_is_highest_on_its_own_channel_and_falls_with_distance():
    made = recording(9, units=1, noise_levels=(0.0,), rate_range_hz=(5.0, 5.0))
    height_v = np.abs(made.voltage_v).max(axis=0)
    main = int(np.argmax(height_v))
    distance_m = 25e-6 * np.abs(np.arange(9) - main)

    # The peak may fall between two samples: up to 2 % lower.
    np.testing.assert_allclose(height_v, 100e-6 / (1 + (distance_m / 30e-6) ** 2), rtol=0.02)


def test_a_spike_arrives_later_further_away():
    truth = recording(9, units=1, noise_levels=(0.0,), rate_range_hz=(5.0, 5.0)).truth
    first = truth.select(truth.frame < truth.frame[0] + 40)
    main = first.channel[np.argmax(first.amplitude_v)]

    delay = first.frame - first.frame[first.channel == main]
    expected = 25e-6 * np.abs(first.channel - main) / 0.5 * 24e3

    np.testing.assert_allclose(delay, expected, atol=0.126)  # half a step of the fine grid


def test_a_clean_recording_is_the_sum_of_the_spikes_in_its_truth():
    made = recording(6, noise_levels=(0.0,), rate_range_hz=(50.0, 50.0), seconds=4.0)
    rebuilt_v = np.zeros((made.frames, 6))
    for frame, channel, unit, amplitude_v in zip(
        made.truth.frame, made.truth.channel, made.truth.unit, made.truth.amplitude_v, strict=True
    ):
        near = np.arange(max(0, int(frame) - 60), min(int(frame) + 120, made.frames))
        waveform = made.scene.shapes[unit].evaluate((near - frame) / 24e3)
        rebuilt_v[near, channel] += amplitude_v * waveform

    # A waveform is cut where it is below a thousandth of its peak; a few may overlap.
    np.testing.assert_allclose(made.voltage_v, rebuilt_v, atol=5e-3 * 100e-6)


def test_truth_holds_what_is_audible_and_marks_what_is_barely_so():
    made = recording(8, units=8, noise_levels=(0.10, 0.40), seconds=5.0)
    truth = made.truth
    assert truth.noise_level is not None
    over_noise = truth.amplitude_v / (100e-6 * truth.noise_level[truth.channel])

    assert over_noise.min() >= 1.0
    np.testing.assert_array_equal(truth.neutral, over_noise < 2.5)
    assert truth.neutral.any()


def test_every_channel_has_a_unit_of_its_own_even_in_the_strongest_noise():
    made = recording(16, seconds=10.0)
    demanded = made.truth.select(~made.truth.neutral)

    assert set(demanded.channel.tolist()) == set(range(16))


def test_audibility_can_be_chosen():
    everything = recording(audibility=Audibility(demanded=0.0, heard=0.0)).truth
    loud = recording(audibility=Audibility(demanded=4.0, heard=4.0)).truth

    assert len(everything) > 2 * len(loud)
    assert not everything.neutral.any()
    assert not loud.neutral.any()


def test_noise_levels_go_round_the_channels():
    made = recording(20, units=0, seconds=10.0)

    assert made.truth.noise_level is not None
    assert made.truth.noise_level[:9].tolist() == pytest.approx(
        [0.05, 0.10, 0.15, 0.20, 0.25, 0.30, 0.35, 0.40, 0.05]
    )
    assert len(made.truth) == 0
    np.testing.assert_allclose(
        made.voltage_v.std(axis=0), made.truth.noise_level * 100e-6, rtol=0.06
    )


def test_slow_noise_of_neighbours_can_be_correlated():
    probe = ProbeConfig(noise_correlation_m=50e-6)
    voltage_v = recording(8, units=0, seconds=20.0, probe=probe).voltage_v
    correlation = np.corrcoef(voltage_v.T)

    for distance in (1, 4):
        # The slow part is 60 % of the power.
        expected = 0.6 * np.exp(-distance * 25e-6 / 50e-6)
        assert np.diag(correlation, distance).mean() == pytest.approx(expected, abs=0.03)


def test_a_slow_background_adds_power_below_the_spikes_only():
    plain = recording(4, seconds=4.0).voltage_v
    made = recording(4, seconds=4.0, background_v=300e-6)
    added_v = made.voltage_v - plain

    spectrum = np.abs(np.fft.rfft(added_v * np.hanning(len(added_v))[:, None], axis=0)) ** 2
    frequency_hz = np.fft.rfftfreq(len(added_v), 1 / 24e3)

    assert added_v.std() == pytest.approx(300e-6, rel=0.4)  # a few waves of 1 Hz dominate
    assert spectrum[frequency_hz > 200].sum() < 1e-6 * spectrum.sum()
    np.testing.assert_array_equal(made.truth.frame, recording(4, seconds=4.0).truth.frame)


def test_rates_of_units_span_the_range_asked_for():
    made = recording(10, seconds=40.0, rate_range_hz=(2.0, 20.0), noise_levels=(0.0,))
    first_channel = {unit: made.truth.channel[made.truth.unit == unit][0] for unit in range(10)}
    rates_hz = sorted(
        np.count_nonzero((made.truth.unit == unit) & (made.truth.channel == channel)) / 40.0
        for unit, channel in first_channel.items()
    )

    np.testing.assert_allclose(rates_hz, np.geomspace(2.0, 20.0, 10), rtol=0.4)


@pytest.mark.parametrize("frames_per_block", [24_000, 8192, 5000])
def test_the_block_length_does_not_matter(frames_per_block):
    options = {"background_v": 1e-4, "probe": ProbeConfig(noise_correlation_m=50e-6)}
    blocks = list(recording(6, **options).blocks(frames_per_block))

    np.testing.assert_array_equal(np.concatenate(blocks), recording(6, **options).voltage_v)


def test_any_part_can_be_read_alone():
    part = np.concatenate(list(recording(background_v=1e-4).blocks(500, 30_000, 40_000)))

    np.testing.assert_array_equal(part, recording(background_v=1e-4).voltage_v[30_000:40_000])


def test_the_same_seed_repeats_a_recording_and_another_does_not():
    first, again, other = recording(seed=1), recording(seed=1), recording(seed=2)

    np.testing.assert_array_equal(first.voltage_v, again.voltage_v)
    np.testing.assert_array_equal(first.truth.frame, again.truth.frame)
    assert not np.array_equal(first.voltage_v, other.voltage_v)


def test_a_long_recording_is_read_in_little_memory():
    hour = recording(68, seconds=3600.0, units=2)
    tracemalloc.start()

    for _ in hour.blocks(24_000, 24_000 * 3000, 24_000 * 3002):
        pass

    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 60e6  # a few segments; the whole is 23.5 GB


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"channels": 0}, "channels must be positive, not 0"),
        ({"units": -1}, "units must not be negative, not -1"),
        ({"seconds": -1.0}, "seconds must cover at least one frame, not -1.0"),
        (
            {"rate_range_hz": (5.0, 2.0)},
            "rate_range_hz must be positive and rising, not (5.0, 2.0)",
        ),
        ({"noise_levels": ()}, "noise_levels must be one or more values in 0..1, not ()"),
        ({"noise_levels": (1.5,)}, "noise_levels must be one or more values in 0..1, not (1.5,)"),
        ({"spike_peak_v": -1e-4}, "spike_peak_v must be positive, not -0.0001"),
        ({"background_v": -1.0}, "background_v must not be negative, not -1.0"),
    ],
)
def test_wrong_arguments_are_refused(wrong, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        recording(**wrong)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"pitch_m": 0.0}, "probe pitch_m must be positive, not 0.0"),
        ({"decay_length_m": -1.0}, "probe decay_length_m must be positive, not -1.0"),
        ({"speed_m_per_s": 0.0}, "probe speed_m_per_s must be positive, not 0.0"),
        (
            {"noise_correlation_m": -1.0},
            "probe noise_correlation_m must not be negative, not -1.0",
        ),
    ],
)
def test_a_wrong_probe_is_refused(wrong, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        ProbeConfig(**wrong)


def test_wrong_bounds_of_audibility_are_refused():
    message = "audibility must have 0 <= heard <= demanded, not heard 3.0 and demanded 2.5"
    with pytest.raises(ValueError, match=f"^{message}$"):
        Audibility(heard=3.0)
