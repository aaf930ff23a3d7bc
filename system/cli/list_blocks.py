"""``axocell list``: every block, what it does, and how fast it is."""

import argparse

from system.blocks import block_rows, block_table_markdown
from system.cli.terminal import show_table, write

__all__ = ["execute"]


def execute(arguments: argparse.Namespace) -> int:
    """Print the table of blocks.

    Parameters
    ----------
    arguments : argparse.Namespace
        ``markdown``: print it as Markdown.

    Returns
    -------
    int
        Exit status: 0.
    """
    if arguments.markdown:
        write(block_table_markdown().rstrip("\n"))
        return 0
    show_table(
        ["block", "what it does", "latency, cycles>", "throughput", "verification"],
        [
            (row.name, row.summary, str(row.latency_cycles), row.throughput, ", ".join(row.checks))
            for row in block_rows()
        ],
    )
    return 0
