"""Tile accumulator: adds the counts of all tiles of a head, lane by lane, in a pipelined tree."""

from dataclasses import dataclass

from amaranth.hdl import Module, Shape, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from rtl.checks import check_ranges

__all__ = ["TileAccumulator", "TileAccumulatorConfig"]


@dataclass(frozen=True, kw_only=True)
class TileAccumulatorConfig:
    """Sizes of a :class:`TileAccumulator`.

    Parameters
    ----------
    lanes : int
        Outputs of a tile, in 1..4096.
    tiles : int
        Tiles, in 1..4096.
    largest : int
        Largest magnitude of an output of a tile, in 1..32767.
    fan_in : int
        Numbers that are added between two registers, in 2..16: 4 make two adders in a row.
    """

    lanes: int = 64
    tiles: int = 16
    largest: int = 16
    fan_in: int = 4

    def __post_init__(self) -> None:
        check_ranges(
            self, lanes=(1, 4096), tiles=(1, 4096), largest=(1, (1 << 15) - 1), fan_in=(2, 16)
        )

    @property
    def in_shape(self) -> Shape:
        """Shape of an output of a tile."""
        return Shape.cast(range(-self.largest, self.largest + 1))

    @property
    def sum_shape(self) -> Shape:
        """Shape of a sum."""
        return Shape.cast(range(-self.largest * self.tiles, self.largest * self.tiles + 1))

    @property
    def stages(self) -> int:
        """Registers from input to output."""
        stages, left = 1, -(-self.tiles // self.fan_in)
        while left > 1:
            stages, left = stages + 1, -(-left // self.fan_in)
        return stages


class TileAccumulator(wiring.Component):
    """Add the outputs of all tiles.

    Each stage adds groups of ``fan_in`` numbers; nothing is rounded and nothing overflows. Latency
    is :attr:`latency` cycles by default, ``config.stages`` in general; throughput is one sum of
    all lanes a cycle. Back-pressure on ``o`` stalls ``i``.

    The bit-exact model is :func:`verification.golden.tile_accumulator.tile_accumulator`.

    Parameters
    ----------
    config : TileAccumulatorConfig
        Sizes.

    Members
    -------
    i : ``In(stream.Signature(ArrayLayout(ArrayLayout(config.in_shape, lanes), tiles)))``
        Outputs of all tiles.
    o : ``Out(stream.Signature(data.ArrayLayout(config.sum_shape, config.lanes)))``
        Their sums.
    """

    latency = TileAccumulatorConfig().stages
    throughput = "1 sum of all lanes/cycle"

    i: stream.Interface
    o: stream.Interface

    def __init__(self, config: TileAccumulatorConfig | None = None) -> None:
        self.config = config = config or TileAccumulatorConfig()
        tile = data.ArrayLayout(config.in_shape, config.lanes)
        super().__init__(
            {
                "i": In(stream.Signature(data.ArrayLayout(tile, config.tiles))),
                "o": Out(stream.Signature(data.ArrayLayout(config.sum_shape, config.lanes))),
            }
        )
        self.latency = config.stages

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self.config
        terms = [
            [self.i.payload[tile][lane] for tile in range(config.tiles)]
            for lane in range(config.lanes)
        ]
        valid, largest = self.i.valid, config.largest
        ready = Signal()
        m.d.comb += self.i.ready.eq(ready)
        for stage in range(config.stages):
            largest *= config.fan_in
            shape = Shape.cast(range(-largest, largest + 1))
            full = Signal(name=f"full_{stage}")
            next_ready = Signal(name=f"ready_{stage}")
            m.d.comb += ready.eq(next_ready | ~full)
            sums = [
                [
                    Signal(shape, name=f"sum_{stage}_{lane}_{group}")
                    for group in range(-(-len(terms[lane]) // config.fan_in))
                ]
                for lane in range(config.lanes)
            ]
            with m.If(ready):
                m.d.sync += full.eq(valid)
                m.d.sync += [
                    total.eq(sum(terms[lane][config.fan_in * n : config.fan_in * (n + 1)]))
                    for lane in range(config.lanes)
                    for n, total in enumerate(sums[lane])
                ]
            terms, valid, ready = sums, full, next_ready
        m.d.comb += [self.o.valid.eq(valid), ready.eq(self.o.ready)]
        m.d.comb += [self.o.payload[lane].eq(terms[lane][0]) for lane in range(config.lanes)]
        return m
