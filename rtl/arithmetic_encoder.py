"""Arithmetic encoder: writes residuals in as many bits as tables of their frequencies say."""

from typing import Any

from amaranth.hdl import Cat, Module, Mux, Signal, Value, signed
from amaranth.lib import data, enum, memory, stream, wiring
from amaranth.lib.wiring import In, Out

from rtl.arithmetic_encoder_config import (
    TOTAL_BITS,
    ArithmeticEncoderConfig,
    table_write_signature,
)
from rtl.bit_packer import BitPacker
from rtl.coding_streams import (
    BYTE_WIDTH,
    CONTEXT_WIDTH,
    Kind,
    coded_byte_layout,
    symbol_layout,
)
from rtl.interval_shift import END_WIDTH, LONGEST_STRING, MAX_PENDING, IntervalShift
from rtl.streams import channel_shape

__all__ = ["ArithmeticEncoder"]


class _Part(enum.Enum, shape=2):
    """What of a beat is being encoded: its symbol, or upper or lower bits as they are."""

    SYMBOL = 0
    UPPER = 1
    LOWER = 2


def _beat_layout(config: ArithmeticEncoderConfig) -> data.StructLayout:
    """Return the layout of a beat whose symbol and table are known."""
    entry = data.StructLayout(
        {"symbol": config.symbol_width, "bank": 1, "table": channel_shape(config.contexts)}
    )
    return data.StructLayout(
        {
            "value": max(config.sample_width, BYTE_WIDTH),
            "kind": Kind,
            "group": channel_shape(config.groups),
            "entry": entry,
            "escaped": 1,
            "last": 1,
        }
    )


