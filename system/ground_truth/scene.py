"""Units around electrodes, and what each of their spikes adds to which channel."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from analog_models.compiled import compiled

from .firing import SpikeTrains
from .shapes import SpikeShape

__all__ = ["OVERSAMPLING", "Footprints", "Scene"]

OVERSAMPLING = 4
"""Spike times lie on a grid this much finer than the samples: 96 kHz at 24 kS/s."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Footprints:
    """How each unit looks on each channel it reaches: one row per unit and channel.

    Parameters
    ----------
    unit : numpy.ndarray
        Unit of each row, int64, in rising order.
    channel : numpy.ndarray
        Channel of each row, int64.
    peak_v : numpy.ndarray
        Height of the spike there, volts, positive.
    delay_steps : numpy.ndarray
        How much later the spike peaks there, in steps of the fine grid, int64, not negative.
    """

    unit: npt.NDArray[np.int64]
    channel: npt.NDArray[np.int64]
    peak_v: npt.NDArray[np.float64]
    delay_steps: npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Scene:
    """All spikes of a recording, to be added up wherever they are needed.

    Parameters
    ----------
    shapes : tuple of SpikeShape
        Waveform of each unit.
    trains : SpikeTrains
        Spike times of all units, in steps of ``1 / (OVERSAMPLING * sampling_rate_hz)``.
    footprints : Footprints
        Where and how strongly each unit is seen.
    sampling_rate_hz : float
        Sampling rate.
    """

    shapes: tuple[SpikeShape, ...]
    trains: SpikeTrains
    footprints: Footprints
    sampling_rate_hz: float

    @cached_property
    def _reach_frames(self) -> tuple[int, int]:
        """Frames of a waveform before and after its peak."""
        supports_s = [shape.support_s for shape in self.shapes]
        return (
            int(np.ceil(-min(first for first, _ in supports_s) * self.sampling_rate_hz)) + 1,
            int(np.ceil(max(last for _, last in supports_s) * self.sampling_rate_hz)) + 1,
        )

    @cached_property
    def _templates(self) -> npt.NDArray[np.float32]:
        """Waveforms sampled at every position of the peak between samples."""
        before, after = self._reach_frames
        phase = np.arange(OVERSAMPLING)[:, None] / OVERSAMPLING
        time_s = (np.arange(-before, after + 1) - phase) / self.sampling_rate_hz
        return np.stack([shape.evaluate(time_s) for shape in self.shapes]).astype(np.float32)

    @cached_property
    def _first_row(self) -> npt.NDArray[np.int64]:
        """Where the footprint rows of each unit begin, and after the last where they end."""
        return np.searchsorted(self.footprints.unit, np.arange(len(self.shapes) + 1))

    def add_to(self, segment_v: npt.NDArray[np.float32], start_frame: int) -> None:
        """Add every spike, or the part of it that falls here, to a stretch of recording.

        Parameters
        ----------
        segment_v : numpy.ndarray
            Volts, float32, shape (frames, channels); changed in place.
        start_frame : int
            Frame of the recording at which the stretch begins.
        """
        if not self.shapes:
            return
        before, after = self._reach_frames
        latest = int(self.footprints.delay_steps.max(initial=0)) + (after + 1) * OVERSAMPLING
        stop_frame = start_frame + segment_v.shape[0]
        first, last = np.searchsorted(
            self.trains.step,
            (start_frame * OVERSAMPLING - latest, (stop_frame + before + 1) * OVERSAMPLING),
        )
        _add_spikes(
            segment_v,
            start_frame + before,
            self.trains.step[first:last],
            self.trains.unit[first:last],
            self._first_row,
            self.footprints.channel,
            self.footprints.peak_v.astype(np.float32),
            self.footprints.delay_steps,
            self._templates,
        )


@compiled
def _add_spikes(
    segment_v: npt.NDArray[np.float32],
    origin_frame: int,
    step: npt.NDArray[np.int64],
    unit: npt.NDArray[np.int64],
    first_row: npt.NDArray[np.int64],
    channel: npt.NDArray[np.int64],
    peak_v: npt.NDArray[np.float32],
    delay_steps: npt.NDArray[np.int64],
    templates: npt.NDArray[np.float32],
) -> None:
    frames = segment_v.shape[0]
    for spike in range(step.size):
        for row in range(first_row[unit[spike]], first_row[unit[spike] + 1]):
            peak_step = step[spike] + delay_steps[row]
            waveform = templates[unit[spike], peak_step % OVERSAMPLING]
            begin = peak_step // OVERSAMPLING - origin_frame
            for i in range(max(0, -begin), min(waveform.size, frames - begin)):
                segment_v[begin + i, channel[row]] += peak_v[row] * waveform[i]
