"""NumPy's own files: .npy is read where it lies, a member of .npz is unpacked first."""

import shutil
import zipfile
from pathlib import Path
from typing import IO

import numpy as np

from system.errors import UserError
from system.recordings.flat_samples import FlatSamples, TemporaryFile, check_sample_type
from system.recordings.given import Given
from system.recordings.orientation import orient
from system.recordings.stored import StoredRecording
from system.recordings.third_party import third_party
from system.recordings.variables import Variable, choose_signal, find_sampling_rate_hz

__all__ = ["open_npy", "open_npz"]


def open_npy(path: Path, given: Given) -> StoredRecording:
    """Open a NumPy array.

    Parameters
    ----------
    path : Path
        The file.
    given : Given
        What the user says.

    Returns
    -------
    StoredRecording
        Its samples, read from where they lie.

    Raises
    ------
    UserError
        The file is no NumPy array, is shorter than its header says, or holds something else than
        numbers in one or two dimensions.
    """
    given.check_no_stream("NumPy array")
    notes: list[str] = []
    samples = _map(path, path.name, given, notes)
    return StoredRecording(samples=samples, format="NumPy array", notes=notes)


def open_npz(path: Path, given: Given) -> StoredRecording:
    """Open an archive of NumPy arrays: one of them is the signal, another may be the rate.

    Parameters
    ----------
    path : Path
        The file.
    given : Given
        What the user says; ``stream`` names the array.

    Returns
    -------
    StoredRecording
        Its samples, read from a temporary copy.

    Raises
    ------
    UserError
        The file is no archive, is damaged, or no array in it can be told to be the signal.
    """
    notes: list[str] = []
    with third_party(path.name, "read as a NumPy archive"), zipfile.ZipFile(path) as archive:
        variables = [_variable(archive, member) for member in archive.namelist()]
        signal = choose_signal(path.name, variables, given.stream, notes)
        small = {v.name: _small(archive, v) for v in variables if v.size == 1 and v.is_numeric}
        unpacked = TemporaryFile(suffix=".npy")
        with archive.open(f"{signal.name}.npy") as member, unpacked.path.open("wb") as copy:
            shutil.copyfileobj(member, copy, 1 << 20)
    samples = _map(unpacked.path, path.name, given, notes, unpacked)
    return StoredRecording(
        samples=samples,
        format="NumPy archive",
        sampling_rate_hz=find_sampling_rate_hz(small),
        notes=notes,
    )


def _map(
    path: Path, name: str, given: Given, notes: list[str], owner: object = None
) -> FlatSamples:
    with third_party(name, "read as a NumPy array"), path.open("rb") as file:
        shape, fortran_order, dtype = _header(file)
        offset = file.tell()
    check_sample_type(name, dtype)
    layout = orient(name, shape, given.channels, notes)
    needed = offset + layout.frames * layout.channels * dtype.itemsize
    actual = path.stat().st_size
    if actual < needed:
        raise UserError(f"{name}: truncated; its header promises {needed} bytes, it has {actual}")
    return FlatSamples(
        path=path,
        dtype=dtype,
        frames=layout.frames,
        channels=layout.channels,
        offset=offset,
        frames_first=layout.channels == 1 or fortran_order == layout.transposed,
        owner=owner,
    )


def _header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Return shape, order and type of the array that starts here; leave the file at its data."""
    version = np.lib.format.read_magic(file)
    if version == (1, 0):
        return np.lib.format.read_array_header_1_0(file)
    return np.lib.format.read_array_header_2_0(file)


def _variable(archive: zipfile.ZipFile, member: str) -> Variable:
    with archive.open(member) as file:
        shape, _, dtype = _header(file)
    return Variable(name=member.removesuffix(".npy"), shape=shape, is_numeric=dtype.kind in "iuf")


def _small(archive: zipfile.ZipFile, variable: Variable) -> float:
    with archive.open(f"{variable.name}.npy") as file:
        return float(np.lib.format.read_array(file, allow_pickle=False).reshape(()))
