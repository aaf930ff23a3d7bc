"""A recording: volts, a block of frames at a time."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from system.errors import UserError
from system.ground_truth.truth import GroundTruth
from system.recordings.stored import Scale, StoredSamples

__all__ = ["LARGEST_PLAUSIBLE_V", "Recording"]

# An electrode in water passes a steady current beyond about this, so no electrode shows more.
LARGEST_PLAUSIBLE_V = 1.0

LARGEST_V = float(np.finfo(np.float32).max)  # in which voltages are kept


@dataclass(frozen=True, kw_only=True, eq=False)
class Recording:
    """A recording in a file, read and scaled as it is needed.

    Parameters
    ----------
    name : str
        Name without folder or suffix.
    source : str
        Where it was read from.
    format : str
        Name of the format.
    sampling_rate_hz : float
        Frames per second.
    samples : StoredSamples
        Samples as stored.
    scale : Scale
        From stored samples to volts.
    start_s : float
        Time of the first frame on the file's own clock, seconds.
    notes : list of str
        How the file was understood, where that was not obvious.
    truth : GroundTruth or None
        The true spikes, where known.
    """

    name: str
    source: str
    format: str
    sampling_rate_hz: float
    samples: StoredSamples
    scale: Scale
    start_s: float = 0.0
    notes: list[str] = field(default_factory=list)
    truth: GroundTruth | None = None

    @property
    def subject(self) -> str:
        """Name of the file, for messages."""
        return Path(self.source).name

    @property
    def channels(self) -> int:
        """Number of channels."""
        return self.samples.channels

    @property
    def frames(self) -> int:
        """Number of frames: samples of each channel."""
        return self.samples.frames

    @property
    def duration_s(self) -> float:
        """Length, seconds."""
        return self.frames / self.sampling_rate_hz

    def blocks(
        self, frames_per_block: int, start: int = 0, stop: int | None = None
    ) -> Iterator[npt.NDArray[np.float32]]:
        """Return an iterator over the recording in order, every frame once.

        Parameters
        ----------
        frames_per_block : int
            Frames in every block but the last, which may be shorter.
        start : int
            First frame.
        stop : int or None
            Frame after the last; ``None`` is the end of the recording.

        Returns
        -------
        iterator of numpy.ndarray
            Volts, float32, [frames, channels], C-contiguous, finite; each block its own array.

        Raises
        ------
        ValueError
            The block has no frame, or the stretch is not within the recording.
        UserError
            While iterating: the file cannot be read further, or holds a sample that is not finite
            or cannot be volts.
        """
        stop = self.frames if stop is None else stop
        if frames_per_block < 1:
            raise ValueError(f"frames_per_block must be at least 1, not {frames_per_block}")
        if not 0 <= start <= stop <= self.frames:
            raise ValueError(
                f"start and stop must be in order within 0..{self.frames}, not {start} and {stop}"
            )
        return self._blocks(frames_per_block, start, stop)

    def _blocks(
        self, frames_per_block: int, start: int, stop: int
    ) -> Iterator[npt.NDArray[np.float32]]:
        for first in range(start, stop, frames_per_block):
            yield self._volts(first, min(first + frames_per_block, stop))

    def _volts(self, start: int, stop: int) -> npt.NDArray[np.float32]:
        stored = self.samples.read(start, stop)
        if stored.shape != (stop - start, self.channels):
            raise UserError(
                f"{self.subject}: frames {start}..{stop} of {self.channels} channels were expected,"
                f" but the file gave samples of shape {stored.shape}"
            )
        block_v = np.empty(stored.shape, dtype=np.float32)
        with np.errstate(over="ignore", invalid="ignore"):  # told apart below, with their place
            np.multiply(stored, np.float32(self.scale.gain_v), out=block_v, casting="same_kind")
            if np.any(self.scale.offset_v):
                np.add(block_v, np.float32(self.scale.offset_v), out=block_v, casting="same_kind")
        lowest, highest = float(block_v.min()), float(block_v.max())
        if not (math.isfinite(lowest) and math.isfinite(highest)):
            wrong, rule = ~np.isfinite(block_v), "samples must be finite"
            if np.isfinite(stored[wrong]).all():
                rule = f"samples must be within +-{LARGEST_V:.2g} V (check --unit or --scale-v)"
            self._refuse(stored, wrong, start, rule)
        if not self.scale.declared and max(-lowest, highest) > LARGEST_PLAUSIBLE_V:
            self._refuse(
                stored,
                np.abs(block_v) > LARGEST_PLAUSIBLE_V,
                start,
                f"samples of no declared unit are taken as volts and must be within"
                f" +-{LARGEST_PLAUSIBLE_V:g} V (give --unit or --scale-v)",
            )
        return block_v

    def _refuse(
        self, stored: npt.NDArray, wrong: npt.NDArray[np.bool_], start: int, rule: str
    ) -> None:
        row, channel = np.unravel_index(int(wrong.argmax()), wrong.shape)
        frame = start + int(row)
        raise UserError(
            f"{self.subject}: {rule}, but channel {channel} at frame {frame}"
            f" ({frame / self.sampling_rate_hz:.6g} s) is {stored[row, channel]:g}"
        )
