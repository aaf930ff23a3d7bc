import json
import re
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from system.ground_truth import GroundTruth, shared_unit_recording
from system.metrics import detection, score_detection
from system.metrics.matching import lags_within

RATE_HZ = 24e3
SHAPES_DIFFER = (
    "detected_frame and detected_channel must be two sequences of one length,"
    " not of shape (1,) and (2,)"
)


def truth_of(frame, channel=None, *, neutral=(), noise_level=None):
    frame = np.array(frame, dtype=np.float64)
    channel = np.zeros(frame.size) if channel is None else channel
    return GroundTruth(
        frame=frame,
        channel=np.array(channel, dtype=np.int32),
        unit=np.zeros(frame.size, dtype=np.int32),
        amplitude_v=np.full(frame.size, 1e-4),
        noise_level=None if noise_level is None else np.array(noise_level),
        neutral=np.array(neutral, dtype=np.bool_),
    )


def score(frame, truth, channel=None, **more):
    options = {"sampling_rate_hz": RATE_HZ, "frames": 48_000, "offset": 0.0} | more
    return score_detection(
        frame, np.zeros(len(frame)) if channel is None else channel, truth, **options
    )


def outcomes(result):
    counts = result.counts
    return counts.true_positives, counts.false_positives, counts.false_negatives


def test_a_worked_example():
    # 1000: found 6 frames late; 2000: found twice; 3000: missed; 4000: found 13 frames off.
    result = score([1006, 2000, 2009, 4013], truth_of([1000, 2000, 3000, 4000]))

    assert outcomes(result) == (2, 2, 2)
    assert (result.precision, result.recall, result.f1) == (0.5, 0.5, 0.5)
    assert result.false_alarms_per_s == 1.0  # two in two seconds
    assert result.timing_error_s.median == pytest.approx(3 / RATE_HZ)
    assert result.timing_error_s.std == pytest.approx(3 / RATE_HZ)
    assert result.timing_error_s.p95 == pytest.approx(0.95 * 6 / RATE_HZ)


def test_the_tolerance_is_half_a_millisecond_inclusive():
    truth = truth_of([1000.0, 2000.0])

    assert outcomes(score([1012, 1988], truth)) == (2, 0, 0)
    assert outcomes(score([1013, 1987], truth)) == (0, 2, 2)
    assert outcomes(score([1013, 1987], truth, tolerance_s=0.6e-3)) == (2, 0, 0)


def test_a_spike_on_another_channel_does_not_count():
    assert outcomes(score([1000], truth_of([1000], [1]), channel=[0])) == (0, 1, 1)


def test_a_neutral_spike_counts_neither_when_found_nor_when_missed():
    truth = truth_of([1000, 2000, 3000], neutral=[False, True, True])

    assert outcomes(score([1000, 2000], truth)) == (1, 0, 0)
    assert outcomes(score([1000], truth)) == (1, 0, 0)


def test_a_second_detection_of_a_neutral_spike_is_a_false_alarm():
    assert outcomes(score([1999, 2004], truth_of([2000], neutral=[True]))) == (0, 1, 0)


def test_a_spike_to_be_found_goes_before_a_closer_neutral_one():
    truth = truth_of([1000, 1008], neutral=[False, True])

    assert outcomes(score([1008], truth)) == (1, 0, 0)
    assert outcomes(score([1007, 1009], truth)) == (1, 0, 0)


def test_detections_may_come_in_any_order():
    truth = truth_of([100, 200, 300, 100], [0, 0, 1, 1])

    assert outcomes(score([301, 99, 201, 101], truth, channel=[1, 1, 0, 0])) == (4, 0, 0)


def test_spikes_after_the_end_of_the_excerpt_are_not_missed():
    assert outcomes(score([100], truth_of([100, 1000]), frames=1000)) == (1, 0, 0)


EMPTY = {
    # what there is: (detected, truth, precision, recall, f1)
    "nothing": ([], [], None, None, None),
    "no detection": ([], [100], None, 0.0, 0.0),
    "no spike": ([100], [], 0.0, None, 0.0),
    "nothing right": ([100], [500], 0.0, 0.0, 0.0),
}


@pytest.mark.parametrize(
    ("detected", "truth", "precision", "recall", "f1"), EMPTY.values(), ids=list(EMPTY)
)
def test_quotients_of_nothing_are_none(detected, truth, precision, recall, f1):
    result = score(detected, truth_of(truth), offset="estimate")

    assert (result.precision, result.recall, result.f1) == (precision, recall, f1)
    assert result.timing_error_s.offset == 0.0
    assert result.timing_error_s.median is None
    assert result.timing_error_s.std is None
    assert result.timing_error_s.p95 is None


