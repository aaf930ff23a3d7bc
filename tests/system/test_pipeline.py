import dataclasses
import json

import numpy as np
import pytest

from analog_models.amplifier import AmplifierConfig
from analog_models.frontend_config import FrontendConfig
from rtl.detector_settings import DetectorSettings
from system import pipeline
from system.design import Design, GainChoice, RtlSimulation
from system.errors import UserError
from system.ground_truth import Audibility, shared_unit_recording
from system.pipeline import process_recording
from system.recordings import open_recording
from system.report import validate_report
from system.run.report import build_report

CHANNELS = 3
SECONDS = 2.0
RATE_HZ = 24_000.0


@pytest.fixture(scope="module")
def recording():
    return shared_unit_recording(
        CHANNELS,
        seconds=SECONDS,
        sampling_rate_hz=RATE_HZ,
        noise_levels=(0.05, 0.1),
        rng=np.random.default_rng(7),
    )


def a_design(**sections):
    quick = {"rtl_simulation": RtlSimulation(engine="none")}
    return dataclasses.replace(Design.default(channels=CHANNELS), **{**quick, **sections})


def report_of(outcome):
    return validate_report(build_report(outcome, command=["axocell", "run"], recording_seed=7))


def test_spikes_of_a_recording_are_found_and_scored(recording, tmp_path):
    outcome = process_recording(recording, a_design(), tmp_path)
    report = report_of(outcome)

    assert outcome.frames == recording.frames
    assert not outcome.interrupted
    assert report["events"]["count"] == outcome.spikes.count > 0
    assert report["detection"]["precision"] > 0.9
    assert report["recording"]["seconds"] == SECONDS
    assert [trace["channel"] for trace in report["traces"]] == [0, 1, 2]
    assert report["seeds"] == {"die": 1, "noise": 2, "recording": 7}
    assert report["design"]["gain_choice"]["automatic"] is False
    json.dumps(report)


def test_the_truth_of_a_generated_recording_is_never_made_as_a_whole(tmp_path):
    """That of an hour of 68 channels takes 400 MB."""
    made = shared_unit_recording(CHANNELS, seconds=0.5, rng=np.random.default_rng(7))

    report = report_of(process_recording(made, a_design(), tmp_path))

    assert report["detection"]["true_positives"] > 0
    assert "truth" not in vars(made)


def test_traces_show_the_true_spikes_of_their_stretch(recording, tmp_path):
    truth = recording.truth

    traces = report_of(process_recording(recording, a_design(), tmp_path))["traces"]

    for trace in traces:
        stop_s = 1.0 + len(trace["filtered_v"]) / RATE_HZ
        spike_s = truth.frame[(truth.channel == trace["channel"]) & ~truth.neutral] / RATE_HZ
        shown_s = spike_s[(spike_s >= 1.0) & (spike_s < stop_s)]
        assert trace["start_s"] == 1.0
        assert trace["truth_s"] == pytest.approx(shown_s.tolist())
    assert sum(len(trace["truth_s"]) for trace in traces) > 10


def test_detections_of_faint_spikes_are_counted_apart(tmp_path):
    faint = shared_unit_recording(
        CHANNELS,
        seconds=1.0,
        sampling_rate_hz=RATE_HZ,
        noise_levels=(0.05, 0.1),
        audibility=Audibility(demanded=15.0),
        rng=np.random.default_rng(7),
    )

    detection = report_of(process_recording(faint, a_design(), tmp_path))["detection"]

    assert detection["neutral"] == sum(item["neutral"] for item in detection["per_channel"]) > 0
    assert sum(item["detected"] for item in detection["per_channel"]) == (
        detection["true_positives"] + detection["false_positives"] + detection["neutral"]
    )


def test_the_same_seeds_give_the_same_events_whatever_the_blocks(recording, tmp_path, monkeypatch):
    whole = process_recording(recording, a_design(), tmp_path).spikes.events()
    monkeypatch.setattr(pipeline, "BLOCK_SAMPLES", 1_001)
    in_parts = process_recording(recording, a_design(), tmp_path).spikes.events()

    np.testing.assert_array_equal(in_parts, whole)


def test_only_the_beginning_is_processed_on_request(recording, tmp_path):
    report = report_of(process_recording(recording, a_design(), tmp_path, seconds=0.5))

    assert report["recording"]["frames"] == 12_000
    assert (report["recording"]["seconds"], report["recording"]["whole_s"]) == (0.5, SECONDS)
    assert "The first 0.5 s of 2 s were processed." in report["notes"]


def test_a_stop_keeps_what_was_done(recording, tmp_path, monkeypatch):
    monkeypatch.setattr(pipeline, "BLOCK_SAMPLES", CHANNELS * 12_000)
    done = []

    outcome = process_recording(
        recording,
        a_design(),
        tmp_path,
        progress=lambda _stage, fraction: done.append(fraction),
        stop_requested=lambda: 0.4 < max(done) < 0.6,
    )

    assert outcome.interrupted
    assert outcome.frames == 24_000
    notes = report_of(outcome)["notes"]
    assert "The run was interrupted after 1 s of the recording." in notes


