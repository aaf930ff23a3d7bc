"""Bit-exact models of :class:`rtl.ap_codec.ApCodec`: one made of its blocks' models, one fast."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from rtl.ap_codec_config import ApCodecConfig
from rtl.coding_streams import CONTEXT_WIDTH
from rtl.packet_format import HEADER_BYTES, Engine, Mode
from rtl.packet_settings import PacketSettings
from rtl.residual_context import ACTIVITY_FRACTION_BITS
from verification.golden.arithmetic_encoder import arithmetic_encoder
from verification.golden.dpcm_predictor import dpcm_predictor
from verification.golden.golomb_encoder import golomb_encoder
from verification.golden.packet_framer import packet_framer
from verification.golden.packet_marker import header_bytes, packet_marker, trailer_bytes
from verification.golden.residual_context import context_of, residual_context
from verification.packet_kernels import code_packets
from verification.residual_kernels import CodingFormat

__all__ = ["ApCodecModel", "ap_codec", "packets_of_beats"]

WORST_CODE_BYTES = 8  # of a residual, or of two raw bytes, or at the end of a payload


def packets_of_beats(
    beats: npt.NDArray[np.void],
    config: ApCodecConfig,
    settings: PacketSettings,
    tables: npt.NDArray[np.int32] | None,
) -> list[bytes]:
    """Return the packets that the blocks behind the marker make of its beats, one by one.

    Parameters
    ----------
    beats : ndarray of records
        Fields as in :func:`rtl.coding_streams.coding_layout`.
    config : ApCodecConfig
        The configuration of the hardware.
    settings : PacketSettings
        Of all packets.
    tables : ndarray of int32, shape (2, contexts, symbols + 1), or None
        Cumulative frequencies of both banks, for the arithmetic coder.

    Returns
    -------
    list of bytes
        The packets in the order in which they end.
    """
    symbols = residual_context(dpcm_predictor(beats, config.predictor), config.context)
    if settings.engine == Engine.GOLOMB:
        coded = golomb_encoder(symbols, config.golomb)
    else:
        coded = arithmetic_encoder(symbols, _checked(tables, config), config.arithmetic)
    bodies = [bytearray() for _ in range(config.groups)]
    packets = []
    for byte, group, last in zip(coded["byte"], coded["group"], coded["last"], strict=True):
        bodies[group].append(byte)
        if last:
            packets.append(packet_framer(bytes(bodies[group])))
            bodies[group].clear()
    return packets


def ap_codec(
    samples: npt.NDArray[np.integer],
    config: ApCodecConfig,
    settings: PacketSettings,
    *,
    packet_frames: int,
    tables: npt.NDArray[np.int32] | None = None,
) -> bytes:
    """Return the packets of all samples of a recording, by the models of the blocks.

    Where no ring gets so full that packets must end early. Packets of one group are in order;
    those of different groups may leave the hardware in another order.

    Parameters
    ----------
    samples : ndarray of int, shape (frames, channels)
        Samples.
    config : ApCodecConfig
        The configuration of the hardware.
    settings : PacketSettings
        Of all packets.
    packet_frames : int
        Frames of a packet.
    tables : ndarray of int32, shape (2, contexts, symbols + 1), optional
        Cumulative frequencies of both banks, for the arithmetic coder.

    Returns
    -------
    bytes
        The packets, one after the other.

    Examples
    --------
    >>> config = ApCodecConfig(channels=1)
    >>> ap_codec(np.array([[7], [9], [12]]), config, PacketSettings(), packet_frames=9).hex()
    'a70c0000120000000000009d9803001216d39a'
    """
    beats = packet_marker(samples, config.marker, settings, packet_frames=packet_frames)
    return b"".join(packets_of_beats(beats, config, settings, tables))


class ApCodecModel:
    """The same, block by block of frames, in compiled loops.

    A packet also ends after the frame in which its header and payload have reached
    ``config.most_body_bytes``. The hardware does so as well, but a few bytes later, depending on
    how fast they leave: where that happens the two are not the same byte for byte, but carry the
    same samples.

    Parameters
    ----------
    config : ApCodecConfig
        The configuration of the hardware.
    settings : PacketSettings
        Of all packets.
    packet_frames : int
        Frames of a packet, in 1..65535.
    tables : ndarray of int32, shape (2, contexts, symbols + 1), optional
        Cumulative frequencies of both banks, for the arithmetic coder.

    Raises
    ------
    ValueError
        A setting asks for what the hardware does not have.
    """

    def __init__(
        self,
        config: ApCodecConfig,
        settings: PacketSettings,
        *,
        packet_frames: int = 2048,
        tables: npt.NDArray[np.int32] | None = None,
    ) -> None:
        if settings.engine not in config.engines:
            raise ValueError(f"engine must be one that is built, not {settings.engine.name}")
        if settings.adaptive:
            raise ValueError("adaptive must be False, as no adaptive predictor is built, not True")
        if not 1 <= packet_frames <= 0xFFFF:
            raise ValueError(f"packet_frames must be in 1..65535, not {packet_frames!r}")
        self.config = config
        self.settings = settings
        self.packet_frames = packet_frames
        self._bank = np.empty((0, 0), dtype=np.int32)
        if settings.engine == Engine.ARITHMETIC:
            self._bank = _checked(tables, config)[settings.table & 1]
        width = config.sample_width
        contexts = range(1 << CONTEXT_WIDTH)
        self._form = CodingFormat(
            width=width,
            shift=settings.shift,
            order=settings.order,
            cross_eighths=config.cross_eighths if settings.cross else 0,
            window_shift=config.window_shift,
            start_activity=config.context.start_activity,
            restart_context=config.context.restart_context,
            unary_limit=config.unary_limit,
            symbol_width=config.arithmetic.symbol_width,
        )
        levels = 1 << (width + ACTIVITY_FRACTION_BITS)
        self._lookups = (
            np.array([context_of(level, 0) for level in range(levels)], dtype=np.uint8),
            np.array([max(0, n - config.golomb_base) // 2 for n in contexts]).clip(max=width - 1),
            self._bank,
            np.array([config.arithmetic.table_of(n) for n in contexts]),
        )
        self._time = 0  # of the first frame that is kept
        self._kept = np.empty((0, config.channels), dtype=np.int16)
        self._begin = [0] * config.groups  # of the packet that comes next
        step = packet_frames >> config.marker.stagger_shift
        self._first = [packet_frames - n * step for n in range(config.groups)]

    def process(self, samples: npt.NDArray[np.integer]) -> bytes:
        """Return the packets that end with these frames; see :func:`ap_codec`.

        Parameters
        ----------
        samples : ndarray of int, shape (frames, channels)
            The next samples.

        Returns
        -------
        bytes
            Packets by the frame in which they end, or would if they were not too long, and then by
            group: the same ones in the same order, whatever the blocks.

        Raises
        ------
        ValueError
            A sample is wider than ``sample_width``, or there are too few or many channels.
        """
        half = 1 << (self.config.sample_width - 1)
        if samples.ndim != 2 or samples.shape[1] != self.config.channels:
            raise ValueError(
                f"samples must have shape (frames, {self.config.channels}), not {samples.shape}"
            )
        if samples.size and not (-half <= samples.min() and samples.max() < half):
            bad = samples[(samples < -half) | (samples >= half)][0]
            raise ValueError(f"samples must be in {-half}..{half - 1}, not {bad}")
        self._kept = np.concatenate((self._kept, samples.astype(np.int16, copy=False)))
        return self._packets(ends=False)

    def finish(self) -> bytes:
        """Return the packets that are open; frames that follow begin new ones.

        Returns
        -------
        bytes
            Packets.
        """
        return self._packets(ends=True)

    def _packets(self, *, ends: bool) -> bytes:
        made = sorted(
            packet for group in range(self.config.groups) for packet in self._of_group(group, ends)
        )
        used = min(self._begin) - self._time
        self._kept, self._time = self._kept[used:], self._time + used
        return b"".join(packet for _, _, packet in made)

    def _of_group(self, group: int, ends: bool) -> Iterator[tuple[int, int, bytes]]:
        """Yield scheduled end, group and bytes of each packet that can be made."""
        config = self.config
        first = group * config.packet_channels
        samples = np.ascontiguousarray(
            self._kept[self._begin[group] - self._time :, first : first + config.packet_channels]
        )
        wanted = self._first[group], self.packet_frames
        packets = np.empty((len(samples), 2), dtype=np.int64)
        out = np.empty(WORST_CODE_BYTES * (samples.size + len(samples)), dtype=np.uint8)
        count = code_packets(
            samples,
            np.empty((len(samples), 0), dtype=np.uint8),
            1,
            *wanted,
            config.most_body_bytes - HEADER_BYTES,
            ends,
            self._form,
            *self._lookups,
            out,
            packets,
        )
        position = 0
        for frames, end in packets[:count].tolist():
            time = self._begin[group]
            header = header_bytes(
                self.settings,
                mode=Mode.ALL_SAMPLES,
                group=group,
                time=time,
                gap=False,
                shift=self.settings.shift,
            )
            body = header + out[position:end].tobytes() + trailer_bytes(frames)
            yield time + self._first[group], group, packet_framer(body)
            self._begin[group] += frames
            self._first[group] = self.packet_frames
            position = end
        if ends:
            self._first[group] = self.packet_frames


def _checked(tables: npt.NDArray[np.int32] | None, config: ApCodecConfig) -> npt.NDArray[np.int32]:
    """Return tables of the right shape."""
    shape = 2, config.contexts, config.arithmetic.symbols + 1
    if tables is None or np.shape(tables) != shape:
        given = None if tables is None else np.shape(tables)
        raise ValueError(f"tables must have shape {shape}, not {given}")
    return np.ascontiguousarray(tables, dtype=np.int32)