def test_channels_and_noise_levels_are_scored_apart():
    truth = truth_of([100, 200, 300, 400, 500], [0, 0, 1, 2, 2], noise_level=[0.1, 0.2, 0.1, 0.3])

    result = score([100, 300, 700, 400, 500], truth, channel=[0, 1, 1, 2, 2])

    assert [row.counts.true_positives for row in result.per_channel] == [1, 1, 2, 0]
    assert [row.counts.false_positives for row in result.per_channel] == [0, 1, 0, 0]
    assert [row.counts.false_negatives for row in result.per_channel] == [1, 0, 0, 0]
    assert [row.truth for row in result.per_channel] == [2, 1, 2, 0]
    assert [row.detected for row in result.per_channel] == [1, 2, 2, 0]
    assert [row.noise_level for row in result.per_channel] == [0.1, 0.2, 0.1, 0.3]
    levels = result.per_noise_level
    assert [(row.noise_level, row.channels) for row in levels] == [(0.1, 2), (0.2, 1), (0.3, 1)]
    assert levels[0].counts.rates() == {"precision": 1.0, "recall": 0.75, "f1": 6 / 7}
    assert levels[2].counts.rates() == {"precision": None, "recall": None, "f1": None}


def test_the_number_of_channels_can_be_given():
    assert len(score([100], truth_of([100]), channels=5).per_channel) == 5
    assert len(score([100, 200], truth_of([100]), channel=[0, 2]).per_channel) == 3
    assert score([100], truth_of([100])).per_noise_level == ()


def delayed(count, delay, *, seed=0):
    truth = np.sort(np.random.default_rng(seed).choice(470, count, replace=False)) * 100.0 + 100
    return truth_of(truth, np.arange(count) % 2), truth + delay, np.arange(count) % 2


@pytest.mark.parametrize("delay", [-36.0, -5.0, 0.0, 20.0, 40.0])
def test_a_constant_offset_is_found_and_taken_off(delay):
    truth, detected, channel = delayed(200, delay)

    result = score(detected, truth, channel=channel, offset="estimate")

    assert outcomes(result) == (200, 0, 0)
    assert result.timing_error_s.offset == pytest.approx(delay / RATE_HZ)
    assert result.timing_error_s.p95 == pytest.approx(0.0, abs=1e-12)


def test_an_offset_can_be_given():
    truth, detected, channel = delayed(200, 20.0)

    assert outcomes(score(detected, truth, channel=channel)) == (0, 200, 200)
    assert outcomes(score(detected, truth, channel=channel, offset=20 / RATE_HZ)) == (200, 0, 0)


@pytest.mark.parametrize(("count", "matched"), [(19, 0), (20, 20)])
def test_an_offset_is_never_estimated_from_fewer_than_twenty_spikes(count, matched):
    truth, detected, channel = delayed(count, 20.0)

    result = score(detected, truth, channel=channel, offset="estimate")

    assert result.counts.true_positives == matched


def test_an_offset_of_very_many_spikes_is_taken_from_an_even_selection(monkeypatch):
    looked_at = []

    def noted(detected, truth, *, search):
        looked_at.append(truth)
        return lags_within(detected, truth, search=search)

    monkeypatch.setattr(detection, "lags_within", noted)
    monkeypatch.setattr(detection, "_OFFSET_SPIKES", 60)
    truth, detected, channel = delayed(400, 20.0)

    result = score(detected, truth, channel=channel, offset="estimate")

    assert outcomes(result) == (400, 0, 0)
    assert result.timing_error_s.offset == pytest.approx(20 / RATE_HZ)
    for channel in range(2):
        mine = truth.of_channel(channel).frame
        assert 20 <= looked_at[channel].size <= 31
        assert looked_at[channel][0] == mine[0]
        assert np.ptp(np.diff(np.searchsorted(mine, looked_at[channel]))) == 0


def test_the_truth_may_come_channel_by_channel():
    made = shared_unit_recording(5, seconds=3.0, rng=np.random.default_rng(1))
    found = made.truth.select(np.arange(len(made.truth)) % 3 > 0)
    options = {"channel": found.channel, "frames": made.frames, "offset": "estimate"}
    detected = np.minimum(found.frame + 5, made.frames - 1)

    by_channel = score(detected, made.truth_by_channel, **options)

    assert by_channel == score(detected, made.truth, **options)
    assert by_channel.counts.true_positives > 100


def test_an_offset_beyond_two_milliseconds_is_not_looked_for():
    truth, detected, channel = delayed(200, 49.0)

    result = score(detected, truth, channel=channel, offset="estimate")

    assert result.counts.true_positives == 0
    assert result.timing_error_s.offset == 0.0


