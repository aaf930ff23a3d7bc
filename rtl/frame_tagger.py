"""Frame tagger: numbers the samples of a converter that visits its channels in turn."""

from dataclasses import dataclass

from amaranth.hdl import Module, Signal, signed
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from rtl.checks import check_ranges
from rtl.streams import channel_shape, sample_layout

__all__ = ["FrameTagger", "FrameTaggerConfig"]


@dataclass(frozen=True, kw_only=True)
class FrameTaggerConfig:
    """Sizes of a :class:`FrameTagger`.

    Parameters
    ----------
    channels : int
        Channels of a frame, in 1..1024.
    sample_width : int
        Sample width, bits, in 2..16.
    """

    channels: int = 68
    sample_width: int = 10

    def __post_init__(self) -> None:
        check_ranges(
            self,
            channels=(1, 1024),
            sample_width=(2, 16),
        )


class FrameTagger(wiring.Component):
    """Give each sample its channel, and mark those of the first frame after reset.

    The first sample after reset is channel 0's; channels follow in turn. ``enable`` starts and
    stops between frames: when it falls within a frame, the frame is finished first, and a beat
    once offered is never withdrawn. Latency is :attr:`latency` cycles (combinational), throughput
    one sample a cycle. Back-pressure on ``o`` stalls ``i``.

    The bit-exact model is :func:`verification.golden.frame_tagger.frame_tagger`.

    Parameters
    ----------
    config : FrameTaggerConfig
        Sizes.

    Members
    -------
    i : ``In(stream.Signature(signed(config.sample_width)))``
        Samples, frame by frame, channel 0 first.
    o : ``Out(stream.Signature(sample_layout(config.sample_width, config.channels)))``
        The same samples, tagged.
    enable : ``In(1)``
        Take frames.
    """

    latency = 0
    throughput = "1 sample/cycle"

    i: stream.Interface
    o: stream.Interface
    enable: Signal

    def __init__(self, config: FrameTaggerConfig | None = None) -> None:
        self.config = config = config or FrameTaggerConfig()
        super().__init__(
            {
                "i": In(stream.Signature(signed(config.sample_width))),
                "o": Out(stream.Signature(sample_layout(config.sample_width, config.channels))),
                "enable": In(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        channel = Signal(channel_shape(self.config.channels))
        restart = Signal(init=1)
        running = Signal()
        m.d.comb += [
            self.o.valid.eq(self.i.valid & running),
            self.i.ready.eq(self.o.ready & running),
            self.o.payload.sample.eq(self.i.payload),
            self.o.payload.channel.eq(channel),
            self.o.payload.restart.eq(restart),
        ]
        with m.If(self.o.valid & self.o.ready):
            m.d.sync += channel.eq(channel + 1)
            with m.If(channel == self.config.channels - 1):
                m.d.sync += [channel.eq(0), restart.eq(0), running.eq(self.enable)]
        with m.Elif((channel == 0) & ~self.o.valid):
            m.d.sync += running.eq(self.enable)
        return m
