"""What a file of packets says of its recording, as data and as JSON."""

import base64
import math
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from system.codecs.sample_codes import SampleCode
from system.codecs.stream_format import StreamFormat
from system.codecs.tables import check_table, packed_table, unpacked_table
from system.codecs.typed_fields import typed, typed_fields
from system.errors import UserError

__all__ = ["FileHeader", "Summary"]

MOST_FRAMES = 1 << 48
MOST_TABLES = 16
# What values may cause that have the right type.
UNUSABLE = (ArithmeticError, LookupError, SyntaxError, TypeError, ValueError, zlib.error)


@dataclass(frozen=True, kw_only=True, eq=False)
class FileHeader:
    """What a file says of its recording and of its packets.

    Parameters
    ----------
    name : str
        Name of the recording.
    source_format : str
        Format of the file that it came from.
    sampling_rate_hz : float
        Frames per second.
    frames : int
        Number of frames.
    start_s : float
        Time of the first frame on the recording's own clock, seconds.
    gain_v, offset_v : list of float
        From stored samples to volts: one number for all channels, or one for each.
    scale_declared : bool
        Whether somebody stated that.
    one_dimensional : bool
        Whether it was a NumPy array of frames without channels.
    code : SampleCode
        From codes to stored samples.
    stream : StreamFormat
        Sizes and settings of the packets.
    tables : dict of int to ndarray
        Tables of the arithmetic coder by version.
    coding : dict
        How the packets were coded, for people: what a decoder needs is in each packet.
    """

    name: str
    source_format: str
    sampling_rate_hz: float
    frames: int
    start_s: float
    gain_v: list[float]
    offset_v: list[float]
    scale_declared: bool
    one_dimensional: bool
    code: SampleCode
    stream: StreamFormat
    tables: dict[int, npt.NDArray[np.int32]]
    coding: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the same as plain data.

        Returns
        -------
        dict
            For JSON.
        """
        plain = {each.name: getattr(self, each.name) for each in fields(self)}
        return plain | {
            "code": asdict(self.code),
            "stream": asdict(self.stream),
            "tables": {
                str(version): base64.b64encode(packed_table(table)).decode()
                for version, table in self.tables.items()
            },
        }

    @classmethod
    def from_json(cls, subject: str, plain: Mapping[str, Any]) -> "FileHeader":
        """Return what plain data say.

        Parameters
        ----------
        subject : str
            Name of the file, for messages.
        plain : mapping
            From JSON.

        Returns
        -------
        FileHeader
            The header.

        Raises
        ------
        UserError
            Something is missing, or cannot be.
        """
        try:
            values = typed_fields(cls, plain)
            stream = typed(StreamFormat, values["stream"], "stream.")
            header = cls(
                **values
                | {
                    "code": typed(SampleCode, values["code"], "code."),
                    "stream": stream,
                    "tables": {
                        int(version): _table(int(version), text, stream)
                        for version, text in values["tables"].items()
                    },
                }
            )
            header._check()
        except UNUSABLE as error:
            raise UserError(
                f"{subject}: header must be that of a file of packets, but: {error}"
            ) from error
        return header

    def _check(self) -> None:
        if not math.isfinite(self.start_s):
            raise ValueError(f"start_s must be finite, not {self.start_s!r}")
        if len(self.tables) > MOST_TABLES:
            raise ValueError(f"tables must be at most {MOST_TABLES}, not {len(self.tables)}")
        if not 0 < self.sampling_rate_hz < math.inf:
            raise ValueError(
                f"sampling_rate_hz must be positive and finite, not {self.sampling_rate_hz!r}"
            )
        if not 0 < self.frames <= MOST_FRAMES:
            raise ValueError(f"frames must be in 1..{MOST_FRAMES}, not {self.frames!r}")
        for name in ("gain_v", "offset_v"):
            values = getattr(self, name)
            if len(values) not in {1, self.stream.channels} or not all(map(_is_finite, values)):
                raise ValueError(
                    f"{name} must be 1 or {self.stream.channels} finite numbers, not {values!r}"
                )
        if self.one_dimensional and self.stream.channels > 1:
            raise ValueError(f"channels must be 1 without an axis, not {self.stream.channels}")
        if self.code.width != self.stream.sample_width:
            raise ValueError(
                f"width must be that of the packets ({self.stream.sample_width}),"
                f" not {self.code.width}"
            )


def _is_finite(value: float) -> bool:
    return type(value) in {int, float} and math.isfinite(value)


def _table(version: int, text: object, stream: StreamFormat) -> npt.NDArray[np.int32]:
    if not isinstance(text, str):
        raise TypeError(f"table {version} must be text, not {text!r}")
    packed = base64.b64decode(text, validate=True)
    return check_table(version, unpacked_table(packed, stream), stream)


@dataclass(frozen=True, kw_only=True)
class Summary:
    """What stands at the end of a file, once everything before it is known.

    Parameters
    ----------
    packet_bytes : int
        How long all packets are.
    checksum : int
        CRC-32 of all codes as little-endian 16-bit integers, frame by frame.
    index : list of list of int
        (Frame, byte) in order: packets before this byte, counted from the first packet, hold
        nothing from this frame on.
    """

    packet_bytes: int
    checksum: int
    index: list[list[int]] = field(default_factory=list)

    @classmethod
    def from_json(cls, subject: str, plain: Mapping[str, Any]) -> "Summary":
        """Return what plain data say.

        Parameters
        ----------
        subject : str
            Name of the file, for messages.
        plain : mapping
            From JSON.

        Returns
        -------
        Summary
            The summary.

        Raises
        ------
        UserError
            Something is missing, or cannot be.
        """
        try:
            summary = typed(cls, plain)
            rows = np.array(summary.index or np.empty((0, 2)), dtype=np.int64)
            numbers = [summary.packet_bytes, summary.checksum]
            if min(numbers) < 0:
                raise ValueError(f"numbers must be positive, not {numbers}")
            if rows.ndim != 2 or rows.shape[1] != 2 or (np.diff(rows, axis=0, prepend=0) < 0).any():
                raise ValueError(f"index must be ascending pairs, not of shape {rows.shape}")
        except UNUSABLE as error:
            message = f"{subject}: summary must be that of a file of packets, but: {error}"
            raise UserError(message) from error
        return summary
