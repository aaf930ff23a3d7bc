"""Intan's files, alone or in minute-long pieces; their time stamps are checked as they are read."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from neo.rawio import IntanRawIO
from spikeinterface.extractors.extractor_classes import IntanRecordingExtractor

from system.errors import UserError
from system.recordings.given import Given
from system.recordings.neuro_files import open_extractor
from system.recordings.neuro_samples import NeuroSamples
from system.recordings.stored import StoredRecording, StoredSamples

__all__ = ["open_intan", "open_intan_folder"]


def open_intan(path: Path, given: Given) -> StoredRecording:
    """Open a .rhd or .rhs file, or the info file of a folder with the samples beside it.

    Parameters
    ----------
    path : Path
        The file.
    given : Given
        What the user says; ``stream`` is a stream's name or number.

    Returns
    -------
    StoredRecording
        Its samples: the amplifier channels unless told otherwise.

    Raises
    ------
    UserError
        The file is damaged.
    """
    found = open_extractor(_IntanRecording, path, given, "Intan")
    samples = found.samples
    if isinstance(samples, NeuroSamples) and isinstance(samples.recording, _IntanRecording):
        samples = _IntanSamples(samples.recording, given.subject)
    return dataclasses.replace(found, samples=samples)


def open_intan_folder(path: Path, given: Given) -> StoredRecording:
    """Open a folder of .rhd or .rhs files that continue one another in the order of their names.

    Parameters
    ----------
    path : Path
        The folder.
    given : Given
        What the user says; ``stream`` is a stream's name or number.

    Returns
    -------
    StoredRecording
        Their samples, joined end to end.

    Raises
    ------
    UserError
        A file is damaged, or has other channels or another sampling rate than the first.
    """
    files = sorted(file for file in path.iterdir() if file.suffix.lower() in {".rhd", ".rhs"})
    pieces = [open_intan(file, dataclasses.replace(given, subject=file.name)) for file in files]
    first = pieces[0]
    for file, piece in zip(files, pieces, strict=True):
        if (piece.samples.channels, piece.sampling_rate_hz) != (
            first.samples.channels,
            first.sampling_rate_hz,
        ):
            raise UserError(
                f"{path.name}: all files must have the {first.samples.channels} channels at"
                f" {first.sampling_rate_hz:g} Hz of {files[0].name}, but {file.name} has"
                f" {piece.samples.channels} at {piece.sampling_rate_hz:g} Hz"
            )
    if len(files) == 1:
        return first
    return dataclasses.replace(
        first,
        samples=_JoinedSamples(tuple(piece.samples for piece in pieces)),
        notes=[*first.notes, f"{len(files)} files were joined end to end"],
    )


class _IntanReader(IntanRawIO):
    """Neo's reader without its search for gaps, which would read the whole file beforehand."""

    def _assert_timestamp_continuity(self) -> None:
        """Leave gaps to :class:`_IntanSamples`, which finds them while reading."""

    def stamps(self, start: int, stop: int) -> npt.NDArray[np.int64]:
        """Return the time stamps of frames ``start`` to ``stop`` (excluded)."""
        if self.file_format == "header-attached":
            stored = self._raw_data["timestamp"]
            per_row = stored.shape[1]
            rows = stored[start // per_row : -(-stop // per_row)]
            return rows.astype(np.int64).reshape(-1)[start % per_row :][: stop - start]
        stored = self._raw_data["timestamp"]
        stored = stored[0] if isinstance(stored, list) else stored
        return stored[start:stop].astype(np.int64).reshape(-1)


class _IntanRecording(IntanRecordingExtractor):
    """SpikeInterface's extractor on the reader above."""

    neo_reader: _IntanReader

    @classmethod
    def get_neo_io_reader(cls, raw_class: str, **neo_kwargs: object) -> _IntanReader:
        """Return the reader above, its header read."""
        del raw_class
        reader = _IntanReader(str(neo_kwargs["filename"]), ignore_integrity_checks=True)
        reader.parse_header()
        return reader


@dataclass(frozen=True, eq=False)
class _IntanSamples(NeuroSamples):
    """Samples whose time stamps must rise by one."""

    recording: _IntanRecording

    def read(self, start: int, stop: int) -> npt.NDArray:
        stamps = self.recording.neo_reader.stamps(max(start - 1, 0), stop)
        gaps = np.flatnonzero(np.diff(stamps) != 1)
        if gaps.size and self.recording.stream_id == "0":
            frame = max(start - 1, 0) + int(gaps[0]) + 1
            raise UserError(
                f"{self.subject}: time stamps must rise by 1, but go from {stamps[gaps[0]]} to"
                f" {stamps[gaps[0] + 1]} at frame {frame}: the recording has a gap or is damaged"
            )
        return super().read(start, stop)


@dataclass(frozen=True, eq=False)
class _JoinedSamples:
    """Samples of several files, one after another."""

    pieces: tuple[StoredSamples, ...]

    @property
    def frames(self) -> int:
        return sum(piece.frames for piece in self.pieces)

    @property
    def channels(self) -> int:
        return self.pieces[0].channels

    @property
    def dtype(self) -> np.dtype:
        return self.pieces[0].dtype

    def read(self, start: int, stop: int) -> npt.NDArray:
        parts, first = [], 0
        for piece in self.pieces:
            begin, end = max(start - first, 0), min(stop - first, piece.frames)
            if begin < end:
                parts.append(piece.read(begin, end))
            first += piece.frames
        return np.concatenate(parts)
