"""A recording that is computed while it is read."""

from collections.abc import Iterator
from functools import cached_property

import numpy as np
import numpy.typing as npt

from .audible import Audibility, AudibleSpikes
from .background import SlowBackground
from .noise import NoiseSource
from .scene import Scene
from .truth import GroundTruth

__all__ = ["SEGMENT_FRAMES", "SyntheticRecording"]

SEGMENT_FRAMES = 8192
"""Frames computed at a time. Part of what a seed stands for, hence not to be chosen."""


class SyntheticRecording:
    """Spikes of known units in noise, the same however it is read.

    Reading takes the memory of a few segments of :data:`SEGMENT_FRAMES` frames, whatever the
    length; the truth takes 25 bytes a row once it is asked for.

    Parameters
    ----------
    name : str
        Short name.
    source : str
        What was generated, in words.
    frames : int
        Length.
    scene : Scene
        The spikes.
    noise : NoiseSource
        The noise of every channel, in segments of at least :data:`SEGMENT_FRAMES`.
    noise_level : numpy.ndarray
        For each channel, standard deviation of the noise over the spike peak.
    background : SlowBackground or None
        What else is added, in segments of the same length. It counts neither as noise nor as
        truth: any detector filters it out first.
    audibility : Audibility or None
        Which spikes are truth; ``None`` for all of them.
    """

    def __init__(
        self,
        *,
        name: str,
        source: str,
        frames: int,
        scene: Scene,
        noise: NoiseSource,
        noise_level: npt.NDArray[np.float64],
        background: SlowBackground | None = None,
        audibility: Audibility | None = None,
    ) -> None:
        self.name = name
        self.source = source
        self.sampling_rate_hz = scene.sampling_rate_hz
        self.channels = noise_level.size
        self.frames = frames
        self.scene = scene
        self._noise = noise
        self._noise_level = noise_level
        self._background = background
        self._audibility = audibility

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r}: {self.channels} ch, {self.seconds:g} s>"

    @property
    def seconds(self) -> float:
        """Length, seconds."""
        return self.frames / self.sampling_rate_hz

    @cached_property
    def truth_by_channel(self) -> AudibleSpikes:
        """The same as :attr:`truth`, made channel by channel: for a long recording."""
        return AudibleSpikes(
            self.scene,
            frames=self.frames,
            noise_v=self._noise.level_v,
            noise_level=self._noise_level,
            audibility=self._audibility,
        )

    @cached_property
    def truth(self) -> GroundTruth:
        """Every spike that is in the recording, per channel that it is heard on."""
        return self.truth_by_channel.on_all_channels()

    @cached_property
    def voltage_v(self) -> npt.NDArray[np.float32]:
        """The whole recording in memory, volts, float32, shape (frames, channels)."""
        voltage_v = np.empty((self.frames, self.channels), dtype=np.float32)
        frame = 0
        for block_v in self.blocks(SEGMENT_FRAMES):
            voltage_v[frame : frame + len(block_v)] = block_v
            frame += len(block_v)
        return voltage_v

    def blocks(
        self, frames_per_block: int, start: int = 0, stop: int | None = None
    ) -> Iterator[npt.NDArray[np.float32]]:
        """Read the recording block by block.

        Parameters
        ----------
        frames_per_block : int
            Length of every block but the last; has no influence on the values.
        start : int
            First frame.
        stop : int or None
            Frame after the last; ``None`` for the end of the recording.

        Yields
        ------
        numpy.ndarray
            Volts, float32, C-contiguous, shape (frames, channels), the caller's to keep.

        Raises
        ------
        ValueError
            If the block length is not positive or the range is not inside the recording.
        """
        stop = self.frames if stop is None else stop
        if frames_per_block < 1:
            raise ValueError(f"frames_per_block must be positive, not {frames_per_block!r}")
        if not 0 <= start <= stop <= self.frames:
            raise ValueError(
                f"range must satisfy 0 <= start <= stop <= {self.frames}, not {start}..{stop}"
            )
        return self._read(frames_per_block, start, stop)

    def _read(
        self, frames_per_block: int, start: int, stop: int
    ) -> Iterator[npt.NDArray[np.float32]]:
        length = self._noise.segment_frames
        index, segment_v = -1, np.empty((0, self.channels), dtype=np.float32)
        for begin in range(start, stop, frames_per_block):
            end = min(begin + frames_per_block, stop)
            block_v = np.empty((end - begin, self.channels), dtype=np.float32)
            frame = begin
            while frame < end:
                if frame // length != index:
                    index = frame // length
                    segment_v = self._segment(index)
                part_v = segment_v[frame - index * length : end - index * length]
                block_v[frame - begin : frame - begin + len(part_v)] = part_v
                frame += len(part_v)
            yield block_v

    def _segment(self, index: int) -> npt.NDArray[np.float32]:
        """Compute one segment of the fixed length."""
        segment_v = self._noise.segment(index)
        if self._background is not None:
            segment_v += self._background.segment(index)
        self.scene.add_to(segment_v, index * self._noise.segment_frames)
        return segment_v
