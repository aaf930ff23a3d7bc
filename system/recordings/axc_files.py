"""Axocell's own compressed recordings, read without unpacking them first."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from system.codecs.packet_file import PacketFile
from system.codecs.stream_decoder import Tally
from system.errors import UserError
from system.recordings.given import Given
from system.recordings.stored import Scale, StoredRecording

__all__ = ["PacketSamples", "open_axc"]


def open_axc(path: Path, given: Given) -> StoredRecording:
    """Open a file that ``axocell encode`` wrote.

    Parameters
    ----------
    path : Path
        The file.
    given : Given
        What the user says.

    Returns
    -------
    StoredRecording
        The recording as it was encoded, with its rate and its scale.

    Raises
    ------
    UserError
        The file is no such file, is of another version, or both its ends are damaged.
    """
    given.check_no_stream("Axocell")
    packets = PacketFile(path)
    header = packets.layout.header
    return StoredRecording(
        samples=PacketSamples(packets, path.name),
        format="Axocell",
        sampling_rate_hz=header.sampling_rate_hz,
        scale=Scale(
            gain_v=_one_or_all(header.gain_v),
            offset_v=_one_or_all(header.offset_v),
            declared=header.scale_declared,
        ),
        start_s=header.start_s,
        notes=list(packets.layout.notes),
    )


def _one_or_all(values: list[float]) -> float | npt.NDArray[np.float64]:
    return values[0] if len(values) == 1 else np.array(values)


class PacketSamples:
    """Samples in a file of packets: fast where they are read one stretch after the other.

    Parameters
    ----------
    packets : PacketFile
        The file.
    subject : str
        Its name, for messages.
    """

    def __init__(self, packets: PacketFile, subject: str) -> None:
        self._packets = packets
        self._subject = subject
        self._frame = 0  # first frame of what is kept
        self._kept = np.empty((0, self.channels), dtype=np.int16)
        self._arrived = np.empty(0, dtype=np.bool_)
        self._coming = packets.blocks(Tally())

    @property
    def frames(self) -> int:
        """Number of frames."""
        return self._packets.frames

    @property
    def channels(self) -> int:
        """Number of channels."""
        return self._packets.layout.header.stream.channels

    @property
    def dtype(self) -> np.dtype:
        """Type of a sample."""
        return np.dtype(self._packets.layout.header.code.dtype)

    def read(self, start: int, stop: int) -> npt.NDArray:
        """Return frames ``start`` to ``stop`` (excluded).

        Parameters
        ----------
        start, stop : int
            First frame, and frame after the last.

        Returns
        -------
        numpy.ndarray
            Samples as they were stored before they were encoded, [frames, channels].

        Raises
        ------
        UserError
            Some of them did not survive.
        """
        if not self._frame <= start <= self._frame + len(self._kept):
            self._coming = self._packets.blocks(Tally(), first_frame=start)
            self._frame, self._kept, self._arrived = start, self._kept[:0], self._arrived[:0]
        while self._frame + len(self._kept) < stop:
            block, _ = next(self._coming)
            self._kept = np.concatenate((self._kept, block.samples))
            self._arrived = np.concatenate((self._arrived, block.arrived))
        first, last = start - self._frame, stop - self._frame
        wanted, arrived = self._kept[first:last], self._arrived[first:last]
        self._frame, self._kept, self._arrived = stop, self._kept[last:], self._arrived[last:]
        if not arrived.all():
            raise UserError(
                f"{self._subject}: every frame must have survived, but frame"
                f" {start + int(arrived.argmin())} has not; axocell decode fills it"
            )
        return self._packets.layout.header.code.decode(wanted)
