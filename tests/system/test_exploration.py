import dataclasses

import numpy as np
import pytest

from rtl.detector_settings import DetectorSettings
from system.design import Design
from system.exploration import digitise, sweep_thresholds
from system.ground_truth import quiroga_style_record, shared_unit_recording
from system.metrics import score_detection
from system.recordings import open_recording
from verification.golden.detection_chain import detection_chain

SECONDS = 3.0


@pytest.fixture(scope="module")
def record():
    return quiroga_style_record("easy1", 0.2, seconds=SECONDS, rng=np.random.default_rng(5))


@pytest.fixture(scope="module")
def digitised(record):
    return digitise(record)


@pytest.mark.parametrize(
    ("settings", "thresholds"),
    [
        (DetectorSettings(), [3.0, 4.75, 8.0]),
        (DetectorSettings(mode="neo", quiet_floor=0.0, channel_thresholds=(9.0,)), [7.0]),
        (DetectorSettings(mode="absolute", adaptive=False, threshold=1), [250, 150]),
    ],
    ids=["smoothed_neo", "neo", "fixed"],
)
def test_each_threshold_gives_what_the_chain_alone_would(digitised, settings, thresholds):
    sweep = sweep_thresholds(digitised, settings, thresholds)

    for threshold, counts in zip(thresholds, sweep.counts, strict=True):
        alone = dataclasses.replace(settings, threshold=threshold, channel_thresholds=())
        events = detection_chain(digitised.codes, digitised.design.chain, alone).events
        score = score_detection(
            events["time"],
            events["channel"],
            digitised.truth,
            sampling_rate_hz=24e3,
            frames=len(digitised.codes),
        )
        assert counts == score.counts
        assert counts.true_positives > 10


def test_rates_are_those_of_the_counts(digitised):
    sweep = sweep_thresholds(digitised, DetectorSettings(quiet_floor=0.0), [1.0, 4.75, 200.0])

    assert sweep.seconds == SECONDS
    for n, counts in enumerate(sweep.counts):
        assert sweep.f1[n] == counts.f1
        assert sweep.recall[n] == counts.recall
        assert sweep.false_alarms_per_s[n] == counts.false_positives / SECONDS
    assert sweep.precision[:2].tolist() == [each.precision for each in sweep.counts[:2]]
    assert np.isnan(sweep.precision[2])  # nothing is detected at all
    assert sweep.best_threshold == 4.75


def test_channels_are_counted_together():
    digitised = digitise(
        shared_unit_recording(2, seconds=SECONDS, noise_levels=[0.1], rng=np.random.default_rng(6))
    )
    thresholds = [4.75, 20.0]

    both, first, second = (
        sweep_thresholds(digitised, DetectorSettings(disabled_channels=disabled), thresholds)
        for disabled in ((), (1,), (0,))
    )

    for n in range(2):
        found = first.counts[n].true_positives + second.counts[n].true_positives
        assert both.counts[n].true_positives == found > 0
        assert first.counts[n].true_positives > 0
        total = both.counts[n].true_positives + both.counts[n].false_negatives
        assert first.counts[n].true_positives + first.counts[n].false_negatives == total


def test_long_recordings_are_processed_in_blocks(digitised, monkeypatch):
    whole = sweep_thresholds(digitised, DetectorSettings(), [4.0, 6.0])

    monkeypatch.setattr("system.exploration.BLOCK_SAMPLES", 10_000)

    assert sweep_thresholds(digitised, DetectorSettings(), [4.0, 6.0]).counts == whole.counts


def test_codes_are_those_of_the_design(record):
    high = digitise(record)
    low = digitise(record, Design.default().with_gain(100.0))
    open_gain = digitise(record, Design.default())

    assert high.design.recording_frontend.amplifier.gain == 800.0
    assert low.lsb_v == pytest.approx(8 * high.lsb_v)
    assert np.std(low.codes) == pytest.approx(np.std(high.codes) / 8, rel=0.05)
    assert low.design.chain.channels == 1
    np.testing.assert_array_equal(open_gain.codes, high.codes)


def test_a_recording_without_truth_is_refused(tmp_path):
    np.save(tmp_path / "silence.npy", np.zeros((24_000, 1), dtype=np.float32))
    recording = open_recording(tmp_path / "silence.npy", sampling_rate_hz=24e3, scale_v=1.0)
    message = f"^recording must have a ground truth, but '{recording.name}' has none$"

    with pytest.raises(ValueError, match=message):
        digitise(recording)


@pytest.mark.parametrize("count", [0, 1025])
def test_a_number_of_thresholds_that_no_chain_has_is_refused(digitised, count):
    message = rf"^thresholds times channels must be in 1\.\.1024, not {count} times 1$"

    with pytest.raises(ValueError, match=message):
        sweep_thresholds(digitised, DetectorSettings(), np.full(count, 5.0))
