"""LMS predictor: learns, channel by channel, what differences tell of the one that follows."""

from dataclasses import dataclass
from typing import Any

from amaranth.hdl import Cat, Module, Mux, Signal, Value, signed
from amaranth.lib import data, memory, stream, wiring
from amaranth.lib.wiring import In, Out

from rtl.checks import check_ranges
from rtl.coding_stage import header_prediction
from rtl.coding_streams import Kind, coding_layout

__all__ = ["LmsPredictor", "LmsPredictorConfig"]


@dataclass(frozen=True, kw_only=True)
class LmsPredictorConfig:
    """Sizes of a :class:`LmsPredictor`.

    Parameters
    ----------
    channels : int
        Channels, in 1..1024.
    sample_width : int
        Width of differences and residuals, bits, in 2..16.
    taps : int
        Differences from which one is predicted: a power of two, in 2..32.
    weight_fraction_bits : int
        Fraction bits of their weights, in 4..14: a weight moves by one unit at a time.
    """

    channels: int = 16
    sample_width: int = 9
    taps: int = 8
    weight_fraction_bits: int = 9

    def __post_init__(self) -> None:
        check_ranges(
            self,
            channels=(1, 1024),
            sample_width=(2, 16),
            taps=(2, 32),
            weight_fraction_bits=(4, 14),
        )
        if self.taps.bit_count() != 1:
            raise ValueError(f"taps must be a power of two, not {self.taps!r}")

    @property
    def weight_width(self) -> int:
        """Width of a weight, bits: two's complement, from -2 to just below 2."""
        return self.weight_fraction_bits + 2


