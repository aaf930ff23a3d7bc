"""``axocell encode``: a recording, compressed."""

import argparse

import numpy as np

from rtl.packet_format import Engine
from system.cli.terminal import progress_bar, write
from system.codecs.encode_file import Encoded, Encoding, encode_file
from system.recordings import open_recording

__all__ = ["execute"]


def execute(arguments: argparse.Namespace) -> int:
    """Encode a recording, and say how small it has become.

    Parameters
    ----------
    arguments : argparse.Namespace
        The options of ``axocell encode``.

    Returns
    -------
    int
        Exit status: 0.

    Raises
    ------
    UserError
        The recording cannot be coded, or the output cannot be written; nothing is written then.
    """
    encoding = Encoding(
        engine=None if arguments.engine == "best" else Engine[arguments.engine.upper()],
        order=arguments.order,
        adaptive=arguments.adaptive,
        trained=arguments.train,
        packet_frames=arguments.packet_frames,
        lsb_v=None if arguments.lsb_uv is None else arguments.lsb_uv * 1e-6,
    )
    with progress_bar() as progress:
        progress("opening the recording", -1.0)
        recording = open_recording(
            arguments.recording,
            sampling_rate_hz=arguments.sampling_rate,
            scale_v=arguments.scale_v,
            unit=arguments.unit,
            channels=arguments.channels,
            dtype=arguments.dtype,
            stream=arguments.stream,
        )
        encoded = encode_file(recording, arguments.output, encoding, progress=progress)
    for note in recording.notes:
        write(f"Note: {note}")
    _show(encoded)
    write(f"Written: {arguments.output}")
    return 0


def _show(encoded: Encoded) -> None:
    header = encoded.header
    dtype = np.dtype(header.code.dtype)
    bits = encoded.bits_per_sample
    kept = "" if header.code.exact else f" rounded to multiples of {header.code.step:g},"
    write(
        f"{header.name}: {header.frames} frames of {header.stream.channels} channels at"
        f" {header.sampling_rate_hz:g} Hz, {dtype.name},{kept} {header.code.width} bits used"
    )
    write(
        f"{encoded.file_bytes} bytes, {bits:.4g} bits a sample:"
        f" {100 * (1 - bits / header.code.width):.2f} % less than {header.code.width} bits,"
        f" {8 * dtype.itemsize / bits:.4g} x smaller than {dtype.name}"
    )
