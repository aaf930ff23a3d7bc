"""LFP codec: field potentials become packets, at a low rate of samples and few bits each."""

from itertools import pairwise

from amaranth.hdl import Module, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from rtl.coding_streams import byte_layout
from rtl.dpcm_predictor import DpcmPredictor
from rtl.golomb_encoder import GolombEncoder
from rtl.lfp_codec_config import LfpCodecConfig
from rtl.lfp_decimator import LfpDecimator
from rtl.lms_predictor import LmsPredictor
from rtl.nlms_predictor import NlmsPredictor
from rtl.packet_format import Engine
from rtl.packet_framer import PacketFramer
from rtl.packet_marker import PacketMarker
from rtl.packet_settings import COUNT_WIDTH, settings_layout
from rtl.residual_context import ResidualContext
from rtl.streams import sample_layout

__all__ = ["LfpCodec", "LfpCodecConfig"]


class LfpCodec(wiring.Component):
    """Decimate samples, and code what is slow of them into packets.

    The decimator's samples are cut into packets, differenced, predicted by two adaptive predictors,
    the first of which learns from many differences and the second from the signs of what is left,
    and coded by the Golomb encoder; the framer sends packets when they are whole. Lossless, but for
    the decimator; with ``settings.shift`` s, no sample is further off than ``2**(s - 1)``.

    Samples wait while packets end, and are left out, and counted, where rings are full.

    Latency is :attr:`latency` cycles from a sample that completes a packet of a single frame of a
    single channel to the packet's first byte. Throughput is that of the slowest part: an adaptive
    predictor takes a sample of the low rate in ``taps + 1`` cycles, in which a channel sends
    ``decimation`` samples of the high rate. Back-pressure stalls ``i``.

    The bit-exact model is :func:`verification.golden.lfp_codec.lfp_codec`.

    Parameters
    ----------
    config : LfpCodecConfig
        Sizes.

    Members
    -------
    i : ``In(stream.Signature(sample_layout(decimator.sample_width, decimator.channels)))``
        Samples, frame by frame, channel 0 first.
    o : ``Out(stream.Signature(byte_layout()))``
        Packets.
    settings : ``In(settings_layout())``
        Of packets that begin; the engine is always the Golomb encoder.
    packet_frames : ``In(16)``
        Frames of a packet, at the low rate.
    rate : ``In(20)``
        Bytes in 256 frames of the low rate; 0 sets no limit.
    thresholds : ``In(ArrayLayout(..., 5))``
        Bytes waiting from which on new packets are made coarser by 1, 2, 3 and 4 bits, and from
        which on none begins; 0 is never reached.
    flush : ``In(1)``
        End all packets; while it stays up, nothing is taken.
    flushed : ``Out(1)``
        All packets have ended at the marker.
    level : ``Out(3)``
        How many of the thresholds are reached.
    lost : ``Out(1)``
        High for a cycle for each frame of a group that is left out for want of room.
    dropped : ``Out(16)``
        Frames of a packet that did not fit in its ring, for a cycle.
    """

    latency = 57
    throughput = "1 sample/cycle on average"

    i: stream.Interface
    o: stream.Interface
    settings: data.View
    packet_frames: Signal
    rate: Signal
    thresholds: data.View
    flush: Signal
    flushed: Signal
    level: Signal
    lost: Signal
    dropped: Signal

    def __init__(self, config: LfpCodecConfig | None = None) -> None:
        self.config = config = config or LfpCodecConfig()
        self._framer = framer = PacketFramer(config.framer)
        sizes = config.decimator.sample_width, config.channels
        super().__init__(
            {
                "i": In(stream.Signature(sample_layout(*sizes))),
                "o": Out(stream.Signature(byte_layout())),
                "settings": In(settings_layout()),
                "packet_frames": In(COUNT_WIDTH),
                "rate": In(framer.rate.shape()),
                "thresholds": In(framer.thresholds.shape()),
                "flush": In(1),
                "flushed": Out(1),
                "level": Out(3),
                "lost": Out(1),
                "dropped": Out(COUNT_WIDTH),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self.config
        m.submodules.decimator = decimator = LfpDecimator(config.decimator)
        m.submodules.marker = marker = PacketMarker(config.marker)
        m.submodules.predictor = predictor = DpcmPredictor(config.predictor)
        m.submodules.nlms = nlms = NlmsPredictor(config.nlms)
        m.submodules.lms = lms = LmsPredictor(config.lms)
        m.submodules.context = context = ResidualContext(config.context)
        m.submodules.golomb = golomb = GolombEncoder(config.golomb)
        m.submodules.framer = framer = self._framer
        wiring.connect(m, wiring.flipped(self.i), decimator.i)
        parts = (decimator, marker, predictor, nlms, lms, context, golomb, framer)
        for part, following in pairwise(parts):
            wiring.connect(m, part.o, following.i)
        wiring.connect(m, framer.o, wiring.flipped(self.o))

        frame_ends = marker.i.payload.channel == config.channels - 1
        m.d.comb += [
            marker.settings.eq(self.settings),
            marker.settings.engine.eq(Engine.GOLOMB),
            marker.packet_frames.eq(self.packet_frames),
            marker.close.eq(framer.close),
            marker.discard.eq(framer.discard),
            marker.dropped.eq(framer.dropped),
            marker.level.eq(framer.level),
            marker.flush.eq(self.flush),
            framer.tick.eq(marker.i.valid & marker.i.ready & frame_ends),
            framer.rate.eq(self.rate),
            framer.thresholds.eq(self.thresholds),
            self.flushed.eq(marker.flushed),
            self.level.eq(framer.level),
            self.lost.eq(marker.lost),
            self.dropped.eq(framer.lost),
        ]
        return m
