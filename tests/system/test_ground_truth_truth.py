import re

import numpy as np
import pytest

from system.ground_truth import GroundTruth


def make_changed(frame, channel, changes):
    rows = {
        "frame": np.array(frame, dtype=np.float64),
        "channel": np.array(channel, dtype=np.int32),
        "unit": np.arange(len(frame), dtype=np.int32),
        "amplitude_v": np.full(len(frame), 1e-4),
    }
    return GroundTruth(**(rows | changes))


def make(frame, channel, **more):
    return make_changed(frame, channel, more)


def test_rows_are_sorted_by_time_then_channel():
    truth = make([30.0, 10.5, 30.0], [1, 2, 0])

    assert truth.frame.tolist() == [10.5, 30.0, 30.0]
    assert truth.channel.tolist() == [2, 0, 1]
    assert truth.unit.tolist() == [1, 2, 0]


def test_no_row_is_neutral_unless_said():
    assert make([1.0, 2.0], [0, 0]).neutral.tolist() == [False, False]


def test_an_empty_truth_is_fine():
    truth = make([], [])

    assert len(truth) == 0
    assert len(truth.crop(0, 10)) == 0


def test_a_cropped_truth_counts_from_the_start_of_the_excerpt():
    truth = make([9.75, 10.0, 19.5, 20.0], [0, 1, 0, 1], noise_level=np.array([0.1, 0.2]))

    excerpt = truth.crop(10, 20)

    assert excerpt.frame.tolist() == [0.0, 9.5]
    assert excerpt.channel.tolist() == [1, 0]
    assert excerpt.noise_level is not None
    assert excerpt.noise_level.tolist() == [0.1, 0.2]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"frame": np.zeros((2, 1))}, "truth frame must have one dimension, not 2"),
        ({"unit": np.zeros(3)}, "truth unit must have one value per row (2), not 3"),
        ({"frame": np.array([1.0, np.nan])}, "truth frame must be finite"),
        ({"frame": np.array([1.0, -0.5])}, "truth frame must not be negative, not -0.5"),
        ({"channel": np.array([0, -1])}, "truth channel must not be negative, not -1"),
        (
            {"noise_level": np.array([0.1])},
            "truth noise_level must have one value per channel (at least 2), not shape (1,)",
        ),
    ],
)
def test_wrong_rows_are_refused(wrong, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        make_changed([1.0, 2.0], [0, 1], wrong)


def test_an_excerpt_that_ends_before_it_starts_is_refused():
    message = re.escape("truth excerpt must have 0 <= start <= stop, not 5..4")
    with pytest.raises(ValueError, match=message):
        make([1.0], [0]).crop(5, 4)
