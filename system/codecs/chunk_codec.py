"""The codec as numcodecs knows codecs, so that zarr and SpikeInterface can save with it."""

import struct
import zlib
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
from numcodecs.abc import Codec
from numcodecs.compat import ensure_contiguous_ndarray, ensure_ndarray, ndarray_copy
from numcodecs.ndarray_like import NDArrayLike

from rtl.packet_format import Engine
from rtl.packet_settings import PacketSettings
from system.codecs.sample_codes import MOST_BITS, SampleCode, fewest_bits
from system.codecs.stream_decoder import SampleDecoder
from system.codecs.stream_format import MOST_COUNTED, StreamFormat
from system.codecs.symbol_counts import count_codes
from system.codecs.tables import packed_table, unpacked_table
from system.codecs.training import contexts_of, fit_tables
from verification.golden.ap_codec import ApCodecModel

__all__ = ["AxocellCodec"]

MAGIC = b"AXC\x01"
# Magic, type, width, width of a symbol (0 without tables), order of the axes in memory, offset
# modulo 2**64, frames, channels, length of the tables. Then comes a CRC-32 of all this and of the
# tables. What is not coded says its length as the offset, and follows as it is or as zlib has it.
FRONT = struct.Struct("<4s3sBBBQIII")
CHECKSUM = struct.Struct("<I")
PACKED, FRAMES_FIRST, CHANNELS_FIRST, PLAIN = range(4)
LARGEST_CHUNK_BYTES = (1 << 31) - 1  # as for the other codecs of numcodecs
MOST_CHANNELS = 1024
MOST_GROUPS = 256
CHUNK_TABLE = 0


AnyCodec: Any = Codec  # its methods say that they return nothing
Chunk = npt.NDArray | bytes | bytearray | memoryview


class AxocellCodec(AnyCodec):
    """Integers of at most 16 bits as packets of the codec, everything else as zlib has it.

    A chunk is [frames, channels] or [frames]; one that lies the other way in memory is as good.
    What comes back is what went in, bit by bit. A packet that was damaged is an error.

    Parameters
    ----------
    engine : str
        The entropy coder: ``"arithmetic"``, whose tables are fitted to each chunk, or
        ``"golomb"``, faster and a little larger.
    order : int
        Order of the difference, in 0..3.
    adaptive : bool
        Whether the adaptive predictor follows.

    Examples
    --------
    >>> codec = AxocellCodec()
    >>> chunk = np.arange(2000, dtype=np.int16).reshape(1000, 2)
    >>> coded = codec.encode(chunk)
    >>> len(coded) < chunk.nbytes, bytes(codec.decode(coded)) == chunk.tobytes()
    (True, True)
    """

    codec_id = "axocell"

    def __init__(
        self, engine: str = "arithmetic", order: int = 1, *, adaptive: bool = False
    ) -> None:
        names = [each.name.lower() for each in Engine]
        if engine not in names:
            raise ValueError(f"engine must be one of {', '.join(names)}, not {engine!r}")
        if type(order) is not int:
            raise TypeError(f"order must be a whole number, not {order!r}")
        self.engine = engine
        self.order = order
        self.adaptive = adaptive
        self._settings = PacketSettings(
            engine=Engine[engine.upper()], order=order, adaptive=adaptive, table=CHUNK_TABLE
        )

    def encode(self, buf: Chunk) -> bytes:
        """Return a chunk in fewer bytes.

        Parameters
        ----------
        buf : array or buffer
            The chunk.

        Returns
        -------
        bytes
            What :meth:`decode` takes.

        Raises
        ------
        TypeError
            The chunk holds Python's objects.
        ValueError
            It is longer than 2 GB.
        """
        chunk = ensure_ndarray(buf)
        if chunk.dtype.hasobject:
            raise TypeError(f"chunk must be of numbers, text or bytes, not of {chunk.dtype}")
        if chunk.nbytes > LARGEST_CHUNK_BYTES:
            raise ValueError(
                f"chunk must have at most {LARGEST_CHUNK_BYTES} bytes, not {chunk.nbytes}"
            )
        coded = self._coded(chunk)
        if coded is not None and len(coded) < FRONT.size + CHECKSUM.size + chunk.nbytes:
            return coded
        plain = chunk.tobytes(order="A")
        packed = zlib.compress(plain)
        layout, body = (PACKED, packed) if len(packed) < len(plain) else (PLAIN, plain)
        return _sealed(FRONT.pack(MAGIC, b"", 0, 0, layout, len(plain), 0, 0, 0), body)

    def _coded(self, chunk: npt.NDArray) -> bytes | None:
        """Return a chunk as packets, or None if it is none of integers that 16 bits tell apart."""
        layout = FRAMES_FIRST
        if chunk.ndim == 2 and chunk.flags.f_contiguous and not chunk.flags.c_contiguous:
            layout = CHANNELS_FIRST
        samples = chunk.reshape(-1, 1) if chunk.ndim == 1 else chunk
        is_coded = (
            samples.ndim == 2
            and chunk.dtype.kind in "iu"
            and samples.size > 0
            and samples.shape[1] <= MOST_CHANNELS
        )
        if not is_coded:
            return None
        width, offset = fewest_bits(int(samples.min()), int(samples.max()))
        if width > MOST_BITS:
            return None
        code = SampleCode(dtype=chunk.dtype.str, width=width, offset=offset)
        codes = code.encode(samples)
        stream = _stream(width, *codes.shape)
        symbol_width, packed, tables = 0, b"", None
        if self._settings.engine is Engine.ARITHMETIC:
            counts = count_codes(codes, stream, order=self.order, adaptive=self.adaptive)
            chosen = fit_tables(counts, stream)
            stream, symbol_width = chosen.stream, chosen.stream.alphabet_width
            packed = packed_table(chosen.table)
            tables = np.stack([chosen.table] * 2)
        model = ApCodecModel(
            stream.codec, self._settings, packet_frames=MOST_COUNTED, tables=tables
        )
        front = FRONT.pack(
            MAGIC,
            chunk.dtype.str.encode(),
            width,
            symbol_width,
            layout,
            offset % (1 << 64),
            *codes.shape,
            len(packed),
        )
        return _sealed(front, packed) + model.process(codes) + model.finish()

    def decode(self, buf: Chunk, out: Chunk | None = None) -> NDArrayLike:
        """Return a chunk as it was.

        Parameters
        ----------
        buf : bytes-like
            From :meth:`encode`.
        out : array or buffer, optional
            Where the chunk is to go.

        Returns
        -------
        ndarray
            Its samples in the order in which they lay in memory, or ``out``.

        Raises
        ------
        ValueError
            These bytes are no chunk, or are damaged.
        """
        coded = bytes(ensure_contiguous_ndarray(buf))
        if len(coded) < FRONT.size + CHECKSUM.size or not coded.startswith(MAGIC):
            raise ValueError(f"chunk must begin with {MAGIC!r}, not with {coded[:4]!r}")
        _, dtype, width, symbol_width, layout, offset, frames, channels, table_bytes = FRONT.unpack(
            coded[: FRONT.size]
        )
        (checksum,) = CHECKSUM.unpack(coded[FRONT.size :][: CHECKSUM.size])
        body = coded[FRONT.size + CHECKSUM.size :]
        sealed = body if layout in {PACKED, PLAIN} else body[:table_bytes]
        found = zlib.crc32(sealed, zlib.crc32(coded[: FRONT.size]))
        if checksum != found:
            raise ValueError(f"chunk must have checksum {checksum:#010x}, not {found:#010x}")
        if layout in {PACKED, PLAIN}:
            plain = _unpacked(body, offset) if layout == PACKED else body
            return ndarray_copy(np.frombuffer(plain, dtype=np.uint8), out)
        try:
            name = np.dtype(dtype.rstrip(b"\0").decode())
            if name.kind != "u" and offset >= 1 << 63:
                offset -= 1 << 64
            code = SampleCode(dtype=name.str, width=width, offset=offset)
            size = frames * channels * name.itemsize
            if size > LARGEST_CHUNK_BYTES:
                raise ValueError(f"at most {LARGEST_CHUNK_BYTES} bytes are allowed, not {size}")
            stream, tables = _stream(width, frames, channels), {}
            if symbol_width:
                stream = _stream(width, frames, channels, symbol_width)
                tables[CHUNK_TABLE] = unpacked_table(body[:table_bytes], stream)
        except (ValueError, TypeError, SyntaxError, zlib.error) as error:
            raise ValueError(f"chunk must be as its beginning says, but: {error}") from error
        codes = _decoded(body[table_bytes:], stream, tables, frames)
        samples = code.decode(codes)
        if layout == CHANNELS_FIRST:
            samples = np.ascontiguousarray(samples.T)
        return ndarray_copy(samples.reshape(-1), out)