class ArithmeticEncoder(wiring.Component):
    """Turn residuals into the bytes of packets' bodies, by arithmetic coding with static tables.

    The interval has ends of 16 bits, a table a total of 14, so that no division is needed: a symbol
    narrows the interval to [low + (range * lower >> 14), low + (range * upper >> 14)), with the
    cumulative frequencies above and from this symbol on. Raw beats are eight bits without a table,
    and so is what follows the escape: the residual as it is, its bits above eight first. Verbatim
    beats are bytes as they are; before them, what was coded of their group ends with a one and
    zeros up to a whole byte. All of this, and the bits that are open, is per group, so that groups
    may alternate from beat to beat. It is cleared in the first ``groups`` cycles after reset.

    A symbol takes two cycles, one for each end of the interval: a residual two, an escaped one
    four, or six if it has more than eight bits. Its bytes leave meanwhile, one a cycle, so that it
    waits where earlier ones make more: up to :attr:`ArithmeticEncoderConfig.most_cycles`.

    Latency is :attr:`latency` cycles from a verbatim byte to the same where nothing waits before
    it. Back-pressure on ``o`` stalls ``i``. Tables may be written at any time in a bank that no
    beat uses.

    The bit-exact model is :func:`verification.golden.arithmetic_encoder.arithmetic_encoder`.

    Parameters
    ----------
    config : ArithmeticEncoderConfig
        Sizes.

    Members
    -------
    i : ``In(stream.Signature(symbol_layout(config.sample_width, config.channels)))``
        Residuals with their contexts, and bytes.
    o : ``Out(stream.Signature(coded_byte_layout(config.groups)))``
        Bytes of the packets' bodies.
    table : ``In(table_write_signature(config.contexts, config.symbol_width))``
        Writes into the tables.
    """

    latency = 3
    throughput = "1 residual in 2 cycles, escaped in 6"

    i: stream.Interface
    o: stream.Interface
    table: Any

    def __init__(self, config: ArithmeticEncoderConfig | None = None) -> None:
        self.config = config = config or ArithmeticEncoderConfig()
        symbols = symbol_layout(config.sample_width, config.channels)
        super().__init__(
            {
                "i": In(stream.Signature(symbols)),
                "o": Out(stream.Signature(coded_byte_layout(config.groups))),
                "table": In(table_write_signature(config.contexts, config.symbol_width)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self.config
        arriving = self._arriving(m)
        beat = Signal.like(arriving)
        verbatim = beat.kind == Kind.VERBATIM
        beat_valid, second, begins, done = Signal(), Signal(), Signal(), Signal()
        clearing, cleared = Signal(init=1), Signal.like(beat.group)
        part = Signal(_Part)

        m.submodules.tables = tables = memory.Memory(
            shape=TOTAL_BITS, depth=config.contexts * 2 * config.symbols, init=[]
        )
        table_write = tables.write_port()
        table_read = tables.read_port()
        # The ends of the interval are kept without their first bits, which are 0 and 1.
        state_layout = data.StructLayout(
            {
                "low": END_WIDTH - 1,
                "high": END_WIDTH - 1,
                "pending": range(MAX_PENDING + 1),
                "at_work": 1,
            }
        )
        m.submodules.states = states = memory.Memory(
            shape=state_layout, depth=config.groups, init=[]
        )
        write = states.write_port()
        read = states.read_port(transparent_for=(write,))
        state = read.data

        # The state is read as a beat or a part of it begins, and so is the table, then once more.
        next_entry = Signal.like(beat.entry)
        m.d.comb += [
            self.i.ready.eq(~clearing & (done | ~beat_valid)),
            read.addr.eq(Mux(self.i.ready, arriving.group, beat.group)),
            read.en.eq(self.i.ready | begins),
            next_entry.eq(beat.entry),
            next_entry.symbol.eq(beat.entry.symbol + 1),
            table_read.addr.eq(Mux(self.i.ready, arriving.entry, next_entry)),
            table_read.en.eq(self.i.ready | ~second),
            table_write.addr.eq(Cat(self.table.symbol, self.table.bank, self.table.context)),
            table_write.data.eq(self.table.cumulative),
            table_write.en.eq(self.table.valid),
        ]
        with m.If(self.i.ready):
            m.d.sync += [
                beat_valid.eq(self.i.valid),
                beat.eq(arriving),
                part.eq(Mux(arriving.kind == Kind.SAMPLE, _Part.SYMBOL, _Part.LOWER)),
            ]

        # One end of the interval a cycle, the upper one first.
        low, high = Cat(state.low, 0), Cat(state.high, 1)
        product, upper_end = Signal(END_WIDTH + 1), Signal(END_WIDTH)
        frequency = self._frequency(m, beat, part, second, table_read.data)
        m.d.comb += product.eq(((high - low + 1) * frequency) >> TOTAL_BITS)
        m.submodules.shift = shift = IntervalShift()
        m.submodules.packer = packer = BitPacker(LONGEST_STRING, config.groups)
        wiring.connect(m, wiring.flipped(self.o), packer.o)
        string = packer.i.payload
        m.d.comb += [
            shift.low.eq(low + product),
            shift.high.eq(upper_end),
            shift.pending.eq(state.pending),
            string.group.eq(beat.group),
            string.last.eq(beat.last & second),
        ]
        with m.If(verbatim):
            m.d.comb += [
                string.finish.eq(~second),
                string.bits.eq(beat.value[:BYTE_WIDTH] << (LONGEST_STRING - BYTE_WIDTH)),
                string.length.eq(BYTE_WIDTH),
                packer.i.valid.eq(beat_valid & (second | state.at_work)),
            ]
        with m.Else():
            m.d.comb += [
                string.bits.eq(shift.bits),
                string.length.eq(shift.length),
                packer.i.valid.eq(beat_valid & second & (shift.length != 0)),
            ]

        proceeds, goes_on = Signal(), Signal()
        m.d.comb += [
            proceeds.eq(beat_valid & (packer.i.ready | ~packer.i.valid)),
            goes_on.eq(beat.escaped & (part != _Part.LOWER)),
            begins.eq(proceeds & second & goes_on),
            done.eq(proceeds & second & ~goes_on),
            write.addr.eq(Mux(clearing, cleared, beat.group)),
            write.data.high.eq(-1),  # of a group of which nothing is being encoded
            write.en.eq(clearing | (proceeds & second)),
        ]
        with m.If(proceeds):
            m.d.sync += [second.eq(~second), upper_end.eq(low + product - 1)]
        with m.If(begins):
            has_upper = (part == _Part.SYMBOL) & (config.sample_width > BYTE_WIDTH)
            m.d.sync += part.eq(Mux(has_upper, _Part.UPPER, _Part.LOWER))
        with m.If(clearing):
            m.d.sync += [cleared.eq(cleared + 1), clearing.eq(cleared != config.groups - 1)]
        with m.Elif(~verbatim):
            m.d.comb += [
                write.data.low.eq(shift.next_low),
                write.data.high.eq(shift.next_high),
                write.data.pending.eq(shift.next_pending),
                write.data.at_work.eq(1),
            ]
        return m

    def _arriving(self, m: Module) -> Any:
        """Return the beat at the input with its symbol and its table."""
        config, given = self.config, self.i.payload
        arriving = Signal(_beat_layout(config))
        symbol = Signal(signed(len(given.value) + 1))
        above = Signal(signed(CONTEXT_WIDTH + 1))
        last_table = config.contexts - 1
        m.d.comb += [
            symbol.eq(given.value + config.symbols // 2),
            above.eq(given.context - config.context_base),
            arriving.value.eq(given.value),
            arriving.kind.eq(given.kind),
            arriving.group.eq(given.channel >> (config.packet_channels.bit_length() - 1)),
            arriving.last.eq(given.last),
            arriving.entry.bank.eq(given.bank),
            arriving.entry.table.eq(Mux(above < 0, 0, Mux(above > last_table, last_table, above))),
            arriving.entry.symbol.eq(symbol),
        ]
        if config.escapes:
            escaped = (symbol <= 0) | (symbol >= config.symbols)
            m.d.comb += arriving.escaped.eq((given.kind == Kind.SAMPLE) & escaped)
            with m.If(escaped):
                m.d.comb += arriving.entry.symbol.eq(0)
        return arriving

    def _frequency(
        self, m: Module, beat: Any, part: Any, second: Signal, cumulative: Value
    ) -> Signal:
        """Return the cumulative frequency of the end of the interval that comes now."""
        config = self.config
        width, lowest = config.sample_width, config.symbols - 1
        frequency = Signal(TOTAL_BITS + 1)

        def plain(number: Value, bits: int) -> Value:
            return (number + ~second) << (TOTAL_BITS - bits)

        if width > BYTE_WIDTH:
            upper, lower = beat.value[BYTE_WIDTH:width], beat.value[:BYTE_WIDTH]
        else:
            upper, lower = beat.value[:0], beat.value[:width]
        with m.If(part == _Part.SYMBOL):
            below_all = second & (beat.entry.symbol == lowest)
            m.d.comb += frequency.eq(Mux(below_all, 0, cumulative))
        with m.Elif(part == _Part.UPPER):
            m.d.comb += frequency.eq(plain(upper, len(upper)))
        with m.Elif(beat.kind == Kind.RAW):
            m.d.comb += frequency.eq(plain(beat.value[:BYTE_WIDTH], BYTE_WIDTH))
        with m.Else():
            m.d.comb += frequency.eq(plain(lower, len(lower)))
        return frequency
