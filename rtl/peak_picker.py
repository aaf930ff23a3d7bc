"""Peak picker: one report for each peak of the detection signal above its threshold."""

from amaranth.hdl import Module, Mux, Signal, unsigned
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from rtl.adaptive_threshold import candidate_layout
from rtl.detection_signal import level_width
from rtl.detector_settings import MAX_WINDOW
from rtl.streams import detection_layout, per_channel_stage

__all__ = ["PeakPicker"]


class PeakPicker(wiring.Component):
    """Report peaks, aligned and at most one in a refractory time; a part of the spike detector.

    A sample above threshold becomes the candidate of its channel; a larger one that follows takes
    its place. When ``peak_window`` samples passed without a larger one the candidate is the peak,
    and is reported with the last of them: always ``peak_window`` frames late. From then until
    ``refractory`` frames after the peak no candidate begins. Latency is :attr:`latency` cycles,
    throughput one sample a cycle; back-pressure on ``o`` stalls ``i``.

    Parameters
    ----------
    sample_width : int
        Sample width, bits.
    channels : int
        Number of channels.
    smoothing_samples : int
        Length of each moving sum of the detection signal.

    Members
    -------
    i : ``In(stream.Signature(candidate_layout(...)))``
        Samples with their detection signal, compared.
    o : ``Out(stream.Signature(detection_layout(sample_width, channels)))``
        The samples, with reports.
    peak_window : ``In(7)``
        Frames, at least 1.
    refractory : ``In(7)``
        Frames; less than ``peak_window`` means ``peak_window``.
    """

    latency = 1

    i: stream.Interface
    o: stream.Interface
    peak_window: Signal
    refractory: Signal

    def __init__(self, *, sample_width: int, channels: int, smoothing_samples: int) -> None:
        self.channels = channels
        self.level_width = level_width(sample_width, smoothing_samples)
        layout = candidate_layout(sample_width, channels, smoothing_samples)
        super().__init__(
            {
                "i": In(stream.Signature(layout)),
                "o": Out(stream.Signature(detection_layout(sample_width, channels))),
                "peak_window": In(range(MAX_WINDOW + 1)),
                "refractory": In(range(MAX_WINDOW + 1)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        # ``age`` counts frames since the candidate, and goes on after its report as dead time.
        layout = data.StructLayout(
            {
                "best": unsigned(self.level_width),
                "age": range(MAX_WINDOW + 1),
                "pending": 1,
                "dead": 1,
            }
        )
        beat, state, next_state = per_channel_stage(
            m, i=self.i, o=self.o, state_layout=layout, channels=self.channels
        )
        age = Signal(range(MAX_WINDOW + 2))
        report, alive = Signal(), Signal()
        m.d.comb += [
            age.eq(state.age + 1),
            next_state.eq(state),
            next_state.age.eq(Mux(age > MAX_WINDOW, MAX_WINDOW, age)),
            # The dead time ends with the frame ``refractory`` after the peak.
            alive.eq(~state.dead | (age > self.refractory)),
        ]
        with m.If(state.pending):
            with m.If(beat.level > state.best):
                m.d.comb += [next_state.best.eq(beat.level), next_state.age.eq(0)]
            with m.Elif(age >= self.peak_window):
                m.d.comb += [report.eq(1), next_state.pending.eq(0), next_state.dead.eq(1)]
        with m.Elif(alive):
            m.d.comb += next_state.dead.eq(0)
            with m.If(beat.above):
                m.d.comb += [
                    next_state.pending.eq(1),
                    next_state.best.eq(beat.level),
                    next_state.age.eq(0),
                ]
        m.d.comb += self.o.payload.spike.eq(report)
        for name in ("sample", "channel", "restart"):
            m.d.comb += self.o.payload[name].eq(beat[name])
        return m
