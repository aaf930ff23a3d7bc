"""SpikeGLX: a .bin file of samples and a .meta file that describes it, one pair per stream."""

import dataclasses
from pathlib import Path

from spikeinterface.extractors.extractor_classes import SpikeGLXRecordingExtractor

from system.errors import UserError
from system.recordings.given import Given
from system.recordings.neuro_files import open_extractor
from system.recordings.stored import StoredRecording

__all__ = ["open_spikeglx"]


def open_spikeglx(path: Path, given: Given) -> StoredRecording:
    """Open one stream of a SpikeGLX run: all of its files in a folder, joined.

    Parameters
    ----------
    path : Path
        The folder, or a .meta or .bin file in it, which chooses the stream.
    given : Given
        What the user says; ``stream`` is a stream such as ``imec0.ap``.

    Returns
    -------
    StoredRecording
        Its samples: of the fastest stream, the action potentials, if only the folder was named.

    Raises
    ------
    UserError
        A file is damaged, or shorter than its .meta file says.
    """
    folder = path if path.is_dir() else path.absolute().parent
    if path.is_file() and given.stream is None:
        given = dataclasses.replace(given, stream=_stream_of(path))
    for meta in folder.rglob("*.meta"):
        _check_length(meta)
    return open_extractor(SpikeGLXRecordingExtractor, folder, given, "SpikeGLX")


def _stream_of(path: Path) -> str:
    """Return ``imec0.ap`` of ``run_g0_t0.imec0.ap.bin``."""
    return path.name.rpartition(".")[0].partition(".")[2]


def _check_length(meta: Path) -> None:
    binary = meta.with_suffix(".bin")
    if not binary.is_file():
        return
    for line in meta.read_text(errors="replace").splitlines():
        key, _, value = line.partition("=")
        if key == "fileSizeBytes" and value.strip().isdigit():
            promised, actual = int(value), binary.stat().st_size
            if actual < promised:
                raise UserError(
                    f"{binary.name}: truncated; its .meta file promises {promised} bytes,"
                    f" it has {actual}"
                )
