"""Every block of the kit: what it does, how a design makes one, and what shows that it is right."""

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from amaranth.lib import wiring

from rtl.attention_head import AttentionHead
from rtl.attention_schedule import AttentionSchedule
from rtl.band_pass import BandPass
from rtl.detection_chain import DetectionChain
from rtl.event_packer import EventPacker
from rtl.frame_tagger import FrameTagger, FrameTaggerConfig
from rtl.gain_cell_twin import GainCellTwin, GainCellTwinConfig
from rtl.head_scaler import HeadScaler
from rtl.mac_array import MacArray
from rtl.mac_array_config import MacArrayConfig
from rtl.mac_array_registers import mac_array_registers
from rtl.processor import Processor
from rtl.processor_core import ProcessorCore
from rtl.processor_map import PERIPHERALS, ProcessorMap
from rtl.pulse_counter import PulseCounter
from rtl.query_pulse_driver import QueryPulseDriver
from rtl.register_bank import RegisterBank
from rtl.registers import RegisterMap
from rtl.snippet_buffer import SnippetBuffer
from rtl.spike_detector import SpikeDetector
from rtl.spike_processor import SpikeProcessor
from rtl.spike_processor_config import SpikeProcessorConfig
from rtl.tile_accumulator import TileAccumulator
from rtl.write_controller import WriteController
from system.block import Block
from system.codec_blocks import CODEC_BLOCKS
from system.design import Design
from system.errors import UserError
from verification.rvfi_core import RvfiCore

__all__ = ["BLOCKS", "Block", "BlockRow", "block_rows", "block_table_markdown", "find_block"]


def _frame_tagger(design: Design) -> wiring.Component:
    config = FrameTaggerConfig(
        channels=design.band_pass.channels, sample_width=design.band_pass.sample_width
    )
    return FrameTagger(config)


def _processor_core(design: Design) -> wiring.Component:
    core = ProcessorCore(design.processor.core)
    return RvfiCore(core) if core.config.trace else core  # with the names that others' tools know


def _spike_processor(design: Design) -> SpikeProcessorConfig:
    try:
        return SpikeProcessorConfig(chain=design.chain, processor=design.processor)
    except ValueError as error:
        raise UserError(f"{error}, for a spike_processor") from error


def _bases(maps: Iterable[RegisterMap]) -> tuple[int, ...]:
    """Return where a program finds registers: in the page of their device, or around it all."""
    base_of = ProcessorMap().base_of
    return tuple(base_of(each.name if each.name in PERIPHERALS else "outside") for each in maps)


def _registers(design: Design) -> tuple[RegisterMap, ...]:
    return (design.chain.registers,)


def _gain_cell_twin(design: Design) -> GainCellTwin:
    head = design.attention_head
    if (head.query_width, head.stored_width) != (4, 3):
        raise UserError(
            "attention_head.query_width and stored_width must be 4 and 3 for a gain_cell_twin, "
            f"not {head.query_width} and {head.stored_width}"
        )
    try:
        config = GainCellTwinConfig(
            head_dim=head.head_dim,
            tile_tokens=head.tile_tokens,
            window_tokens=head.window_tokens,
            longest_count=head.longest_count,
        )
    except ValueError as error:
        raise UserError(f"attention_head, for a gain_cell_twin: {error}") from error
    return GainCellTwin(config)


