"""DPCM predictor: samples less what finite differences, and the channel beside, make expect."""

from dataclasses import dataclass
from typing import Any

from amaranth.hdl import Array, Const, Module, Mux, Signal, Value, signed
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from rtl.checks import check_ranges
from rtl.coding_stage import coding_stage, header_prediction
from rtl.coding_streams import Kind, coding_layout

__all__ = ["CROSS_FRACTION_BITS", "MAX_ORDER", "DpcmPredictor", "DpcmPredictorConfig"]

MAX_ORDER = 3
CROSS_FRACTION_BITS = 3


@dataclass(frozen=True, kw_only=True)
class DpcmPredictorConfig:
    """Sizes of a :class:`DpcmPredictor`.

    Parameters
    ----------
    channels : int
        Channels, in 1..1024.
    sample_width : int
        Sample width, bits, in 2..16.
    packet_channels : int
        Channels that share a packet: a power of two, at most 1024.
    cross_eighths : int
        Weight of the channel before in the cross-channel term, eighths, in 1..7.
    """

    channels: int = 16
    sample_width: int = 9
    packet_channels: int = 1
    cross_eighths: int = 4

    def __post_init__(self) -> None:
        check_ranges(
            self,
            channels=(1, 1024),
            sample_width=(2, 16),
            packet_channels=(1, 1024),
            cross_eighths=(1, (1 << CROSS_FRACTION_BITS) - 1),
        )
        if self.packet_channels.bit_count() != 1:
            raise ValueError(
                f"packet_channels must be a power of two, not {self.packet_channels!r}"
            )


class DpcmPredictor(wiring.Component):
    """Turn samples into residuals of the same width: differences of a chosen order.

    The difference of order n is what is left of a sample when the polynomial of degree n - 1
    through the n samples before it is subtracted; order 0 leaves the sample. The first samples
    after a ``restart`` have fewer before them, and a lower order. The cross-channel term, a part of
    the difference of the channel before in the same group and frame, is subtracted as well. All of
    it is modulo ``2**sample_width``: a decoder inverts it exactly. The header of a packet says
    which order, and whether there is a cross-channel term (see
    :func:`rtl.coding_stage.header_prediction`).

    Beats that are no samples pass as they are. Latency is :attr:`latency` cycles, throughput one
    beat a cycle. Back-pressure on ``o`` stalls ``i``; no beat is dropped or repeated.

    The bit-exact model is :func:`verification.golden.dpcm_predictor.dpcm_predictor`.

    Parameters
    ----------
    config : DpcmPredictorConfig
        Sizes.

    Members
    -------
    i : ``In(stream.Signature(coding_layout(config.sample_width, config.channels)))``
        Samples; those of a group of channels frame by frame, in the order of its channels.
    o : ``Out(stream.Signature(coding_layout(config.sample_width, config.channels)))``
        Residuals.
    """

    latency = 1
    throughput = "1 beat/cycle"

    i: stream.Interface
    o: stream.Interface

    def __init__(self, config: DpcmPredictorConfig | None = None) -> None:
        self.config = config = config or DpcmPredictorConfig()
        layout = coding_layout(config.sample_width, config.channels)
        super().__init__(
            {
                "i": In(stream.Signature(layout)),
                "o": Out(stream.Signature(layout)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        width = self.config.sample_width
        history = {f"x{n}": signed(width) for n in range(1, MAX_ORDER + 1)}
        settings = {"order": range(MAX_ORDER + 1), "cross": 1}
        beat, state, next_state = coding_stage(
            m,
            i=self.i,
            o=self.o,
            state_layout=data.StructLayout({**settings, "seen": range(MAX_ORDER + 1), **history}),
            channels=self.config.channels,
        )
        said = header_prediction(m, beat=beat, passes=self.o.valid & self.o.ready)
        x, x1, x2, x3 = beat.value[:width].as_signed(), state.x1, state.x2, state.x3

        order, seen, used = (Signal(range(MAX_ORDER + 1), name=n) for n in ("kept", "seen", "used"))
        cross = Signal()
        predictions = Array([0, x1, 2 * x1 - x2, 3 * (x1 - x2) + x3])
        difference = Signal(signed(width))
        m.d.comb += [
            order.eq(Mux(beat.fresh, said.order, state.order)),
            cross.eq(Mux(beat.fresh, said.cross, state.cross)),
            seen.eq(Mux(beat.restart, 0, state.seen)),
            used.eq(Mux(order < seen, order, seen)),
            difference.eq(x - predictions[used]),
            self.o.payload.eq(beat),
        ]
        with m.If(beat.kind == Kind.SAMPLE):
            m.d.comb += [
                self.o.payload.value.eq(
                    (difference - self._cross_term(m, beat, difference, cross))[:width].as_signed()
                ),
                next_state.order.eq(order),
                next_state.cross.eq(cross),
                next_state.seen.eq(Mux(seen == MAX_ORDER, seen, seen + 1)),
                next_state.x1.eq(x),
                next_state.x2.eq(x1),
                next_state.x3.eq(x2),
            ]
        return m

    def _cross_term(self, m: Module, beat: Any, difference: Signal, cross: Signal) -> Value:
        """Remember differences; return what that of the channel before makes expect."""
        group_bits = self.config.packet_channels.bit_length() - 1
        if not group_bits:
            return Const(0)
        before = Signal.like(difference)
        passes = self.o.valid & self.o.ready & (beat.kind == Kind.SAMPLE)
        with m.If(passes):
            m.d.sync += before.eq(difference)
        half = 1 << (CROSS_FRACTION_BITS - 1)
        term = (before * self.config.cross_eighths + half) >> CROSS_FRACTION_BITS
        has_before = beat.channel[:group_bits].any()
        return Mux(cross & has_before, term, 0)
