"""Attention head: the digital half of in-memory attention, from tokens to weighted sums."""

from dataclasses import dataclass
from typing import Any

from amaranth.hdl import Module, Mux, signed
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from rtl.attention_schedule import AttentionSchedule, AttentionScheduleConfig
from rtl.checks import check_ranges
from rtl.gain_cell_tile import GainCellTile, GainCellTileConfig, tile_declaration
from rtl.head_scaler import HeadScaler, HeadScalerConfig, scaling_layout
from rtl.pulse_counter import PulseCounter, PulseCounterConfig
from rtl.query_pulse_driver import QueryPulseDriver, QueryPulseDriverConfig
from rtl.streams import channel_shape
from rtl.tile_accumulator import TileAccumulator, TileAccumulatorConfig
from rtl.write_controller import WriteController, WriteControllerConfig

__all__ = [
    "AttentionHead",
    "AttentionHeadConfig",
    "arrays_signature",
    "head_scaling_layout",
    "token_layout",
]

LAST_EDGE_CYCLES = 1  # after the longest pulse of a phase


@dataclass(frozen=True, kw_only=True)
class AttentionHeadConfig:
    """Sizes of an :class:`AttentionHead`.

    Parameters
    ----------
    head_dim : int
        Values of a query, key, value or output, in 1..4096.
    window_tokens : int
        Tokens that are remembered, the present one included, in 1..65536.
    tile_tokens : int
        Tokens of a tile; divides ``window_tokens``.
    query_width : int
        Bits of a query code, in 1..8: pulses of 0 to ``2**query_width - 1`` cycles.
    stored_width : int
        Bits of a stored key or value code, in 1..8.
    longest_count : int
        Largest magnitude of a tile's output, in 1..255: 16 as the published equations round, 15
        for a counter of 4 bits and a sign.
    input_width, output_width : int
        Bits of the values of a token and of the outputs, two's complement, in 2..16.
    gain_width, offset_width, fraction_bits : int
        Formats of the four gains and offsets, as :class:`~rtl.head_scaler.HeadScalerConfig`.
    write_cycles : int
        Write pulse of a key or value, in 1..1024.
    drive_cycles : int
        The scores' pulses and a cycle for their last edge, in 1..4096.
    reset_cycles : int
        Least discharge of a converter before it integrates again, in 1..1024.
    tiles_outside : bool
        The wires to the tiles are a port; otherwise the tiles are black boxes in the netlist.
    """

    head_dim: int = 64
    window_tokens: int = 1024
    tile_tokens: int = 64
    query_width: int = 4
    stored_width: int = 3
    longest_count: int = 16
    input_width: int = 8
    output_width: int = 8
    gain_width: int = 12
    offset_width: int = 20
    fraction_bits: int = 10
    write_cycles: int = 10
    drive_cycles: int = 16
    reset_cycles: int = 2
    tiles_outside: bool = False

    def __post_init__(self) -> None:
        check_ranges(
            self,
            head_dim=(1, 4096),
            query_width=(1, 8),
            longest_count=(1, 255),
            input_width=(2, 16),
            output_width=(2, 16),
        )
        # Each part checks what it is given, by the same names.
        _ = self.writer, self.schedule, self.query_scaler, self.output_scaler

    @property
    def writer(self) -> WriteControllerConfig:
        """The write controller's."""
        return WriteControllerConfig(
            rows=self.head_dim,
            stored_width=self.stored_width,
            window_tokens=self.window_tokens,
            tile_tokens=self.tile_tokens,
            write_cycles=self.write_cycles,
        )

    @property
    def tiles(self) -> int:
        """Tiles of the head."""
        return self.writer.tiles

    @property
    def tile(self) -> GainCellTileConfig:
        """Each tile's."""
        return GainCellTileConfig(
            head_dim=self.head_dim, tile_tokens=self.tile_tokens, stored_width=self.stored_width
        )

    @property
    def query_driver(self) -> QueryPulseDriverConfig:
        """The query pulse driver's."""
        return QueryPulseDriverConfig(rows=self.head_dim, code_width=self.query_width)

    @property
    def counter(self) -> PulseCounterConfig:
        """The pulse counters', those of all tiles side by side."""
        return PulseCounterConfig(lanes=self.tiles * self.head_dim, longest=self.longest_count)

    @property
    def accumulator(self) -> TileAccumulatorConfig:
        """The tile accumulator's."""
        return TileAccumulatorConfig(
            lanes=self.head_dim, tiles=self.tiles, largest=self.longest_count
        )

    @property
    def query_scaler(self) -> HeadScalerConfig:
        """That of the scaler of queries."""
        return self._scaler(self.input_width, 0, (1 << self.query_width) - 1)

    @property
    def stored_scaler(self) -> HeadScalerConfig:
        """That of the scaler of keys and values."""
        return self._scaler(self.input_width, 0, (1 << self.stored_width) - 1)

    @property
    def output_scaler(self) -> HeadScalerConfig:
        """That of the scaler of sums."""
        limit = 1 << (self.output_width - 1)
        return self._scaler(self.accumulator.sum_shape.width, -limit, limit - 1)

    @property
    def schedule(self) -> AttentionScheduleConfig:
        """The schedule's."""
        return AttentionScheduleConfig(
            write_cycles=self.write_cycles,
            integrate_cycles=self.query_driver.longest + LAST_EDGE_CYCLES,
            drive_cycles=self.drive_cycles,
            count_cycles=self.longest_count,
            reset_cycles=self.reset_cycles,
            digital_cycles=self.accumulator.stages + HeadScaler.latency,
        )

    def _scaler(self, in_width: int, code_min: int, code_max: int) -> HeadScalerConfig:
        return HeadScalerConfig(
            lanes=self.head_dim,
            in_width=in_width,
            gain_width=self.gain_width,
            offset_width=self.offset_width,
            fraction_bits=self.fraction_bits,
            code_min=code_min,
            code_max=code_max,
        )


