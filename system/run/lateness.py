"""How long after the peak of a spike its event is timed: measured on known waveforms."""

from dataclasses import replace

import numpy as np

from analog_models.frontend import RecordingFrontend
from system.design import Design
from system.ground_truth import SHAPE_SETS
from system.spike_output import Lateness
from verification.golden.band_pass import band_pass
from verification.golden.spike_detector import spike_detector

__all__ = ["event_lateness"]

LEAD_S, LENGTH_S = 15e-3, 30e-3  # the filters forget the step at the start long before the spike
FILL = 0.5  # peak over full scale: far above the noise, far from clipping
PHASES = 4  # places of the peak between two frames
NEVER = (1 << 31) - 1  # a threshold


def event_lateness(design: Design) -> Lateness:
    """Return how long after a spike's extremum at the electrode its event is timed.

    An event is timed where the detector's level peaks. What the level itself trails is taken off;
    what the filters of frontend and chain delay is not, since it depends on the waveform and is
    known of none. So it is measured here, on the waveforms of
    :data:`~system.ground_truth.shapes.SHAPE_SETS`: each passes a die of the frontend, the golden
    filter and the golden detector.

    Parameters
    ----------
    design : Design
        As it runs; its channels do not matter.

    Returns
    -------
    Lateness
        Of the tabulated waveforms.

    Examples
    --------
    >>> round(event_lateness(Design.default()).typical_s * 1e3, 1)  # ms
    0.2
    """
    shapes = [shape for shapes in SHAPE_SETS.values() for shape in shapes]
    rate_hz, channels = design.band_pass.sampling_rate_hz, len(shapes) * PHASES
    frontend = RecordingFrontend(
        design.recording_frontend,
        channels=channels,
        sampling_rate_hz=rate_hz,
        mismatch_rng=np.random.default_rng(design.seeds.die),
    )
    inputs = round(LENGTH_S * rate_hz) * design.recording_frontend.oversampling
    time_s = np.arange(inputs) / frontend.input_rate_hz
    peak_frame = round(LEAD_S * rate_hz) + np.arange(PHASES) / PHASES
    voltage_v = np.column_stack(
        [shape.evaluate(time_s - peak / rate_hz) for shape in shapes for peak in peak_frame]
    )

    codes = frontend.process(
        FILL * frontend.full_scale_v * voltage_v,
        noise_rng=np.random.default_rng(design.seeds.noise),
    )
    filtered = band_pass(codes, replace(design.band_pass, channels=channels))
    detector = replace(design.spike_detector, channels=channels)
    control = design.detector_settings.control(rate_hz)
    level = spike_detector(filtered, detector, control, NEVER).level
    event_frame = level.argmax(axis=0) - control.signal_delay(detector.smoothing_samples)

    late_s = (event_frame.reshape(-1, PHASES) - peak_frame).mean(axis=1) / rate_hz
    return Lateness(
        shortest_s=float(late_s.min()),
        typical_s=float(np.median(late_s)),
        longest_s=float(late_s.max()),
    )
