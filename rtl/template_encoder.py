"""Template encoder: snippets as the nearest template and what is left, on a learned basis."""

from typing import Any

from amaranth.hdl import Cat, Module, Mux, Signal, Value, signed, unsigned
from amaranth.lib import data, memory, stream, wiring
from amaranth.lib.wiring import In, Out

from rtl.coding_streams import CONTEXT_WIDTH, Kind, coding_layout, symbol_layout
from rtl.packet_format import Mode
from rtl.packet_settings import SHIFT_WIDTH, header_layout
from rtl.template_encoder_config import (
    ACTIVITY_SHIFT,
    DEAD_ZONE_SIXTEENTHS,
    LARGEST_ACTIVITY,
    LAST_ZONE_SIXTEENTHS,
    ROUNDING_BITS,
    ROW_OVERHEAD,
    TemplateEncoderConfig,
    row_write_layout,
)

__all__ = ["TemplateEncoder"]

LAST_CONTEXT = (1 << CONTEXT_WIDTH) - 1


class TemplateEncoder(wiring.Component):
    """Turn the samples of each snippet into a class and a few coefficients.

    Of a channel's templates the one nearest to the snippet is searched (least squares; the first
    of equals). What is left is projected on each vector of weights; a projection p becomes the
    coefficient ``sign(p) * ((|p| + 7 / 16 * 2**s) >> s)`` with s the ``step_shift``, limited to
    :attr:`TemplateEncoderConfig.largest`: what is below 9/16 of a step is zero.

    The snippet leaves as 1 + n symbols, n being the number of coefficients up to the last whose
    projection is 11/16 of a step or more; the others count as zero. The first symbol holds n and
    the number t of the template: folded as an entropy coder folds it, it is
    ``(components - n) * templates + t``. Then come the coefficients; the last, if it is positive,
    is one less, as it cannot be zero. The context of a symbol is that of its place in the row of
    contexts (the lowest 5 bits of each word, the first symbol's first) and, for coefficients, a
    quarter of the sum of magnitudes before it in the snippet, 7 at most, more; 31 at most.

    A row has ``snippet_samples`` words of ``sample_width`` bits. Those of a channel are its
    templates, its vectors of weights, and its contexts. There are two banks; the one that a
    packet's beats name is used. Rows are written through ``write``.

    The header of a packet is made to say :attr:`rtl.packet_format.Mode.TEMPLATES`. Samples of a
    packet whose header says that they were made coarser by some bits are shifted back, and s is
    so much more: it is coefficients that become coarser. Other beats that are no samples pass as
    they are, at once.

    From the last sample of a snippet to its first symbol it takes :attr:`latency` cycles with the
    default sizes, :attr:`TemplateEncoderConfig.snippet_cycles` in general; then each symbol takes
    two. Meanwhile ``i`` waits.

    The bit-exact model is :func:`verification.golden.template_encoder.template_encoder`.

    Parameters
    ----------
    config : TemplateEncoderConfig
        Sizes.

    Members
    -------
    i : ``In(stream.Signature(coding_layout(config.sample_width, config.channels)))``
        Packets of snippets, as :class:`rtl.snippet_marker.SnippetMarker` gives them.
    o : ``Out(stream.Signature(symbol_layout(config.sample_width, config.channels)))``
        Packets of symbols with their contexts.
    write : ``In(row_write_layout(config))``
        A word of a row.
    write_valid : ``In(1)``
        The word is to be written.
    """

    latency = 3104
    throughput = "1 snippet/3200 cycles"

    i: stream.Interface
    o: stream.Interface
    write: data.View
    write_valid: Signal

    def __init__(self, config: TemplateEncoderConfig | None = None) -> None:
        self.config = config = config or TemplateEncoderConfig()
        self._begins = Signal()  # the beat is the first of its packet
        sizes = config.sample_width, config.channels
        super().__init__(
            {
                "i": In(stream.Signature(coding_layout(*sizes))),
                "o": Out(stream.Signature(symbol_layout(*sizes))),
                "write": In(row_write_layout(config)),
                "write_valid": In(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self.config
        beat, is_sample = self.i.payload, self.i.payload.kind == Kind.SAMPLE
        snippet = Signal(data.StructLayout({"channel": beat.channel.shape(), "bank": 1}))
        row, index = (
            Signal(range(config.rows)),
            Signal(range(config.snippet_samples + ROW_OVERHEAD)),
        )
        word = self._rows(m, snippet=snippet, row=row, index=index)
        coarser = self._coarseness(m, channel=snippet.channel)
        m.submodules.samples = samples = memory.Memory(
            shape=signed(config.difference_width), depth=config.snippet_samples, init=[]
        )
        write, read = samples.write_port(), samples.read_port()
        m.submodules.kept = kept = memory.Memory(
            shape=signed(config.sample_width), depth=config.components, init=[]
        )
        keep, recall = kept.write_port(), kept.read_port(domain="comb")

        # One multiplier: squares of differences, and later differences times weights.
        projecting, clear, add = Signal(), Signal(), Signal()
        difference = Signal(signed(config.difference_width))
        factor = Signal.like(difference)
        total = Signal(signed(2 * len(difference) + config.snippet_samples.bit_length()))
        coefficient, may_be_last = self._quantised(m, total, coarser)
        m.d.comb += [
            difference.eq(Mux(projecting, read.data, (read.data << coarser) - word)),
            factor.eq(Mux(projecting, word, difference)),
            read.addr.eq(index),
            write.addr.eq(index),
            write.data.eq(beat.value),
            keep.addr.eq(row - config.templates),
            keep.data.eq(coefficient),
            recall.addr.eq(index - 1),
        ]
        with m.If(clear):
            m.d.sync += total.eq(0)
        with m.Elif(add):
            m.d.sync += total.eq(total + difference * factor)

        nearest, best = Signal(range(config.templates)), Signal.like(row)
        least, count = Signal(unsigned(len(total))), Signal(range(config.components + 1))
        nearer = (row == 0) | (total.as_unsigned() < least)
        m.d.comb += best.eq(Mux(nearer, row, nearest))

        row_end = index == config.snippet_samples + ROW_OVERHEAD - 1
        with m.FSM():
            with m.State("pass"):
                self._pass(m)
                m.d.comb += write.en.eq(self.i.valid & is_sample)
                with m.If(write.en):
                    m.d.sync += [
                        snippet.channel.eq(beat.channel),
                        snippet.bank.eq(beat.bank),
                        index.eq(index + 1),
                    ]
                    with m.If(index == config.snippet_samples - 1):
                        m.d.comb += clear.eq(1)
                        m.d.sync += [index.eq(0), row.eq(0)]
                        m.next = "match"
            with m.State("match"):
                m.d.comb += [add.eq(index != 0), clear.eq(row_end)]
                m.d.sync += index.eq(Mux(row_end, 0, index + 1))
                with m.If(row_end):
                    m.d.sync += [row.eq(row + 1), nearest.eq(best)]
                    with m.If(nearer):
                        m.d.sync += least.eq(total)
                    with m.If(row == config.templates - 1):
                        m.d.sync += row.eq(best)
                        m.next = "subtract"
            with m.State("subtract"):
                m.d.comb += [
                    write.en.eq((index != 0) & ~row_end),
                    write.addr.eq(index - 1),
                    write.data.eq(difference),
                ]
                m.d.sync += index.eq(Mux(row_end, 0, index + 1))
                with m.If(row_end):
                    m.d.sync += [row.eq(config.templates), count.eq(0)]
                    m.next = "project"
            with m.State("project"):
                m.d.comb += [
                    projecting.eq(1),
                    add.eq(index != 0),
                    clear.eq(row_end),
                    keep.en.eq(row_end),
                ]
                m.d.sync += index.eq(Mux(row_end, 0, index + 1))
                with m.If(row_end):
                    m.d.sync += row.eq(row + 1)
                    with m.If(may_be_last):
                        m.d.sync += count.eq(keep.addr + 1)
                    with m.If(row == config.contexts_row - 1):
                        m.next = "fetch"
            with m.State("fetch"):
                m.next = "send"
            with m.State("send"):
                self._send(m, index, count, nearest, recall.data, word)
                m.d.comb += [
                    self.o.payload.channel.eq(snippet.channel),
                    self.o.payload.bank.eq(snippet.bank),
                ]
                with m.If(self.o.ready):
                    m.d.sync += index.eq(index + 1)
                    m.next = "fetch"
                    with m.If(index == count):
                        m.d.sync += index.eq(0)
                        m.next = "pass"
        return m

    def _rows(self, m: Module, *, snippet: Any, row: Signal, index: Signal) -> Any:
        """Add the memory of all rows; return what is at the place that the last cycle named."""
        config = self.config
        layout = row_write_layout(config)
        places = [layout[name].width for name in ("sample", "row", "channel", "bank")]
        m.submodules.rows = rows = memory.Memory(
            shape=signed(config.sample_width), depth=1 << sum(places), init=[]
        )
        write, read = rows.write_port(), rows.read_port()
        new = self.write
        m.d.comb += [
            write.addr.eq(Cat(new.sample, new.row, new.channel, new.bank)),
            write.data.eq(new.value),
            write.en.eq(self.write_valid),
            read.addr.eq(Cat(index[: places[0]], row[: places[1]], snippet.channel, snippet.bank)),
        ]
        return read.data

    def _coarseness(self, m: Module, *, channel: Signal) -> Any:
        """Return by how many bits samples of the channel's packet were made coarser."""
        beat = self.i.payload
        m.submodules.shifts = shifts = memory.Memory(
            shape=unsigned(SHIFT_WIDTH), depth=self.config.channels, init=[]
        )
        write, read = shifts.write_port(), shifts.read_port(domain="comb")
        is_open = Signal(self.config.channels)  # the packet has begun
        with m.If(self.i.valid & self.i.ready & (beat.kind == Kind.VERBATIM)):
            m.d.sync += is_open.bit_select(beat.channel, 1).eq(~beat.last)
        m.d.comb += [
            self._begins.eq((beat.kind == Kind.VERBATIM) & ~is_open.bit_select(beat.channel, 1)),
            write.addr.eq(beat.channel),
            write.data.eq(beat.value[header_layout()["shift"].offset :]),
            write.en.eq(self.i.valid & self.i.ready & self._begins),
            read.addr.eq(channel),
        ]
        return read.data

    def _pass(self, m: Module) -> None:
        """Let what is no sample pass; the first byte of a packet names another mode."""
        beat, out = self.i.payload, self.o.payload
        is_sample = beat.kind == Kind.SAMPLE
        mode = header_layout()["mode"]
        m.d.comb += [
            self.o.valid.eq(self.i.valid & ~is_sample),
            self.i.ready.eq(is_sample | self.o.ready),
            *(out[name].eq(beat[name]) for name in ("value", "channel", "kind", "bank", "last")),
        ]
        with m.If(self._begins):
            m.d.comb += out.value[mode.offset : mode.offset + mode.width].eq(Mode.TEMPLATES)

    def _quantised(self, m: Module, total: Signal, coarser: Any) -> tuple[Signal, Value]:
        """Return the coefficient of a projection, and whether it may be the last."""
        config = self.config
        magnitude, rounded = Signal(unsigned(len(total))), Signal(unsigned(len(total)))
        limited, coefficient = Signal(config.sample_width - 1), Signal(signed(config.sample_width))
        half = ((1 << ROUNDING_BITS) - DEAD_ZONE_SIXTEENTHS) << (config.step_shift - ROUNDING_BITS)
        m.d.comb += [
            magnitude.eq(Mux(total < 0, -total, total)),
            rounded.eq(((magnitude + (half << coarser)) >> coarser) >> config.step_shift),
            limited.eq(Mux(rounded > config.largest, config.largest, rounded)),
            coefficient.eq(Mux(total < 0, -limited, limited)),
        ]
        enough = LAST_ZONE_SIXTEENTHS << (config.step_shift - ROUNDING_BITS)
        return coefficient, magnitude >= (enough << coarser)

    def _send(
        self, m: Module, index: Signal, count: Signal, nearest: Signal, coefficient: Any, word: Any
    ) -> None:
        """Offer a symbol of the snippet: the first, or the coefficient before ``index``."""
        config, out = self.config, self.o.payload
        folded = Signal(config.sample_width)
        is_first, is_last = index == 0, index == count
        magnitudes = Signal(range(config.components * config.largest + 1))  # before this one
        activity = Signal(range(LARGEST_ACTIVITY + 1))
        context = Signal(CONTEXT_WIDTH + 1)
        m.d.comb += [
            self.o.valid.eq(1),
            out.kind.eq(Kind.SAMPLE),
            folded.eq((config.components - count) * config.templates + nearest),
            activity.eq(
                Mux(
                    magnitudes >= (LARGEST_ACTIVITY << ACTIVITY_SHIFT),
                    LARGEST_ACTIVITY,
                    magnitudes >> ACTIVITY_SHIFT,
                )
            ),
            context.eq(word[:CONTEXT_WIDTH] + activity),
            out.context.eq(Mux(context > LAST_CONTEXT, LAST_CONTEXT, context)),
        ]
        with m.If(is_first):
            negative = folded[0]
            rest = folded[1:] ^ negative.replicate(config.sample_width - 1)
            m.d.comb += out.value.eq(Cat(rest, negative).as_signed())
        with m.Else():
            m.d.comb += out.value.eq(coefficient - (is_last & (coefficient > 0)))
        with m.If(self.o.ready):
            magnitude = Mux(coefficient < 0, -coefficient, coefficient)
            m.d.sync += magnitudes.eq(Mux(is_last | is_first, 0, magnitudes + magnitude))
