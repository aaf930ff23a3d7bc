"""LFP decimator: keeps what is slow of each channel, at the low rate that it needs."""

from typing import Any

from amaranth.hdl import Array, Cat, Module, Mux, Signal, Value, signed
from amaranth.lib import data, memory, stream, wiring
from amaranth.lib.wiring import In, Out

from rtl.lfp_decimator_config import LfpDecimatorConfig
from rtl.streams import channel_shape, per_channel_stage, sample_layout

__all__ = ["LfpDecimator", "LfpDecimatorConfig"]


class LfpDecimator(wiring.Component):
    """Low-pass filter and decimate a time-multiplexed stream, every channel with its own state.

    Integrators run at the input rate, combs at twice the output rate, and the taps make one output
    of two values of the combs. One multiplier serves all of them: each value is multiplied with
    the taps of the outputs that it contributes to, which wait in a memory as partial sums, and the
    output that it completes comes first. Both roundings are to nearest, ties upward; the output
    saturates; nothing else can overflow. After its restart a channel's outputs are those after
    endless zeros; they come with every ``decimation``-th sample.

    Latency is :attr:`latency` cycles from the sample that completes an output. Throughput is one
    sample a cycle, but one in ``decimation / 2`` of each channel occupies the multiplier for one
    cycle more than half the number of taps, and the next such sample waits for it. Back-pressure on
    ``o`` stalls ``i``; no sample is dropped or repeated.

    The bit-exact model is :func:`verification.golden.lfp_decimator.lfp_decimator`.

    Parameters
    ----------
    config : LfpDecimatorConfig
        Rates, tolerances and number formats.

    Members
    -------
    i : ``In(stream.Signature(sample_layout(config.sample_width, config.channels)))``
        Samples in any order of channels.
    o : ``Out(stream.Signature(sample_layout(config.output_width, config.channels)))``
        Those of the low rate; ``restart`` marks the first after a restart.
    """

    latency = 3
    throughput = "1 sample/cycle, 7 cycles for 1 in 12"

    i: stream.Interface
    o: stream.Interface

    def __init__(self, config: LfpDecimatorConfig | None = None) -> None:
        self.config = config = config or LfpDecimatorConfig()
        super().__init__(
            {
                "i": In(stream.Signature(sample_layout(config.sample_width, config.channels))),
                "o": Out(stream.Signature(sample_layout(config.output_width, config.channels))),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self.config
        value_layout = data.StructLayout(
            {
                "value": signed(config.value_width),
                "channel": channel_shape(config.channels),
                "slot": range(len(config.taps) // 2),
                "second": 1,
                "later": 1,
                "complete": 1,
            }
        )
        combed = stream.Signature(value_layout).create()
        self._integrate(m, combed)
        self._weigh(m, combed)
        return m

    def _integrate(self, m: Module, combed: Any) -> None:
        """Add integrators and combs; ``combed`` is a value where it is ``complete``.

        Each value says which of a pair it is (``second``), where the first of the partial sums that
        it belongs to stands (``slot``), and whether an output came before it (``later``).
        """
        config = self.config
        stages, width = range(config.order), config.integrator_width
        layout = {f"sum{n}": signed(width) for n in stages}
        layout |= {f"before{n}": signed(width) for n in stages}
        layout |= {"phase": range(config.comb_decimation)}
        layout |= {name: combed.payload.shape()[name].shape for name in ("slot", "second", "later")}
        beat, state, next_state = per_channel_stage(
            m,
            i=self.i,
            o=combed,
            state_layout=data.StructLayout(layout),
            channels=config.channels,
        )
        complete = state.phase == config.comb_decimation - 1

        value: Any = beat.sample
        m.d.comb += next_state.eq(state)
        for n in stages:
            # Not read back from next_state: simulators would see a word that depends on itself.
            total = Signal(signed(width), name=f"total{n}")
            m.d.comb += [total.eq(state[f"sum{n}"] + value), next_state[f"sum{n}"].eq(total)]
            value = total
        for n in stages:
            difference = Signal(signed(width), name=f"difference{n}")
            m.d.comb += difference.eq(value - state[f"before{n}"])
            with m.If(complete):
                m.d.comb += next_state[f"before{n}"].eq(value)
            value = difference

        m.d.comb += next_state.phase.eq(Mux(complete, 0, state.phase + 1))
        with m.If(complete):
            m.d.comb += next_state.second.eq(~state.second)
            with m.If(state.second):
                next_slot = _next_slot(state.slot, len(config.taps) // 2)
                m.d.comb += [next_state.slot.eq(next_slot), next_state.later.eq(1)]
        m.d.comb += [
            combed.payload.value.eq(_round_shift(value, config.comb_shift)),
            combed.payload.channel.eq(beat.channel),
            combed.payload.complete.eq(complete),
        ]
        for name in ("slot", "second", "later"):
            m.d.comb += combed.payload[name].eq(state[name])

    def _weigh(self, m: Module, combed: Any) -> None:
        """Add each value, weighted by the taps, to the outputs that it contributes to."""
        config = self.config
        sums_under_way = len(config.taps) // 2
        held = Signal.like(combed.payload)
        busy = Signal()
        step = Signal(range(sums_under_way))
        slot = Signal.like(held.slot)
        next_slot = Signal.like(slot)
        m.submodules.sums = sums = memory.Memory(
            shape=signed(config.sum_width), depth=config.channels << len(slot), init=[]
        )
        write, read = sums.write_port(), sums.read_port()
        completes, passes = Signal(), Signal()
        m.d.comb += [
            completes.eq(held.second & (step == 0)),
            passes.eq(busy & (~completes | self.o.ready | ~self.o.valid)),
            next_slot.eq(_next_slot(slot, sums_under_way)),
            combed.ready.eq(~busy | ~combed.payload.complete),
        ]

        # The first value of a pair opens the sum of an output; the first of all opens every sum.
        opens = ~held.second & (~held.later | (step == sums_under_way - 1))
        tap = Mux(held.second, Array(config.taps[0::2])[step], Array(config.taps[1::2])[step])
        total = Signal(signed(config.sum_width))
        rounded = Signal(signed(config.sum_width + 1 - config.tap_shift))
        m.d.comb += [
            total.eq(held.value * tap + Mux(opens, 0, read.data)),
            rounded.eq(_round_shift(total, config.tap_shift)),
            write.addr.eq(Cat(slot, held.channel)),
            write.data.eq(total),
            write.en.eq(passes),
            read.en.eq(~busy | passes),
            read.addr.eq(
                Mux(
                    busy,
                    Cat(next_slot, held.channel),
                    Cat(combed.payload.slot, combed.payload.channel),
                )
            ),
        ]

        with m.If(self.o.ready):
            m.d.sync += self.o.valid.eq(0)
        with m.If(passes):
            m.d.sync += [step.eq(step + 1), slot.eq(next_slot)]
            with m.If(step == sums_under_way - 1):
                m.d.sync += busy.eq(0)
            with m.If(completes):
                m.d.sync += [
                    self.o.valid.eq(1),
                    self.o.payload.channel.eq(held.channel),
                    self.o.payload.restart.eq(~held.later),
                    self.o.payload.sample.eq(_clamped(rounded, config)),
                ]
        with m.If(~busy):
            m.d.sync += [
                held.eq(combed.payload),
                slot.eq(combed.payload.slot),
                step.eq(0),
                busy.eq(combed.valid & combed.payload.complete),
            ]


def _next_slot(slot: Any, count: int) -> Value:
    return Mux(slot == count - 1, 0, slot + 1)


def _round_shift(value: Value, bits: int) -> Value:
    return (value + (1 << bits >> 1)) >> bits


def _clamped(value: Value, config: LfpDecimatorConfig) -> Value:
    low, high = config.output_min, config.output_max
    return Mux(value > high, high, Mux(value < low, low, value))
