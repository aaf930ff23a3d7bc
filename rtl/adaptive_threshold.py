"""Adaptive threshold: holds the detection signal against a multiple of its running mean."""

from amaranth.hdl import Module, Mux, Signal, signed, unsigned
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from rtl.detection_signal import level_layout, level_width
from rtl.detector_settings import (
    MAX_MEAN_SHIFT,
    MAX_WARM_UP,
    MULTIPLIER_WIDTH,
    THRESHOLD_FRACTION_BITS,
    THRESHOLD_WIDTH,
)
from rtl.streams import per_channel_stage

__all__ = ["AdaptiveThreshold", "candidate_layout", "threshold_entry_layout"]

# Bits of the mean below one unit of the level that still enter the threshold.
MEAN_USED_FRACTION_BITS = 4


def candidate_layout(sample_width: int, channels: int, smoothing_samples: int) -> data.StructLayout:
    """Return the layout of a sample with its detection signal and ``above``: over the threshold."""
    members = dict(level_layout(sample_width, channels, smoothing_samples).members)
    return data.StructLayout({**members, "above": 1})


def threshold_entry_layout() -> data.StructLayout:
    """Return the layout of one channel's settings: ``enable`` and ``threshold``."""
    return data.StructLayout({"enable": 1, "threshold": unsigned(THRESHOLD_WIDTH)})


class AdaptiveThreshold(wiring.Component):
    """Compare the detection signal with the threshold of its channel; a part of the detector.

    Adaptive: ``above`` is ``level > threshold / 16 * mean``, the mean being the running mean of
    the level before this sample, cut to 1/16. It has ``mean_fraction_bits`` fraction bits and
    moves by ``(level - mean) / 2**shift``, floored, where shift grows from 0 as the logarithm of
    the frames seen until it is ``mean_shift``: a plain average at first. Fixed: ``above`` is
    ``level > threshold``. On a channel that is not enabled, and in the first ``warm_up`` frames,
    ``above`` is low. Latency is :attr:`latency` cycles, throughput one sample a cycle;
    back-pressure on ``o`` stalls ``i``.

    Parameters
    ----------
    sample_width : int
        Sample width, bits.
    channels : int
        Number of channels.
    smoothing_samples : int
        Length of each moving sum of the detection signal.
    mean_fraction_bits : int
        Fraction bits of the running mean.

    Members
    -------
    i : ``In(stream.Signature(level_layout(...)))``
        Samples with the detection signal, frame by frame.
    o : ``Out(stream.Signature(candidate_layout(...)))``
        The same, compared.
    adaptive : ``In(1)``
        Which threshold.
    mean_shift : ``In(5)``
        Logarithm of the time constant, in 0..16.
    warm_up : ``In(20)``
        Frames.
    entry_channel : ``Out``
        Channel whose settings are wanted in the next cycle.
    entry_enable : ``Out(1)``
        High when ``entry_channel`` is to be fetched; else the entry must hold.
    entry : ``In(threshold_entry_layout())``
        Settings of the channel asked for at the last enabled clock edge.
    """

    latency = 1

    i: stream.Interface
    o: stream.Interface
    adaptive: Signal
    mean_shift: Signal
    warm_up: Signal
    entry_channel: Signal
    entry_enable: Signal

    def __init__(
        self, *, sample_width: int, channels: int, smoothing_samples: int, mean_fraction_bits: int
    ) -> None:
        self.channels = channels
        self.level_width = level_width(sample_width, smoothing_samples)
        self.mean_fraction_bits = mean_fraction_bits
        sizes = (sample_width, channels, smoothing_samples)
        super().__init__(
            {
                "i": In(stream.Signature(level_layout(*sizes))),
                "o": Out(stream.Signature(candidate_layout(*sizes))),
                "adaptive": In(1),
                "mean_shift": In(range(MAX_MEAN_SHIFT + 1)),
                "warm_up": In(range(MAX_WARM_UP + 1)),
                "entry_channel": Out(level_layout(*sizes)["channel"].shape),
                "entry_enable": Out(1),
                "entry": In(threshold_entry_layout()),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        fraction = self.mean_fraction_bits
        mean_shape = unsigned(self.level_width + fraction)
        beat, state, next_state = per_channel_stage(
            m,
            i=self.i,
            o=self.o,
            state_layout=data.StructLayout({"mean": mean_shape}),
            channels=self.channels,
        )
        m.d.comb += [
            self.entry_channel.eq(self.i.payload.channel),
            self.entry_enable.eq(self.i.ready),
        ]

        frame = Signal(range(MAX_WARM_UP + 1))  # saturates: by then it has served
        with m.If(
            self.o.valid
            & self.o.ready
            & (beat.channel == self.channels - 1)
            & (frame != MAX_WARM_UP)
        ):
            m.d.sync += frame.eq(frame + 1)
        seen_log = Signal(range(MAX_MEAN_SHIFT + 1))
        for bit in range(1, MAX_MEAN_SHIFT + 1):
            with m.If((frame + 1) >= (1 << bit)):
                m.d.comb += seen_log.eq(bit)
        shift = Signal(range(MAX_MEAN_SHIFT + 1))
        m.d.comb += shift.eq(Mux(seen_log < self.mean_shift, seen_log, self.mean_shift))

        error = Signal(signed(mean_shape.width + 1))
        used_mean = Signal(self.level_width + MEAN_USED_FRACTION_BITS)
        product = Signal(used_mean.shape().width + MULTIPLIER_WIDTH)
        product_fraction = MEAN_USED_FRACTION_BITS + THRESHOLD_FRACTION_BITS
        above = Signal()
        m.d.comb += [
            error.eq((beat.level << fraction) - state.mean),
            next_state.mean.eq(state.mean + (error >> shift)),
            used_mean.eq(state.mean >> (fraction - MEAN_USED_FRACTION_BITS)),
            product.eq(used_mean * self.entry.threshold[:MULTIPLIER_WIDTH]),
            above.eq(
                Mux(
                    self.adaptive,
                    (beat.level << product_fraction) > product,
                    beat.level > self.entry.threshold,
                )
            ),
            self.o.payload.above.eq(above & self.entry.enable & (frame >= self.warm_up)),
        ]
        for name in self.i.payload.shape().members:
            m.d.comb += self.o.payload[name].eq(beat[name])
        return m
