"""Detection signal: magnitude, nonlinear energy or smoothed nonlinear energy of each channel."""

from typing import Any

from amaranth.hdl import Module, Mux, Shape, Signal, signed, unsigned
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from rtl.detector_settings import MAX_LAG, DetectorMode
from rtl.streams import channel_shape, per_channel_stage, sample_layout

__all__ = ["DetectionSignal", "level_layout", "level_width"]


def level_width(sample_width: int, smoothing_samples: int) -> int:
    """Return the bits that hold any detection signal of ``sample_width``-bit samples.

    The energy of alternating extremes is ``2 * 4**(sample_width - 1)``; two moving sums multiply
    it by ``smoothing_samples**2``.
    """
    return (2 * 4 ** (sample_width - 1) * smoothing_samples**2).bit_length()


def level_layout(sample_width: int, channels: int, smoothing_samples: int) -> data.StructLayout:
    """Return the layout of a sample with the detection signal, ``level``, that it completes."""
    return data.StructLayout(
        {
            "sample": signed(sample_width),
            "channel": channel_shape(channels),
            "restart": 1,
            "level": unsigned(level_width(sample_width, smoothing_samples)),
        }
    )


class DetectionSignal(wiring.Component):
    """Compute the detection signal of every sample; a part of the spike detector.

    With x the samples of a channel and k the lag, the energy is
    ``max(0, x[n-k]**2 - x[n] x[n-2k])`` (Kaiser's operator, Mukhopadhyay and Ray 1998); the
    smoothed energy is the moving sum of the moving sum of it, ``smoothing_samples`` each.
    Samples before the first count as zero. Latency is :attr:`latency` cycles, throughput one
    sample a cycle; back-pressure on ``o`` stalls ``i``.

    Parameters
    ----------
    sample_width : int
        Sample width, bits.
    channels : int
        Number of channels.
    smoothing_samples : int
        Length of each moving sum.

    Members
    -------
    i : ``In(stream.Signature(sample_layout(sample_width, channels)))``
        Samples.
    o : ``Out(stream.Signature(level_layout(sample_width, channels, smoothing_samples)))``
        The same samples with the detection signal.
    mode : ``In(2)``
        A :class:`~rtl.detector_settings.DetectorMode`.
    lag : ``In(3)``
        k, samples, in 1..4.
    """

    latency = 1

    i: stream.Interface
    o: stream.Interface
    mode: Signal
    lag: Signal

    def __init__(self, *, sample_width: int, channels: int, smoothing_samples: int) -> None:
        self.sample_width = sample_width
        self.channels = channels
        self.smoothing_samples = smoothing_samples
        out_layout = level_layout(sample_width, channels, smoothing_samples)
        super().__init__(
            {
                "i": In(stream.Signature(sample_layout(sample_width, channels))),
                "o": Out(stream.Signature(out_layout)),
                "mode": In(2),
                "lag": In(3),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        width, length = self.sample_width, self.smoothing_samples
        energy_shape = unsigned(level_width(width, 1))
        sum_shape = unsigned((2 * 4 ** (width - 1) * length).bit_length())
        layout: dict[str, Shape] = {f"x{age}": signed(width) for age in range(1, 2 * MAX_LAG + 1)}
        layout |= {f"energy{age}": energy_shape for age in range(1, length)}
        layout |= {f"sum{age}": sum_shape for age in range(1, length)}
        beat, state, next_state = per_channel_stage(
            m,
            i=self.i,
            o=self.o,
            state_layout=data.StructLayout(layout),
            channels=self.channels,
        )

        middle, oldest = Signal(signed(width)), Signal(signed(width))
        with m.Switch(self.lag):
            for lag in range(1, MAX_LAG + 1):
                with m.Case(lag):
                    m.d.comb += [
                        middle.eq(state[f"x{lag}"]),
                        oldest.eq(state[f"x{2 * lag}"]),
                    ]
        exact = Signal(signed(2 * width + 1))
        energy, energy_sum = Signal(energy_shape), Signal(sum_shape)
        smoothed = Signal.like(self.o.payload.level)
        history: dict[str, Any] = {"x": beat.sample, "energy": energy, "sum": energy_sum}
        m.d.comb += [
            exact.eq(middle * middle - beat.sample * oldest),
            energy.eq(Mux(exact < 0, 0, exact)),
            energy_sum.eq(sum((state[f"energy{age}"] for age in range(1, length)), energy)),
            smoothed.eq(sum((state[f"sum{age}"] for age in range(1, length)), energy_sum)),
        ]
        for name in layout:
            kind, age = name.rstrip("0123456789"), int(name.lstrip("xenrgysum"))
            newer = history[kind] if age == 1 else state[f"{kind}{age - 1}"]
            m.d.comb += next_state[name].eq(newer)

        level = self.o.payload.level
        with m.Switch(self.mode):
            with m.Case(DetectorMode.ABSOLUTE):
                m.d.comb += level.eq(abs(beat.sample))
            with m.Case(DetectorMode.NEO):
                m.d.comb += level.eq(energy)
            with m.Default():
                m.d.comb += level.eq(smoothed)
        m.d.comb += [
            self.o.payload.sample.eq(beat.sample),
            self.o.payload.channel.eq(beat.channel),
            self.o.payload.restart.eq(beat.restart),
        ]
        return m
