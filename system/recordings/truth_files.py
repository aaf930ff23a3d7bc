"""True spikes in a file beside the recording: NumPy archive, table of text, or NWB units."""

import csv
from array import array
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

import numpy as np
import numpy.typing as npt

from system.errors import UserError
from system.ground_truth.truth import GroundTruth
from system.recordings.recording import Recording
from system.recordings.third_party import third_party

__all__ = ["read_truth"]

_WORDS = {
    ("neutral", "true"): 1.0,
    ("neutral", "false"): 0.0,
    ("amplitude_v", ""): np.nan,
}
_COLUMNS = ("frame", "time_s", "channel", "unit", "amplitude_v", "neutral", "noise_level")


def read_truth(path: Path, recording: Recording) -> GroundTruth:
    """Read the true spikes of a recording.

    A ``.npz`` file has an array, a ``.csv`` file has a named column for each of: ``frame`` or
    ``time_s`` (of each spike's peak, from the start of the recording), and optionally ``channel``
    (from 0; 0 unless said), ``unit`` (0 unless said), ``amplitude_v``, ``neutral``; an archive may
    have ``noise_level`` too, one number for each channel. A ``.nwb`` file has its ``units``, whose
    times are on the file's own clock; they say no channel, so that the recording must have but
    one.

    Parameters
    ----------
    path : Path
        The file.
    recording : Recording
        The recording.

    Returns
    -------
    GroundTruth
        The spikes.

    Raises
    ------
    UserError
        The file cannot be read, lacks a column, or has a spike outside of the recording.
    """
    readers = {".npz": _read_archive, ".csv": _read_table, ".nwb": _read_units}
    if path.suffix.lower() not in readers:
        shown = path.suffix or "without suffix"
        raise UserError(
            f"{path.name or path}: truth must be one of {', '.join(readers)}, not {shown}"
        )
    if not path.is_file():
        raise UserError(f"{path}: no such file")
    with third_party(path.name, "read as true spikes"):
        columns = readers[path.suffix.lower()](path, recording)
    return _truth(path.name, columns, recording)


def _read_archive(path: Path, recording: Recording) -> dict[str, npt.NDArray]:
    del recording
    with np.load(path, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files if name in _COLUMNS}


def _read_table(path: Path, recording: Recording) -> dict[str, npt.NDArray]:
    del recording
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file, skipinitialspace=True)
        names = [name.strip() for name in next(rows, [])]
        for name in _COLUMNS:
            if names.count(name) > 1:
                raise UserError(
                    f"{path.name}: {name} must be one column at most, not {names.count(name)}"
                )
        columns = {name: array("d") for name in names if name in _COLUMNS}
        for row in filter(None, rows):
            if len(row) != len(names):
                raise UserError(
                    f"{path.name}: line {rows.line_num} must have {len(names)} columns as the"
                    f" first has, not {len(row)}"
                )
            for name, text in zip(names, row, strict=True):
                if name in columns:
                    columns[name].append(_number(text, path.name, name, rows.line_num))
    return {name: np.array(values) for name, values in columns.items()}


def _read_units(path: Path, recording: Recording) -> dict[str, npt.NDArray]:
    if recording.channels != 1:
        raise UserError(
            f"{path.name}: NWB units do not say their channel, so that the recording must have"
            f" 1 channel, not {recording.channels}"
        )
    h5py = import_module("h5py")  # not for everybody who opens a recording
    with h5py.File(path, "r") as file:
        if "units/spike_times" not in file or "units/spike_times_index" not in file:
            raise UserError(f"{path.name}: must hold units with spike times, but holds none")
        time_s = np.asarray(file["units/spike_times"][()], dtype=np.float64)
        ends = np.asarray(file["units/spike_times_index"][()], dtype=np.int64)
    counts = np.diff(ends, prepend=0)
    return {
        "time_s": time_s - recording.start_s,
        "unit": np.repeat(np.arange(counts.size), counts),
    }


def _number(text: str, name: str, column: str, line: int) -> float:
    word = _WORDS.get((column, text.strip().lower()))
    try:
        return float(text) if word is None else word
    except ValueError:
        raise UserError(f"{name}: {column} on line {line} must be a number, not {text!r}") from None


def _truth(name: str, columns: Mapping[str, npt.NDArray], recording: Recording) -> GroundTruth:
    if ("frame" in columns) == ("time_s" in columns):
        found = ", ".join(columns) or "neither"
        raise UserError(f"{name}: truth must have either frame or time_s, but has {found}")
    for column, values in columns.items():
        if values.dtype.kind not in ("biuf" if column == "neutral" else "iuf"):
            raise UserError(f"{name}: {column} must be real numbers, not {values.dtype}")
    if "frame" in columns:
        frame = columns["frame"].astype(np.float64)
    else:
        with np.errstate(over="ignore"):  # infinite is outside of the recording
            frame = columns["time_s"] * np.float64(recording.sampling_rate_hz)
    rows = {column: columns.get(column, np.zeros(frame.shape)) for column in ("channel", "unit")}
    rows["amplitude_v"] = columns.get("amplitude_v", np.full(frame.shape, np.nan))
    rows["neutral"] = columns.get("neutral", np.zeros(frame.shape, dtype=bool))
    for column, values in {"frame": frame, **rows}.items():
        if values.shape != frame.shape or frame.ndim != 1:
            raise UserError(
                f"{name}: {column} must be one number per spike ({frame.size}),"
                f" not of shape {values.shape}"
            )
    _check_within(name, "frame", frame, recording.frames)
    _check_within(name, "channel", rows["channel"], recording.channels)
    try:
        return GroundTruth(frame=frame, **rows, noise_level=columns.get("noise_level"))
    except ValueError as error:
        raise UserError(f"{name}: {error}") from error


def _check_within(name: str, column: str, values: npt.NDArray, end: int) -> None:
    outside = ~((values >= 0) & (values < end))  # so that NaN is outside
    if outside.any():
        raise UserError(
            f"{name}: {column} must be within the recording (0 to below {end}),"
            f" not {values[outside][0]:g}"
        )