def test_the_dictionary_is_the_detection_object_of_a_report():
    truth = truth_of([100, 200], [0, 1], noise_level=[0.1, 0.2])

    made = score(np.array([100, 300]), truth, channel=np.array([0, 0])).as_dict()

    assert json.loads(json.dumps(made, allow_nan=False)) == made
    assert made == {
        "precision": 0.5,
        "recall": 0.5,
        "f1": 0.5,
        "false_alarms_per_s": 0.5,
        "true_positives": 1,
        "false_positives": 1,
        "false_negatives": 1,
        "tolerance_s": 0.5e-3,
        "timing_error_s": {"offset": 0.0, "median": 0.0, "std": 0.0, "p95": 0.0},
        "per_channel": [
            {
                "channel": 0,
                "noise_level": 0.1,
                "precision": 0.5,
                "recall": 1.0,
                "f1": 2 / 3,
                "false_alarms_per_s": 0.5,
                "timing_error_s": 0.0,
                "truth": 1,
                "detected": 2,
            },
            {
                "channel": 1,
                "noise_level": 0.2,
                "precision": None,
                "recall": 0.0,
                "f1": 0.0,
                "false_alarms_per_s": 0.0,
                "timing_error_s": None,
                "truth": 1,
                "detected": 0,
            },
        ],
        "per_noise_level": [
            {"noise_level": 0.1, "channels": 1, "precision": 0.5, "recall": 1.0, "f1": 2 / 3},
            {"noise_level": 0.2, "channels": 1, "precision": None, "recall": 0.0, "f1": 0.0},
        ],
    }


def test_a_minute_of_68_busy_channels_is_scored_within_a_second():
    rng = np.random.default_rng(3)
    count = 68 * 60 * 60
    channel = rng.integers(68, size=count)
    frame = rng.uniform(0, 1.44e6 - 100, count)
    truth = truth_of(frame, channel, noise_level=np.full(68, 0.1))
    detected = frame + rng.normal(20, 3, count) + 30
    options = {"channel": channel, "frames": 1_440_000, "offset": "estimate"}
    score(detected[:100], truth, **(options | {"channel": channel[:100]}))
    start_s = time.process_time()

    result = score(detected, truth, **options)

    assert time.process_time() - start_s < 1.0
    assert result.recall is not None
    assert result.recall > 0.95


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sampling_rate_hz": 0.0}, "sampling_rate_hz must be positive, not 0.0"),
        ({"frames": 0}, "frames must be positive, not 0"),
        ({"tolerance_s": -1e-3}, "tolerance_s must be positive, not -0.001"),
        ({"offset": "guess"}, "offset must be 'estimate' or seconds, not 'guess'"),
        ({"offset": float("nan")}, "offset must be 'estimate' or seconds, not nan"),
        ({"frames": 100}, "detected_frame must be at least 0 and below 100, not 100"),
        ({"channel": [1]}, "detected_channel must be at least 0 and below 1, not 1"),
        ({"channel": [0, 0]}, SHAPES_DIFFER),
        ({"channels": 2}, "truth noise_level must have 2 values, not 1"),
    ],
)
def test_wrong_arguments_are_refused(changes, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        score([100], truth_of([100], noise_level=[0.1]), **changes)


def test_truth_on_a_channel_that_is_not_there_is_refused():
    message = "truth must have at most 1 channels, not 4"
    with pytest.raises(ValueError, match=f"^{message}$"):
        score([100], truth_of([100], [3]), channels=1)


# Highest resident memory, megabytes, before and after twenty minutes of a probe are made and
# scored; a second goes first, so that all is compiled.
MEASURE = """
import re, sys
from pathlib import Path
import numpy as np
from system.ground_truth import shared_unit_recording
from system.metrics import score_detection

def peak_mb():
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024

def score(seconds):
    made = shared_unit_recording(
        34, seconds=seconds, units=68, noise_levels=(0.1, 0.2), rng=np.random.default_rng(1)
    )
    truth = made.truth_by_channel
    frames = [truth.of_channel(channel).frame.astype(np.int64) for channel in range(34)]
    channel = np.repeat(np.arange(34, dtype=np.int32), [each.size for each in frames])
    frame = np.concatenate(frames)
    del frames
    score_detection(frame, channel, truth, sampling_rate_hz=24e3, frames=made.frames)
    return frame.size

score(1.0)
before = peak_mb()
print(score(1200.0), before, peak_mb())
"""


@pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="needs Linux's account of memory"
)
def test_millions_of_detections_are_scored_in_little_memory():
    done = subprocess.run(
        [sys.executable, "-c", MEASURE], check=True, capture_output=True, text=True
    )

    detections, before, after = map(float, done.stdout.split())
    assert detections > 1e6
    # Time and channel of each, 12 bytes; when its unit fired; and 16 bytes while errors are pooled.
    assert after - before < 48 * detections / 2**20
