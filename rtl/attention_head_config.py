"""Attention head configuration: its sizes, those of its parts, and the layouts of its ports."""

from collections.abc import Mapping
from dataclasses import dataclass

from amaranth.hdl import signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from rtl.attention_registers import attention_registers
from rtl.attention_schedule import AttentionScheduleConfig
from rtl.checks import check_ranges
from rtl.gain_cell_tile import GainCellTileConfig
from rtl.head_scaler import HeadScaler, HeadScalerConfig
from rtl.pulse_counter import PulseCounterConfig
from rtl.query_pulse_driver import QueryPulseDriverConfig
from rtl.registers import RegisterMap
from rtl.streams import channel_shape
from rtl.tile_accumulator import TileAccumulatorConfig
from rtl.write_controller import WriteControllerConfig

__all__ = ["AttentionHeadConfig", "arrays_signature", "token_layout"]

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
        Formats of the four gains and offsets, as :class:`~rtl.head_scaler.HeadScalerConfig`. A gain
        of one and an offset of half the stored codes must fit, and both in a word of 32 bits.
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
            stored_width=(1, 8),
            gain_width=(3, 24),
            fraction_bits=(1, self.gain_width - 2),
            offset_width=(self.fraction_bits + self.stored_width, 32 - self.gain_width),
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

    @property
    def registers(self) -> RegisterMap:
        """The register map."""
        return attention_registers(
            head_dim=self.head_dim,
            window_tokens=self.window_tokens,
            gain_width=self.gain_width,
            offset_width=self.offset_width,
            fraction_bits=self.fraction_bits,
            stored_width=self.stored_width,
            in_flight_width=self.schedule.tokens_in_flight.bit_length(),
        )

    def register_writes(self, scaling: Mapping[str, Mapping[str, int]]) -> list[tuple[int, int]]:
        """Return the (byte address, word) writes that set some gains and offsets.

        Parameters
        ----------
        scaling : mapping
            ``gain`` and ``offset`` of any of ``query``, ``key``, ``value`` and ``output``, as
            signed integers with ``fraction_bits`` fraction bits.

        Returns
        -------
        list of tuple of int
            The writes.

        Raises
        ------
        ValueError
            If a gain or offset does not fit.
        """
        registers, writes = self.registers, []
        for name, values in scaling.items():
            register = registers.register(name)
            for field, value in values.items():
                limit = 1 << (register.field(field).width - 1)
                if not -limit <= value < limit:
                    raise ValueError(
                        f"{field} of {name} must be in {-limit}..{limit - 1}, not {value!r}"
                    )
            words = {
                field: value & register.field(field).max_value for field, value in values.items()
            }
            writes.append((registers.address_of(name), register.pack(words)))
        return writes

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
