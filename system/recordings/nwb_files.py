"""Neurodata Without Borders files, and folders of Zarr arrays, which may be one."""

import dataclasses
from pathlib import Path

import numpy as np
import zarr
from spikeinterface.extractors.extractor_classes import NwbRecordingExtractor

from system.errors import UserError
from system.recordings.given import Given
from system.recordings.neuro_files import open_saved, stored
from system.recordings.stored import StoredRecording
from system.recordings.third_party import third_party

__all__ = ["open_nwb", "open_zarr"]


def open_nwb(path: Path, given: Given) -> StoredRecording:
    """Open an ElectricalSeries of an NWB file.

    Parameters
    ----------
    path : Path
        File or Zarr folder.
    given : Given
        What the user says; ``stream`` is a series by path or by name.

    Returns
    -------
    StoredRecording
        Its samples: those of the fastest series unless told otherwise.

    Raises
    ------
    UserError
        The file is damaged, or has no ElectricalSeries, or none as wanted.
    """
    notes: list[str] = []
    with third_party(given.subject, "read as NWB", notes):
        series = NwbRecordingExtractor.fetch_available_electrical_series_paths(path)
        if not series:
            raise UserError(f"{given.subject}: must hold an ElectricalSeries, but holds none")
        chosen = _choose_series(path, series, given, notes)
        recording = NwbRecordingExtractor(path, electrical_series_path=chosen)
        found = stored(recording, given.subject, "NWB", notes)
    return _with_honest_scale(found)


def open_zarr(path: Path, given: Given) -> StoredRecording:
    """Open a folder of Zarr arrays that SpikeInterface wrote, or that is an NWB file.

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
        The folder is damaged, or is neither.
    """
    with third_party(given.subject, "read as Zarr"):
        group = zarr.open(str(path), mode="r")
        is_nwb = "nwb_version" in group.attrs
    return open_nwb(path, given) if is_nwb else open_saved(path, given)


def _choose_series(path: Path, series: list[str], given: Given, notes: list[str]) -> str:
    if (wanted := given.stream) is not None:
        for name in series:
            if wanted in {name, name.rpartition("/")[2]}:
                return name
        raise UserError(
            f"{given.subject}: series must be one of {', '.join(series)}, not {wanted!r}"
        )
    if len(series) == 1:
        return series[0]
    rate_hz = {
        name: NwbRecordingExtractor(path, electrical_series_path=name).get_sampling_frequency()
        for name in series
    }
    fastest = max(series, key=lambda name: rate_hz[name])  # the first of equals
    others = ", ".join(name for name in series if name != fastest)
    notes.append(f"series {fastest} was taken, not {others}")
    return fastest


def _with_honest_scale(found: StoredRecording) -> StoredRecording:
    """Forget a conversion of 1, which is what NWB says where nobody said anything."""
    scale = found.scale
    if scale is None or np.any(scale.offset_v) or not np.allclose(scale.gain_v, 1.0, rtol=1e-9):
        return found
    return dataclasses.replace(found, scale=None)
