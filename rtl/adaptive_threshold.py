"""Adaptive threshold: holds the detection signal against multiples of its running means."""

from typing import Any

from amaranth.hdl import Module, Mux, Signal, Value, signed, unsigned
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from rtl.detector_settings import (
    FLOOR_WIDTH,
    MAX_MEAN_SHIFT,
    MULTIPLIER_WIDTH,
    THRESHOLD_FRACTION_BITS,
    THRESHOLD_WIDTH,
)

__all__ = ["AdaptiveThreshold"]

# Bits of the means below one unit of the level that still enter the threshold.
MEAN_USED_FRACTION_BITS = 4
# Added to the level at which the quiet mean is clipped, so that it can leave zero.
CLIP_OFFSET = 16


class AdaptiveThreshold(wiring.Component):
    """Compare the detection signal with a threshold; the second part of the spike detector.

    Two running means are kept: ``mean`` of the level, and ``quiet`` of the level clipped at
    ``2 quiet + 16``, which spikes hardly raise. Each moves by ``(level - mean) / 2**shift``,
    floored to its last fraction bit. Both are taken before this sample and cut to sixteenths.
    Adaptive: ``above`` is ``level > threshold / 16 * mean`` and ``level > floor / 16 * quiet``.
    Fixed: ``above`` is ``level > threshold``. Combinational.

    Parameters
    ----------
    level_width : int
        Width of the detection signal, bits.
    mean_fraction_bits : int
        Fraction bits of the running means.

    Members
    -------
    level : ``In(level_width)``
        Detection signal.
    state, next_state : ``In``, ``Out(data.StructLayout({"mean": ..., "quiet": ...}))``
        What is remembered of its channel, before and after.
    adaptive : ``In(1)``
        Which threshold.
    threshold : ``In(31)``
        Sixteenths of the mean (of which 12 bits are used), or the level.
    floor : ``In(8)``
        Sixteenths of the quiet mean.
    average : ``In(1)``
        Let the means move.
    clip : ``In(1)``
        Clip what the quiet mean sees; else it is the mean.
    shift : ``In(5)``
        Logarithm of the time constant, in 0..16.
    above : ``Out(1)``
        The level is above the threshold.
    """

    level: Signal
    state: Any
    next_state: Any
    adaptive: Signal
    threshold: Signal
    floor: Signal
    average: Signal
    clip: Signal
    shift: Signal
    above: Signal

    def __init__(self, *, level_width: int, mean_fraction_bits: int) -> None:
        self.mean_fraction_bits = mean_fraction_bits
        mean = unsigned(level_width + mean_fraction_bits)
        state = data.StructLayout({"mean": mean, "quiet": mean})
        super().__init__(
            {
                "level": In(level_width),
                "state": In(state),
                "next_state": Out(state),
                "adaptive": In(1),
                "threshold": In(THRESHOLD_WIDTH),
                "floor": In(FLOOR_WIDTH),
                "average": In(1),
                "clip": In(1),
                "shift": In(range(MAX_MEAN_SHIFT + 1)),
                "above": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        quiet_level = self.state.quiet >> self.mean_fraction_bits
        limit = (quiet_level << 1) + CLIP_OFFSET
        clipped = Signal.like(self.level)
        m.d.comb += clipped.eq(Mux(self.clip & (self.level > limit), limit, self.level))
        over_mean = self._average(m, "mean", self.level, self.threshold[:MULTIPLIER_WIDTH])
        over_quiet = self._average(m, "quiet", clipped, self.floor)
        m.d.comb += self.above.eq(
            Mux(self.adaptive, over_mean & over_quiet, self.level > self.threshold)
        )
        return m

    def _average(self, m: Module, name: str, seen: Value, multiple: Value) -> Signal:
        """Move one mean towards ``seen``; return whether the level is over its ``multiple``."""
        mean = self.state[name]
        fraction = self.mean_fraction_bits
        error = Signal(signed(len(mean) + 1), name=f"{name}_error")
        used = Signal(len(self.level) + MEAN_USED_FRACTION_BITS, name=f"{name}_used")
        product = Signal(len(used) + len(multiple), name=f"{name}_product")
        over = Signal(name=f"over_{name}")
        m.d.comb += [
            error.eq((seen << fraction) - mean),
            self.next_state[name].eq(mean + Mux(self.average, error >> self.shift, 0)),
            used.eq(mean >> (fraction - MEAN_USED_FRACTION_BITS)),
            product.eq(used * multiple),
            over.eq((self.level << (MEAN_USED_FRACTION_BITS + THRESHOLD_FRACTION_BITS)) > product),
        ]
        return over
