"""Detected spikes for others to read: a SpikeInterface sorting and an NWB file.

Detection knows channels, not neurons: there is one unit for each channel, numbered like it, with
spikes or without. Both writers leave a whole file or folder, or none.
"""

import uuid
import warnings
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

import numpy as np
import numpy.typing as npt

from system.atomic import atomic_file, atomic_folder

__all__ = ["write_nwb", "write_sorting"]


def write_sorting(
    folder: str | Path, events: npt.NDArray, *, sampling_rate_hz: float, channels: int
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

    Raises
    ------
    ValueError
        A spike is before the recording or on no channel of it.
    UserError
        The folder cannot be written, or holds other things.
    """
    _check(events, channels)
    core = import_module("spikeinterface.core")  # takes half a second, for a run that wants it
    sorting = core.NumpySorting.from_samples_and_labels(
        [events["time"].astype(np.int64)],
        [events["channel"].astype(np.int64)],
        float(sampling_rate_hz),
        unit_ids=list(range(channels)),
    )
    sorting.set_property("channel", np.arange(channels))
    with (
        atomic_folder(folder, recognised_by="numpysorting_info.json") as temporary,
        warnings.catch_warnings(),
    ):
        # A sorting made in memory has no file that it came from, and says so each time.
        warnings.filterwarnings("ignore", message="The extractor is not serializable")
        temporary.rmdir()
        sorting.save(folder=temporary, format="numpy_folder")


def write_nwb(
    path: str | Path,
    events: npt.NDArray,
    *,
    sampling_rate_hz: float,
    channels: int,
    description: str,
    snippet_scale_v: float | None = None,
    session_start: datetime | None = None,
    keywords: Sequence[str] = (),
) -> None:
    """Write spikes as the units of an NWB file.

    Parameters
    ----------
    path : str or Path
        File to write; an earlier one is replaced.
    events : numpy.ndarray
        Spikes in any order, with the fields ``time`` (frames), ``channel`` and, for the mean
        waveforms, ``snippet``.
    sampling_rate_hz : float
        Frames per second.
    channels : int
        Number of channels of the recording, spikes or not.
    description : str
        What was recorded, and how the spikes were found.
    snippet_scale_v : float, optional
        Volts per unit of a snippet's sample; without it there are no mean waveforms.
    session_start : datetime, optional
        When frame 0 was recorded; NWB must have a time, and takes that of writing unless told.
    keywords : sequence of str
        Keywords of the file.

    Raises
    ------
    ValueError
        A spike is before the recording or on no channel of it.
    UserError
        The file cannot be written.

    Notes
    -----
    Spike times are in seconds from frame 0. Layout: NWB 2, Rübel et al., "The Neurodata Without
    Borders ecosystem for neurophysiological data science", eLife 11, 2022.
    """
    _check(events, channels)
    pynwb = import_module("pynwb")  # takes a second, for a run that wants it
    file = pynwb.NWBFile(
        session_description=description,
        identifier=str(uuid.uuid4()),
        session_start_time=session_start or datetime.now(UTC),
        keywords=list(keywords) or None,
    )
    device = file.create_device(name="probe", description="where the recording came from")
    group = file.create_electrode_group(
        name="channels", description="every channel", location="unknown", device=device
    )
    for _ in range(channels):
        file.add_electrode(group=group, location="unknown")
    file.units = pynwb.misc.Units(
        name="units",
        description="spikes detected on each channel, not sorted",
        electrode_table=file.electrodes,
        waveform_rate=float(sampling_rate_hz),
        waveform_unit="volts",
        resolution=1 / float(sampling_rate_hz),
    )
    in_order = events[np.lexsort((events["time"], events["channel"]))]
    ends = np.searchsorted(in_order["channel"], np.arange(1, channels))
    for channel, mine in enumerate(np.split(in_order, ends)):
        means = {} if snippet_scale_v is None else _mean_snippet(mine["snippet"], snippet_scale_v)
        file.add_unit(
            id=channel,
            spike_times=mine["time"] / sampling_rate_hz,
            electrodes=[channel],
            electrode_group=group,
            **means,
        )
    with atomic_file(path) as temporary, pynwb.NWBHDF5IO(temporary, "w") as io:
        io.write(file)


def _mean_snippet(snippets: npt.NDArray, scale_v: float) -> dict[str, npt.NDArray[np.float32]]:
    """Return mean and standard deviation; not a number where there is no spike to average."""
    if len(snippets) == 0:
        nothing = np.full(snippets.shape[1:], np.nan, dtype=np.float32)
        return {"waveform_mean": nothing, "waveform_sd": nothing}
    volts = snippets.astype(np.float32) * np.float32(scale_v)
    return {"waveform_mean": volts.mean(axis=0), "waveform_sd": volts.std(axis=0)}


def _check(events: npt.NDArray, channels: int) -> None:
    if channels < 1:
        raise ValueError(f"number of channels must be at least 1, not {channels}")
    if events.size == 0:
        return
    if events["time"].min() < 0:
        raise ValueError(f"event time must not be negative, not {events['time'].min()}")
    for extreme in (events["channel"].min(), events["channel"].max()):
        if not 0 <= extreme < channels:
            raise ValueError(f"event channel must be in 0..{channels - 1}, not {extreme}")
