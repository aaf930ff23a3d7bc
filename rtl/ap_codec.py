"""Action-potential codec: samples, or snippets, become packets, at the rate that is allowed."""

from typing import Any

from amaranth.hdl import Module, Mux, Signal, Value, unsigned
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from rtl.ap_codec_config import ApCodecConfig
from rtl.arithmetic_encoder import ArithmeticEncoder
from rtl.arithmetic_encoder_config import table_write_signature
from rtl.coding_streams import BYTE_WIDTH, byte_layout, coding_layout
from rtl.dpcm_predictor import DpcmPredictor
from rtl.golomb_encoder import GolombEncoder
from rtl.lms_predictor import LmsPredictor
from rtl.packet_format import LENGTH_BYTES, Engine
from rtl.packet_framer import LEVELS, RATE_WIDTH, PacketFramer
from rtl.packet_marker import PacketMarker
from rtl.packet_settings import COUNT_WIDTH, settings_layout
from rtl.residual_context import ResidualContext
from rtl.snippet_marker import SnippetMarker
from rtl.stream_choice import merge, split, take_turns
from rtl.streams import packet_layout, sample_layout
from rtl.table_trainer import TableTrainer
from rtl.template_encoder import TemplateEncoder
from rtl.template_encoder_config import row_write_layout

__all__ = ["ApCodec", "ApCodecConfig"]