BLOCKS = {
    block.name: block
    for block in (
        Block(
            name="detection_chain",
            component=DetectionChain,
            make=lambda design: DetectionChain(design.chain),
            registers=_registers,
        ),
        Block(name="frame_tagger", component=FrameTagger, make=_frame_tagger),
        Block(name="band_pass", component=BandPass, make=lambda design: BandPass(design.band_pass)),
        Block(
            name="spike_detector",
            component=SpikeDetector,
            make=lambda design: SpikeDetector(design.spike_detector),
        ),
        Block(
            name="snippet_buffer",
            component=SnippetBuffer,
            make=lambda design: SnippetBuffer(design.snippet_buffer),
        ),
        Block(
            name="event_packer",
            component=EventPacker,
            make=lambda design: EventPacker(SpikeProcessorConfig(chain=design.chain).packer),
        ),
        Block(
            name="register_bank",
            component=RegisterBank,
            make=lambda design: RegisterBank(design.chain.registers),
            registers=_registers,
        ),
        Block(
            name="attention_head",
            component=AttentionHead,
            make=lambda design: AttentionHead(design.attention_head),
            registers=lambda design: (design.attention_head.registers,),
        ),
        Block(
            name="attention_schedule",
            component=AttentionSchedule,
            make=lambda design: AttentionSchedule(design.attention_head.schedule),
        ),
        Block(
            name="head_scaler",
            component=HeadScaler,
            make=lambda design: HeadScaler(design.attention_head.query_scaler),
        ),
        Block(
            name="query_pulse_driver",
            component=QueryPulseDriver,
            make=lambda design: QueryPulseDriver(design.attention_head.query_driver),
        ),
        Block(
            name="write_controller",
            component=WriteController,
            make=lambda design: WriteController(design.attention_head.writer),
        ),
        Block(
            name="pulse_counter",
            component=PulseCounter,
            make=lambda design: PulseCounter(design.attention_head.counter),
        ),
        Block(
            name="tile_accumulator",
            component=TileAccumulator,
            make=lambda design: TileAccumulator(design.attention_head.accumulator),
        ),
        Block(name="gain_cell_twin", component=GainCellTwin, make=_gain_cell_twin),
        *CODEC_BLOCKS,
        Block(
            name="processor_core",
            component=ProcessorCore,
            make=_processor_core,
        ),
        Block(
            name="processor",
            component=Processor,
            make=lambda design: Processor(design.processor),
            registers=lambda design: tuple(design.processor.registers.values()),
            bases=lambda design: _bases(design.processor.registers.values()),
        ),
        Block(
            name="spike_processor",
            component=SpikeProcessor,
            make=lambda design: SpikeProcessor(_spike_processor(design)),
            registers=lambda design: _spike_processor(design).registers,
            bases=lambda design: _bases(_spike_processor(design).registers),
        ),
        Block(
            name="mac_array",
            component=MacArray,
            make=lambda _design: MacArray(),
            registers=lambda _design: (mac_array_registers(MacArrayConfig()),),
        ),
    )
}
"""Every block, by name."""


def find_block(name: str) -> Block:
    """Return the block of a name.

    Parameters
    ----------
    name : str
        The name.

    Returns
    -------
    Block
        The block.

    Raises
    ------
    UserError
        There is none; the message has the nearest name.
    """
    if name in BLOCKS:
        return BLOCKS[name]
    near = difflib.get_close_matches(name, BLOCKS, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    raise UserError(f"block must be one of {', '.join(BLOCKS)}, not {name!r}{hint}")


@dataclass(frozen=True, kw_only=True)
class BlockRow:
    """One line of the table of blocks.

    Parameters
    ----------
    name : str
        The block.
    summary : str
        What it does.
    latency_cycles : int
        As its component declares.
    throughput : str
        As its component declares.
    checks : tuple of str
        What shows that it is right.
    """

    name: str
    summary: str
    latency_cycles: int
    throughput: str
    checks: tuple[str, ...]


def block_rows() -> Iterator[BlockRow]:
    """Yield the table of all blocks.

    Yields
    ------
    BlockRow
        One row a block.
    """
    for block in BLOCKS.values():
        yield BlockRow(
            name=block.name,
            summary=block.summary,
            latency_cycles=block.component.latency,
            throughput=block.component.throughput,
            checks=block.checks,
        )


def block_table_markdown() -> str:
    """Return the table of all blocks as Markdown.

    Returns
    -------
    str
        As it stands in the README.
    """
    lines = [
        "| block | what it does | latency, cycles | throughput | verification |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| [`{row.name}`](docs/blocks/{row.name}.md) | {row.summary} | {row.latency_cycles} "
        f"| {row.throughput} | {', '.join(row.checks)} |"
        for row in block_rows()
    ]
    return "\n".join(lines) + "\n"
