"""Golomb encoder: writes residuals in as many bits as their context says they need."""

from dataclasses import dataclass

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value, signed
from amaranth.lib import data, memory, stream, wiring
from amaranth.lib.wiring import In, Out

from rtl.checks import check_ranges
from rtl.coding_streams import (
    BYTE_WIDTH,
    CONTEXT_WIDTH,
    Kind,
    coded_byte_layout,
    symbol_layout,
)
from rtl.streams import channel_shape

__all__ = ["GolombEncoder", "GolombEncoderConfig"]


@dataclass(frozen=True, kw_only=True)
class GolombEncoderConfig:
    """Sizes of a :class:`GolombEncoder`, and what its codes are.

    Parameters
    ----------
    channels : int
        Channels, in 1..1024.
    packet_channels : int
        Channels that share a packet: a power of two, at most 1024.
    sample_width : int
        Width of a residual, bits, in 2..16.
    unary_limit : int
        Zeros that say that a residual follows as it is, in 2..24.
    context_base : int
        Context from which on every second one doubles the divisor, in 0..31. It is 1 up to there,
        and for that context and the next.
    """

    channels: int = 16
    packet_channels: int = 1
    sample_width: int = 9
    unary_limit: int = 16
    context_base: int = 2

    def __post_init__(self) -> None:
        check_ranges(
            self,
            channels=(1, 1024),
            packet_channels=(1, 1024),
            sample_width=(2, 16),
            unary_limit=(2, 24),
            context_base=(0, (1 << CONTEXT_WIDTH) - 1),
        )
        if self.packet_channels.bit_count() != 1:
            raise ValueError(
                f"packet_channels must be a power of two, not {self.packet_channels!r}"
            )

    @property
    def groups(self) -> int:
        """Groups of channels that share a packet."""
        return -(-self.channels // self.packet_channels)

    @property
    def most_bits_below(self) -> int:
        """Logarithm of the largest divisor."""
        most = ((1 << CONTEXT_WIDTH) - 1 - self.context_base) // 2
        return min(most, self.sample_width - 1)

    @property
    def longest_code(self) -> int:
        """Most bits of a code."""
        return max(self.unary_limit + self.sample_width, BYTE_WIDTH)

    @property
    def most_cycles(self) -> int:
        """Most cycles that one residual takes: its bytes, the first filled up by what waited."""
        return (BYTE_WIDTH - 1 + self.longest_code) // BYTE_WIDTH


class GolombEncoder(wiring.Component):
    """Turn residuals into the bytes of packets' bodies, by Golomb codes whose divisor adapts.

    A residual r is folded to v = 2r, or -2r - 1 where r is negative. Its context gives a divisor
    2**k: the code is the quotient of v in zeros, a one, and the remainder in k bits. From
    ``unary_limit`` zeros on, v follows as it is, in ``sample_width`` bits. First bits are highest.
    Raw beats are eight bits. Verbatim ones are bytes as they are; bits of their group that do not
    fill a byte are filled up with zeros before.

    Each group's bits that wait for the rest of their byte are kept in memory, so that groups may
    alternate from beat to beat. It is cleared in the first ``groups`` cycles after reset.

    Latency is :attr:`latency` cycles from the beat that fills a byte to the byte. Throughput is one
    beat a cycle as long as it makes no more than one byte; otherwise one byte a cycle, and a beat
    takes :attr:`GolombEncoderConfig.most_cycles` at most. Back-pressure on ``o`` stalls ``i``.

    The bit-exact model is :func:`verification.golden.golomb_encoder.golomb_encoder`.

    Parameters
    ----------
    config : GolombEncoderConfig
        Sizes.

    Members
    -------
    i : ``In(stream.Signature(symbol_layout(config.sample_width, config.channels)))``
        Residuals with their contexts, and bytes.
    o : ``Out(stream.Signature(coded_byte_layout(config.groups)))``
        Bytes of the packets' bodies.
    """

    latency = 1
    throughput = "1 beat/cycle, up to 8 bits; then 1 byte/cycle"

    i: stream.Interface
    o: stream.Interface

    def __init__(self, config: GolombEncoderConfig | None = None) -> None:
        self.config = config = config or GolombEncoderConfig()
        symbols = symbol_layout(config.sample_width, config.channels)
        super().__init__(
            {
                "i": In(stream.Signature(symbols)),
                "o": Out(stream.Signature(coded_byte_layout(config.groups))),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self.config
        longest = config.longest_code
        bits_width = max(config.sample_width + 1, BYTE_WIDTH)  # of a code without its zeros
        group = channel_shape(config.groups)

        # What waits of a group: fewer bits than a byte, the first highest, zeros below them.
        waiting_layout = data.StructLayout({"bits": BYTE_WIDTH - 1, "count": 3})
        m.submodules.waiting = memories = memory.Memory(
            shape=waiting_layout, depth=config.groups, init=[]
        )
        write = memories.write_port()
        read = memories.read_port(transparent_for=(write,))

        code = Signal(
            data.StructLayout(
                {
                    "bits": bits_width,
                    "length": range(longest + 1),
                    "group": group,
                    "verbatim": 1,
                    "last": 1,
                }
            )
        )
        code_valid, done, clearing = Signal(), Signal(), Signal(init=1)
        bits, length = self._code(m)
        beat = self.i.payload
        beat_group = beat.channel[config.packet_channels.bit_length() - 1 :]
        m.d.comb += [
            self.i.ready.eq(~clearing & (done | ~code_valid)),
            read.addr.eq(beat_group),
            read.en.eq(self.i.ready),
        ]
        with m.If(self.i.ready):
            m.d.sync += [
                code_valid.eq(self.i.valid),
                code.bits.eq(bits),
                code.length.eq(length),
                code.group.eq(beat_group),
                code.verbatim.eq(beat.kind == Kind.VERBATIM),
                code.last.eq(beat.last),
            ]

        # The code behind what waits, from the top; then what is left of it, a byte fewer each time.
        window = max(BYTE_WIDTH - 1 + longest, 2 * BYTE_WIDTH)
        waiting = Signal(waiting_layout)
        before, total = Signal(range(BYTE_WIDTH + 1)), Signal(range(window + 1))
        bits_now, count_now = Signal(window), Signal.like(total)
        bits_left, count_left = Signal.like(bits_now), Signal.like(total)
        rest_bits, rest_count, has_rest = Signal.like(bits_now), Signal.like(total), Signal()
        gives_byte = Signal()
        m.d.comb += [
            waiting.eq(read.data),
            before.eq(Mux(code.verbatim & (waiting.count != 0), BYTE_WIDTH, waiting.count)),
            total.eq(before + code.length),
            bits_now.eq(
                Mux(
                    has_rest,
                    rest_bits,
                    (Value.cast(waiting.bits) << (window - BYTE_WIDTH + 1))
                    | (code.bits << (window - total)[: window.bit_length()])[:window],
                )
            ),
            count_now.eq(Mux(has_rest, rest_count, total)),
            gives_byte.eq(count_now >= BYTE_WIDTH),
            bits_left.eq(Mux(gives_byte, bits_now << BYTE_WIDTH, bits_now)),
            count_left.eq(Mux(gives_byte, count_now - BYTE_WIDTH, count_now)),
            done.eq(code_valid & (count_left < BYTE_WIDTH) & (self.o.ready | ~gives_byte)),
            self.o.valid.eq(code_valid & gives_byte),
            self.o.payload.byte.eq(bits_now[-BYTE_WIDTH:]),
            self.o.payload.group.eq(code.group),
            self.o.payload.last.eq(code.last & (count_left < BYTE_WIDTH)),
        ]
        with m.If(self.o.valid & self.o.ready):
            m.d.sync += [rest_bits.eq(bits_left), rest_count.eq(count_left), has_rest.eq(~done)]

        cleared = Signal(group)
        m.d.comb += [
            write.addr.eq(Mux(clearing, cleared, code.group)),
            write.en.eq(clearing | done),
        ]
        with m.If(clearing):
            m.d.sync += [
                cleared.eq(cleared + 1),
                clearing.eq(cleared != config.groups - 1),
            ]
        with m.Else():
            m.d.comb += [
                write.data.bits.eq(bits_left[1 - BYTE_WIDTH :]),
                write.data.count.eq(count_left),
            ]
        return m

    def _code(self, m: Module) -> tuple[Value, Value]:
        """Return what follows the zeros of the present beat's code, and the length of all."""
        config = self.config
        width, limit = config.sample_width, config.unary_limit
        beat = self.i.payload
        residual = beat.value.as_signed()[:width]
        negative = residual[-1]
        folded = Signal(width)
        m.d.comb += folded.eq(Cat(negative, residual[:-1] ^ negative.replicate(width - 1)))

        most = config.most_bits_below
        above = Signal(signed(CONTEXT_WIDTH + 1))
        below = Signal(range(most + 1))  # bits of the remainder
        quotient = Signal(width)
        bits = Signal(max(width + 1, BYTE_WIDTH))
        length = Signal(range(config.longest_code + 1))
        m.d.comb += [
            above.eq(beat.context - config.context_base),
            below.eq(Mux(above < 0, 0, Mux(above >= 2 * most, most, above[1:]))),
            quotient.eq(folded >> below),
        ]
        with m.If(beat.kind != Kind.SAMPLE):
            m.d.comb += [bits.eq(beat.value[:BYTE_WIDTH]), length.eq(BYTE_WIDTH)]
        with m.Elif(quotient >= limit):
            m.d.comb += [bits.eq(folded), length.eq(limit + width)]
        with m.Else():
            one = Const(1) << below
            m.d.comb += [
                bits.eq(one | (folded & (one - 1))),
                length.eq(quotient + 1 + below),
            ]
        return bits, length
