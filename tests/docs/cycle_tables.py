"""Tables of a page that say what happens cycle by cycle, and their replay on the circuit itself.

Such a table follows a line ``<!-- simulate: EXPRESSION -->``, whose expression makes the component.
Its first column names signals of the component. Rows of inputs are what is driven; in rows of
outputs, an empty cell says nothing.
"""

import re
from dataclasses import dataclass

from amaranth.lib import wiring
from amaranth.sim import Simulator

from verification.simulating import run_to_end

MARK = re.compile(r"<!-- simulate: (?P<expression>.+?) -->\n(?P<table>(?:\|.*\n)+)")


@dataclass(frozen=True)
class CycleTable:
    expression: str
    rows: dict[str, list[int | None]]


def cycle_tables(page):
    for found in MARK.finditer(page):
        lines = [line.strip("|").split("|") for line in found["table"].splitlines()]
        header, _, *rows = [[cell.strip() for cell in line] for line in lines]
        assert header == ["cycle", *(str(n) for n in range(len(header) - 1))]
        assert all(len(row) == len(header) for row in rows)
        signals = {
            row[0].strip("`"): [int(cell) if cell else None for cell in row[1:]] for row in rows
        }
        yield CycleTable(found["expression"], signals)


def split_rows(table, dut):
    """Return the rows of inputs and the rows of outputs."""
    flows = {
        ".".join(str(part) for part in path): member.flow
        for path, member, _ in dut.signature.flatten(dut)
    }
    inputs, outputs = {}, {}
    for name, row in table.rows.items():
        port = re.sub(r"(?<=\.payload)[.[].*|\[.*", "", name)  # a payload is one port, an array too
        (inputs if flows[port] is wiring.In else outputs)[name] = row
    return inputs, outputs


def _signal(dut, name):
    """Return what is called, for example, ``i.payload[0].sample``."""
    signal = dut
    for step in re.findall(r"\w+", name):
        signal = signal[int(step)] if step.isdigit() else getattr(signal, step)
    return signal


def replayed(inputs, outputs, dut, *, set_up=None):
    """Return the rows of outputs as the circuit has them, empty where nothing is said."""
    signals = {name: _signal(dut, name) for name in (*inputs, *outputs)}
    seen = {name: [] for name in outputs}

    async def bench(ctx):
        if set_up:
            await set_up(ctx)
        for cycle in range(len(next(iter(inputs.values())))):
            for name, row in inputs.items():
                ctx.set(signals[name], row[cycle])
            for name, row in outputs.items():
                seen[name].append(None if row[cycle] is None else int(ctx.get(signals[name])))
            await ctx.tick()

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    run_to_end(simulator)
    return seen