def token_layout(config: AttentionHeadConfig) -> data.StructLayout:
    """Return the layout of a token's ``query``, ``key`` and ``value``, as ``config`` sizes them."""
    vector = data.ArrayLayout(signed(config.input_width), config.head_dim)
    return data.StructLayout({"query": vector, "key": vector, "value": vector})


def head_scaling_layout(config: AttentionHeadConfig) -> data.StructLayout:
    """Return the layout of the gains and offsets of a head, as ``config`` sizes them.

    The members are ``query``, ``key``, ``value`` and ``output``, each a ``gain`` and an
    ``offset``.
    """
    each = scaling_layout(config.query_scaler)
    return data.StructLayout({"query": each, "key": each, "value": each, "output": each})


def arrays_signature(config: AttentionHeadConfig) -> wiring.Signature:
    """Return the wires to all tiles, as ``config`` sizes them, as the head sees them.

    Those of :class:`~rtl.gain_cell_tile.GainCellTile`; of ``write_key``, ``write_value``,
    ``valid``, ``pulses`` and ``signs`` each tile has its own, tile 0's the lowest bits.
    """
    phases = ("integrate", "drive", "count", "reset_scores", "reset_sums")
    return wiring.Signature(
        {
            "codes": Out(config.head_dim * config.stored_width),
            "column": Out(channel_shape(config.tile_tokens)),
            "write_key": Out(config.tiles),
            "write_value": Out(config.tiles),
            "valid": Out(config.window_tokens),
            "rows": Out(config.head_dim),
            **{phase: Out(1) for phase in phases},
            "pulses": In(config.tiles * config.head_dim),
            "signs": In(config.tiles * config.head_dim),
        }
    )


