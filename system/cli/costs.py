"""``axocell costs``: energy, latency and area of an attention head."""

import argparse
import json
from contextlib import nullcontext

from system.atomic import atomic_file
from system.cli.terminal import progress_bar, show_table
from system.costs.attention_logic import count_head_logic
from system.costs.attention_overview import attention_costs, cost_tables

__all__ = ["execute"]


def execute(arguments: argparse.Namespace) -> int:
    """Estimate, show the tables, and write everything as JSON if asked to.

    Parameters
    ----------
    arguments : argparse.Namespace
        ``output``.

    Returns
    -------
    int
        Exit status: 0.
    """
    output = atomic_file(arguments.output) if arguments.output else nullcontext()
    with output as temporary:
        with progress_bar() as progress:
            progress("counting the registers of the attention head", -1.0)
            costs = attention_costs(count_head_logic())
        if temporary is not None:
            temporary.write_text(json.dumps(costs, indent=2) + "\n", encoding="utf-8")
    for title, headings, rows in cost_tables(costs):
        show_table(headings, rows, title=title)
    return 0
