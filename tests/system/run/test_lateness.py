from dataclasses import replace

import numpy as np
import pytest

from system.design import Design
from system.ground_truth import quiroga_style_record
from system.metrics import score_detection
from system.pipeline import process_recording
from system.run.lateness import event_lateness

FRAME_S = 1 / 24_000


def a_design(*, mode="smoothed_neo", channels=1, **filter_changes):
    design = Design.default(channels=channels)
    return replace(
        design,
        band_pass=replace(design.band_pass, **filter_changes),
        detector_settings=replace(design.detector_settings, mode=mode),
        rtl_simulation=replace(design.rtl_simulation, engine="none"),
    )


@pytest.mark.parametrize("shape_set", ["easy1", "difficult1", "difficult2"])
def test_events_of_a_run_are_as_late_as_said(tmp_path, shape_set):
    design = a_design()
    record = quiroga_style_record(shape_set, 0.05, seconds=4.0, rng=np.random.default_rng(2))
    said = event_lateness(design)

    outcome = process_recording(record, design, tmp_path)
    events = outcome.spikes.events()
    offset_s = score_detection(
        events["time"],
        events["channel"],
        record.truth,
        sampling_rate_hz=record.sampling_rate_hz,
        frames=record.frames,
    ).timing_error_s.offset

    assert said.shortest_s < offset_s < said.longest_s
    assert offset_s == pytest.approx(said.typical_s, abs=2 * FRAME_S)  # the sets differ by one


def test_nearly_no_filter_is_nearly_no_delay():
    design = a_design(
        mode="absolute", high_pass_hz=50.0, low_pass_order=0, coefficient_fraction_bits=20
    )
    ideal = design.recording_frontend.without_imperfections()

    late = event_lateness(replace(design, recording_frontend=ideal))

    # A peak between two frames is timed at the nearer one.
    assert late.longest_s < FRAME_S / 2
    assert late.shortest_s > -FRAME_S / 2


def test_a_slower_filter_makes_events_later():
    slow, fast = (event_lateness(a_design(low_pass_hz=hz)) for hz in (1_500.0, 3_000.0))

    assert slow.typical_s > fast.typical_s + 2 * FRAME_S
    assert fast.shortest_s < fast.typical_s < fast.longest_s


def test_the_channels_of_the_design_do_not_matter():
    assert event_lateness(a_design(channels=1)) == event_lateness(a_design(channels=68))