class LmsPredictor(wiring.Component):
    """Subtract from each difference what those before it make expect, and learn from what is left.

    The expected difference is the sum of the last ``taps`` differences of the channel, each times
    its weight, rounded. Then each weight moves by one unit: up if its difference and the residual
    have the same sign, down if they have opposite ones, not at all if one is zero (the sign-sign
    LMS algorithm); it saturates. Residuals are modulo ``2**sample_width``: a decoder inverts them
    exactly. A sample with ``restart`` passes as it is, and differences from before it count as
    zero; with a ``fresh`` one all weights begin at zero.

    That is for packets whose header asks for the adaptive predictor (see
    :func:`rtl.coding_stage.header_prediction`). Samples of others, and beats that are no samples,
    pass as they are, in one cycle. An adaptive sample takes one cycle a tap, in which a single
    multiplier and the memory do for its channel what the sample before left to do, and one more.
    Latency is :attr:`latency` cycles with eight taps. Back-pressure on ``o`` stalls ``i``; no beat
    is dropped or repeated.

    The bit-exact model is :func:`verification.golden.lms_predictor.lms_predictor`.

    Parameters
    ----------
    config : LmsPredictorConfig
        Sizes.

    Members
    -------
    i : ``In(stream.Signature(coding_layout(config.sample_width, config.channels)))``
        Differences, as :class:`~rtl.dpcm_predictor.DpcmPredictor` gives them.
    o : ``Out(stream.Signature(coding_layout(config.sample_width, config.channels)))``
        Residuals.
    """

    latency = 9
    throughput = "1 sample/(taps + 1) cycles"

    i: stream.Interface
    o: stream.Interface

    def __init__(self, config: LmsPredictorConfig | None = None) -> None:
        self.config = config = config or LmsPredictorConfig()
        layout = coding_layout(config.sample_width, config.channels)
        super().__init__({"i": In(stream.Signature(layout)), "o": Out(stream.Signature(layout))})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config, width = self.config, self.config.sample_width
        last_layout = data.StructLayout(
            {"difference": signed(width), "positive": 1, "negative": 1, "adaptive": 1}
        )
        m.submodules.last = lasts = memory.Memory(shape=last_layout, depth=config.channels, init=[])
        write_last = lasts.write_port()
        read_last = lasts.read_port(transparent_for=(write_last,))
        last = read_last.data

        beat = Signal.like(self.i.payload)
        beat_valid, adaptive, passes = Signal(), Signal(), Signal()
        tap = Signal(range(config.taps + 1))
        said = header_prediction(m, beat=beat, passes=passes)
        is_sample = beat.kind == Kind.SAMPLE
        m.d.comb += [
            adaptive.eq(is_sample & Mux(beat.fresh, said.adaptive, last.adaptive)),
            self.o.valid.eq(beat_valid & (~adaptive | (tap == config.taps))),
            passes.eq(self.o.valid & self.o.ready),
            self.i.ready.eq(~beat_valid | passes),
            read_last.addr.eq(self.i.payload.channel),
            read_last.en.eq(self.i.ready),
        ]
        with m.If(self.i.ready):
            m.d.sync += [beat_valid.eq(self.i.valid), beat.eq(self.i.payload), tap.eq(0)]
        at_work = Signal()
        m.d.comb += at_work.eq(beat_valid & adaptive & (tap != config.taps))
        with m.If(at_work):
            m.d.sync += tap.eq(tap + 1)

        expected = self._expected(m, beat=beat, last=last, tap=tap, at_work=at_work)
        predicted = adaptive & ~beat.restart
        difference = beat.value[:width].as_signed()
        residual = Signal(signed(width))
        m.d.comb += [
            residual.eq(difference - expected),
            self.o.payload.eq(beat),
            write_last.addr.eq(beat.channel),
            write_last.en.eq(passes & is_sample),
            write_last.data.adaptive.eq(adaptive),
        ]
        with m.If(predicted):
            m.d.comb += [
                self.o.payload.value.eq(residual),
                write_last.data.difference.eq(difference),
                write_last.data.positive.eq(residual > 0),
                write_last.data.negative.eq(residual < 0),
            ]
        return m

    def _expected(self, m: Module, *, beat: Any, last: Any, tap: Signal, at_work: Signal) -> Value:
        """Add the taps; return what the beat is expected to be, once all of them have had a turn.

        In its turn a tap first learns from the sample before, then takes over the difference of
        the tap before it, and adds its part.
        """
        config = self.config
        tap_layout = data.StructLayout(
            {"weight": signed(config.weight_width), "difference": signed(config.sample_width)}
        )
        depth = config.taps << len(beat.channel)
        m.submodules.taps = taps = memory.Memory(shape=tap_layout, depth=depth, init=[])
        write, read = taps.write_port(), taps.read_port()
        tap_bits = (config.taps - 1).bit_length()
        word = read.data

        up = (last.positive & (word.difference > 0)) | (last.negative & (word.difference < 0))
        down = (last.positive & (word.difference < 0)) | (last.negative & (word.difference > 0))
        largest = (1 << (config.weight_width - 1)) - 1
        weight, difference = Signal.like(word.weight), Signal.like(word.difference)
        tap_before = Signal.like(word.difference)
        with m.If(beat.fresh):
            m.d.comb += weight.eq(0)
        with m.Elif(up & (word.weight != largest)):
            m.d.comb += weight.eq(word.weight + 1)
        with m.Elif(down & (word.weight != -largest - 1)):
            m.d.comb += weight.eq(word.weight - 1)
        with m.Else():
            m.d.comb += weight.eq(word.weight)
        with m.If(~beat.restart):
            m.d.comb += difference.eq(Mux(tap == 0, last.difference, tap_before))

        half = 1 << (config.weight_fraction_bits - 1)
        total = Signal(signed(config.weight_width + config.sample_width + tap_bits))
        m.d.comb += [
            read.addr.eq(
                Mux(
                    at_work,
                    Cat((tap + 1)[:tap_bits], beat.channel),
                    self.i.payload.channel << tap_bits,
                )
            ),
            read.en.eq(at_work | self.i.ready),
            write.addr.eq(Cat(tap[:tap_bits], beat.channel)),
            write.data.weight.eq(weight),
            write.data.difference.eq(difference),
            write.en.eq(at_work),
        ]
        with m.If(at_work):
            m.d.sync += [
                total.eq(Mux(tap == 0, half, total) + weight * difference),
                tap_before.eq(word.difference),
            ]
        return total >> config.weight_fraction_bits