class AttentionHead(wiring.Component):
    """Attend: each token's outputs are the values of the window, weighted by its query.

    Query, key and value are scaled and become codes. Key and value are written over the oldest
    token of the window, whose columns are spread over tiles of gain cells; the query's pulses
    drive all tiles at once, and what each tile gives back is counted, added over the tiles and
    scaled. Scaling must not change while a token is on its way.

    Latency is :attr:`latency` cycles, by default, from the cycle in which a token is offered to a
    head at rest (it is accepted in the next) to that in which its outputs are offered;
    ``config.schedule`` has those of other sizes. Throughput is one token every
    ``config.schedule.interval_cycles``. Back-pressure on ``o`` stalls ``i``; what has begun is
    finished, and nothing is lost.

    The bit-exact model is :func:`verification.golden.attention_head.attention_head`.

    Parameters
    ----------
    config : AttentionHeadConfig
        Sizes.

    Members
    -------
    i : ``In(stream.Signature(token_layout(config)))``
        Tokens.
    o : ``Out(stream.Signature(data.ArrayLayout(signed(config.output_width), config.head_dim)))``
        Outputs of each token.
    scaling : ``In(head_scaling_layout(config))``
        Gains and offsets.
    arrays : ``Out(arrays_signature(config))``
        Wires to the tiles; a port only where ``config.tiles_outside`` is set.
    """

    latency = AttentionHeadConfig().schedule.latency_cycles
    throughput = f"1 token/{AttentionHeadConfig().schedule.interval_cycles} cycles"

    i: stream.Interface
    o: stream.Interface
    scaling: Any
    arrays: Any

    def __init__(self, config: AttentionHeadConfig | None = None) -> None:
        self.config = config = config or AttentionHeadConfig()
        outputs = data.ArrayLayout(signed(config.output_width), config.head_dim)
        arrays = arrays_signature(config)
        super().__init__(
            {
                "i": In(stream.Signature(token_layout(config))),
                "o": Out(stream.Signature(outputs)),
                "scaling": In(head_scaling_layout(config)),
                **({"arrays": Out(arrays)} if config.tiles_outside else {}),
            }
        )
        if not config.tiles_outside:
            self.arrays = arrays.create(path=("arrays",))
        self.latency = config.schedule.latency_cycles
        self.throughput = f"1 token/{config.schedule.interval_cycles} cycles"

    @property
    def black_boxes(self) -> tuple[str, ...]:
        """Verilog declarations of the macros that the netlist asks for."""
        return () if self.config.tiles_outside else (tile_declaration(self.config.tile),)

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config, arrays = self.config, self.arrays
        m.submodules.schedule = schedule = AttentionSchedule(config.schedule)
        m.d.comb += [
            schedule.offered.eq(self.i.valid),
            self.i.ready.eq(schedule.accept),
            schedule.left.eq(self.o.valid & self.o.ready),
        ]
        for phase in ("integrate", "drive", "count", "reset_scores", "reset_sums"):
            m.d.comb += getattr(arrays, phase).eq(getattr(schedule, phase))
        self._add_query(m, schedule)
        self._add_writes(m, schedule)
        self._add_outputs(m)
        if not config.tiles_outside:
            self._add_tiles(m)
        return m

    def _add_query(self, m: Module, schedule: AttentionSchedule) -> None:
        m.submodules.query_scaler = scaler = HeadScaler(self.config.query_scaler)
        m.submodules.query_driver = driver = QueryPulseDriver(self.config.query_driver)
        wiring.connect(m, scaler.o, driver.i)
        m.d.comb += [
            scaler.i.payload["values"].eq(self.i.payload.query),
            scaler.i.payload.scaling.eq(self.scaling.query),
            scaler.i.valid.eq(schedule.load),
            driver.start.eq(schedule.start_query),
            self.arrays.rows.eq(driver.rows),
        ]

    def _add_writes(self, m: Module, schedule: AttentionSchedule) -> None:
        """Add what writes keys and values: one scaler, whose output holds what is written."""
        m.submodules.stored_scaler = scaler = HeadScaler(self.config.stored_scaler)
        m.submodules.writer = writer = WriteController(self.config.writer)
        wiring.connect(m, scaler.o, writer.i)
        token, scaling, key = self.i.payload, self.scaling, schedule.load
        m.d.comb += [
            scaler.i.payload["values"].eq(Mux(key, token.key.as_value(), token.value.as_value())),
            scaler.i.payload.scaling.eq(Mux(key, scaling.key.as_value(), scaling.value.as_value())),
            scaler.i.valid.eq(schedule.load | schedule.accept),
            writer.start_key.eq(schedule.start_key),
            writer.start_value.eq(schedule.start_value),
        ]
        for wire in ("codes", "column", "write_key", "write_value", "valid"):
            m.d.comb += getattr(self.arrays, wire).eq(getattr(writer, wire))

    def _add_outputs(self, m: Module) -> None:
        """Add counters, tree and scaler; the schedule lets no more in than they can hold."""
        config, arrays = self.config, self.arrays
        m.submodules.accumulator = accumulator = TileAccumulator(config.accumulator)
        m.submodules.output_scaler = scaler = HeadScaler(config.output_scaler)
        m.submodules.counter = counter = PulseCounter(config.counter)
        m.d.comb += [
            counter.count.eq(arrays.count),
            counter.pulses.eq(arrays.pulses),
            counter.signs.eq(arrays.signs),
            accumulator.i.payload.eq(counter.counts.as_value()),
            accumulator.i.valid.eq(counter.done),
        ]
        m.d.comb += [
            scaler.i.payload["values"].eq(accumulator.o.payload.as_value()),
            scaler.i.payload.scaling.eq(self.scaling.output),
            scaler.i.valid.eq(accumulator.o.valid),
            accumulator.o.ready.eq(scaler.i.ready),
        ]
        wiring.connect(m, scaler.o, wiring.flipped(self.o))

    def _add_tiles(self, m: Module) -> None:
        config, arrays = self.config, self.arrays
        for tile in range(config.tiles):
            m.submodules[f"tile_{tile}"] = macro = GainCellTile(config.tile)
            for name, member in macro.signature.members.items():
                shared, own = getattr(arrays, name), getattr(macro, name)
                width = len(own)
                # What each tile has of its own is as many times as wide.
                wires = shared[tile * width : (tile + 1) * width]
                wires = shared if len(shared) == width else wires
                m.d.comb += own.eq(wires) if member.flow is In else wires.eq(own)
