import numpy as np
import pytest

from rtl.band_pass import BandPassConfig
from verification.golden.band_pass import band_pass
from verification.stimuli import (
    corner_codes,
    rounding_ties,
    sample_records,
    spiky_samples,
    worst_case_codes,
)

WIDTH = 7
LOW, HIGH = -64, 63
CORNERS = corner_codes(channels=3, width=WIDTH, frames=48, rng=np.random.default_rng(3))


@pytest.mark.parametrize("name", CORNERS)
def test_corners_fit_their_width(name):
    assert CORNERS[name].shape == (48, 3)
    assert LOW <= CORNERS[name].min() <= CORNERS[name].max() <= HIGH


@pytest.mark.parametrize("name", ["square", "alternating_extremes", "impulses", "ramp"])
def test_loud_corners_reach_both_limits_on_every_channel(name):
    assert (CORNERS[name].min(axis=0) == LOW).all()
    assert (CORNERS[name].max(axis=0) == HIGH).all()


def test_corners_are_what_their_names_say():
    assert not CORNERS["silence"].any()
    assert (np.diff(CORNERS["offset"], axis=0) == 0).all()
    assert (np.abs(np.diff(CORNERS["alternating_extremes"], axis=0)) == HIGH - LOW).all()
    assert (np.count_nonzero(CORNERS["one_channel_at_a_time"], axis=1) <= 1).all()
    assert CORNERS["one_channel_at_a_time"].any(axis=0).all()


def test_the_worst_case_saturates_the_filter_on_both_sides():
    config = BandPassConfig(channels=2, low_pass_hz=6_000.0, low_pass_order=2)
    noise = corner_codes(channels=2, width=10, frames=200, rng=np.random.default_rng(3))["noise"]

    driven = band_pass(worst_case_codes(config, frames=200), config)[-1]

    assert driven.tolist() == [config.output_max, config.output_min]
    assert np.abs(band_pass(noise, config)).max() < config.output_max


def test_at_rounding_ties_the_exact_result_is_half_way():
    config = BandPassConfig(channels=1, high_pass_order=2, low_pass_order=0)

    ties = rounding_ties(config)

    exact = config.sections[0].gain * ties / 2**config.coefficient_fraction_bits
    in_section, at_output = (
        np.abs(exact * 2**bits % 1 - 0.5)
        for bits in (config.guard_bits, config.output_fraction_bits)
    )
    rounding_before = 2.0 ** (config.output_fraction_bits - config.guard_bits - 1)
    assert len(ties)
    assert ((in_section == 0) | (at_output <= rounding_before)).all()


def test_spikes_stand_out_of_the_noise_on_every_channel():
    samples = spiky_samples(channels=3, width=WIDTH, frames=600, rng=np.random.default_rng(3))

    assert LOW <= samples.min() <= samples.max() <= HIGH
    assert (np.abs(samples).max(axis=0) > 20 * np.median(np.abs(samples), axis=0)).all()


def test_records_restart_every_channel_once():
    records = sample_records(CORNERS["ramp"], width=WIDTH)

    assert records["channel"][:4].tolist() == [0, 1, 2, 0]
    assert records["restart"].tolist() == [1, 1, 1] + [0] * 141
    np.testing.assert_array_equal(records["sample"].reshape(48, 3), CORNERS["ramp"])
