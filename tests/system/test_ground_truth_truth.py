import re

import numpy as np
import pytest

from system.ground_truth import GroundTruth
from system.ground_truth.truth import ROWS

WHOLE = "must be whole numbers of at most 2147483647"


def make_changed(frame, channel, changes):
    rows = {
        "frame": np.array(frame, dtype=np.float64),
        "channel": np.array(channel, dtype=np.int32),
        "unit": np.arange(len(frame), dtype=np.int32),
        "amplitude_v": np.full(len(frame), 1e-4),
    }
    return GroundTruth(**(rows | changes))


def rows_of(truth):
    return {name: getattr(truth, name) for name in ROWS}


def make(frame, channel, **more):
    return make_changed(frame, channel, more)


def test_rows_are_sorted_by_time_then_channel():
    truth = make([30.0, 10.5, 30.0], [1, 2, 0])

    assert truth.frame.tolist() == [10.5, 30.0, 30.0]
    assert truth.channel.tolist() == [2, 0, 1]
    assert truth.unit.tolist() == [1, 2, 0]


def test_no_row_is_neutral_unless_said():
    assert make([1.0, 2.0], [0, 0]).neutral.tolist() == [False, False]


def test_rows_in_order_are_not_copied():
    """An hour of 68 channels has 400 MB of them."""
    truth = make(np.arange(1000.0), np.zeros(1000))

    for again in (GroundTruth(**rows_of(truth)), truth.crop(0, 500)):
        assert np.shares_memory(again.frame, truth.frame)


@pytest.mark.parametrize("column", ["frame", "channel", "unit"])
@pytest.mark.parametrize("place", [0, 1, 2, 5, 7])
def test_one_row_out_of_order_is_noticed_wherever_it_is(monkeypatch, column, place):
    monkeypatch.setattr("system.ground_truth.truth.ROWS_AT_ONCE", 3)
    rows = {"frame": np.full(9, 5.0), "channel": np.full(9, 3), "unit": np.full(9, 7)}
    rows[column][place] += 1

    truth = make_changed(rows["frame"], rows["channel"], {"unit": rows["unit"]})

    assert getattr(truth, column).tolist() == sorted(rows[column].tolist())


def test_the_truth_of_a_channel_is_its_rows():
    truth = make([1.0, 2.0, 3.0], [0, 1, 0])

    assert truth.channels == 2
    assert truth.of_channel(0).frame.tolist() == [1.0, 3.0]
    assert len(truth.of_channel(5)) == 0
    assert make([1.0], [0], noise_level=np.array([0.1, 0.2, 0.3])).channels == 3


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
        ({"unit": np.array([0.0, 0.5])}, f"truth unit {WHOLE}, not 0.5"),
        ({"unit": np.array([1 << 31, 0])}, f"truth unit {WHOLE}, not 2147483648"),
        ({"channel": np.array([0, np.nan])}, f"truth channel {WHOLE}, not nan"),
        ({"frame": np.array([1.0, 2j])}, "truth frame must be real numbers, not complex128"),
        ({"neutral": np.array(["a", "b"])}, "truth neutral must be real numbers, not <U1"),
        ({"neutral": np.array([0, 2])}, "truth neutral must be true or false, not 2"),
        (
            {"noise_level": np.array([0.1, -0.1])},
            "truth noise_level must be at least 0 and finite, not -0.1",
        ),
        (
            {"noise_level": np.array([np.inf, 0.1])},
            "truth noise_level must be at least 0 and finite, not inf",
        ),
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
