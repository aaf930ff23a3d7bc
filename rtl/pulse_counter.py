"""Pulse counter: turns the signed pulses of charge-to-pulse converters into numbers."""

from dataclasses import dataclass
from functools import reduce
from operator import and_
from typing import Any

from amaranth.hdl import Cat, Const, Module, Shape, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from rtl.checks import check_ranges

__all__ = ["PulseCounter", "PulseCounterConfig"]


@dataclass(frozen=True, kw_only=True)
class PulseCounterConfig:
    """Sizes of a :class:`PulseCounter`.

    Parameters
    ----------
    lanes : int
        Pulses that are counted side by side, in 1..1048576.
    longest : int
        Largest count, in 1..255; longer pulses are limited to it. 15 is what a counter of 4 bits
        holds; 16 is what the published rounding makes of a full-scale pulse.
    """

    lanes: int = 1024
    longest: int = 16

    def __post_init__(self) -> None:
        check_ranges(self, lanes=(1, 1 << 20), longest=(1, 255))

    @property
    def count_shape(self) -> Shape:
        """Shape of a signed count."""
        return Shape.cast(range(-self.longest, self.longest + 1))


class PulseCounter(wiring.Component):
    """Count the cycles of each pulse while ``count`` is high, and negate by its sign.

    Pulses and signs come from analog circuits and change at any time: they are registered first,
    and only the registers are looked at. A sign counts in the last cycle of its pulse. Counts
    begin at zero when ``count`` rises; they are given when they are final, and are zero in every
    other cycle, so that nothing that adds them moves while they count.

    Latency is :attr:`latency` cycles from the last cycle of ``count`` to ``done``; throughput, one
    window of all lanes at a time, with a cycle between two.

    The bit-exact model is :func:`verification.golden.pulse_counter.pulse_counter`.

    Parameters
    ----------
    config : PulseCounterConfig
        Sizes.

    Members
    -------
    pulses, signs : ``In(config.lanes)``
        One pulse a lane, and whether it is negative.
    count : ``In(1)``
        The window.
    counts : ``Out(data.ArrayLayout(config.count_shape, config.lanes))``
        Signed counts.
    done : ``Out(1)``
        High for the one cycle in which the counts are given.
    """

    latency = 2
    throughput = "1 window at a time, all lanes"

    pulses: Signal
    signs: Signal
    count: Signal
    counts: Any
    done: Signal

    def __init__(self, config: PulseCounterConfig | None = None) -> None:
        self.config = config = config or PulseCounterConfig()
        super().__init__(
            {
                "pulses": In(config.lanes),
                "signs": In(config.lanes),
                "count": In(1),
                "counts": Out(data.ArrayLayout(config.count_shape, config.lanes)),
                "done": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self.config
        pulses, signs = Signal(config.lanes), Signal(config.lanes)
        counting, was_counting = Signal(), Signal()
        m.d.comb += self.done.eq(was_counting & ~counting)
        m.d.sync += [
            pulses.eq(self.pulses),
            signs.eq(self.signs),
            counting.eq(self.count),
            was_counting.eq(counting),
        ]
        # One vector a bit of the counts, across all lanes: as many gates as a counter a lane, and a
        # netlist and a simulation that are many times as small.
        bits = [Signal(config.lanes, name=f"bit_{n}") for n in range(config.longest.bit_length())]
        full = reduce(
            and_, (bit if config.longest >> n & 1 else ~bit for n, bit in enumerate(bits))
        )
        negative = Signal(config.lanes)
        with m.If(counting):
            m.d.sync += negative.eq((negative & ~pulses) | (signs & pulses))
            carry = pulses & ~full
            for bit in bits:
                m.d.sync += bit.eq(bit ^ carry)
                carry = carry & bit
            with m.If(~was_counting):
                m.d.sync += [bits[0].eq(pulses), *(bit.eq(0) for bit in bits[1:])]
        # Negated is what differs above the lowest one; the sign follows where there is a one.
        signed_bits, ones = [], Const(0, config.lanes)
        for bit in bits:
            signed_bits.append(bit ^ (negative & ones))
            ones |= bit
        signed_bits.append(negative & ones)
        planes = [Signal(config.lanes, name=f"plane_{n}") for n in range(len(signed_bits))]
        with m.If(self.done):
            m.d.comb += [plane.eq(bit) for plane, bit in zip(planes, signed_bits, strict=True)]
        m.d.comb += self.counts.eq(
            Cat(plane[lane] for lane in range(config.lanes) for plane in planes)
        )
        return m
