"""MAC writer: gathers outputs, or updated weights, into beats that are written."""

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from rtl.mac_array_config import MacArrayConfig, OutputWidth
from rtl.mac_lanes import GROUP

__all__ = ["MacWriter"]

BYTE = 8


class MacWriter(wiring.Component):
    """Put pieces side by side until the beat is complete; hold it until it is written.

    A piece is taken in the cycle in which it is offered; an output waits while a complete beat
    does, a piece of weights does not come then.

    Parameters
    ----------
    config : MacArrayConfig
        Size of the array.

    Members
    -------
    start : ``In(1)``
        Begin with nothing at ``output``.
    output : ``In(...)``
        Beat at which outputs begin.
    output_width : ``In(2)``
        An :class:`~rtl.mac_array_config.OutputWidth`.
    offered : ``In(1)``
        An output is there.
    result : ``In(32)``
        It.
    last : ``In(1)``
        It is the last.
    taken : ``Out(1)``
        It is taken.
    completes : ``Out(1)``
        The beat will be complete with it.
    updated : ``In(1)``
        A piece of weights is there.
    weights : ``In(4 * lanes)``
        It.
    wide : ``In(1)``
        Its weights have 16 bits.
    place : ``In(2)``
        Which piece of the beat.
    count : ``In(...)``
        How many of its weights count.
    final : ``In(1)``
        It is the beat's last.
    beat : ``In(...)``
        Where the beat is from.
    ready : ``In(1)``
        The beat is written if it is complete.
    full : ``Out(1)``
        The beat is complete.
    address : ``Out(...)``
        Where it belongs.
    mask, data : ``Out(...)``
        Bytes that are written.
    """

    latency = 1

    start: Signal
    output: Signal
    output_width: Signal
    offered: Signal
    result: Signal
    last: Signal
    taken: Signal
    completes: Signal
    updated: Signal
    weights: Signal
    wide: Signal
    place: Signal
    count: Signal
    final: Signal
    beat: Signal
    ready: Signal
    full: Signal
    address: Signal
    mask: Signal
    data: Signal

    def __init__(self, config: MacArrayConfig) -> None:
        self.config = config
        beat = range(config.memory_beats)
        super().__init__(
            {
                "start": In(1),
                "output": In(beat),
                "output_width": In(2),
                "offered": In(1),
                "result": In(32),
                "last": In(1),
                "taken": Out(1),
                "completes": Out(1),
                "updated": In(1),
                "weights": In(4 * config.lanes),
                "wide": In(1),
                "place": In(2),
                "count": In(range(config.lanes + 1)),
                "final": In(1),
                "beat": In(beat),
                "ready": In(1),
                "full": Out(1),
                "address": Out(beat),
                "mask": Out(config.lanes),
                "data": Out(config.beat_bits),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        lanes = self.config.lanes
        slot = Signal(range(lanes))  # of the next output
        last_slot = Signal(range(lanes))
        written = self.full & self.ready
        m.d.comb += [
            last_slot.eq((lanes >> self.output_width) - 1),
            self.taken.eq(self.offered & (~self.full | self.ready)),
            self.completes.eq(self.last | (slot == last_slot)),
        ]

        piece = Signal(self.config.beat_bits)
        places = Signal(lanes)  # bytes that it fills
        with m.If(self.updated):
            quarter, half = lanes // GROUP, lanes // 2
            m.d.comb += [
                piece.eq(Mux(self.wide, self.weights.replicate(2), self._narrow().replicate(4))),
                places.eq(
                    Mux(
                        self.wide,
                        _first_bytes(self.count << 1, half) << Mux(self.place[0], half, 0),
                        _first_bytes(self.count, quarter) << quarter * self.place,
                    )
                ),
            ]
        with m.Else(), m.Switch(self.output_width):
            for width in OutputWidth:
                size = 1 << width
                with m.Case(width):
                    m.d.comb += [
                        piece.eq(self.result[: BYTE * size].replicate(lanes // size)),
                        places.eq(((1 << size) - 1) << (slot << width)),
                    ]

        with m.If(written):
            m.d.sync += [self.full.eq(0), self.mask.eq(0), self.address.eq(self.address + 1)]
        with m.If(self.taken | self.updated):
            m.d.sync += self.mask.eq(Mux(written, 0, self.mask) | places)
            for byte in range(lanes):
                with m.If(places[byte]):
                    m.d.sync += self.data.word_select(byte, BYTE).eq(piece.word_select(byte, BYTE))
        with m.If(self.taken):
            m.d.sync += [
                slot.eq(Mux(self.completes, 0, slot + 1)),
                self.full.eq(self.completes),
            ]
        with m.If(self.updated):
            m.d.sync += [self.full.eq(self.final), self.address.eq(self.beat)]
        with m.If(self.start):
            m.d.sync += [
                self.full.eq(0),
                self.mask.eq(0),
                slot.eq(0),
                self.address.eq(self.output),
            ]
        return m

    def _narrow(self) -> Value:
        """Return the weights of 8 bits."""
        return self.weights[: 2 * self.config.lanes]


def _first_bytes(count: Value, limit: int) -> Value:
    """Return the mask of the first ``count`` of ``limit`` bytes."""
    return Cat(count > byte for byte in range(limit))
