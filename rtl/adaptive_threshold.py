"""Adaptive threshold: holds the detection signal against a multiple of its running mean."""

from typing import Any

from amaranth.hdl import Module, Mux, Signal, signed, unsigned
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from rtl.detector_settings import (
    MAX_MEAN_SHIFT,
    MULTIPLIER_WIDTH,
    THRESHOLD_FRACTION_BITS,
    THRESHOLD_WIDTH,
)

__all__ = ["AdaptiveThreshold"]

# Bits of the mean below one unit of the level that still enter the threshold.
MEAN_USED_FRACTION_BITS = 4


class AdaptiveThreshold(wiring.Component):
    """Compare the detection signal with a threshold; the second part of the spike detector.

    Adaptive: ``above`` is ``level > threshold / 16 * mean``, the mean being the running mean of
    the level before this sample, cut to sixteenths. It moves by ``(level - mean) / 2**shift``,
    floored to its last fraction bit. Fixed: ``above`` is ``level > threshold``. Combinational.

    Parameters
    ----------
    level_width : int
        Width of the detection signal, bits.
    mean_fraction_bits : int
        Fraction bits of the running mean.

    Members
    -------
    level : ``In(level_width)``
        Detection signal.
    state, next_state : ``In``, ``Out(data.StructLayout({"mean": ...}))``
        What is remembered of its channel, before and after.
    adaptive : ``In(1)``
        Which threshold.
    threshold : ``In(31)``
        Sixteenths of the mean (of which 12 bits are used), or the level.
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
    shift: Signal
    above: Signal

    def __init__(self, *, level_width: int, mean_fraction_bits: int) -> None:
        self.mean_fraction_bits = mean_fraction_bits
        state = data.StructLayout({"mean": unsigned(level_width + mean_fraction_bits)})
        super().__init__(
            {
                "level": In(level_width),
                "state": In(state),
                "next_state": Out(state),
                "adaptive": In(1),
                "threshold": In(THRESHOLD_WIDTH),
                "shift": In(range(MAX_MEAN_SHIFT + 1)),
                "above": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        fraction = self.mean_fraction_bits
        mean = self.state.mean
        error = Signal(signed(len(mean) + 1))
        used_mean = Signal(len(self.level) + MEAN_USED_FRACTION_BITS)
        product = Signal(len(used_mean) + MULTIPLIER_WIDTH)
        product_fraction = MEAN_USED_FRACTION_BITS + THRESHOLD_FRACTION_BITS
        m.d.comb += [
            error.eq((self.level << fraction) - mean),
            self.next_state.mean.eq(mean + (error >> self.shift)),
            used_mean.eq(mean >> (fraction - MEAN_USED_FRACTION_BITS)),
            product.eq(used_mean * self.threshold[:MULTIPLIER_WIDTH]),
            self.above.eq(
                Mux(
                    self.adaptive,
                    (self.level << product_fraction) > product,
                    self.level > self.threshold,
                )
            ),
        ]
        return m
