"""Which of the streams in a file is the recording."""

from pathlib import Path

import numpy as np
from spikeinterface.extractors.neoextractors.neobaseextractor import NeoBaseRecordingExtractor

from system.errors import UserError
from system.recordings.given import Given

__all__ = ["VOLTS", "choose_stream"]

VOLTS = ("V", "Volt", "Volts", "mV", "uV")


def choose_stream(
    extractor: type[NeoBaseRecordingExtractor],
    path: Path,
    given: Given,
    notes: list[str],
) -> str | None:
    """Return the stream of a file that is read: its fastest voltage unless told otherwise.

    Parameters
    ----------
    extractor : type
        One of SpikeInterface's extractors built on Neo.
    path : Path
        File or folder.
    given : Given
        What the user says; ``stream`` is the stream's name or number.
    notes : list of str
        Where to say which of several was taken.

    Returns
    -------
    str or None
        Number of the stream; ``None`` if there is but one.

    Raises
    ------
    UserError
        There is no stream, or none as wanted.
    """
    reader = extractor.get_neo_io_reader(
        str(extractor.NeoRawIOClass), **extractor.map_to_neo_kwargs(path)
    )
    names = dict(
        zip(
            (str(number) for number in reader.header["signal_streams"]["id"]),
            (str(name) for name in reader.header["signal_streams"]["name"]),
            strict=True,
        )
    )
    if not names:
        raise UserError(f"{given.subject}: must hold a signal, but has no stream")
    if (wanted := given.stream) is not None:
        for number, name in names.items():
            if wanted in {number, name}:
                return number if len(names) > 1 else None
        shown = ", ".join(f"{name!r}" for name in names.values())
        raise UserError(f"{given.subject}: stream must be one of {shown}, not {wanted!r}")
    if len(names) == 1:
        return None
    channels = reader.header["signal_channels"]
    voltage = channels[np.isin(channels["units"], VOLTS)]
    rate_hz = {
        number: float(voltage["sampling_rate"][voltage["stream_id"] == number].max(initial=0.0))
        for number in names
    }
    fastest = max(names, key=lambda number: rate_hz[number])  # the first of equals
    others = ", ".join(repr(name) for number, name in names.items() if number != fastest)
    notes.append(f"stream {names[fastest]!r} was taken, not {others}")
    return fastest
