"""``axocell area``: gates, flip-flops and bits of memory of blocks."""

import argparse

from system.blocks import find_block
from system.cli.terminal import progress_bar, show_table
from system.costs.gate_area import GateCount, count_gates, find_synthesiser
from system.costs.netlist import take_inventory
from system.design import Design
from system.errors import UserError
from verification.simulators import MissingToolError

__all__ = ["execute"]

HEADINGS = ["block", "gate equivalents>", "of storage>", "flip-flops>", "latches>", "memory bits>"]


def execute(arguments: argparse.Namespace) -> int:
    """Synthesise blocks, and show what they are made of.

    Parameters
    ----------
    arguments : argparse.Namespace
        ``blocks`` (names), ``config`` (a design file or None) and ``memories`` (whether they are
        made of flip-flops).

    Returns
    -------
    int
        Exit status: 0.

    Raises
    ------
    UserError
        There is no such block, or no synthesiser, or it fails or takes too long.
    """
    design = Design.from_toml(arguments.config) if arguments.config else Design.default()
    blocks = [find_block(name) for name in arguments.blocks]
    try:
        find_synthesiser()
    except MissingToolError as error:
        raise UserError(str(error)) from error
    rows = []
    with progress_bar() as progress:
        for block in blocks:
            progress(f"gates of {block.name}", -1.0)
            try:
                count = count_gates(block.make(design), memories=arguments.memories)
            except RuntimeError as error:
                reason = " ".join(str(error).split())
                raise UserError(f"gates of {block.name} cannot be counted: {reason}") from error
            outside = 0 if arguments.memories else take_inventory(block.make(design)).memory_bits
            rows.append(_row(block.name, count, outside))
    show_table(HEADINGS, rows)
    return 0


def _row(name: str, count: GateCount, memory_bits: int) -> tuple[str, ...]:
    macros = "".join(f" + {n} {box}" for box, n in sorted(count.black_boxes.items()))
    return (
        name,
        f"{count.equivalents:,.0f}{macros}",
        f"{count.storage_equivalents:,.0f}",
        f"{count.flip_flops:,}",
        f"{count.latches:,}",
        f"{memory_bits:,}",
    )