def test_a_stop_before_anything_was_done_keeps_nothing(recording, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        process_recording(recording, a_design(), tmp_path, stop_requested=lambda: True)


def test_the_beginning_of_the_recording_decides_the_gain(recording, tmp_path):
    outcome = process_recording(recording, a_design(), tmp_path, seconds=0.1)

    gain = outcome.design.recording_frontend.amplifier.gain
    assert gain == 800.0
    assert "The gain of 800 was chosen by the recording's beginning." in report_of(outcome)["notes"]


def test_a_gain_that_the_design_sets_is_kept(recording, tmp_path):
    design = a_design(gain_choice=GainChoice(automatic=False))

    outcome = process_recording(recording, design, tmp_path, seconds=0.1)

    assert outcome.design == design
    assert report_of(outcome)["notes"] == [
        "The first 0.1 s of 2 s were processed.",
        "The design leaves the circuit out.",
    ]


def test_clipped_samples_are_counted_and_explained(tmp_path):
    time_s = np.arange(4_800) / RATE_HZ
    voltage_v = 4e-3 * np.sin(2 * np.pi * 1e3 * time_s)
    np.save(tmp_path / "loud.npy", np.repeat(voltage_v[:, np.newaxis], CHANNELS, axis=1))
    loud = open_recording(tmp_path / "loud.npy", sampling_rate_hz=RATE_HZ, unit="V")
    design = a_design(gain_choice=GainChoice(automatic=False))
    tolerant = dataclasses.replace(
        design, recording=dataclasses.replace(design.recording, clipped_limit=1.0)
    )

    with pytest.raises(UserError, match="may be clipped by the frontend"):
        process_recording(loud, design, tmp_path)
    report = report_of(process_recording(loud, tolerant, tmp_path))

    assert report["detection"] is None
    assert report["frontend"]["clipped_fraction"] > 0.5
    (note,) = [note for note in report["notes"] if "clipped" in note]
    assert note.endswith(
        "were clipped at a gain of 400; recording_frontend.amplifier.gain can be as low as 25."
    )


def test_one_frame_of_one_channel_is_a_recording(tmp_path):
    np.save(tmp_path / "short.npy", np.zeros((1, 1)))
    short = open_recording(tmp_path / "short.npy", sampling_rate_hz=RATE_HZ, unit="V")
    design = dataclasses.replace(
        Design.default(channels=1, sampling_rate_hz=RATE_HZ),
        rtl_simulation=RtlSimulation(engine="none"),
    )

    report = report_of(process_recording(short, design, tmp_path))

    assert report["events"] == {"count": 0, "lost": 0, "per_channel": [0]}
    assert report["rtl_golden"]["samples"] == 0
    assert report["data_rate"]["reduction"] is None


def test_the_circuit_itself_processes_the_beginning_and_agrees(recording, tmp_path):
    design = a_design(
        rtl_simulation=RtlSimulation(engine="pysim", pysim_samples=CHANNELS * 1_200),
        detector_settings=DetectorSettings(warm_up_s=0.005),
    )

    outcome = process_recording(recording, design, tmp_path, seconds=0.1)
    compared = report_of(outcome)["rtl_golden"]

    assert compared["engine"] == "pysim"
    assert compared["mismatches"] == compared["event_mismatches"] == 0
    assert compared["events_compared"] > 0
    assert compared["samples"] == CHANNELS * 1_200
    assert compared["covered_fraction"] == 0.5


def test_a_frontend_that_cannot_be_made_is_explained(recording, tmp_path, monkeypatch):
    def refuse(*_parts, **_settings):
        raise ValueError("frontend sampling_rate_hz must be positive, not 0")

    monkeypatch.setattr(pipeline, "RecordingFrontend", refuse)

    with pytest.raises(UserError) as error:
        process_recording(recording, a_design(), tmp_path)

    assert str(error.value) == (
        "recording_frontend: frontend sampling_rate_hz must be positive, not 0"
    )


def test_memory_does_not_hold_the_recording(tmp_path, monkeypatch):
    """Blocks are as long as the number of channels allows, and no longer."""
    lengths = []
    wide = shared_unit_recording(CHANNELS, seconds=0.2, units=0, rng=np.random.default_rng(1))
    read = wide.blocks

    def blocks(frames_per_block, start=0, stop=None):
        lengths.append(frames_per_block)
        return read(frames_per_block, start, stop)

    monkeypatch.setattr(wide, "blocks", blocks)
    monkeypatch.setattr(pipeline, "BLOCK_SAMPLES", 300)
    monkeypatch.setattr(pipeline, "GAIN_SAMPLES", 600)
    gains = AmplifierConfig(gain=25.0)

    process_recording(wide, a_design(recording_frontend=FrontendConfig(amplifier=gains)), tmp_path)

    assert lengths[0] == 200  # for the gain
    assert max(lengths[1:]) == 100
