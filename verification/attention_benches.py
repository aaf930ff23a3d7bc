"""On which components the benches of the attention head and its parts are run."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from rtl.attention_head import AttentionHead, AttentionHeadConfig
from rtl.attention_schedule import AttentionSchedule, AttentionScheduleConfig
from rtl.gain_cell_twin import GainCellTwin, GainCellTwinConfig
from rtl.head_scaler import HeadScaler, HeadScalerConfig
from rtl.pulse_counter import PulseCounter, PulseCounterConfig
from rtl.query_pulse_driver import QueryPulseDriver, QueryPulseDriverConfig
from rtl.tile_accumulator import TileAccumulator, TileAccumulatorConfig
from rtl.write_controller import WriteController, WriteControllerConfig

__all__ = ["ATTENTION_COMPONENTS"]

ATTENTION_COMPONENTS: Mapping[str, Mapping[str, Callable[[], Any]]] = MappingProxyType(
    {
        "attention_head": {
            "three_tiles": lambda: AttentionHead(
                AttentionHeadConfig(
                    head_dim=16,
                    window_tokens=24,
                    tile_tokens=8,
                    longest_count=15,
                    output_width=6,
                    tiles_outside=True,
                )
            ),
            "one_tile": lambda: AttentionHead(
                AttentionHeadConfig(
                    head_dim=12,
                    window_tokens=2,
                    tile_tokens=2,
                    write_cycles=3,
                    reset_cycles=1,
                    tiles_outside=True,
                )
            ),
        },
        "query_pulse_driver": {
            "five_rows": lambda: QueryPulseDriver(QueryPulseDriverConfig(rows=5)),
        },
        "write_controller": {
            "three_tiles": lambda: WriteController(
                WriteControllerConfig(rows=3, window_tokens=9, tile_tokens=3, write_cycles=4)
            ),
        },
        "attention_schedule": {
            "default": AttentionSchedule,
            "shortest": lambda: AttentionSchedule(
                AttentionScheduleConfig(
                    write_cycles=1,
                    integrate_cycles=3,
                    drive_cycles=1,
                    count_cycles=1,
                    reset_cycles=1,
                    digital_cycles=1,
                )
            ),
        },
        "pulse_counter": {
            "five_lanes": lambda: PulseCounter(PulseCounterConfig(lanes=5, longest=15)),
        },
        "tile_accumulator": {
            "six_tiles": lambda: TileAccumulator(TileAccumulatorConfig(lanes=3, tiles=6)),
        },
        "head_scaler": {
            "three_lanes": lambda: HeadScaler(HeadScalerConfig(lanes=3)),
        },
        "gain_cell_twin": {
            "five_tokens": lambda: GainCellTwin(
                GainCellTwinConfig(
                    head_dim=6, tile_tokens=5, window_tokens=12, decay_per_token=0.02
                )
            ),
        },
    }
)
"""Block, variant, component."""
