"""Write controller: writes each token's key and value over the oldest column of a ring."""

from dataclasses import dataclass

from amaranth.hdl import Cat, Module, Mux, Signal, unsigned
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from rtl.checks import check_ranges
from rtl.streams import channel_shape

__all__ = ["WriteController", "WriteControllerConfig"]


@dataclass(frozen=True, kw_only=True)
class WriteControllerConfig:
    """Sizes of a :class:`WriteController`.

    Parameters
    ----------
    rows : int
        Cells of a column: values of a key or value, in 1..4096.
    stored_width : int
        Bits of a stored code, in 1..8.
    window_tokens : int
        Columns of the ring, in 1..65536.
    tile_tokens : int
        Columns of a tile; divides ``window_tokens``.
    write_cycles : int
        Cycles of a write pulse, in 1..1024.
    """

    rows: int = 64
    stored_width: int = 3
    window_tokens: int = 1024
    tile_tokens: int = 64
    write_cycles: int = 10

    def __post_init__(self) -> None:
        check_ranges(
            self,
            rows=(1, 4096),
            stored_width=(1, 8),
            window_tokens=(1, 1 << 16),
            tile_tokens=(1, self.window_tokens),
            write_cycles=(1, 1024),
        )
        if self.window_tokens % self.tile_tokens:
            raise ValueError(
                f"tile_tokens must divide window_tokens {self.window_tokens}, "
                f"but {self.tile_tokens!r} does not"
            )

    @property
    def tiles(self) -> int:
        """Tiles of the ring."""
        return self.window_tokens // self.tile_tokens


class WriteController(wiring.Component):
    """Drive the write lines of the arrays: codes, column, one pulse a vector, and valid columns.

    Vectors arrive in turn, key, value, key, value; each is written when its start comes, with a
    pulse of ``write_cycles`` cycles on the line of the tile that holds the column. Codes and column
    hold from before the pulse to a cycle after it. When the value's pulse has ended, the column
    counts as valid and the ring moves on: half a token is never valid. A start must not come while
    a pulse is on its way, and the codes must be offered when its pulse begins.

    Latency is :attr:`latency` cycle from a start to the first cycle of its pulse; throughput, one
    vector in ``write_cycles + 1`` cycles.

    The bit-exact model is :func:`verification.golden.write_controller.write_controller`.

    Parameters
    ----------
    config : WriteControllerConfig
        Sizes.

    Members
    -------
    i : ``In(stream.Signature(data.ArrayLayout(config.stored_width, config.rows)))``
        Codes of a key, then of its value, and so on.
    start_key, start_value : ``In(1)``
        Begin the pulse with the next cycle.
    codes : ``Out(config.rows * config.stored_width)``
        Inputs of the converters that drive the columns: those offered at ``i``.
    column : ``Out(range(config.tile_tokens))``
        Column within its tile that is written.
    write_key, write_value : ``Out(config.tiles)``
        The pulses, one line a tile.
    valid : ``Out(config.window_tokens)``
        Columns that hold a whole token, all tiles in turn.
    """

    latency = 1
    throughput = "1 vector/11 cycles"

    i: stream.Interface
    start_key: Signal
    start_value: Signal
    codes: Signal
    column: Signal
    write_key: Signal
    write_value: Signal
    valid: Signal

    def __init__(self, config: WriteControllerConfig | None = None) -> None:
        self.config = config = config or WriteControllerConfig()
        codes = data.ArrayLayout(unsigned(config.stored_width), config.rows)
        super().__init__(
            {
                "i": In(stream.Signature(codes)),
                "start_key": In(1),
                "start_value": In(1),
                "codes": Out(codes.size),
                "column": Out(channel_shape(config.tile_tokens)),
                "write_key": Out(config.tiles),
                "write_value": Out(config.tiles),
                "valid": Out(config.window_tokens),
            }
        )
        self.throughput = f"1 vector/{config.write_cycles + 1} cycles"

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self.config
        tile = Signal(config.tiles, init=1)  # one line high
        passed = Signal(range(config.write_cycles + 2))  # cycles of the pulse, this one included
        writes_value = Signal()
        m.d.comb += [
            self.codes.eq(self.i.payload.as_value()),
            self.i.ready.eq(passed == config.write_cycles + 1),
        ]
        with m.If(self.start_key | self.start_value):
            m.d.sync += [
                passed.eq(1),
                writes_value.eq(self.start_value),
                self.write_key.eq(Mux(self.start_key, tile, 0)),
                self.write_value.eq(Mux(self.start_value, tile, 0)),
            ]
        with m.Elif(passed != 0):
            m.d.sync += passed.eq(Mux(self.i.ready, 0, passed + 1))
            with m.If(passed == config.write_cycles):
                m.d.sync += [self.write_key.eq(0), self.write_value.eq(0)]
            with m.If(self.i.ready & writes_value):
                m.d.sync += self.column.eq(self.column + 1)
                m.d.sync += self.valid.eq(Cat(1, self.valid))  # the ring fills in order
                with m.If(self.column == config.tile_tokens - 1):
                    m.d.sync += [self.column.eq(0), tile.eq(tile.rotate_left(1))]
        return m
