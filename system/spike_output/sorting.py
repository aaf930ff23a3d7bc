"""Spikes as a SpikeInterface sorting."""

import warnings
from importlib import import_module
from pathlib import Path

import numpy as np
import numpy.typing as npt

from system.atomic import atomic_folder
from system.spike_output.times import CHUNK, Lateness, check_events, in_order, meaning_of_times

__all__ = ["write_sorting"]


def write_sorting(
    folder: str | Path,
    events: npt.NDArray[np.void],
    *,
    sampling_rate_hz: float,
    channels: int,
    lateness: Lateness | None = None,
) -> None:
    """Write spikes as a sorting that ``spikeinterface.load`` reads.

    Parameters
    ----------
    folder : str or Path
        Folder to write; an earlier sorting there is replaced.
    events : numpy.ndarray
        Spikes in any order, with the fields ``time`` (frames) and ``channel``.
    sampling_rate_hz : float
        Frames per second.
    channels : int
        Number of channels of the recording, spikes or not.
    lateness : Lateness, optional
        How late the times are, where known; they are written as they are. What they mean is the
        sorting's annotation ``spike_times``.

    Raises
    ------
    ValueError
        A spike is before the recording or on no channel of it.
    UserError
        The folder cannot be written, or holds other things.
    """
    check_events(events, channels)
    core = import_module("spikeinterface.core")  # takes half a second, for a run that wants it
    nothing = np.zeros(0, dtype=np.int64)
    sorting = core.NumpySorting.from_samples_and_labels(
        [nothing], [nothing], float(sampling_rate_hz), unit_ids=list(range(channels))
    )
    sorting.set_property("channel", np.arange(channels))
    sorting.annotate(spike_times=meaning_of_times(lateness))
    with (
        atomic_folder(folder, recognised_by="numpysorting_info.json") as temporary,
        warnings.catch_warnings(),
    ):
        # A sorting made in memory has no file that it came from, and says so each time.
        warnings.filterwarnings("ignore", message="The extractor is not serializable")
        temporary.rmdir()
        sorting.save(folder=temporary, format="numpy_folder")
        _fill(temporary / "spikes.npy", events, channels)


def _fill(path: Path, events: npt.NDArray[np.void], channels: int) -> None:
    """Put spikes into a saved sorting that has none, but their type."""
    spike: np.dtype[np.void] = np.load(path).dtype
    spikes = in_order(events["time"], events["channel"], channels)
    header = {
        "descr": np.lib.format.dtype_to_descr(spike),
        "fortran_order": False,
        "shape": spikes.shape,
    }
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, header)
        for start in range(0, spikes.size, CHUNK):
            part = spikes[start : start + CHUNK]
            stored = np.zeros(part.size, dtype=spike)
            stored["sample_index"], stored["unit_index"] = np.divmod(part, channels)
            file.write(stored.tobytes())
