"""Spikes as the units of a Neurodata Without Borders file."""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

import numpy as np
import numpy.typing as npt

from rtl.caches import writable_caches
from system.atomic import atomic_file
from system.spike_output.patient_file import patient_file
from system.spike_output.times import CHUNK, Lateness, check_events, in_order, meaning_of_times

__all__ = ["write_nwb"]

START_UNKNOWN = (
    "session_start_time is when this file was written: when the recording began is not known."
)
MEANS = {
    "waveform_mean": "mean of the filtered samples around each spike of the channel",
    "waveform_sd": "their standard deviation",
}


def write_nwb(
    path: str | Path,
    events: npt.NDArray[np.void],
    *,
    sampling_rate_hz: float,
    channels: int,
    description: str,
    lateness: Lateness | None = None,
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
    lateness : Lateness, optional
        How late the times are, where known; they are written as they are. What they mean is the
        description of the column ``spike_times``.
    snippet_scale_v : float, optional
        Volts per unit of a snippet's sample; without it there are no mean waveforms.
    session_start : datetime, optional
        When frame 0 was recorded. NWB demands a time: without one it is that of writing, and the
        file's ``notes`` say so.
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
    check_events(events, channels)
    with writable_caches():
        pynwb = import_module("pynwb")  # takes a second, for a run that wants it
    h5py = import_module("h5py")
    file = pynwb.NWBFile(
        session_description=description,
        identifier=str(uuid.uuid4()),
        session_start_time=session_start or datetime.now(UTC),
        notes=None if session_start else START_UNKNOWN,
        keywords=list(keywords) or None,
    )
    device = file.create_device(name="probe", description="where the recording came from")
    group = file.create_electrode_group(
        name="channels", description="every channel", location="unknown", device=device
    )
    for _ in range(channels):
        file.add_electrode(group=group, location="unknown")

    span = int(events["time"].max(initial=0)) + 1
    spikes = in_order(events["channel"], events["time"], span)
    times = pynwb.core.VectorData(
        name="spike_times",
        description=f"Seconds from the first frame of the recording. {meaning_of_times(lateness)}",
        data=pynwb.H5DataIO(shape=spikes.shape, dtype=np.dtype(np.float64)),  # filled in the file
    )
    ends = pynwb.core.VectorIndex(
        name="spike_times_index",
        data=np.searchsorted(spikes, span * np.arange(1, channels + 1)),
        target=times,
    )
    file.units = units = pynwb.misc.Units(
        name="units",
        description="spikes detected on each channel, not sorted",
        id=list(range(channels)),
        columns=[times, ends],
        colnames=[times.name],
        electrode_table=file.electrodes,
        waveform_rate=float(sampling_rate_hz),
        waveform_unit="volts",
        resolution=1 / float(sampling_rate_hz),
    )
    numbers = [[channel] for channel in range(channels)]
    units.add_column("electrodes", "the channel's electrode", data=numbers, index=True, table=True)
    units.add_column("electrode_group", "every channel", data=[group] * channels)
    if snippet_scale_v is not None:
        for name, values in _mean_snippets(events, channels, snippet_scale_v).items():
            units.add_column(name, MEANS[name], data=values)
    with (
        atomic_file(path) as temporary,
        patient_file(temporary) as patient,
        h5py.File(patient, "w") as hdf5,
        pynwb.NWBHDF5IO(mode="w", file=hdf5) as io,
    ):
        io.write(file)
        for start in range(0, spikes.size, CHUNK):
            frames = spikes[start : start + CHUNK] % span
            times.data.dataset[start : start + frames.size] = frames / sampling_rate_hz


def _mean_snippets(
    events: npt.NDArray[np.void], channels: int, scale_v: float
) -> dict[str, npt.NDArray[np.float32]]:
    """Return mean and standard deviation; not a number where there is no spike to average."""
    shape = (channels, *events["snippet"].shape[1:])
    means = {name: np.full(shape, np.nan, dtype=np.float32) for name in MEANS}
    for channel in np.unique(events["channel"]):
        volts = events["snippet"][events["channel"] == channel] * np.float32(scale_v)
        means["waveform_mean"][channel] = volts.mean(axis=0)
        means["waveform_sd"][channel] = volts.std(axis=0)
    return means
