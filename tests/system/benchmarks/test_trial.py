import numpy as np
import pytest

from system.benchmarks.detection.trial import Trial, detect, side_by_side
from system.exploration import digitise
from system.ground_truth import quiroga_style_record
from system.metrics import score_detection

SECONDS = 2.0


@pytest.fixture(scope="module")
def records():
    return [
        quiroga_style_record(name, 0.1, seconds=SECONDS, rng=np.random.default_rng(seed))
        for seed, name in enumerate(("easy1", "easy2", "difficult1"))
    ]


def test_each_record_is_a_channel(records):
    recording = side_by_side(records)

    assert (recording.channels, recording.frames) == (3, 48_000)
    blocks_v = list(recording.blocks(20_000))
    for channel, record in enumerate(records):
        column = np.concatenate([block_v[:, channel] for block_v in blocks_v])
        np.testing.assert_array_equal(column, record.voltage_v[:, 0])


def test_its_truth_is_that_of_the_records(records):
    truth = side_by_side(records).truth

    assert truth is not None
    for channel, record in enumerate(records):
        alone = truth.select(truth.channel == channel)
        np.testing.assert_array_equal(alone.frame, record.truth.frame)
        np.testing.assert_array_equal(alone.unit, record.truth.unit)


def test_a_trial_has_one_f1_for_each_record(records):
    trial = detect(digitise(side_by_side(records)))

    assert trial.f1.shape == (3,)
    assert np.all(trial.f1 > 0.9)
    assert min(trial.precision, trial.recall) > 0.9
    assert trial.false_alarms_per_s * SECONDS < 5


def test_a_record_where_nothing_is_found_counts_as_zero(records):
    truth = side_by_side(records).truth
    assert truth is not None
    found = truth.channel == 0

    trial = Trial(
        score=score_detection(
            truth.frame[found],
            truth.channel[found],
            truth,
            sampling_rate_hz=24e3,
            frames=48_000,
            channels=3,
        )
    )

    assert trial.f1.tolist() == [1.0, 0.0, 0.0]
    assert trial.precision == trial.recall == pytest.approx(1 / 3)
    assert trial.false_alarms_per_s == 0.0
