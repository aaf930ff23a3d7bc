"""Residual context: says from past residuals of a channel how large the next one will be."""

from dataclasses import dataclass

from amaranth.hdl import Cat, Const, Module, Mux, Signal, unsigned
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from rtl.checks import check_ranges
from rtl.coding_stage import coding_stage
from rtl.coding_streams import CONTEXT_WIDTH, Kind, coding_layout, symbol_layout

__all__ = ["ACTIVITY_FRACTION_BITS", "ResidualContext", "ResidualContextConfig"]

ACTIVITY_FRACTION_BITS = 2
LAST_CONTEXT = (1 << CONTEXT_WIDTH) - 1


@dataclass(frozen=True, kw_only=True)
class ResidualContextConfig:
    """Sizes of a :class:`ResidualContext`.

    Parameters
    ----------
    channels : int
        Channels, in 1..1024.
    sample_width : int
        Width of a residual, bits, in 2..16.
    window_shift : int
        Logarithm of the residuals over which magnitudes are averaged, in 1..7.
    """

    channels: int = 16
    sample_width: int = 9
    window_shift: int = 3

    def __post_init__(self) -> None:
        check_ranges(self, channels=(1, 1024), sample_width=(2, 16), window_shift=(1, 7))

    @property
    def activity_width(self) -> int:
        """Width of what is remembered of magnitudes, bits: their largest mean fits."""
        return self.sample_width + ACTIVITY_FRACTION_BITS + self.window_shift

    @property
    def start_activity(self) -> int:
        """Activity at the start of a packet: that of a 64th of full scale."""
        return (1 << (self.sample_width + ACTIVITY_FRACTION_BITS + self.window_shift)) >> 7

    @property
    def restart_context(self) -> int:
        """Context of a sample that is predicted from nothing: that of an eighth of full scale."""
        return 2 * (self.sample_width - 2)


class ResidualContext(wiring.Component):
    """Give each residual the context in which it is coded.

    The activity of a channel follows the magnitudes of its residuals: ``a += 4 |r| - (a >> s)``
    with s the ``window_shift``, so that ``a >> s`` is four times their mean. The context is the
    half octave that this level is in: 0 and 1 for those levels, ``2 k`` for ``2**k`` up to
    ``1.5 * 2**k``, ``2 k + 1`` from there to ``2**(k + 1)``, at most 31. It is known before the
    residual is: a decoder follows. What leaves as ``value`` is the residual with its sign turned
    when the last one that was not zero was negative: residuals of one channel are alike.

    A sample that is predicted from nothing (``restart``) is no residual: it gets a context of its
    own, is not turned, and is not remembered. A ``fresh`` one makes its channel forget everything.

    Beats that are no samples pass as they are, with context 0. Latency is :attr:`latency` cycles,
    throughput one beat a cycle. Back-pressure on ``o`` stalls ``i``; no beat is dropped or
    repeated.

    The bit-exact model is :func:`verification.golden.residual_context.residual_context`.

    Parameters
    ----------
    config : ResidualContextConfig
        Sizes.

    Members
    -------
    i : ``In(stream.Signature(coding_layout(config.sample_width, config.channels)))``
        Residuals.
    o : ``Out(stream.Signature(symbol_layout(config.sample_width, config.channels)))``
        The same, turned, with their contexts.
    """

    latency = 1
    throughput = "1 beat/cycle"

    i: stream.Interface
    o: stream.Interface

    def __init__(self, config: ResidualContextConfig | None = None) -> None:
        self.config = config = config or ResidualContextConfig()
        width, channels = config.sample_width, config.channels
        super().__init__(
            {
                "i": In(stream.Signature(coding_layout(width, channels))),
                "o": Out(stream.Signature(symbol_layout(width, channels))),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config, width = self.config, self.config.sample_width
        beat, state, next_state = coding_stage(
            m,
            i=self.i,
            o=self.o,
            state_layout=data.StructLayout(
                {"activity": unsigned(config.activity_width), "negative": 1}
            ),
            channels=config.channels,
        )
        residual = beat.value[:width].as_signed()
        magnitude = Signal(width)
        activity = Signal.like(state.activity)
        negative = Signal()
        level = Signal(width + ACTIVITY_FRACTION_BITS)
        m.d.comb += [
            magnitude.eq(Mux(residual < 0, -residual, residual)),
            activity.eq(Mux(beat.fresh, config.start_activity, state.activity)),
            negative.eq(state.negative & ~beat.fresh),
            level.eq(activity >> config.window_shift),
        ]
        for name in ("value", "channel", "kind", "bank", "last"):
            m.d.comb += self.o.payload[name].eq(beat[name])
        with m.If(beat.kind == Kind.SAMPLE):
            m.d.comb += [
                self.o.payload.context.eq(self._half_octave(m, level)),
                next_state.activity.eq(activity),
                next_state.negative.eq(negative),
            ]
            with m.If(beat.restart):
                m.d.comb += self.o.payload.context.eq(config.restart_context)
            with m.Else():
                turned = Mux(negative, -residual, residual)[:width].as_signed()
                m.d.comb += [
                    self.o.payload.value.eq(turned),
                    next_state.activity.eq(
                        activity - level + (magnitude << ACTIVITY_FRACTION_BITS)
                    ),
                    next_state.negative.eq(Mux(residual == 0, negative, residual < 0)),
                ]
        return m

    def _half_octave(self, m: Module, level: Signal) -> Signal:
        """Return the context of ``level``."""
        context = Signal(CONTEXT_WIDTH)
        m.d.comb += context.eq(level[0])
        for octave in range(1, len(level)):
            with m.If(level[octave]):
                m.d.comb += context.eq(
                    Cat(level[octave - 1], Const(octave))
                    if 2 * octave < LAST_CONTEXT
                    else LAST_CONTEXT
                )
        return context