class ApCodec(wiring.Component):
    """Code every sample, or every snippet, into packets.

    Samples pass a marker, which cuts them into packets, a predictor, which leaves residuals, an
    adaptive predictor where one is built, a context model, and one of the entropy coders; the
    framer sends packets when they are whole. Where it is built, a second marker does the same for
    the snippets of spikes; ``snippets`` says whose turn it is, and the other one leaves out what
    comes. Where both coders are built, ``settings.engine`` chooses. A change of either ends all
    packets first, as ``flush`` does: nothing is under way while it happens.

    Where a table trainer is built, it counts the residuals that either coder takes, and ``build``
    makes tables of them; ``version`` takes the place of ``settings.table``. The packet that tells a
    decoder leaves as soon as one that is being sent has ended, whatever waits; only then do new
    packets use the tables.

    Where a template encoder is built, it takes the place of prediction and contexts while
    ``templates`` and ``snippets`` are up, and the Golomb encoder codes what it gives, whatever
    ``settings.engine`` is. ``settings.table`` names the version of its rows, and their bank.

    Samples and snippets wait while packets end, and are left out, and counted, where rings are
    full.

    Latency is :attr:`latency` cycles from a sample that is a packet of its own to the packet's
    first byte, by the Golomb encoder, without an adaptive predictor and with nothing else under
    way. Throughput is that of the slowest part: with the Golomb encoder a sample a cycle, as long
    as its bits are no more than eight; with the arithmetic encoder one in two cycles; with the
    adaptive predictor one in ``taps + 1``; and up to 14 cycles more a packet.

    The bit-exact model is :class:`verification.golden.ap_codec.ApCodecModel`.

    Parameters
    ----------
    config : ApCodecConfig
        Sizes.

    Members
    -------
    i : ``In(stream.Signature(sample_layout(config.sample_width, config.channels)))``
        Samples, frame by frame, channel 0 first.
    events : ``In(stream.Signature(packet_layout(config.sample_width, config.channels)))``
        Event packets; a port only where snippets are coded, as are the next three.
    snippets : ``In(1)``
        Code snippets instead of all samples.
    packet_snippets, max_age : ``In(16)``
        Snippets of a packet, and frames in which they must have their peaks.
    templates : ``In(1)``
        Code snippets as templates and coefficients; a port only where that is built, as are the
        next four.
    rows : ``In(row_write_layout(config.template_encoder))``
        A word of the rows of the template encoder.
    rows_valid : ``In(1)``
        The word is to be written.
    told : ``In(stream.Signature(byte_layout()))``
        Bodies of packets that are to leave at once: those that tell a decoder the rows.
    told_length : ``In(16)``
        Bytes of the body, as long as any of it waits.
    o : ``Out(stream.Signature(byte_layout()))``
        Packets.
    settings : ``In(settings_layout())``
        Of packets that begin. What is not built is not used, and no packet says so.
    packet_frames : ``In(16)``
        Frames of a packet of all samples.
    tick : ``In(1)``
        High for a cycle in every frame.
    rate : ``In(20)``
        Bytes in 256 frames; 0 sets no limit.
    thresholds : ``In(ArrayLayout(..., 5))``
        Bytes waiting from which on new packets are made coarser by 1, 2, 3 and 4 bits, and from
        which on none begins; 0 is never reached.
    flush : ``In(1)``
        End all packets; while it stays up, nothing is taken.
    flushed : ``Out(1)``
        All packets have ended and are with the framer.
    level : ``Out(3)``
        How many of the thresholds are reached.
    lost : ``Out(1)``
        High for a cycle for each frame of a group, or snippet, that is left out for want of room.
    dropped : ``Out(16)``
        Frames or snippets of a packet that did not fit in its ring, for a cycle.
    table : ``In(table_write_signature(config.contexts, config.arithmetic.symbol_width))``
        Writes into the tables of the arithmetic encoder; a port only where it is built. Where
        tables are trained, only those of version 0 in bank 0, before the first training.
    build, send : ``In(1)``
        Train, and tell the tables in use again: without effect while ``busy``. Ports only where
        tables are trained, as are the next two.
    busy : ``Out(1)``
        A training, or telling, is under way.
    version : ``Out(8)``
        Version of the tables that new packets use.
    """

    latency = 20
    throughput = "1 sample in 1 or 2 cycles"

    i: stream.Interface
    events: stream.Interface
    snippets: Signal
    packet_snippets: Signal
    max_age: Signal
    templates: Signal
    rows: data.View
    rows_valid: Signal
    told: stream.Interface
    told_length: Signal
    o: stream.Interface
    settings: data.View
    packet_frames: Signal
    tick: Signal
    rate: Signal
    thresholds: data.View
    flush: Signal
    flushed: Signal
    level: Signal
    lost: Signal
    dropped: Signal
    table: Any
    build: Signal
    send: Signal
    busy: Signal
    version: Signal

    def __init__(self, config: ApCodecConfig | None = None) -> None:
        self.config = config = config or ApCodecConfig()
        waiting = unsigned((config.groups * config.ring_bytes).bit_length())
        sizes = config.sample_width, config.channels
        of_snippets = {
            "events": In(stream.Signature(packet_layout(*sizes))),
            "snippets": In(1),
            "packet_snippets": In(COUNT_WIDTH),
            "max_age": In(COUNT_WIDTH),
        }
        of_training = {"build": In(1), "send": In(1), "busy": Out(1), "version": Out(8)}
        tables = table_write_signature(config.contexts, config.arithmetic.symbol_width)
        super().__init__(
            {
                "i": In(stream.Signature(sample_layout(*sizes))),
                **(of_snippets if config.snippets else {}),
                **self._ports_of_templates(),
                "o": Out(stream.Signature(byte_layout())),
                "settings": In(settings_layout()),
                "packet_frames": In(COUNT_WIDTH),
                "tick": In(1),
                "rate": In(RATE_WIDTH),
                "thresholds": In(data.ArrayLayout(waiting, LEVELS)),
                "flush": In(1),
                "flushed": Out(1),
                "level": Out(3),
                "lost": Out(1),
                "dropped": Out(COUNT_WIDTH),
                **({"table": In(tables)} if Engine.ARITHMETIC in config.engines else {}),
                **(of_training if config.training else {}),
            }
        )

    def _ports_of_templates(self) -> dict[str, Any]:
        if not self.config.templates:
            return {}
        rows = row_write_layout(self.config.template_encoder)
        return {
            "templates": In(1),
            "rows": In(rows),
            "rows_valid": In(1),
            "told": In(stream.Signature(byte_layout())),
            "told_length": In(BYTE_WIDTH * LENGTH_BYTES),
        }

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self.config
        m.submodules.framer = framer = PacketFramer(config.framer)
        choice = data.StructLayout({"engine": Engine, "snippets": 1, "templates": 1})
        first = min(config.engines, key=lambda engine: engine.value)
        wanted = Signal(choice, init={"engine": first})
        at_work = Signal(choice, init={"engine": first})
        if len(config.engines) > 1:
            m.d.comb += wanted.engine.eq(self.settings.engine)
        if config.snippets:
            m.d.comb += wanted.snippets.eq(self.snippets)
        if config.templates:
            by_templates = self.snippets & self.templates
            m.d.comb += wanted.templates.eq(by_templates)
            with m.If(by_templates):
                m.d.comb += wanted.engine.eq(Engine.GOLOMB)

        marked = stream.Signature(coding_layout(config.sample_width, config.channels)).create()
        flush, flushed = Signal(), Signal()  # of the markers
        opened = self._add_markers(m, marked, framer, at_work=at_work, flush=flush, flushed=flushed)
        m.submodules.predictor = predictor = DpcmPredictor(config.predictor)
        m.submodules.context = context = ResidualContext(config.context)
        symbols = self._add_templates(m, marked, predictor.i, context.o, at_work=at_work.templates)
        if config.adaptive:
            m.submodules.lms = lms = LmsPredictor(config.lms)
            wiring.connect(m, predictor.o, lms.i)
            wiring.connect(m, lms.o, context.i)
        else:
            wiring.connect(m, predictor.o, context.i)
        opened &= ~at_work.templates
        trainer = self._add_trainer(m, context.o, opened=opened)
        self._tell(m, framer, trainer)
        self._add_engines(m, symbols, framer.i, engine=at_work.engine, trainer=trainer)
        wiring.connect(m, framer.o, wiring.flipped(self.o))

        inside = Signal(range(8))  # packets that have ended, but are not with the framer
        ended = marked.valid & marked.ready & marked.payload.last
        framed = framer.i.valid & framer.i.ready & framer.i.payload.last
        m.d.sync += inside.eq(inside + ended - framed)
        changes, drained = Signal(), Signal()
        m.d.comb += [
            changes.eq(wanted != at_work),
            flush.eq(self.flush | changes),
            drained.eq(flushed & (inside == 0)),
            self.flushed.eq(self.flush & drained),
            self.level.eq(framer.level),
            self.dropped.eq(framer.lost),
            framer.tick.eq(self.tick),
            framer.rate.eq(self.rate),
            framer.thresholds.eq(self.thresholds),
        ]
        with m.If(changes & drained):
            m.d.sync += at_work.eq(wanted)
        return m

    def _add_markers(
        self,
        m: Module,
        o: stream.Interface,
        framer: PacketFramer,
        *,
        at_work: Any,
        flush: Signal,
        flushed: Signal,
    ) -> Value:
        """Add the markers; the one that is not at work leaves everything out.

        Return whether one of them begins a packet.
        """
        config = self.config
        m.submodules.marker = marker = PacketMarker(config.marker)
        wiring.connect(m, wiring.flipped(self.i), marker.i)
        m.d.comb += marker.packet_frames.eq(self.packet_frames)
        markers: list[tuple[Value, Any]] = [(~at_work.snippets, marker)]
        if config.snippets:
            m.submodules.snippet_marker = of_snippets = SnippetMarker(config.snippet_marker)
            wiring.connect(m, wiring.flipped(self.events), of_snippets.i)
            m.d.comb += [
                of_snippets.packet_snippets.eq(self.packet_snippets),
                of_snippets.max_age.eq(self.max_age),
                of_snippets.tick.eq(self.tick),
            ]
            markers.append((at_work.snippets, of_snippets))
        settings = Signal(settings_layout())
        m.d.comb += [
            settings.eq(self.settings),
            settings.engine.eq(at_work.engine),
            settings.adaptive.eq(self.settings.adaptive & config.adaptive),
        ]
        if config.training:
            with m.If(~at_work.templates):
                m.d.comb += settings.table.eq(self.version)
        for chosen, each in markers:
            m.d.comb += [
                each.settings.eq(settings),
                each.close.eq(framer.close),
                each.discard.eq(framer.discard | ~chosen.replicate(config.groups)),
                each.dropped.eq(framer.dropped),
                each.level.eq(framer.level),
                each.flush.eq(flush),
            ]
        merge(m, [(chosen, each.o) for chosen, each in markers], o)
        every, any_lost, any_opened = Value.cast(1), Value.cast(0), Value.cast(0)
        for chosen, each in markers:
            every &= each.flushed
            any_lost |= each.lost & chosen
            any_opened |= each.opened
        m.d.comb += [flushed.eq(every), self.lost.eq(any_lost)]
        return any_opened

    def _add_templates(
        self,
        m: Module,
        marked: stream.Interface,
        predicted: stream.Interface,
        o: stream.Interface,
        *,
        at_work: Value,
    ) -> stream.Interface:
        """Connect what is marked, and add the template encoder if it is built.

        Return what is to be coded: what it gives, or ``o``.
        """
        if not self.config.templates:
            wiring.connect(m, marked, predicted)
            return o
        m.submodules.template_encoder = encoder = TemplateEncoder(self.config.template_encoder)
        m.d.comb += [encoder.write.eq(self.rows), encoder.write_valid.eq(self.rows_valid)]
        split(m, marked, [(~at_work, predicted), (at_work, encoder.i)])
        symbols = encoder.o.signature.create()
        merge(m, [(~at_work, o), (at_work, encoder.o)], symbols)
        return symbols

    def _add_trainer(
        self, m: Module, symbols: stream.Interface, *, opened: Value
    ) -> TableTrainer | None:
        """Add and return the trainer that looks on at symbols, if there is to be one."""
        if not self.config.training:
            return None
        m.submodules.trainer = trainer = TableTrainer(self.config.trainer)
        m.d.comb += [
            trainer.beat.eq(symbols.payload),
            trainer.taken.eq(symbols.valid & symbols.ready),
            trainer.opened.eq(opened),
            trainer.build.eq(self.build),
            trainer.send.eq(self.send),
            self.busy.eq(trainer.busy),
            self.version.eq(trainer.version),
        ]
        return trainer

    def _tell(self, m: Module, framer: PacketFramer, trainer: TableTrainer | None) -> None:
        """Give the framer what is told to a decoder: tables, and what others have to tell."""
        tellers: list[tuple[Any, Signal]] = [(trainer.o, trainer.length)] if trainer else []
        if self.config.templates:
            tellers.append((wiring.flipped(self.told), self.told_length))
        if tellers:
            turns = take_turns(m, [body for body, _ in tellers], framer.direct)
            for turn, (_, length) in zip(turns, tellers, strict=True):
                with m.If(turn):
                    m.d.comb += framer.direct_length.eq(length)

    def _add_engines(
        self, m: Module, i: stream.Interface, o: stream.Interface, *, engine: Value, trainer: Any
    ) -> None:
        """Add the entropy coders between two streams."""
        config = self.config
        encoders: list[tuple[Value, Any]] = []
        if Engine.GOLOMB in config.engines:
            m.submodules.golomb = golomb = GolombEncoder(config.golomb)
            encoders.append((engine == Engine.GOLOMB, golomb))
        if Engine.ARITHMETIC in config.engines:
            m.submodules.arithmetic = arithmetic = ArithmeticEncoder(config.arithmetic)
            for name in self.table.signature.members:
                write = getattr(self.table, name)
                if trainer:
                    write = Mux(trainer.table.valid, getattr(trainer.table, name), write)
                m.d.comb += getattr(arithmetic.table, name).eq(write)
            encoders.append((engine == Engine.ARITHMETIC, arithmetic))
        split(m, i, [(chosen, encoder.i) for chosen, encoder in encoders])
        merge(m, [(chosen, encoder.o) for chosen, encoder in encoders], o)
