"""From a file of packets back to the samples of its recording."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from system.atomic import atomic_file
from system.codecs.file_header import FileHeader
from system.codecs.packet_file import PacketFile
from system.codecs.sample_files import check_suffix, sample_writer
from system.codecs.stream_decoder import Tally
from system.errors import UserError

__all__ = ["Decoded", "check_new", "decode_file"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Decoded:
    """What came out of a file.

    Parameters
    ----------
    header : FileHeader
        What the file says of its recording.
    frames : int
        Frames that were written.
    tally : Tally
        What could be used of it and what could not.
    notes : list of str
        Which end of the file is missing or damaged.
    """

    header: FileHeader
    frames: int
    tally: Tally
    notes: list[str]

    @property
    def is_whole(self) -> bool:
        """Whether nothing at all is missing or damaged."""
        return self.tally.is_whole and not self.notes


def check_new(output: Path, source: Path) -> None:
    """Refuse to write over anything that is there.

    Parameters
    ----------
    output : Path
        What is to be written.
    source : Path
        What it is made from.

    Raises
    ------
    UserError
        There is a file of this name, or it is the source.
    """
    if os.path.realpath(output) == os.path.realpath(source):
        raise UserError(f"{output}: must not be the file that is read; choose another --output")
    if output.is_file():
        raise UserError(f"{output}: must be a new file, but there is one; choose another --output")


def decode_file(
    path: Path,
    output: Path,
    *,
    filling: str = "zeros",
    strict: bool = False,
    progress: Callable[[float], None] = lambda _: None,
) -> Decoded:
    """Write the samples of a file of packets.

    Parameters
    ----------
    path : Path
        The file of packets.
    output : Path
        Where samples go; its suffix says how.
    filling : str
        What is written for frames that did not survive: ``"zeros"``, or ``"omit"`` for nothing.
    strict : bool
        Whether a file of which anything is missing is refused.
    progress : callable
        Told which part has been read.

    Returns
    -------
    Decoded
        What came out.

    Raises
    ------
    UserError
        The file cannot be read, or the output cannot be written; nothing is written then.
    """
    check_suffix(output)
    check_new(output, path)
    packets = PacketFile(path)
    header, notes, tally = packets.layout.header, packets.layout.notes, Tally()
    if strict and notes:
        raise UserError(notes[0])
    frames = 0
    dtype = np.dtype(header.code.dtype)
    with (
        atomic_file(output) as temporary,
        sample_writer(
            temporary,
            dtype,
            packets.frames,
            header.stream.channels,
            one_dimensional=header.one_dimensional,
        ) as write,
    ):
        for block, part in packets.blocks(tally, filling=filling):
            if strict and not tally.is_whole:
                raise UserError(f"{path.name}: {_first_fault(tally)}")
            write(header.code.decode(block.samples))
            frames += len(block.samples)
            progress(part)
        if strict and not tally.is_whole:
            raise UserError(f"{path.name}: {_first_fault(tally)}")
    return Decoded(header=header, frames=frames, tally=tally, notes=notes)


def _first_fault(tally: Tally) -> str:
    if tally.damage:
        return str(tally.damage[0])
    loss = tally.losses[0]
    return (
        f"group {loss.group} must have all frames, but {loss.frames} from {loss.frame} are missing"
    )
