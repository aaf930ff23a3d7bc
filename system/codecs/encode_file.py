"""From a recording to a file of packets."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rtl.packet_format import Engine
from rtl.packet_settings import PacketSettings
from system.atomic import atomic_file
from system.codecs.container import write_header, write_summary
from system.codecs.decode_file import check_new
from system.codecs.file_header import FileHeader, Summary
from system.codecs.measuring import frames_per_block, measure_samples, read_stored
from system.codecs.packet_file import code_checksum
from system.codecs.sample_codes import SampleCode
from system.codecs.stream_format import MOST_COUNTED, StreamFormat
from system.codecs.training import choose_tables
from system.errors import UserError
from system.names import displayable
from system.recordings.recording import Recording
from verification.golden.ap_codec import ApCodecModel

__all__ = ["Encoded", "Encoding", "encode_file"]

SUFFIX = ".axc"
MOST_GROUPS = 256
MOST_CHANNELS = 1024  # that the circuits are made for
INDEX_FRAMES = 1 << 16  # between two entries of the index, at least
TABLE = 0  # version of the only table of a file


@dataclass(frozen=True, kw_only=True)
class Encoding:
    """How a recording is to be coded.

    Parameters
    ----------
    engine : Engine or None
        The entropy coder; None for the one that takes fewer bits.
    order : int
        Order of the difference, in 0..3.
    adaptive : bool
        Whether the adaptive predictor follows.
    trained : bool
        Whether the tables of the arithmetic coder are fitted to the recording.
    packet_frames : int
        Frames of a packet, in 1..65535.
    lsb_v : float or None
        What samples are rounded to, volts; None if they must come back as they are.
    """

    engine: Engine | None = None
    order: int = 1
    adaptive: bool = True
    trained: bool = False
    packet_frames: int = 8192
    lsb_v: float | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.packet_frames <= MOST_COUNTED:
            raise UserError(f"packet_frames must be in 1..{MOST_COUNTED}, not {self.packet_frames}")


@dataclass(frozen=True, kw_only=True, eq=False)
class Encoded:
    """What came out.

    Parameters
    ----------
    header : FileHeader
        What the file says.
    file_bytes : int
        How long it is.
    """

    header: FileHeader
    file_bytes: int

    @property
    def samples(self) -> int:
        """Number of samples."""
        return self.header.frames * self.header.stream.channels

    @property
    def bits_per_sample(self) -> float:
        """Bits that a sample takes, everything counted."""
        return 8 * self.file_bytes / self.samples


def encode_file(
    recording: Recording,
    output: Path,
    encoding: Encoding,
    *,
    progress: Callable[[str, float], None] = lambda _stage, _part: None,
) -> Encoded:
    """Write a recording as a file of packets.

    The recording is read twice, and parts of it a third time, to choose tables.

    Parameters
    ----------
    recording : Recording
        Any recording.
    output : Path
        The file, whose suffix is ``.axc``.
    encoding : Encoding
        How it is to be coded.
    progress : callable
        Told what is being done and which part of it is.

    Returns
    -------
    Encoded
        What came out.

    Raises
    ------
    UserError
        Samples cannot be coded without loss, or the output cannot be written; nothing is written
        then.
    """
    if output.suffix.lower() != SUFFIX:
        raise UserError(f"{output.name}: suffix must be {SUFFIX}, not {output.suffix or 'missing'}")
    check_new(output, Path(recording.source))
    with atomic_file(output) as temporary:
        code = measure_samples(
            recording,
            lossy_step=_lossy_step(recording, encoding),
            progress=lambda part: progress("measuring samples", part),
        )
        header = _header(recording, encoding, code, progress)
        model = ApCodecModel(
            header.stream.codec,
            PacketSettings(
                engine=Engine.ARITHMETIC if header.tables else Engine.GOLOMB,
                order=encoding.order,
                adaptive=encoding.adaptive,
                table=TABLE,
            ),
            packet_frames=encoding.packet_frames,
            tables=_banks(header),
        )
        _write(recording, header, model, temporary, lambda part: progress("encoding", part))
        size = temporary.stat().st_size
    return Encoded(header=header, file_bytes=size)


def _lossy_step(recording: Recording, encoding: Encoding) -> float | None:
    if encoding.lsb_v is None:
        return None
    gains = np.unique(np.abs(recording.scale.gain_v))
    if len(gains) > 1:
        raise UserError(
            f"{recording.subject}: gain must be the same for all channels where samples are"
            f" rounded, not {gains[0]:g} to {gains[-1]:g} V"
        )
    return encoding.lsb_v / float(gains[0])


def _header(
    recording: Recording,
    encoding: Encoding,
    code: SampleCode,
    progress: Callable[[str, float], None],
) -> FileHeader:
    if recording.channels > MOST_CHANNELS:
        raise UserError(
            f"{recording.subject}: a recording to be encoded must have at most {MOST_CHANNELS}"
            f" channels, not {recording.channels}"
        )
    packet_channels = 1
    while recording.channels > MOST_GROUPS * packet_channels:
        packet_channels *= 2
    stream = StreamFormat(
        channels=recording.channels,
        sample_width=code.width,
        packet_channels=packet_channels,
        most_counted=encoding.packet_frames,
    )
    chosen = choose_tables(
        recording,
        code,
        stream,
        order=encoding.order,
        adaptive=encoding.adaptive,
        trained=encoding.trained,
        engine=encoding.engine,
        progress=lambda part: progress("choosing tables", part),
    )
    tables = {}
    if chosen is not None:
        stream, tables = chosen.stream, {TABLE: chosen.table}
    scale = recording.scale
    return FileHeader(
        name=displayable(recording.name),
        source_format=recording.format,
        sampling_rate_hz=float(recording.sampling_rate_hz),
        frames=recording.frames,
        start_s=float(recording.start_s),
        gain_v=np.atleast_1d(np.asarray(scale.gain_v, dtype=float)).tolist(),
        offset_v=np.atleast_1d(np.asarray(scale.offset_v, dtype=float)).tolist(),
        scale_declared=scale.declared,
        one_dimensional=_is_one_dimensional(recording),
        code=code,
        stream=stream,
        tables=tables,
        coding={
            "engine": (Engine.ARITHMETIC if tables else Engine.GOLOMB).name.lower(),
            "order": encoding.order,
            "adaptive": encoding.adaptive,
            "trained": encoding.trained,
        },
    )


def _is_one_dimensional(recording: Recording) -> bool:
    path = Path(recording.source)
    if recording.channels > 1 or path.suffix.lower() != ".npy":
        return False
    return np.load(path, mmap_mode="r").ndim == 1


def _banks(header: FileHeader) -> np.ndarray | None:
    if TABLE not in header.tables:
        return None
    return np.stack([header.tables[TABLE]] * 2)


def _write(
    recording: Recording,
    header: FileHeader,
    model: ApCodecModel,
    path: Path,
    progress: Callable[[float], None],
) -> None:
    index: list[list[int]] = []
    packet_bytes = checksum = 0
    block_frames = frames_per_block(recording.channels)
    with path.open("wb") as file:
        write_header(file, header)
        for start in range(0, recording.frames, block_frames):
            stop = min(start + block_frames, recording.frames)
            codes = header.code.encode(read_stored(recording, start, stop))
            checksum = code_checksum(codes, checksum)
            packets = model.process(codes)
            file.write(packets)
            packet_bytes += len(packets)
            if stop >= (index[-1][0] if index else 0) + INDEX_FRAMES:
                index.append([stop, packet_bytes])
            progress(stop / recording.frames)
        packets = model.finish()
        file.write(packets)
        packet_bytes += len(packets)
        write_summary(
            file, header, Summary(packet_bytes=packet_bytes, checksum=checksum, index=index)
        )
