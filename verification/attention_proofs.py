"""What is proven of the attention head and its parts, on the smallest that have it all."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from amaranth.hdl import Assert, Cover, Module, Mux, Signal

from rtl.attention_head import AttentionHead, AttentionHeadConfig
from rtl.head_scaler import HeadScaler, HeadScalerConfig
from rtl.tile_accumulator import TileAccumulator, TileAccumulatorConfig
from verification.block_proofs import BlockProof
from verification.stream_properties import StreamHarness

__all__ = ["ATTENTION_PROOFS"]

TINY_HEAD = AttentionHeadConfig(
    head_dim=1,
    window_tokens=2,
    tile_tokens=1,
    query_width=2,
    stored_width=1,
    longest_count=1,
    input_width=2,
    output_width=2,
    gain_width=3,
    offset_width=2,
    fraction_bits=1,
    write_cycles=1,
    drive_cycles=2,
    reset_cycles=1,
    tiles_outside=True,
)


def arrays_are_safe(m: Module, _harness: Any, dut: Any) -> None:
    """Demand that no cell is written while it is read, and that no charge or result is lost."""
    config: AttentionHeadConfig = dut.config
    arrays = dut.arrays
    one_line = Signal(range(config.tiles + 1))
    m.d.comb += one_line.eq(sum([*arrays.write_key, *arrays.write_value]))
    m.d.comb += [
        Assert(~(arrays.write_key.any() & arrays.integrate), "no key while keys are read"),
        Assert(~(arrays.write_value.any() & arrays.drive), "no value while values are read"),
        Assert(one_line <= 1, "one column of one tile is written at a time"),
        Assert(~(arrays.rows.any() & ~arrays.integrate), "queries pulse within their phase"),
        Assert(~(arrays.integrate & arrays.drive), "scores are not integrated while they drive"),
        Assert(~(arrays.drive & arrays.count), "sums are not integrated while they are counted"),
        Assert(~((arrays.integrate | arrays.drive) & arrays.reset_scores), "scores are held"),
        Assert(~((arrays.drive | arrays.count) & arrays.reset_sums), "sums are held"),
    ]
    held_by = ((arrays.integrate, arrays.reset_scores), (arrays.drive, arrays.reset_sums))
    for phase, reset in held_by:
        discharged, held = Signal(range(config.reset_cycles + 1), name="discharged"), Signal()
        m.d.sync += [
            held.eq(phase),
            discharged.eq(
                Mux(reset, Mux(discharged == config.reset_cycles, discharged, discharged + 1), 0)
            ),
        ]
        with m.If(phase & ~held):
            m.d.comb += Assert(discharged == config.reset_cycles, "a converter is discharged first")
    # While a column is written or read, nothing that it depends on moves.
    lines = arrays.codes, arrays.column, arrays.valid
    before = [Signal.like(line) for line in lines]
    wrote, drove = Signal(), Signal()
    m.d.sync += [
        *(old.eq(new) for old, new in zip(before, lines, strict=True)),
        wrote.eq(one_line != 0),
        drove.eq(arrays.drive),
    ]
    with m.If(wrote):
        m.d.comb += Assert(arrays.codes == before[0], "codes hold until the pulse has ended")
        m.d.comb += Assert(arrays.column == before[1], "the column holds as well")
    with m.If(arrays.drive & drove):
        m.d.comb += Assert(arrays.valid == before[2], "what is valid holds while values are read")

    begun, given = Signal(8), Signal(8)
    m.d.sync += [
        begun.eq(begun + (dut.i.valid & dut.i.ready)),
        given.eq(given + (dut.o.valid & dut.o.ready)),
    ]
    m.d.comb += [
        Assert(given <= begun, "nothing is given twice"),
        Assert(begun - given <= config.schedule.tokens_in_flight, "nothing is lost"),
        Cover(given == 2, "two tokens are through"),
        Cover(begun - given == config.schedule.tokens_in_flight, "the head is full"),
    ]


def tiny_head() -> StreamHarness:
    """Return a head of two columns with its properties."""
    return StreamHarness(AttentionHead(TINY_HEAD), arrays_are_safe)


ATTENTION_PROOFS: Mapping[str, BlockProof] = MappingProxyType(
    {
        "head_scaler_keeps_the_stream_rules": BlockProof(
            block="head_scaler",
            make=lambda: StreamHarness(
                HeadScaler(
                    HeadScalerConfig(
                        lanes=1,
                        in_width=2,
                        gain_width=2,
                        offset_width=2,
                        fraction_bits=1,
                        code_max=1,
                    )
                )
            ),
            mode="induction",
            depth=3,
        ),
        "tile_accumulator_keeps_the_stream_rules": BlockProof(
            block="tile_accumulator",
            make=lambda: StreamHarness(
                TileAccumulator(TileAccumulatorConfig(lanes=1, tiles=3, largest=1, fan_in=2))
            ),
            mode="induction",
            depth=3,
        ),
        "attention_head_is_safe_for_its_arrays": BlockProof(
            block="attention_head", make=tiny_head, mode="bounded", depth=36
        ),
        "attention_head_gets_tokens_through": BlockProof(
            block="attention_head", make=tiny_head, mode="cover", depth=36
        ),
    }
)
"""By what they say."""