def _sealed(front: bytes, body: bytes) -> bytes:
    return front + CHECKSUM.pack(zlib.crc32(body, zlib.crc32(front))) + body


def _unpacked(body: bytes, size: int) -> bytes:
    """Return what zlib compressed, of which there must be neither more nor less."""
    if size > LARGEST_CHUNK_BYTES:
        raise ValueError(f"chunk must have at most {LARGEST_CHUNK_BYTES} bytes, not {size}")
    try:
        plain = zlib.decompressobj().decompress(body, size + 1)
    except zlib.error as error:
        raise ValueError(f"chunk must be as zlib has it, but: {error}") from error
    if len(plain) != size:
        raise ValueError(f"chunk must have {size} bytes, not {len(plain)}")
    return plain


def _stream(width: int, frames: int, channels: int, symbol_width: int = 8) -> StreamFormat:
    packet_channels = 1
    while channels > MOST_GROUPS * packet_channels:
        packet_channels *= 2
    return StreamFormat(
        channels=channels,
        sample_width=width,
        packet_channels=packet_channels,
        most_counted=min(frames, MOST_COUNTED),
        alphabet_width=symbol_width,
        contexts=contexts_of(width),
        table_base=0,
    )


def _decoded(
    packets: bytes, stream: StreamFormat, tables: dict[int, npt.NDArray], frames: int
) -> npt.NDArray[np.int16]:
    decoder = SampleDecoder(stream, tables, frames=frames, longest_gap_frames=frames)
    blocks = []
    for block in chain(decoder.feed(packets), decoder.finish()):
        if decoder.tally.damage:
            break
        if not block.arrived.all():  # before many more are made up that a chunk only claims
            first = block.frame + int(block.arrived.argmin())
            raise ValueError(f"chunk must be whole, but frame {first} did not come")
        blocks.append(block.samples)
    if decoder.tally.damage:
        raise ValueError(f"chunk must be whole, but is not: {decoder.tally.damage[0]}")
    return np.concatenate(blocks)
