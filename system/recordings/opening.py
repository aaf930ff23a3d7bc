"""Opening a recording of any known format."""

import importlib
import math
from dataclasses import replace
from pathlib import Path

from system.errors import UserError
from system.names import displayable
from system.recordings.formats import choose_format
from system.recordings.given import Given
from system.recordings.recording import Recording
from system.recordings.scaling import choose_scale
from system.recordings.stored import StoredRecording
from system.recordings.third_party import third_party
from system.recordings.truth_files import read_truth

__all__ = ["open_recording"]

# As precise as anybody states a rate; converters' crystals are off by less.
_SAME_RATE = 1e-3

# Enough to notice a wrong unit before anything else is done.
_FIRST_SAMPLES = 1 << 20


def open_recording(
    path: str | Path,
    *,
    sampling_rate_hz: float | None = None,
    scale_v: float | None = None,
    unit: str | None = None,
    channels: int | None = None,
    dtype: str | None = None,
    stream: str | None = None,
    truth: str | Path | None = None,
) -> Recording:
    """Open a recording; its samples are read when they are asked for.

    Parameters
    ----------
    path : str or Path
        File or folder, of any format in :data:`~system.recordings.formats.FORMATS`.
    sampling_rate_hz : float, optional
        Frames per second, for a file that does not say.
    scale_v : float, optional
        Volts per unit of a stored sample, for a file that does not say; overrules one that does.
    unit : str, optional
        The same as a unit: V, mV, uV or nV.
    channels : int, optional
        Number of channels: needed for raw binary files, checked for others.
    dtype : str, optional
        NumPy type of a sample: needed for raw binary files, checked for others.
    stream : str, optional
        Which of several signals in the file: a stream by name or number, an NWB series by path or
        name, a variable of a MATLAB file or NumPy archive by name.
    truth : str or Path, optional
        File with the true spikes: see :func:`~system.recordings.truth_files.read_truth`.

    Returns
    -------
    Recording
        The recording, its beginning already checked.

    Raises
    ------
    UserError
        The file cannot be opened, is damaged or is empty; something is missing that the file does
        not say; or something given contradicts the file. One line: file, rule, value.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     np.save(f"{folder}/probe.npy", np.zeros((48_000, 4)))
    ...     recording = open_recording(f"{folder}/probe.npy", sampling_rate_hz=24e3)
    ...     [block_v.shape for block_v in recording.blocks(20_000)]
    [(20000, 4), (20000, 4), (8000, 4)]
    """
    if not str(path):
        raise UserError(f"a recording must be a file or folder, not {str(path)!r}")
    path = Path(path)
    path = path if path.stem.strip(".") else path.resolve()  # "." and ".." have no name
    given = Given(
        subject=path.name,
        sampling_rate_hz=sampling_rate_hz,
        scale_v=scale_v,
        unit=unit,
        channels=channels,
        dtype=dtype,
        stream=stream,
    )
    _check_readable(path)
    known, target = choose_format(path, given)
    if known.takes == "file":
        given = replace(given, subject=target.name)
    with third_party(path.name, "opened"):
        reader = getattr(importlib.import_module(known.module), known.function)
    stored: StoredRecording = (
        reader(target, given, known) if known.extractors else reader(target, given)
    )
    _check_shape(path.name, stored, given)
    notes = list(stored.notes)
    recording = Recording(
        name=displayable(path.absolute().name if path.is_dir() else path.stem),
        source=displayable(path),
        format=stored.format,
        sampling_rate_hz=_sampling_rate_hz(path.name, stored, given),
        samples=stored.samples,
        scale=choose_scale(path.name, stored, given, notes),
        start_s=stored.start_s,
        notes=notes,
    )
    next(recording.blocks(max(1, min(recording.frames, _FIRST_SAMPLES // recording.channels))))
    if truth is not None:
        return replace(recording, truth=read_truth(Path(truth), recording))
    if stored.find_truth is not None:
        return replace(recording, truth=stored.find_truth(recording))
    return recording


def _check_readable(path: Path) -> None:
    try:
        if path.is_dir():
            is_empty = not any(path.iterdir())
        elif path.exists() and not path.is_file():
            kind = "pipe" if path.is_fifo() else "socket" if path.is_socket() else "device"
            raise UserError(f"{path}: must be a file or a folder, not a {kind}")
        else:
            with path.open("rb") as file:
                is_empty = not file.read(1)
    except FileNotFoundError as error:
        raise UserError(f"{path}: no such file or folder") from error
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from error
    if is_empty:
        raise UserError(f"{path}: is empty")


def _check_shape(name: str, stored: StoredRecording, given: Given) -> None:
    samples = stored.samples
    if samples.channels < 1:
        raise UserError(f"{name}: must have at least one channel, not {samples.channels}")
    if samples.frames < 1:
        raise UserError(f"{name}: must have at least one frame, not {samples.frames}")
    if given.channels is not None and given.channels != samples.channels:
        raise UserError(
            f"{name}: has {samples.channels} channels, which contradicts the {given.channels} given"
        )
    if given.dtype is not None and stored.samples.dtype != given.dtype:
        raise UserError(
            f"{name}: has samples of type {samples.dtype},"
            f" which contradicts the {given.dtype} given"
        )


def _sampling_rate_hz(name: str, stored: StoredRecording, given: Given) -> float:
    stated, told = stored.sampling_rate_hz, given.sampling_rate_hz
    if stated is None:
        if told is None:
            raise UserError(f"{name}: does not state its sampling rate; give --sampling-rate")
        return float(told)
    stated = float(stated)
    if not (stated > 0 and math.isfinite(stated)):
        if told is not None:
            return float(told)
        raise UserError(f"{name}: sampling rate must be positive and finite, not {stated:g}")
    if told is not None and not math.isclose(stated, told, rel_tol=_SAME_RATE):
        raise UserError(
            f"{name}: states a sampling rate of {stated:g} Hz, which contradicts the {told:g} given"
        )
    return stated
