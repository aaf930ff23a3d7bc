from pathlib import Path

import numpy as np
import pytest

from system.run import spike_log
from system.run.spike_log import SpikeLog
from verification.golden.snippet_buffer import event_dtype


def some_events(times, channels):
    events = np.zeros(len(times), dtype=event_dtype(4))
    events["time"], events["channel"] = times, channels
    events["snippet"] = np.arange(4 * len(times)).reshape(-1, 4)
    return events


def logged(folder, *blocks):
    with SpikeLog(folder, channels=3, snippet_samples=4) as log:
        for block in blocks:
            log.add(block)
    return log


def test_all_events_come_back_in_order(tmp_path):
    first, second = some_events([5, 3], [2, 0]), some_events([1 << 40], [2])

    log = logged(tmp_path, first, some_events([], []), second)

    np.testing.assert_array_equal(log.events(), np.concatenate([first, second]))
    assert log.count == 3
    np.testing.assert_array_equal(log.per_channel, [1, 0, 2])


def test_events_are_read_once_and_cannot_be_changed(tmp_path):
    log = logged(tmp_path, some_events([5, 3], [2, 0]))

    assert log.events() is log.events()
    with pytest.raises(ValueError, match="read-only"):
        log.events()["time"][0] = 7


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is always full")
def test_a_full_disk_closes_both_files(tmp_path):
    (tmp_path / "snippets.bin").symlink_to("/dev/full")
    log = SpikeLog(tmp_path, channels=3, snippet_samples=4)
    log.add(some_events([5], [2]))

    with pytest.raises(OSError, match="No space left on device"), log:
        pass

    assert log._heads.closed
    assert log._snippets.closed


def test_no_event_at_all_is_an_empty_log(tmp_path):
    log = logged(tmp_path)

    assert log.count == 0
    assert log.events().dtype == event_dtype(4)
    assert log.events().size == 0


def test_only_the_first_snippets_of_a_channel_are_examples(tmp_path):
    many = some_events(range(100), [0] * 100)

    log = logged(tmp_path, many[:59], some_events([7], [1]), many[59:])

    assert [len(kept) for kept in log.examples] == [60, 1, 0]
    np.testing.assert_array_equal(log.examples[0], many["snippet"][:60])


def test_with_too_many_events_times_and_channels_are_kept_without_snippets(tmp_path, monkeypatch):
    monkeypatch.setattr(spike_log, "MOST_SNIPPETS", 3)
    first, second = some_events([1, 2], [0, 1]), some_events([3, 4], [2, 1])

    log = logged(tmp_path, first, second)

    assert log.events().tolist() == [(1, 0), (2, 1), (3, 2), (4, 1)]
    assert log.events().dtype.names == ("time", "channel")
    assert (tmp_path / "snippets.bin").stat().st_size == first["snippet"].nbytes
