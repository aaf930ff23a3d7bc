"""What is proven of entropy coders and packet framer, each as small as can be, from reset on."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from amaranth.hdl import Assert, Assume, Const, Cover, Module, Signal

from rtl.arithmetic_encoder import ArithmeticEncoder
from rtl.arithmetic_encoder_config import ArithmeticEncoderConfig
from rtl.coding_streams import BYTE_WIDTH, Kind
from rtl.golomb_encoder import GolombEncoder, GolombEncoderConfig
from rtl.packet_format import CHECKSUM_BYTES, LENGTH_BYTES, SYNC
from rtl.packet_framer import PacketFramer, PacketFramerConfig
from verification.block_proofs import BlockProof
from verification.stream_properties import StreamHarness

__all__ = ["ENGINE_PROOFS", "engine_properties", "framer_properties"]

FRAMER_WAITS = 2  # after the last byte of a body, to put its length before it


def engine_properties(m: Module, _harness: StreamHarness, dut: Any) -> None:
    """Demand of an entropy coder that it is quick enough, and ends each body once.

    Bodies end with a verbatim beat, as markers make them.

    Parameters
    ----------
    m : Module
        Receives the statements.
    _harness : StreamHarness
        The top.
    dut : GolombEncoder or ArithmeticEncoder
        The coder.
    """
    i, o, config = dut.i, dut.o, dut.config
    m.d.comb += Assume(~i.payload.last | (i.payload.kind == Kind.VERBATIM), "bodies end verbatim")
    m.d.comb += Assume(~i.valid | (i.payload.channel < config.channels), "a channel that is there")
    if isinstance(dut, ArithmeticEncoder):
        # Tables are empty after reset, and no such table can be: raw bytes need none.
        m.d.comb += Assume(i.payload.kind != Kind.SAMPLE, "no residuals")
    _waits(m, i, most=config.most_cycles - 1, stalled=o.valid & ~o.ready, idle=config.groups)

    enters = i.valid & i.ready & i.payload.last
    leaves = o.valid & o.ready & o.payload.last
    inside = Signal(4)
    m.d.sync += inside.eq(inside + enters - leaves)
    with m.If(leaves):
        m.d.comb += Assert(inside > 0, "a body ends only where one does")
    m.d.comb += Cover(leaves, "a body ends")


def framer_properties(m: Module, harness: StreamHarness, dut: PacketFramer) -> None:
    """Demand of a framer of one group that packets are what they should be, and that it is quick.

    The first packet has the length of the first body, and a byte of it that the solver picks.

    Parameters
    ----------
    m : Module
        Receives the statements.
    harness : StreamHarness
        The top; ``pick`` is free.
    dut : PacketFramer
        The framer.
    """
    i, o = dut.i, dut.o
    free: Any = harness
    m.d.comb += Assume(~i.valid | (i.payload.group == 0), "a group that is there")
    m.d.comb += Assume(dut.rate == 0, "no limit of the rate")
    _waits(m, i, most=FRAMER_WAITS, stalled=Const(0, 1), idle=0)

    enters, sent = i.valid & i.ready, o.valid & o.ready
    length, ended = Signal(BYTE_WIDTH), Signal()  # of the first body
    picked, watched, was_picked = Signal(BYTE_WIDTH), Signal(BYTE_WIDTH), Signal()
    with m.If(enters & ~ended):
        m.d.sync += [length.eq(length + 1), ended.eq(i.payload.last)]
        with m.If(free.pick & ~was_picked):
            m.d.sync += [picked.eq(length), watched.eq(i.payload.byte), was_picked.eq(1)]

    place = Signal(2 * BYTE_WIDTH)  # of the byte that is offered, in its packet
    body_bytes = Signal(2 * BYTE_WIDTH)
    first = Signal(init=1)
    begin = 1 + LENGTH_BYTES
    in_body = (place >= begin) & (place < begin + body_bytes)
    last = (place >= begin) & (place == begin + body_bytes + CHECKSUM_BYTES - 1)
    with m.If(o.valid):
        m.d.comb += Assert(o.payload.last == last, "last is on the last byte, and on no other")
        with m.If(place == 0):
            m.d.comb += Assert(o.payload.byte == SYNC, "a packet begins with the sync byte")
        with m.If(first):
            m.d.comb += Assert(ended, "a packet begins when its body is whole")
        for n in range(LENGTH_BYTES):
            with m.If(first & (place == 1 + n)):
                m.d.comb += Assert(
                    o.payload.byte == (length >> (BYTE_WIDTH * n))[:BYTE_WIDTH],
                    "a packet says how long its body is",
                )
        with m.If(first & in_body & was_picked & (place - begin == picked)):
            m.d.comb += Assert(o.payload.byte == watched, "a packet holds its body")
    with m.If(sent):
        m.d.sync += place.eq(place + 1)
        for n in range(LENGTH_BYTES):
            with m.If(place == 1 + n):
                m.d.sync += body_bytes.word_select(n, BYTE_WIDTH).eq(o.payload.byte)
        with m.If(last):
            m.d.sync += [place.eq(0), body_bytes.eq(0), first.eq(0)]
    m.d.comb += Cover(sent & last & (length == 2), "a packet of two bytes leaves")


def _waits(m: Module, i: Any, *, most: int, stalled: Any, idle: int) -> None:
    """Demand that nothing waits at ``i`` for long, but for the output and while memory is cleared.

    Parameters
    ----------
    m : Module
        Receives the statements.
    i : stream.Interface
        The input.
    most : int
        Cycles that an offer may wait.
    stalled : Value
        Whether the output makes it wait in this cycle.
    idle : int
        Cycles after reset in which nothing is taken.
    """
    waited = Signal(range(most + 2))
    awake = Signal(range(idle + 1))
    m.d.sync += awake.eq(awake + (awake != idle))
    with m.If(i.ready | (awake != idle)):
        m.d.sync += waited.eq(0)
    with m.Elif(i.valid & ~stalled):
        m.d.sync += waited.eq(waited + 1)
    m.d.comb += Assert(waited <= most, "no offer waits for longer than is stated")


ENGINE_PROOFS: Mapping[str, BlockProof] = MappingProxyType(
    {
        "golomb_encoder_is_quick_and_ends_bodies_once": BlockProof(
            block="golomb_encoder",
            make=lambda: StreamHarness(
                GolombEncoder(GolombEncoderConfig(channels=2, sample_width=3, unary_limit=7)),
                engine_properties,
            ),
            mode="bounded",
            depth=14,
        ),
        "arithmetic_encoder_is_quick_and_ends_bodies_once": BlockProof(
            block="arithmetic_encoder",
            make=lambda: StreamHarness(
                ArithmeticEncoder(
                    ArithmeticEncoderConfig(
                        channels=1, sample_width=2, alphabet_width=2, contexts=1
                    )
                ),
                engine_properties,
            ),
            mode="bounded",
            depth=10,
        ),
        "packet_framer_makes_packets_of_bodies": BlockProof(
            block="packet_framer",
            make=lambda: StreamHarness(
                PacketFramer(PacketFramerConfig(groups=1, ring_bytes=64, margin_bytes=8)),
                framer_properties,
                free={"pick": 1},
            ),
            mode="bounded",
            depth=13,
        ),
    }
)
"""By what they say."""
