"""What SpikeInterface reads: some thirty formats, most of them through Neo."""

from collections.abc import Callable
from pathlib import Path
from typing import cast

import numpy as np
import spikeinterface.core
from spikeinterface.core import BaseRecording
from spikeinterface.extractors import extractor_classes
from spikeinterface.extractors.neoextractors.neobaseextractor import NeoBaseRecordingExtractor

from system.errors import UserError
from system.recordings.formats import Format
from system.recordings.given import Given
from system.recordings.neuro_samples import NeuroSamples
from system.recordings.neuro_streams import VOLTS, choose_stream
from system.recordings.stored import Scale, StoredRecording
from system.recordings.third_party import third_party

__all__ = ["open_extractor", "open_neuro", "open_saved", "stored"]

# The reader of Maxwell's files would otherwise download and install a plugin.
_OPTIONS = {"MaxwellRecordingExtractor": {"install_maxwell_plugin": False}}


def open_neuro(path: Path, given: Given, known: Format) -> StoredRecording:
    """Open a file or folder with the first of a format's extractors that can read it.

    Parameters
    ----------
    path : Path
        File or folder.
    given : Given
        What the user says; ``stream`` is a stream's name or number.
    known : Format
        The format.

    Returns
    -------
    StoredRecording
        Its samples.

    Raises
    ------
    UserError
        No extractor can read it: the message is the first one's.
    """
    refusals: list[UserError] = []
    for name in known.extractors:
        extractor = getattr(extractor_classes, name)
        try:
            return open_extractor(extractor, path, given, known.name)
        except UserError as error:
            refusals.append(error)
    raise refusals[0]


def open_saved(path: Path, given: Given) -> StoredRecording:
    """Open a folder that SpikeInterface wrote.

    Parameters
    ----------
    path : Path
        The folder.
    given : Given
        What the user says.

    Returns
    -------
    StoredRecording
        Its samples.

    Raises
    ------
    UserError
        The folder is damaged, or does not hold a recording.
    """
    given.check_no_stream("SpikeInterface folder")
    notes: list[str] = []
    with third_party(given.subject, "read as a SpikeInterface folder", notes):
        recording = spikeinterface.core.load(path)
        if not isinstance(recording, BaseRecording):
            raise UserError(
                f"{given.subject}: must hold a recording, not a {type(recording).__name__}"
            )
        return stored(recording, given.subject, "SpikeInterface folder", notes)


def open_extractor(
    extractor: Callable[..., BaseRecording],
    path: Path,
    given: Given,
    format_name: str,
) -> StoredRecording:
    """Open a file or folder with one of SpikeInterface's extractors.

    Parameters
    ----------
    extractor : callable
        Its class.
    path : Path
        File or folder.
    given : Given
        What the user says.
    format_name : str
        Name of the format.

    Returns
    -------
    StoredRecording
        Its samples.

    Raises
    ------
    UserError
        The extractor cannot read it.
    """
    notes: list[str] = []
    options: dict[str, object] = dict(_OPTIONS.get(getattr(extractor, "__name__", ""), {}))
    with third_party(given.subject, f"read as {format_name}", notes):
        if (neo := _as_neo(extractor)) is None:
            given.check_no_stream(format_name)
        else:
            stream = choose_stream(neo, path, given, notes)
            if stream is not None:
                options["stream_id"] = stream
        recording = extractor(path, **options)
        return stored(recording, given.subject, format_name, notes)


def stored(
    recording: BaseRecording, subject: str, format_name: str, notes: list[str]
) -> StoredRecording:
    """Return one of SpikeInterface's recordings as ours, its segments joined.

    Parameters
    ----------
    recording : BaseRecording
        The recording.
    subject : str
        Name of the file, for messages.
    format_name : str
        Name of the format.
    notes : list of str
        Notes so far; added to.

    Returns
    -------
    StoredRecording
        Its samples, of the channels that measure volts, and its scale if it has one.

    Raises
    ------
    UserError
        A file of it is not a whole number of frames long.
    """
    units = recording.get_property("physical_unit")
    if units is not None and np.isin(units, VOLTS).any():
        in_volts = np.isin(units, VOLTS)
        if not in_volts.all():
            notes.append(f"{np.sum(~in_volts)} channels that do not measure volts were left out")
            recording = recording.select_channels(recording.channel_ids[in_volts])
    has_gain = recording.has_scaleable_traces() and (
        units is None or bool(np.isin(units, VOLTS).any())
    )
    _check_whole_frames(recording, subject)
    start_s = float(recording.get_start_time(segment_index=0))
    if recording.get_num_segments() > 1:
        notes.append(f"{recording.get_num_segments()} segments were joined end to end")
        recording = spikeinterface.core.concatenate_recordings([recording])
    scale = None
    if has_gain:
        scale = Scale(
            gain_v=np.asarray(recording.get_channel_gains(), dtype=np.float64) * 1e-6,
            offset_v=np.asarray(recording.get_channel_offsets(), dtype=np.float64) * 1e-6,
        )
    return StoredRecording(
        samples=NeuroSamples(recording, subject),
        format=format_name,
        sampling_rate_hz=float(recording.get_sampling_frequency()),
        scale=scale,
        start_s=start_s,
        notes=notes,
    )


def _as_neo(extractor: Callable[..., BaseRecording]) -> type[NeoBaseRecordingExtractor] | None:
    if isinstance(extractor, type) and issubclass(extractor, NeoBaseRecordingExtractor):
        return extractor
    return None


def _check_whole_frames(recording: BaseRecording, subject: str) -> None:
    """Refuse flat files that break off within a frame; SpikeInterface drops the rest."""
    if not recording.is_binary_compatible():
        return
    layout = cast("dict", recording.get_binary_description())  # the base class has none
    frame_bytes = layout["num_channels"] * np.dtype(layout["dtype"]).itemsize
    for path in layout["file_paths"]:
        size = Path(path).stat().st_size - layout["file_offset"]
        if size % frame_bytes:
            raise UserError(
                f"{subject}: truncated; {Path(path).name} must be a whole number of frames of"
                f" {frame_bytes} bytes, not {size} bytes"
            )
