"""HDF5 files of several makers, told apart by what is in them."""

import io
from pathlib import Path

import h5py
from spikeinterface.extractors.extractor_classes import (
    BiocamRecordingExtractor,
    MaxwellRecordingExtractor,
    MCSH5RecordingExtractor,
    MEArecRecordingExtractor,
    SinapsResearchPlatformH5RecordingExtractor,
)

from system.errors import UserError
from system.recordings.given import Given
from system.recordings.neuro_files import open_extractor
from system.recordings.stored import StoredRecording
from system.recordings.third_party import third_party

__all__ = ["open_hdf5"]


class _Mcs(MCSH5RecordingExtractor):
    """SpikeInterface's extractor, which closes a file that it may not have opened."""

    _rf = io.BytesIO()


# What every file of a maker holds, its name and its extractor.
_MAKERS = {
    "Data/Recording_0/AnalogStream": ("Multi Channel Systems HDF5", _Mcs),
    "3BRecInfo": ("3Brain", BiocamRecordingExtractor),
    "mapping": ("Maxwell", MaxwellRecordingExtractor),
    "wells": ("Maxwell", MaxwellRecordingExtractor),
    "recordings": ("MEArec", MEArecRecordingExtractor),
    "RealTimeProcessedData": ("SiNAPS", SinapsResearchPlatformH5RecordingExtractor),
}


def open_hdf5(path: Path, given: Given) -> StoredRecording:
    """Open an HDF5 file of Maxwell, MEArec, 3Brain, Multi Channel Systems or SiNAPS.

    Parameters
    ----------
    path : Path
        The file.
    given : Given
        What the user says.

    Returns
    -------
    StoredRecording
        Its samples.

    Raises
    ------
    UserError
        The file is damaged, or of another maker.
    """
    with third_party(path.name, "read as HDF5"), h5py.File(path, "r") as file:
        found = next((maker for sign, maker in _MAKERS.items() if sign in file), None)
        groups = ", ".join(file) or "nothing"
    if found is None:
        makers = ", ".join(dict.fromkeys(name for name, _ in _MAKERS.values()))
        raise UserError(
            f"{path.name}: an HDF5 file must be of {makers}, but this one holds {groups}"
        )
    name, extractor = found
    return open_extractor(extractor, path, given, name)
