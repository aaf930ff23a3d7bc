import numpy as np
import pytest

from system.ground_truth import Audibility, ProbeConfig, audible, shared_unit_recording
from system.ground_truth.truth import ROWS

CHANNELS = 6


def recording(**options):
    settings = {"seconds": 5.0, "units": 9, "rng": np.random.default_rng(8)}
    return shared_unit_recording(CHANNELS, **(settings | options))


def assert_equal(found, expected):
    for name in ROWS:
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))
        assert getattr(found, name).dtype == getattr(expected, name).dtype


@pytest.mark.parametrize("audibility", [None, Audibility(demanded=0.0, heard=0.0)])
def test_the_truth_of_each_channel_is_that_of_all_channels(audibility):
    made = recording(audibility=audibility)

    for channel in range(CHANNELS):
        assert_equal(made.truth_by_channel.of_channel(channel), made.truth.of_channel(channel))
    assert made.truth_by_channel.channels == CHANNELS
    assert len(made.truth) > 1_000


def test_the_truth_is_the_same_however_many_spikes_are_put_in_order_at_a_time(monkeypatch):
    whole = recording().truth

    monkeypatch.setattr(audible, "SPIKES_AT_ONCE", 5)
    in_pieces = recording().truth

    assert_equal(in_pieces, whole)


def test_a_peak_that_comes_after_the_end_is_left_out_on_its_channel():
    """Spikes travel along the probe, here so slowly that many arrive too late at its end."""
    made = recording(
        units=1,
        noise_levels=(0.0,),
        rate_range_hz=(200.0, 200.0),
        probe=ProbeConfig(speed_m_per_s=1e-3),  # 25 ms an electrode
    )
    per_channel = [len(made.truth_by_channel.of_channel(each)) for each in range(CHANNELS)]

    assert made.truth.frame.max() < made.frames
    assert len(made.truth) == sum(per_channel)
    assert max(per_channel) - min(per_channel) > 8  # 75 ms at least have 15


def test_without_units_there_is_no_truth():
    made = recording(units=0)

    assert len(made.truth) == 0
    assert len(made.truth_by_channel.of_channel(3)) == 0
