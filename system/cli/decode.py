"""``axocell decode``: the recording that a file of packets was made from."""

import argparse

import numpy as np

from system.cli.terminal import progress_bar, show_table, write
from system.codecs.decode_file import Decoded, decode_file

__all__ = ["execute"]

INCOMPLETE = 1
MOST_SHOWN = 10


def execute(arguments: argparse.Namespace) -> int:
    """Decode a file, and say what of it is missing.

    Parameters
    ----------
    arguments : argparse.Namespace
        ``file``, ``output``, ``omit_gaps`` and ``strict``.

    Returns
    -------
    int
        Exit status: 0, or 1 if something of the recording is missing or damaged.

    Raises
    ------
    UserError
        The file cannot be decoded, or the output cannot be written; nothing is written then.
    """
    with progress_bar() as progress:
        decoded = decode_file(
            arguments.file,
            arguments.output,
            filling="omit" if arguments.omit_gaps else "zeros",
            strict=arguments.strict,
            progress=lambda part: progress("decoding", part),
        )
    _show(decoded)
    write(f"Written: {arguments.output}")
    return 0 if decoded.is_whole else INCOMPLETE


def _show(decoded: Decoded) -> None:
    header, tally = decoded.header, decoded.tally
    write(
        f"{header.name}: {decoded.frames} frames of {header.stream.channels} channels at"
        f" {header.sampling_rate_hz:g} Hz, {np.dtype(header.code.dtype).name},"
        f" {header.code.width} bits used, {_scale(header.gain_v)} per unit"
    )
    for note in decoded.notes:
        write(f"Damaged: {note}")
    if tally.damage:
        show_table(
            ["packet>", "byte>", "bytes>", "field", "damage"],
            [
                (str(each.packet), str(each.offset), str(each.length_bytes), each.field, each.rule)
                for each in tally.damage[:MOST_SHOWN]
            ],
            title=f"{tally.damaged} damaged, {tally.damaged_bytes} bytes",
        )
    if tally.losses:
        rate = header.sampling_rate_hz
        show_table(
            ["group>", "first frame>", "at>", "frames>"],
            [
                (str(each.group), str(each.frame), f"{each.frame / rate:.6g} s", str(each.frames))
                for each in tally.losses[:MOST_SHOWN]
            ],
            title=f"{tally.lost_samples} samples are missing",
        )


def _scale(gain_v: list[float]) -> str:
    if len(set(gain_v)) == 1:
        return f"{gain_v[0]:.6g} V"
    return f"{min(gain_v):.6g} to {max(gain_v):.6g} V"
