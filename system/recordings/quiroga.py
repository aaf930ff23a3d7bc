"""Quiroga's simulated records: a MATLAB file with the signal and the spikes put into it.

R. Quian Quiroga, Z. Nadasdy and Y. Ben-Shaul, "Unsupervised spike detection and sorting with
wavelets and superparamagnetic clustering", Neural Computation 16, 2004.
"""

import re
from collections.abc import Collection
from pathlib import Path

import numpy as np
import numpy.typing as npt

from system.errors import UserError
from system.ground_truth.truth import GroundTruth
from system.recordings.recording import Recording
from system.recordings.stored import Scale, StoredRecording, StoredSamples

__all__ = ["UNIT_V", "is_quiroga", "quiroga_recording"]

# The records are normalised so that spikes peak near 1; extracellular spikes near a neuron reach
# about 100 uV.
UNIT_V = 100e-6

# The records hold 64 samples at 24 kS/s of each spike after its onset.
_SPIKE_S = 64 / 24e3


def is_quiroga(names: Collection[str]) -> bool:
    """Tell a simulated record by its variables.

    Parameters
    ----------
    names : collection of str
        Names of the variables in a file.

    Returns
    -------
    bool
        The file has a signal, its sampling interval, and its spikes.
    """
    return {"data", "samplingInterval", "spike_times", "spike_class"} <= set(names)


def quiroga_recording(
    path: Path,
    samples: StoredSamples,
    sampling_rate_hz: float | None,
    spike_times: npt.NDArray[np.float64],
    spike_class: npt.NDArray[np.float64],
    notes: list[str],
) -> StoredRecording:
    """Return a simulated record with its truth.

    Parameters
    ----------
    path : Path
        The file; a name such as ``C_Easy1_noise015`` tells the noise level.
    samples : StoredSamples
        The signal.
    sampling_rate_hz : float or None
        Frames per second.
    spike_times : numpy.ndarray
        Onset of each spike, in samples counted from 1.
    spike_class : numpy.ndarray
        Neuron of each spike, counted from 1.
    notes : list of str
        Notes so far; added to.

    Returns
    -------
    StoredRecording
        The record, scaled so that 1.0 is 100 uV unless the user says otherwise.

    Raises
    ------
    UserError
        There is not one class for each spike.
    """
    if spike_times.size != spike_class.size:
        raise UserError(
            f"{path.name}: spike_class must have one value per spike ({spike_times.size}),"
            f" not {spike_class.size}"
        )
    notes.append("a simulated record in the manner of Quiroga: its spikes were taken as the truth")
    return StoredRecording(
        samples=samples,
        format="MATLAB (Quiroga's simulated record)",
        sampling_rate_hz=sampling_rate_hz,
        scale=Scale(gain_v=UNIT_V, note=f"no unit: 1.0 was taken as {UNIT_V * 1e6:g} uV"),
        notes=notes,
        find_truth=lambda recording: _truth(recording, spike_times, spike_class),
    )


def _truth(
    recording: Recording,
    spike_times: npt.NDArray[np.float64],
    spike_class: npt.NDArray[np.float64],
) -> GroundTruth:
    """Move each spike from its onset to the peak of its neuron's mean waveform."""
    onset = spike_times.astype(np.int64) - 1
    outside = (onset < 0) | (onset >= recording.frames)
    if outside.any():
        raise UserError(
            f"{recording.subject}: spike_times must be within 1..{recording.frames},"
            f" not {spike_times[outside][0]:g}"
        )
    unit = spike_class.astype(np.int32) - 1
    frame = onset.astype(np.float64)
    amplitude_v = np.full(onset.size, np.nan)
    for this in np.unique(unit):
        waveform_v = _mean_waveform(recording, onset[unit == this])
        peak = int(np.abs(waveform_v).argmax())
        frame[unit == this] += peak
        amplitude_v[unit == this] = abs(waveform_v[peak])
    level = _noise_level(recording.name)
    return GroundTruth(
        frame=np.minimum(frame, recording.frames - 1),
        channel=np.zeros(onset.size, dtype=np.int32),
        unit=unit,
        amplitude_v=amplitude_v,
        noise_level=None if level is None else np.array([level]),
    )


def _mean_waveform(recording: Recording, onset: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    length = max(1, round(_SPIKE_S * recording.sampling_rate_hz))
    total_v = np.zeros(length)
    count = 0
    for start in onset:
        if start + length <= recording.frames:
            total_v += next(recording.blocks(length, int(start), int(start) + length))[:, 0]
            count += 1
    return total_v / max(count, 1)


def _noise_level(name: str) -> float | None:
    """Return what a name such as ``C_Easy1_noise015`` says: 0.15.

    >>> _noise_level("C_Difficult1_noise005"), _noise_level("C_Easy1_noise04"), _noise_level("me")
    (0.05, 0.4, None)
    """
    found = re.search(r"noise0(\d+)$", name)
    return float(f"0.{found[1]}") if found else None
