import numpy as np
import pytest

from rtl.snippet_buffer import SnippetBufferConfig
from rtl.streams import packet_layout
from verification.cocotb_benches.packets import check_some_events, events_of
from verification.payloads import payload_dtype

CONFIG = SnippetBufferConfig(channels=4, snippet_samples=3, pre_trigger=1, history_frames=8)


def words(*events):
    records = np.zeros(3 * len(events), dtype=payload_dtype(packet_layout(13, 4)))
    for n, (time, channel, snippet) in enumerate(events):
        packet = records[3 * n : 3 * n + 3]
        packet["time"], packet["channel"], packet["sample"] = time, channel, snippet
        packet["first"][0] = packet["last"][-1] = 1
    return records


SENT = words((7, 0, [1, 2, 3]), (9, 3, [-4, 5, -6]), (9, 0, [7, 8, 9]))
EVENTS = events_of(SENT, CONFIG)


def test_words_become_events():
    assert EVENTS["time"].tolist() == [7, 9, 9]
    assert EVENTS["channel"].tolist() == [0, 3, 0]
    assert EVENTS["snippet"].tolist() == [[1, 2, 3], [-4, 5, -6], [7, 8, 9]]


def test_a_packet_cut_short_is_refused():
    with pytest.raises(AssertionError, match=r"^packets must have 3 words, but 8 words came$"):
        events_of(SENT[:-1], CONFIG)


@pytest.mark.parametrize("field", ["first", "last", "time", "channel"])
def test_a_wrong_word_is_refused(field):
    wrong = SENT.copy()
    wrong[field][4] += 1

    with pytest.raises(AssertionError, match=rf"^packet 1: {field} is wrong in word 1$"):
        events_of(wrong, CONFIG)


@pytest.mark.parametrize("kept", [[], [0], [1, 2], [0, 1, 2]])
def test_some_of_the_possible_events_in_order_pass(kept):
    check_some_events(EVENTS[kept], EVENTS)


@pytest.mark.parametrize("kept", [[1, 0], [0, 0]], ids=["out_of_order", "twice"])
def test_events_out_of_order_or_twice_are_refused(kept):
    with pytest.raises(AssertionError, match=r"^event 1, \(7, 0, .*, should not have come here$"):
        check_some_events(EVENTS[kept], EVENTS)


def test_an_event_that_was_not_possible_is_refused():
    with pytest.raises(AssertionError, match=r"^event 2, \(9, 0, .*, should not have come here$"):
        check_some_events(EVENTS, EVENTS[:2])


def test_a_wrong_snippet_is_refused():
    wrong = EVENTS.copy()
    wrong["snippet"][1, 2] = 0

    with pytest.raises(AssertionError, match=r"^event 1 is \(9, 3, .*\), not \(9, 3, .*\)$"):
        check_some_events(wrong, EVENTS)
