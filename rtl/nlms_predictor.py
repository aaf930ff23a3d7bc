"""NLMS predictor: learns from many past differences, by steps that fit their size."""

from dataclasses import dataclass
from typing import Any

from amaranth.hdl import Cat, Module, Mux, Signal, Value, signed, unsigned
from amaranth.lib import data, memory, stream, wiring
from amaranth.lib.wiring import In, Out

from rtl.checks import check_ranges
from rtl.coding_stage import header_prediction
from rtl.coding_streams import Kind, coding_layout

__all__ = [
    "COUNT_LIMIT_LOG",
    "HASTE",
    "LEVEL_FRACTION_BITS",
    "LEVEL_SHIFT",
    "NlmsPredictor",
    "NlmsPredictorConfig",
]

LEVEL_FRACTION_BITS = 4
LEVEL_SHIFT = 6  # logarithm of the differences over which their magnitudes are averaged
COUNT_LIMIT_LOG = 8  # differences after which steps are as small as they get, logarithm
HASTE = 3  # octaves by which the first steps are larger


@dataclass(frozen=True, kw_only=True)
class NlmsPredictorConfig:
    """Sizes of a :class:`NlmsPredictor`.

    Parameters
    ----------
    channels : int
        Channels, in 1..1024.
    sample_width : int
        Width of differences and residuals, bits, in 2..16.
    taps : int
        Differences from which one is predicted: a power of two, in 2..128.
    step_shift : int
        How small steps are, octaves, in 4..14; well: five and the logarithm of ``taps``.
    weight_fraction_bits : int
        Fraction bits of the weights, in 10..16.
    """

    channels: int = 8
    sample_width: int = 13
    taps: int = 32
    step_shift: int = 10
    weight_fraction_bits: int = 14

    def __post_init__(self) -> None:
        check_ranges(
            self,
            channels=(1, 1024),
            sample_width=(2, 16),
            taps=(2, 128),
            step_shift=(4, 14),
            weight_fraction_bits=(10, 16),
        )
        if self.taps.bit_count() != 1:
            raise ValueError(f"taps must be a power of two, not {self.taps!r}")

    @property
    def weight_width(self) -> int:
        """Width of a weight, bits: two's complement, from -2 to just below 2."""
        return self.weight_fraction_bits + 2

    @property
    def level_width(self) -> int:
        """Width of the mean magnitude of differences, fraction bits included."""
        return self.sample_width + LEVEL_FRACTION_BITS

    @property
    def largest_step(self) -> int:
        """Octaves by which a difference is shifted up in the largest step that there is."""
        return self.weight_fraction_bits + HASTE + 1 - self.step_shift


