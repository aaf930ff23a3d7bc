"""``axocell generate``: the Verilog of a block and everything that goes with it."""

import argparse
import dataclasses
from pathlib import Path

from system.blocks import find_block
from system.cli.terminal import show_table, write
from system.design import Design
from system.generate import generate_files, write_files

__all__ = ["execute"]


def execute(arguments: argparse.Namespace) -> int:
    """Write the files of a block and list them.

    Parameters
    ----------
    arguments : argparse.Namespace
        ``block``, ``config`` (a design file or None) and ``output`` (a folder or None).

    Returns
    -------
    int
        Exit status: 0.
    """
    block = find_block(arguments.block)
    design = Design.from_toml(arguments.config) if arguments.config else Design.default()
    component = block.make(design)
    command = ["axocell", "generate", block.name]
    if arguments.config:
        command += ["--config", arguments.config.name]
    files = generate_files(
        block.name,
        component,
        summary=block.summary,
        registers=block.registers(design) if block.registers else (),
        bases=block.bases(design) if block.bases else (),
        config=dataclasses.asdict(component.config),
        command=command,
    )
    folder = arguments.output or Path("build") / block.name
    write_files(files, folder)
    show_table(["file", "bytes>"], [(name, f"{len(text)}") for name, text in files.items()])
    write(f"{len(files)} files in {folder}")
    return 0
