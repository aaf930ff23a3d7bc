"""MAC feed: keeps vector, constants and what is left of a beat, and gives each pass its share."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out

from rtl.mac_array_config import FACTOR_WIDTH, SIZE_WIDTH, MacArrayConfig
from rtl.mac_reader import Part

__all__ = ["MacFeed"]

BYTE = 8


class MacFeed(wiring.Component):
    """Take beats as they arrive; have the elements of a pass from bit 0 on.

    Parameters
    ----------
    config : MacArrayConfig
        Size of the array.

    Members
    -------
    start : ``In(1)``
        The next beat of the vector is its first.
    arrives : ``In(Part)``
        Of what the beat is.
    beat : ``In(8 * lanes)``
        The beat.
    weight_share, vector_share : ``In(2)``
        How often a beat is halved for a pass.
    position, next_position : ``In(16)``
        Passes of the row before the one of this cycle, and of the next.
    line : ``In(range(lanes))``
        Row.
    wide : ``In(1)``
        Constants of an update have 16 bits.
    weights, vector : ``Out(8 * lanes)``
        Elements of the pass.
    bias : ``Out(32)``
        The row's constant, for a sum.
    factor : ``Out(16)``
        For an update, its sign extended.
    """

    latency = 1

    start: Signal
    arrives: Signal
    beat: Signal
    weight_share: Signal
    vector_share: Signal
    position: Signal
    next_position: Signal
    line: Signal
    wide: Signal
    weights: Signal
    vector: Signal
    bias: Signal
    factor: Signal

    def __init__(self, config: MacArrayConfig) -> None:
        self.config = config
        super().__init__(
            {
                "start": In(1),
                "arrives": In(Part),
                "beat": In(config.beat_bits),
                "weight_share": In(2),
                "vector_share": In(2),
                "position": In(SIZE_WIDTH),
                "next_position": In(SIZE_WIDTH),
                "line": In(range(config.lanes)),
                "wide": In(1),
                "weights": Out(config.beat_bits),
                "vector": Out(config.beat_bits),
                "bias": Out(32),
                "factor": Out(FACTOR_WIDTH),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        bits = self.config.beat_bits
        m.submodules.buffer = buffer = memory.Memory(
            shape=bits, depth=self.config.vector_beats, init=[]
        )
        write, read = buffer.write_port(), buffer.read_port()
        arrived = Signal(range(self.config.vector_beats))
        rest = Signal(bits)  # of the beat of weights
        constants = Signal(bits)
        m.d.comb += [
            write.addr.eq(arrived),
            write.data.eq(self.beat),
            write.en.eq(self.arrives == Part.VECTOR),
            read.addr.eq(self.next_position >> self.vector_share),
            self.weights.eq(Mux(self.arrives == Part.WEIGHTS, self.beat, rest)),
        ]
        with m.If(self.start):
            m.d.sync += arrived.eq(0)
        with m.Elif(write.en):
            m.d.sync += arrived.eq(arrived + 1)
        with m.Switch(self.weight_share):  # the next pass has what this one has not
            with m.Case(1):
                m.d.sync += rest.eq(self.weights >> bits // 2)
            with m.Case(2):
                m.d.sync += rest.eq(self.weights >> bits // 4)
        with m.If(self.arrives == Part.CONSTANTS):
            m.d.sync += constants.eq(self.beat)

        words, halves = bits // 32, bits // FACTOR_WIDTH
        m.d.comb += self.bias.eq(constants.word_select(self.line % words, 32))
        with m.If(self.wide):
            m.d.comb += self.factor.eq(constants.word_select(self.line % halves, FACTOR_WIDTH))
        with m.Else():
            m.d.comb += self.factor.eq(constants.word_select(self.line, BYTE).as_signed())
        with m.Switch(self.vector_share):
            with m.Case(0):
                m.d.comb += self.vector.eq(read.data)
            with m.Case(1):
                m.d.comb += self.vector.eq(read.data.word_select(self.position[0], bits // 2))
            with m.Default():
                m.d.comb += self.vector.eq(read.data.word_select(self.position[:2], bits // 4))
        return m