class NlmsPredictor(wiring.Component):
    """Subtract from each difference what those before it make expect, and learn from what is left.

    The expected difference is the sum of the last ``taps`` differences of the channel, each times
    its weight, rounded and limited to the range. Then each weight moves by its difference, times
    the residual, over the power of the differences, times ``2**-step_shift``: the normalised LMS
    algorithm, without a divider, and with one multiplier for the sum alone. For both factors are
    powers of two: the residual counts as the next lower one, at most twice the mean magnitude of
    differences; the power is the square of that mean, in half octaves. The first steps of a packet
    are eight times as large; after 256 differences they are as they stay. Weights saturate.

    Residuals are modulo ``2**sample_width``: a decoder inverts them exactly. A sample with
    ``restart`` passes as it is, and differences from before it count as zero; with a ``fresh`` one
    all that was learnt is forgotten.

    That is for packets whose header asks for the adaptive predictor (see
    :func:`rtl.coding_stage.header_prediction`). Samples of others, and beats that are no samples,
    pass as they are, one a cycle. An adaptive sample passes as soon, for it was predicted before
    it came; the next one is then predicted in one cycle a tap. Latency is :attr:`latency` cycles.
    Back-pressure on ``o`` stalls ``i``; no beat is dropped or repeated.

    The bit-exact model is :func:`verification.golden.nlms_predictor.nlms_predictor`.

    Parameters
    ----------
    config : NlmsPredictorConfig
        Sizes.

    Members
    -------
    i : ``In(stream.Signature(coding_layout(config.sample_width, config.channels)))``
        Differences, as :class:`~rtl.dpcm_predictor.DpcmPredictor` gives them.
    o : ``Out(stream.Signature(coding_layout(config.sample_width, config.channels)))``
        Residuals.
    """

    latency = 1
    throughput = "1 sample/(taps + 1) cycles"

    i: stream.Interface
    o: stream.Interface

    def __init__(self, config: NlmsPredictorConfig | None = None) -> None:
        self.config = config = config or NlmsPredictorConfig()
        layout = coding_layout(config.sample_width, config.channels)
        super().__init__({"i": In(stream.Signature(layout)), "o": Out(stream.Signature(layout))})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config, width = self.config, self.config.sample_width
        state_layout = data.StructLayout(
            {
                "expected": signed(width),
                "level": unsigned(config.level_width),
                "count": unsigned(COUNT_LIMIT_LOG + 1),
                "adaptive": 1,
            }
        )
        m.submodules.states = states = memory.Memory(
            shape=state_layout, depth=config.channels, init=[]
        )
        write = states.write_port()
        read = states.read_port(transparent_for=(write,))
        state, next_state = read.data, write.data

        # A beat is sent, then learnt from; its state stays at the read port all the while.
        beat = Signal.like(self.i.payload)
        waits, learns = Signal(), Signal()
        tap = Signal(range(config.taps))
        adaptive, passes, done = Signal(), Signal(), Signal()
        said = header_prediction(m, beat=beat, passes=passes)
        is_sample = beat.kind == Kind.SAMPLE
        m.d.comb += [
            adaptive.eq(is_sample & Mux(beat.fresh, said.adaptive, state.adaptive)),
            self.o.valid.eq(waits),
            passes.eq(waits & self.o.ready),
            done.eq(learns & (tap == config.taps - 1)),
            self.i.ready.eq(done | (~learns & ~waits) | (passes & ~adaptive)),
            read.addr.eq(self.i.payload.channel),
            read.en.eq(self.i.ready),
        ]
        with m.If(passes):
            m.d.sync += [waits.eq(0), learns.eq(adaptive), tap.eq(0)]
        with m.If(learns):
            m.d.sync += tap.eq(tap + 1)
        with m.If(done):
            m.d.sync += learns.eq(0)
        with m.If(self.i.ready):
            m.d.sync += [waits.eq(self.i.valid), beat.eq(self.i.payload)]

        difference, residual = Signal(signed(width)), Signal(signed(width))
        with m.If(~beat.restart):  # nothing is left of what is no difference: nothing is learnt
            m.d.comb += difference.eq(beat.value)
            m.d.comb += residual.eq(difference - state.expected)
        m.d.comb += self.o.payload.eq(beat)
        with m.If(adaptive & ~beat.restart):
            m.d.comb += self.o.payload.value.eq(residual)

        step, level, count = self._step(m, beat, state, difference, residual)
        m.submodules.taps = taps = memory.Memory(
            shape=data.StructLayout(
                {"weight": signed(config.weight_width), "difference": signed(width)}
            ),
            depth=config.taps << len(beat.channel),
            init=[],
        )
        write_tap, read_tap = taps.write_port(), taps.read_port()
        m.d.comb += [
            read_tap.addr.eq(Cat(Mux(learns, tap + 1, 0)[: len(tap)], beat.channel)),
            read_tap.en.eq(passes | learns),
            write_tap.addr.eq(Cat(tap, beat.channel)),
            write_tap.en.eq(learns),
        ]
        word = self._learnt(beat, read_tap.data, residual, step)
        before = Signal(signed(width))  # the difference of the tap before, and at first the newest
        total = Signal(signed(config.weight_width + width + len(tap)))
        summed = Signal.like(total)
        m.d.comb += [
            write_tap.data.weight.eq(word),
            write_tap.data.difference.eq(before),
            summed.eq(total + write_tap.data.weight * before),
        ]
        with m.If(passes):
            m.d.sync += [before.eq(difference), total.eq(1 << (config.weight_fraction_bits - 1))]
        with m.If(learns):
            m.d.sync += [
                before.eq(Mux(beat.restart, 0, read_tap.data.difference)),
                total.eq(summed),
            ]

        m.d.comb += [
            next_state.expected.eq(_limited(summed >> config.weight_fraction_bits, width)),
            next_state.level.eq(level),
            next_state.count.eq(count),
            next_state.adaptive.eq(adaptive),
            write.addr.eq(beat.channel),
            write.en.eq(done | (passes & is_sample & ~adaptive)),
        ]
        return m

    def _step(
        self, m: Module, beat: Any, state: Any, difference: Signal, residual: Signal
    ) -> tuple[Signal, Signal, Signal]:
        """Return by how many octaves the step of a beat is below the largest, level and count."""
        width = self.config.sample_width
        level_before, count_before = Signal.like(state.level), Signal.like(state.count)
        level, count = Signal.like(state.level), Signal.like(state.count)
        with m.If(~beat.fresh):
            m.d.comb += [level_before.eq(state.level), count_before.eq(state.count)]
        age = _octave(m, count_before + 1, COUNT_LIMIT_LOG, name="age")
        magnitude, size = Signal(width), Signal(width)
        m.d.comb += [
            magnitude.eq(Mux(difference < 0, -difference, difference)),
            size.eq(Mux(residual < 0, -residual, residual)),
        ]
        change = (magnitude << LEVEL_FRACTION_BITS) - level_before
        m.d.comb += [level.eq(level_before), count.eq(count_before)]
        with m.If(~beat.restart):
            m.d.comb += level.eq(
                level_before + (change >> Mux(age < LEVEL_SHIFT, age, LEVEL_SHIFT))
            )
            with m.If(~count_before[COUNT_LIMIT_LOG]):
                m.d.comb += count.eq(count_before + 1)

        octave = _octave(m, level >> LEVEL_FRACTION_BITS, width - 1, name="level")
        # The bit that follows the first one, of a mean that is at least one.
        half = (level >> octave)[LEVEL_FRACTION_BITS - 1] & (level >> LEVEL_FRACTION_BITS).any()
        found = _octave(m, size, width - 1, name="residual")
        haste, step = Signal(range(HASTE + 1)), Signal(range(2 * width + HASTE + 2))
        with m.If(age <= COUNT_LIMIT_LOG - HASTE):
            m.d.comb += haste.eq(HASTE)
        with m.Else():
            m.d.comb += haste.eq(COUNT_LIMIT_LOG - age)
        power = 2 * octave + half
        m.d.comb += step.eq(power + HASTE + 1 - haste - Mux(found > octave, octave + 1, found))
        return step, level, count

    def _learnt(self, beat: Any, word: Any, residual: Signal, step: Signal) -> Value:
        """Return the weight of a tap once it has learnt from a beat."""
        config = self.config
        move = (word.difference << config.largest_step) >> step
        weight = Mux(beat.fresh, 0, word.weight)
        moved = Mux(residual == 0, weight, Mux(residual < 0, weight - move, weight + move))
        return _limited(moved, config.weight_width)


def _limited(value: Value, width: int) -> Value:
    high = (1 << (width - 1)) - 1
    return Mux(value > high, high, Mux(value < -high - 1, -high - 1, value))


def _octave(m: Module, value: Value, highest: int, *, name: str) -> Signal:
    """Return the logarithm of ``value``, in 0..``highest``; that of zero is zero."""
    number = Signal(highest + 1, name=f"{name}_number")
    octave = Signal(range(highest + 1), name=f"{name}_octave")
    m.d.comb += number.eq(value)
    for n in range(1, highest + 1):
        with m.If(number[n]):
            m.d.comb += octave.eq(n)
    return octave
