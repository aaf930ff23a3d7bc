import numpy as np
import pytest

from system.run.event_difference import event_difference
from verification.golden.snippet_buffer import event_dtype


def events(*items):
    """Return events of (time, channel) or (time, channel, first sample of the snippet)."""
    rows = [(time, channel, [*sample, 2]) for time, channel, *sample in map(padded, items)]
    return np.array(rows, dtype=event_dtype(2))


def padded(item):
    return (*item, 1)[:3]


A, B, C, D = (10, 0), (20, 1), (20, 2), (30, 0)
ALTERED_B = (20, 1, 7)

# What the model has, what the circuit has, how many losses it has counted: how many events differ,
# how many of these are losses.
CASES = {
    "the_same": ([A, B, C], [A, B, C], 0, 0, 0),
    "the_same_in_another_order": ([A, B, C], [C, A, B], 0, 0, 0),
    "the_same_with_losses_to_come": ([A, B], [A, B], 5, 0, 0),
    "missing_and_not_counted": ([A, B], [A], 0, 1, 0),
    "missing_and_counted": ([A, B], [A], 1, 0, 1),
    "missing_with_more_counted": ([A, B], [A], 3, 0, 1),
    "two_missing_and_one_counted": ([A, B, D], [A], 1, 1, 1),
    "all_missing_and_counted": ([A, B, D], [], 3, 0, 3),
    "one_too_many": ([A], [A, B], 0, 1, 0),
    "one_too_many_whatever_is_counted": ([A], [A, B], 9, 1, 0),
    "sent_twice": ([A, B], [A, A, B], 9, 1, 0),
    "sent_twice_and_another_lost": ([A, B], [A, A], 9, 1, 1),
    "another_snippet": ([A, B], [A, ALTERED_B], 0, 2, 0),
    "another_snippet_whatever_is_counted": ([A, B], [A, ALTERED_B], 9, 2, 0),
    "another_snippet_as_well": ([A, B], [A, B, ALTERED_B], 9, 1, 0),
    "another_snippet_and_another_lost": ([A, B, C], [A, ALTERED_B], 1, 2, 1),
    "another_channel": ([A, B], [A, C], 0, 2, 0),
    "another_channel_and_another_lost": ([A, B, D], [A, C], 1, 2, 1),
    "snippets_of_two_channels_exchanged": (
        [(20, 1, 5), (20, 2, 6)],
        [(20, 1, 6), (20, 2, 5)],
        9,
        4,
        0,
    ),
    "nothing": ([], [], 0, 0, 0),
}


@pytest.mark.parametrize(
    ("golden", "circuit", "lost", "mismatches", "losses"), CASES.values(), ids=list(CASES)
)
def test_losses_and_mismatches_are_told_apart(golden, circuit, lost, mismatches, losses):
    difference = event_difference(events(*golden), events(*circuit), lost=lost)

    assert (difference.mismatches, difference.losses) == (mismatches, losses)
    assert (difference.first is None) == (mismatches == 0)


def test_every_event_of_either_counts_once():
    difference = event_difference(events(A, B, D), events(A, A, ALTERED_B), lost=1)

    assert difference.events == 5  # A twice, both of B, D
    assert difference.mismatches == 3
    assert difference.losses == 1


@pytest.mark.parametrize(
    ("golden", "circuit", "lost", "words"),
    [
        (
            [A, D, B],
            [A],
            0,
            "event of channel 1 at frame 20: the model alone has it with this snippet",
        ),
        (
            [B, D],
            [B, A],
            0,
            "event of channel 0 at frame 10: the circuit alone has it with this snippet",
        ),
        (
            [A, B, D],
            [A],
            1,
            (
                "event of channel 1 at frame 20: the model alone has it with this snippet; "
                "of 2 such events the circuit counts 1 as lost"
            ),
        ),
        (
            [A, B],
            [ALTERED_B],
            1,  # which explains A, so that B is what to look at
            "event of channel 1 at frame 20: the model alone has it with this snippet",
        ),
    ],
    ids=["missing", "too_many", "some_lost", "all_lost"],
)
def test_the_first_mismatch_is_described(golden, circuit, lost, words):
    assert event_difference(events(*golden), events(*circuit), lost=lost).first == words
