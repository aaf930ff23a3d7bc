"""Peak picker: one report for each peak of the detection signal above its threshold."""

from typing import Any

from amaranth.hdl import Module, Signal, unsigned
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from rtl.detector_settings import MAX_WINDOW

__all__ = ["PeakPicker"]


class PeakPicker(wiring.Component):
    """Report peaks, aligned and at most one in a refractory time; the last part of the detector.

    A sample above threshold becomes the candidate of its channel; a larger one that follows takes
    its place. When ``peak_window`` samples passed without a larger one the candidate is the peak,
    and is reported with the last of them: always ``peak_window`` frames late. The next candidate
    begins ``refractory`` frames after the peak at the earliest. Combinational.

    Parameters
    ----------
    level_width : int
        Width of the detection signal, bits.

    Members
    -------
    level : ``In(level_width)``
        Detection signal.
    above : ``In(1)``
        It is above the threshold.
    state, next_state : ``In``, ``Out(data.StructLayout(...))``
        What is remembered of its channel, before and after.
    peak_window : ``In(7)``
        Frames, at least 1.
    refractory : ``In(7)``
        Frames; no more than ``peak_window`` means one more than that.
    spike : ``Out(1)``
        The channel peaked ``peak_window`` frames ago.
    """

    level: Signal
    above: Signal
    state: Any
    next_state: Any
    peak_window: Signal
    refractory: Signal
    spike: Signal

    def __init__(self, *, level_width: int) -> None:
        # ``age`` counts frames since the candidate, and goes on after its report as dead time. When
        # neither needs it, it may wrap.
        state = data.StructLayout(
            {
                "best": unsigned(level_width),
                "age": range(MAX_WINDOW + 1),
                "pending": 1,
                "dead": 1,
            }
        )
        super().__init__(
            {
                "level": In(level_width),
                "above": In(1),
                "state": In(state),
                "next_state": Out(state),
                "peak_window": In(range(MAX_WINDOW + 1)),
                "refractory": In(range(MAX_WINDOW + 1)),
                "spike": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        state, after = self.state, self.next_state
        age = Signal(range(MAX_WINDOW + 2))
        m.d.comb += [
            age.eq(state.age + 1),
            after.eq(state),
            after.age.eq(age),
        ]
        with m.If(state.pending):
            with m.If(self.level > state.best):
                m.d.comb += [after.best.eq(self.level), after.age.eq(0)]
            with m.Elif(age >= self.peak_window):
                m.d.comb += [self.spike.eq(1), after.pending.eq(0), after.dead.eq(1)]
        with m.Elif(~state.dead | (age >= self.refractory)):
            m.d.comb += after.dead.eq(0)
            with m.If(self.above):
                m.d.comb += [after.pending.eq(1), after.best.eq(self.level), after.age.eq(0)]
        return m
