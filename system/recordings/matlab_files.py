"""MATLAB files: the old kind is loaded, the new kind (7.3, which is HDF5) is read by stretches."""

from pathlib import Path

import h5py
import numpy as np
import numpy.typing as npt
import scipy.io

from system.recordings.flat_samples import ArraySamples, check_sample_type
from system.recordings.given import Given
from system.recordings.hdf5_samples import Hdf5Samples
from system.recordings.orientation import orient
from system.recordings.quiroga import is_quiroga, quiroga_recording
from system.recordings.stored import StoredRecording, StoredSamples
from system.recordings.third_party import third_party
from system.recordings.variables import Variable, choose_signal, find_sampling_rate_hz

__all__ = ["open_matlab"]

_NUMERIC = {
    *("double", "single", "int8", "int16", "int32", "int64"),
    *("uint8", "uint16", "uint32", "uint64"),
}


def open_matlab(path: Path, given: Given) -> StoredRecording:
    """Open a MATLAB file.

    Parameters
    ----------
    path : Path
        The file.
    given : Given
        What the user says; ``stream`` names the variable.

    Returns
    -------
    StoredRecording
        Its samples; scale and truth as well if it is one of Quiroga's simulated records.

    Raises
    ------
    UserError
        The file is damaged or is no MATLAB file, or no variable can be told to be the signal.
    """
    notes: list[str] = []
    with third_party(path.name, "read as a MATLAB file", notes):
        is_hdf5 = h5py.is_hdf5(path)
        file = _Hdf5File(path) if is_hdf5 else _OldFile(path)
        variables = file.variables()
        signal = choose_signal(path.name, variables, given.stream, notes)
        scalars = {v.name: file.number(v.name) for v in variables if v.size == 1 and v.is_numeric}
        samples = file.samples(signal, given.channels, notes)
        rate_hz = find_sampling_rate_hz(scalars)
        if not is_quiroga({v.name for v in variables}) or signal.name != "data":
            return StoredRecording(
                samples=samples, format="MATLAB", sampling_rate_hz=rate_hz, notes=notes
            )
        times = file.first_cell("spike_times")
        classes = file.first_cell("spike_class")
    return quiroga_recording(path, samples, rate_hz, times, classes, notes)


class _OldFile:
    """A file of MATLAB 4 to 7: compressed or not, at most 2 GB a variable, read whole."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def variables(self) -> list[Variable]:
        return [
            Variable(name=name, shape=tuple(shape), is_numeric=kind in _NUMERIC)
            for name, shape, kind in scipy.io.whosmat(self.path)
        ]

    def number(self, name: str) -> float:
        return float(self._load(name).reshape(-1)[0])

    def samples(self, variable: Variable, channels: int | None, notes: list[str]) -> StoredSamples:
        array = self._load(variable.name)
        check_sample_type(self.path.name, array.dtype)
        layout = orient(self.path.name, array.shape, channels, notes)
        return ArraySamples(array.T if layout.transposed else array)

    def first_cell(self, name: str) -> npt.NDArray[np.float64]:
        values = self._load(name)
        while values.dtype == object:
            values = np.asarray(values.reshape(-1)[0])
        return values.astype(np.float64).reshape(-1)

    def _load(self, name: str) -> npt.NDArray:
        return np.asarray(scipy.io.loadmat(self.path, variable_names=[name])[name])


class _Hdf5File:
    """A file of MATLAB 7.3: any size, its matrices stored with their sides swapped."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def variables(self) -> list[Variable]:
        with h5py.File(self.path, "r") as file:
            return [
                Variable(
                    name=name,
                    shape=item.shape[::-1],
                    is_numeric=item.dtype.kind in "iuf"
                    and item.attrs.get("MATLAB_class", b"double").decode() in _NUMERIC,
                )
                for name, item in file.items()
                if isinstance(item, h5py.Dataset)
            ]

    def number(self, name: str) -> float:
        with h5py.File(self.path, "r") as file:
            return float(_dataset(file, name)[()].reshape(-1)[0])

    def samples(self, variable: Variable, channels: int | None, notes: list[str]) -> StoredSamples:
        with h5py.File(self.path, "r") as file:
            dtype = _dataset(file, variable.name).dtype
        check_sample_type(self.path.name, dtype)
        layout = orient(self.path.name, variable.shape, channels, notes)
        return Hdf5Samples(
            path=self.path,
            dataset=variable.name,
            dtype=dtype,
            frames=layout.frames,
            channels=layout.channels,
            frames_first=layout.transposed,
        )

    def first_cell(self, name: str) -> npt.NDArray[np.float64]:
        with h5py.File(self.path, "r") as file:
            item = _dataset(file, name)
            while item.dtype == h5py.ref_dtype:
                item = _dataset(file, item[()].reshape(-1)[0])
            return np.asarray(item[()], dtype=np.float64).reshape(-1)


def _dataset(file: h5py.File, name: str) -> h5py.Dataset:
    item = file[name]
    if not isinstance(item, h5py.Dataset):
        raise TypeError(f"variable {name!r} is not an array")
    return item
