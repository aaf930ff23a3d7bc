import re

import numpy as np
import pytest

from system.ground_truth import (
    BENCHMARK_LEVELS,
    SHAPE_SETS,
    UNEQUAL_RATES_HZ,
    benchmark_records,
    quiroga_style_record,
)

RATE_HZ = 24e3


def record(*args, seed=11, seconds=2.0, **more):
    return quiroga_style_record(*args, seconds=seconds, rng=np.random.default_rng(seed), **more)


def rebuilt(made):
    """Return the spikes of a record, written from the truth alone."""
    time = np.arange(made.frames)
    clean_v = np.zeros(made.frames)
    for frame, unit, amplitude_v in zip(
        made.truth.frame, made.truth.unit, made.truth.amplitude_v, strict=True
    ):
        near = slice(max(0, int(frame) - 60), int(frame) + 120)
        shape = made.scene.shapes[unit]
        clean_v[near] += amplitude_v * shape.evaluate((time[near] - frame) / RATE_HZ)
    return clean_v


@pytest.mark.parametrize("shape_set", SHAPE_SETS)
def test_a_clean_record_is_the_sum_of_the_spikes_in_its_truth(shape_set):
    # Busy, so that spikes lie across the joints of the stretches that are computed at a time.
    made = record(shape_set, 0.0, seconds=8.0, rates_hz=(100.0, 100.0, 100.0))

    # A waveform is cut where it is below a thousandth of its peak; a few may overlap.
    np.testing.assert_allclose(made.voltage_v[:, 0], rebuilt(made), atol=4e-3 * 100e-6)


def test_the_true_time_is_that_of_the_extremum():
    made = record("easy1", 0.0, seconds=20.0, rates_hz=(4.0, 4.0, 4.0))
    voltage_v = made.voltage_v[:, 0]
    frames = made.truth.frame
    gap = np.diff(frames, prepend=-1e9, append=1e9)
    alone = frames[(gap[:-1] > 96) & (gap[1:] > 96) & (frames > 48) & (frames < made.frames - 48)]

    assert alone.size > 100
    for frame in alone:
        around = np.arange(int(frame) - 24, int(frame) + 25)
        extremum = around[np.argmax(np.abs(voltage_v[around]))]
        assert abs(extremum - frame) < 1.0
        if frame == int(frame):
            assert extremum == frame
            assert voltage_v[extremum] == pytest.approx(-100e-6, rel=1e-5)


def test_spike_times_use_all_four_places_between_samples():
    fractions = np.mod(record(seconds=10.0).truth.frame, 1.0)

    assert sorted(set(fractions.tolist())) == [0.0, 0.25, 0.5, 0.75]


def test_noise_is_the_declared_part_of_the_spike_peak():
    made = record("easy2", 0.25, seconds=20.0, spike_peak_v=2e-3)
    noise_v = made.voltage_v[:, 0] - rebuilt(made)

    assert noise_v.std() == pytest.approx(0.25 * 2e-3, rel=0.03)
    assert made.truth.noise_level is not None
    assert made.truth.noise_level.tolist() == [0.25]
    assert set(made.truth.amplitude_v.tolist()) == {2e-3}


def test_unequal_rates_are_kept():
    made = record(seconds=60.0, rates_hz=UNEQUAL_RATES_HZ)

    # Three standard deviations of a Poisson count over 60 s, or more.
    np.testing.assert_allclose(
        np.bincount(made.truth.unit) / 60.0, UNEQUAL_RATES_HZ, atol=1.8, rtol=0.0
    )


def test_the_same_seed_repeats_a_record_and_another_does_not():
    first, again, other = record(seed=3), record(seed=3), record(seed=4)

    np.testing.assert_array_equal(first.voltage_v, again.voltage_v)
    np.testing.assert_array_equal(first.truth.frame, again.truth.frame)
    assert not np.array_equal(first.voltage_v, other.voltage_v)
    assert not np.array_equal(first.truth.frame, other.truth.frame)


def test_one_seed_gives_one_spike_train_at_every_noise_level():
    np.testing.assert_array_equal(
        record("easy1", 0.0).truth.frame, record("easy1", 0.4).truth.frame
    )


@pytest.mark.parametrize("frames_per_block", [1000, 8192, 9999, 10**6])
def test_the_block_length_does_not_matter(frames_per_block):
    made = record()

    blocks = list(made.blocks(frames_per_block))

    assert {len(block) for block in blocks[:-1]} <= {frames_per_block}
    assert all(block.dtype == np.float32 and block.flags.c_contiguous for block in blocks)
    np.testing.assert_array_equal(np.concatenate(blocks), made.voltage_v)


def test_any_part_can_be_read_alone():
    part = np.concatenate(list(record().blocks(777, start=20_000, stop=33_333)))

    np.testing.assert_array_equal(part, record().voltage_v[20_000:33_333])


def test_two_readers_do_not_disturb_each_other():
    made = record()
    pairs = list(zip(made.blocks(5000), made.blocks(5000), strict=True))

    np.testing.assert_array_equal(np.concatenate([a for a, _ in pairs]), made.voltage_v)
    np.testing.assert_array_equal(np.concatenate([b for _, b in pairs]), made.voltage_v)


@pytest.mark.parametrize("sampling_rate_hz", [10e3, 20e3, 30e3])
def test_other_sampling_rates_work(sampling_rate_hz):
    made = record(sampling_rate_hz=sampling_rate_hz)

    assert made.voltage_v.shape == (2 * sampling_rate_hz, 1)
    assert made.truth.frame.max() < made.frames


def test_the_benchmark_has_twenty_records():
    records = benchmark_records(seconds=0.1)

    assert len(records) == 20
    assert [made.name for made in records[:2]] == ["easy1_noise005", "easy1_noise010"]
    assert len({made.name for made in records}) == 20
    assert max(BENCHMARK_LEVELS["easy1"]) == 0.40
    assert len({made.truth.frame.tobytes() for made in records}) == 20


def test_the_benchmark_repeats_by_its_seed():
    first, again, other = (benchmark_records(seed=seed, seconds=0.1)[7] for seed in (1, 1, 2))

    np.testing.assert_array_equal(first.voltage_v, again.voltage_v)
    assert not np.array_equal(first.voltage_v, other.voltage_v)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            {"shape_set": "hard"},
            "shape_set must be one of easy1, easy2, difficult1, difficult2, not 'hard'",
        ),
        ({"noise_level": -0.1}, "noise_level must be in 0..1, not -0.1"),
        ({"spike_peak_v": 0.0}, "spike_peak_v must be positive, not 0.0"),
        ({"rates_hz": (20.0, 20.0)}, "rates_hz must have 3 values, not 2"),
        ({"seconds": 0.0}, "seconds must cover at least one frame, not 0.0"),
        ({"seconds": float("nan")}, "seconds must cover at least one frame, not nan"),
        ({"sampling_rate_hz": 1e3}, "noise sampling_rate_hz must be at least 10000, not 1000.0"),
    ],
)
def test_wrong_arguments_are_refused(wrong, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        record(**wrong)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0,), "frames_per_block must be positive, not 0"),
        ((10, -1), "range must satisfy 0 <= start <= stop <= 48000, not -1..48000"),
        ((10, 0, 48_001), "range must satisfy 0 <= start <= stop <= 48000, not 0..48001"),
    ],
)
def test_reading_outside_the_recording_is_refused_at_once(arguments, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        record().blocks(*arguments)
