"""Samples that SpikeInterface reads."""

import mmap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from spikeinterface.core import BaseRecording
from spikeinterface.extractors.neoextractors.neobaseextractor import NeoBaseRecordingExtractor

from system.recordings.third_party import third_party

__all__ = ["NeuroSamples"]


@dataclass(frozen=True, eq=False)
class NeuroSamples:
    """Samples that SpikeInterface reads.

    Parameters
    ----------
    recording : BaseRecording
        SpikeInterface's recording, of one segment.
    subject : str
        Name of the file, for messages.
    """

    recording: BaseRecording
    subject: str

    @property
    def frames(self) -> int:
        """Number of frames."""
        return int(self.recording.get_num_samples(segment_index=0))

    @property
    def channels(self) -> int:
        """Number of channels."""
        return int(self.recording.get_num_channels())

    @property
    def dtype(self) -> np.dtype:
        """Type of a sample."""
        return np.dtype(self.recording.get_dtype())

    def read(self, start: int, stop: int) -> npt.NDArray:
        """Return frames ``start`` to ``stop`` (excluded).

        Parameters
        ----------
        start, stop : int
            First frame, and frame after the last.

        Returns
        -------
        numpy.ndarray
            Samples as stored, [frames, channels].

        Raises
        ------
        UserError
            The file cannot be read further.
        """
        with third_party(self.subject, "read further"):
            traces = self.recording.get_traces(start_frame=start, end_frame=stop, segment_index=0)
            traces = np.array(traces)
        for reader in _readers(self.recording):
            _forget_pages(vars(reader).values())
        return traces


def _readers(recording: BaseRecording) -> Iterator[object]:
    """Yield Neo's readers behind a recording, which may be a selection from another."""
    pending: list[object] = [recording]
    while pending:
        this = pending.pop()
        if not isinstance(this, BaseRecording):
            continue
        if isinstance(this, NeoBaseRecordingExtractor):
            yield this.neo_reader
        pending.append(this.get_parent())
        pending.extend(vars(this).get("recording_list", []))


def _forget_pages(values: Iterable[object], depth: int = 3) -> None:
    """Tell the system that mapped pages are done with; else all that was read counts as memory."""
    if not hasattr(mmap, "MADV_DONTNEED"):
        return
    for value in values:
        if isinstance(value, np.memmap):
            mapping = value.base
            while isinstance(mapping, np.ndarray):
                mapping = mapping.base
            if isinstance(mapping, mmap.mmap):
                mapping.madvise(mmap.MADV_DONTNEED)
        elif depth and isinstance(value, dict):
            _forget_pages(value.values(), depth - 1)
        elif depth and isinstance(value, list):
            _forget_pages(value, depth - 1)
