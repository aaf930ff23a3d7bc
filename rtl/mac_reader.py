"""MAC reader: asks for the vector, then row by row for constants and weights."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import enum, wiring
from amaranth.lib.wiring import In, Out

from rtl.mac_array_config import SIZE_WIDTH, MacArrayConfig
from rtl.mac_job import LENGTH

__all__ = ["MacReader", "Part"]


class Part(enum.Enum, shape=2):
    """What a beat is of.

    Attributes
    ----------
    NONE, VECTOR, CONSTANTS, WEIGHTS
        As they say.
    """

    NONE = 0
    VECTOR = 1
    CONSTANTS = 2
    WEIGHTS = 3


class MacReader(wiring.Component):
    """Count beats and rows. A request that has begun is held until it is taken.

    Beats of constants come before the row whose constant is the first in them.

    Parameters
    ----------
    config : MacArrayConfig
        Size of the array.

    Members
    -------
    start : ``In(1)``
        Begin with the vector.
    stop : ``In(1)``
        Ask for nothing any more.
    vector, constants, weights, stride : ``In(...)``
        Addresses, and the step from row to row, in beats.
    rows : ``In(16)``
        Rows.
    vector_beats, row_beats : ``In(18)``
        Beats of the vector and of a row.
    uses_constants : ``In(1)``
        There are constants.
    constants_log : ``In(3)``
        Logarithm of how many rows share a beat of them.
    allowed : ``In(1)``
        A new request may be made.
    ready : ``In(1)``
        A request is taken.
    valid : ``Out(1)``
        A beat is asked for.
    address : ``Out(...)``
        Which.
    part : ``Out(Part)``
        Of what; ``NONE`` when everything was asked for.
    held : ``Out(1)``
        It was asked for already in the cycle before.
    """

    latency = 0

    start: Signal
    stop: Signal
    vector: Signal
    constants: Signal
    weights: Signal
    stride: Signal
    rows: Signal
    vector_beats: Signal
    row_beats: Signal
    uses_constants: Signal
    constants_log: Signal
    allowed: Signal
    ready: Signal
    valid: Signal
    address: Signal
    part: Signal
    held: Signal

    def __init__(self, config: MacArrayConfig) -> None:
        address = range(config.memory_beats)
        super().__init__(
            {
                "start": In(1),
                "stop": In(1),
                "vector": In(address),
                "constants": In(address),
                "weights": In(address),
                "stride": In(address),
                "rows": In(SIZE_WIDTH),
                "vector_beats": In(LENGTH),
                "row_beats": In(LENGTH),
                "uses_constants": In(1),
                "constants_log": In(3),
                "allowed": In(1),
                "ready": In(1),
                "valid": Out(1),
                "address": Out(address),
                "part": Out(Part),
                "held": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        beat = Signal(LENGTH)  # of the vector or of the row
        row = Signal(SIZE_WIDTH)
        next_row = Signal(SIZE_WIDTH)
        row_start, next_constants = Signal.like(self.address), Signal.like(self.address)
        shares = Signal(SIZE_WIDTH)  # its bits number the rows that share a beat of constants
        m.d.comb += [
            next_row.eq(row + 1),
            shares.eq(((1 << self.constants_log) - 1)[:SIZE_WIDTH]),
            self.valid.eq((self.part != Part.NONE) & (self.allowed | self.held)),
        ]
        m.d.sync += self.held.eq(self.valid & ~self.ready)
        with m.Switch(self.part):
            with m.Case(Part.VECTOR):
                m.d.comb += self.address.eq(self.vector + beat)
            with m.Case(Part.CONSTANTS):
                m.d.comb += self.address.eq(next_constants)
            with m.Default():
                m.d.comb += self.address.eq(row_start + beat)

        first = Mux(self.uses_constants, Part.CONSTANTS, Part.WEIGHTS)
        with m.If(self.valid & self.ready):
            m.d.sync += beat.eq(beat + 1)
            with m.Switch(self.part):
                with m.Case(Part.VECTOR), m.If(beat + 1 == self.vector_beats):
                    m.d.sync += [beat.eq(0), self.part.eq(first)]
                with m.Case(Part.CONSTANTS):
                    m.d.sync += [
                        beat.eq(0),
                        next_constants.eq(next_constants + 1),
                        self.part.eq(Part.WEIGHTS),
                    ]
                with m.Case(Part.WEIGHTS), m.If(beat + 1 == self.row_beats):
                    m.d.sync += [
                        beat.eq(0),
                        row.eq(next_row),
                        row_start.eq(row_start + self.stride),
                    ]
                    with m.If(next_row == self.rows):
                        m.d.sync += self.part.eq(Part.NONE)
                    with m.Elif((next_row & shares) == 0):
                        m.d.sync += self.part.eq(first)
        with m.If(self.stop):
            m.d.sync += [self.part.eq(Part.NONE), self.held.eq(0)]
        with m.Elif(self.start):
            m.d.sync += [
                self.part.eq(Part.VECTOR),
                beat.eq(0),
                row.eq(0),
                row_start.eq(self.weights),
                next_constants.eq(self.constants),
            ]
        return m
