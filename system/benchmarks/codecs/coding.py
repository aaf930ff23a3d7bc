"""Samples to packets and back, in each of the ways that are compared."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analog_models.compiled import compiled
from rtl.ap_codec_config import ApCodecConfig
from rtl.coding_streams import Kind, symbol_layout
from rtl.packet_format import Engine
from rtl.packet_settings import PacketSettings
from rtl.residual_context import ACTIVITY_FRACTION_BITS
from system.codecs.stream_decoder import SampleDecoder
from system.codecs.stream_format import StreamFormat
from verification.golden.ap_codec import ApCodecModel
from verification.golden.residual_context import context_of, next_negative, turned
from verification.payloads import payload_dtype
from verification.residual_kernels import CodingFormat, residuals

__all__ = ["PACKET_FRAMES", "WAYS", "Way", "codec_config", "decode", "encode", "plain", "symbols"]

SAMPLE_WIDTH = 9
PACKET_FRAMES = 8192
RING_BYTES = 16_384  # of a channel: a packet of so many frames fits in half of it
TABLE = 0  # version of the only table, or of the first
TRAINED_PACKETS = 16  # from one training on chip to the next: 5.5 s at 24 kS/s

Codes = npt.NDArray[np.int16]
Tables = npt.NDArray[np.int32]


@dataclass(frozen=True, kw_only=True)
class Way:
    """How samples are predicted, and what writes the residuals.

    Parameters
    ----------
    engine : Engine
        The entropy coder.
    order : int
        Order of the difference.
    adaptive : bool
        Whether the adaptive predictor follows.
    """

    engine: Engine
    order: int
    adaptive: bool

    @property
    def settings(self) -> PacketSettings:
        """The same as settings of a codec."""
        return PacketSettings(
            engine=self.engine, order=self.order, adaptive=self.adaptive, table=TABLE
        )


WAYS: Mapping[str, Way] = {
    "golomb.order_1": Way(engine=Engine.GOLOMB, order=1, adaptive=False),
    "golomb.order_2": Way(engine=Engine.GOLOMB, order=2, adaptive=False),
    "golomb.adaptive": Way(engine=Engine.GOLOMB, order=1, adaptive=True),
    "arithmetic.order_1": Way(engine=Engine.ARITHMETIC, order=1, adaptive=False),
    "arithmetic.adaptive": Way(engine=Engine.ARITHMETIC, order=1, adaptive=True),
}
"""By name: with or without what learns; order 2 is the best that a Golomb code has without."""


def codec_config(channels: int, *, training: bool = False) -> ApCodecConfig:
    """Return the codec: the default one, its rings as long as these packets need.

    Parameters
    ----------
    channels : int
        Channels, each with packets of its own.
    training : bool
        Whether it trains tables.

    Returns
    -------
    ApCodecConfig
        Its configuration.
    """
    return ApCodecConfig(
        channels=channels, sample_width=SAMPLE_WIDTH, ring_bytes=RING_BYTES, training=training
    )


def encode(codes: Codes, way: Way, table: Tables, *, training: bool = False) -> bytes:
    """Return the packets of a recording.

    Parameters
    ----------
    codes : ndarray of int16, shape (frames, channels)
        Samples.
    way : Way
        How they are coded.
    table : ndarray of int32, shape (contexts, symbols + 1)
        Cumulative frequencies, which only one of the engines looks at.
    training : bool
        Whether the codec trains tables on what it has coded, again and again, and goes on with
        them.

    Returns
    -------
    bytes
        All packets.
    """
    model = ApCodecModel(
        codec_config(codes.shape[1], training=training),
        way.settings,
        packet_frames=PACKET_FRAMES,
        tables=np.stack((table, table)),
    )
    packets = b""
    if training:
        step = TRAINED_PACKETS * PACKET_FRAMES
        while len(codes) > step:
            packets += model.process(codes[:step]) + model.train()
            codes = codes[step:]
    return packets + model.process(codes) + model.finish()


def decode(packets: bytes, channels: int, table: Tables) -> Codes:
    """Return the recording of some packets.

    Parameters
    ----------
    packets : bytes
        From :func:`encode`.
    channels : int
        Its channels.
    table : ndarray of int32, shape (contexts, symbols + 1)
        Cumulative frequencies that it begins with.

    Returns
    -------
    ndarray of int16, shape (frames, channels)
        Samples.
    """
    stream = StreamFormat.of(codec_config(channels), PACKET_FRAMES)
    decoder = SampleDecoder(stream, {TABLE: table})
    blocks = [block.samples for block in decoder.feed(packets)]
    blocks += [block.samples for block in decoder.finish()]
    return np.concatenate(blocks)


def symbols(codes: Codes, way: Way) -> npt.NDArray[np.void]:
    """Return what the engine is given for the samples of one channel, without bytes.

    Parameters
    ----------
    codes : ndarray of int16, shape (frames,)
        Samples.
    way : Way
        How they are predicted.

    Returns
    -------
    ndarray of records, shape (frames,)
        Fields as in :func:`rtl.coding_streams.symbol_layout`.
    """
    config = codec_config(1)
    form = CodingFormat(
        width=config.sample_width,
        shift=0,
        order=way.order,
        cross_eighths=0,
        window_shift=config.window_shift,
        start_activity=config.context.start_activity,
        restart_context=config.context.restart_context,
        unary_limit=config.unary_limit,
        symbol_width=config.arithmetic.symbol_width,
        taps=config.taps if way.adaptive else 0,
        weight_fraction_bits=config.weight_fraction_bits,
    )
    levels = range(1 << (config.sample_width + ACTIVITY_FRACTION_BITS))
    lookup = np.array([context_of(level, 0) for level in levels], dtype=np.uint8)
    value, context = np.empty(len(codes), np.int16), np.empty(len(codes), np.uint8)
    scratch = np.zeros(PACKET_FRAMES, dtype=np.int16)
    for first in range(0, len(codes), PACKET_FRAMES):
        part = slice(first, first + PACKET_FRAMES)
        samples = np.ascontiguousarray(codes[part, None])
        residuals(samples, len(samples), form, lookup, value[part], context[part], scratch)
    beats = np.zeros(len(codes), dtype=payload_dtype(symbol_layout(config.sample_width, 1)))
    beats["kind"], beats["value"], beats["context"] = Kind.SAMPLE.value, value, context
    return beats


@compiled
def plain(value: Codes, width: int, packet_frames: int) -> Codes:
    """Return residuals as the predictors left them, before any sign was turned.

    Parameters
    ----------
    value : ndarray of int16, shape (frames,)
        Values of :func:`symbols`.
    width : int
        Width of a sample, bits.
    packet_frames : int
        Frames of a packet.

    Returns
    -------
    ndarray of int16, shape (frames,)
        Residuals.
    """
    found = value.copy()
    negative = False
    for n in range(len(value)):
        if n % packet_frames == 0:
            negative = False
            continue
        residual = turned(value[n], negative, width)
        found[n] = residual
        negative = next_negative(negative, residual)
    return found
