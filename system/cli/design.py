"""``axocell design``: the default design, or a checked and completed one."""

import argparse

from system.cli.terminal import write
from system.design import Design

__all__ = ["execute"]


def execute(arguments: argparse.Namespace) -> int:
    """Print a design with every key and its comment.

    Parameters
    ----------
    arguments : argparse.Namespace
        ``check``: a design file to validate and complete, or None for the default design.

    Returns
    -------
    int
        Exit status: 0.
    """
    design = Design.from_toml(arguments.check) if arguments.check else Design.default()
    write(design.to_toml().rstrip("\n"))
    return 0
