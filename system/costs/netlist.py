"""What a circuit is made of, counted on its netlist: flip-flops and bits of memory."""

import re
from collections import Counter
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from amaranth.lib import wiring

__all__ = ["Inventory", "take_inventory"]

rtlil: Any = import_module("amaranth.back.rtlil")  # amaranth-stubs 0.5 lack it

_MODULE = re.compile(r"^module \\(\S+)\n(.*?)^end$", re.MULTILINE | re.DOTALL)
_CELL = re.compile(r"^  cell (\S+) \S+\n(.*?)^  end$", re.MULTILINE | re.DOTALL)
_WIDTH = re.compile(r"parameter \\WIDTH (\d+)")
_MEMORY = re.compile(r"^  memory width (\d+) size (\d+) ", re.MULTILINE)
_FLIP_FLOPS = {"$dff", "$adff", "$sdff", "$dffe", "$adffe", "$sdffe", "$sdffce"}


@dataclass(frozen=True, kw_only=True)
class Inventory:
    """Parts of a circuit.

    Parameters
    ----------
    registers : dict of str to int
        Bits of registers of each module's own, by the dotted path of the module below the top;
        the top's own have the empty path.
    memory_bits : int
        Bits of memories, each word once however many ports it has.
    black_boxes : dict of str to int
        Instances of modules that the netlist has no inside of, by the name of the module.
    """

    registers: dict[str, int]
    memory_bits: int
    black_boxes: dict[str, int]

    @property
    def flip_flops(self) -> int:
        """Bits of all registers."""
        return sum(self.registers.values())

    def flip_flops_below(self, prefix: str) -> int:
        """Return the bits of registers of some of the modules.

        Parameters
        ----------
        prefix : str
            How the paths of these modules begin.

        Returns
        -------
        int
            The sum.
        """
        return sum(count for path, count in self.registers.items() if path.startswith(prefix))


def take_inventory(component: wiring.Component) -> Inventory:
    """Count the parts of a circuit, before any synthesis: nothing is optimised away.

    Parameters
    ----------
    component : wiring.Component
        The circuit.

    Returns
    -------
    Inventory
        Its parts, those of the modules inside included.
    """
    text = rtlil.convert(component, name="top", emit_src=False)
    modules: dict[str, str] = dict(_MODULE.findall(text))
    registers: Counter[str] = Counter()
    memory_bits = 0
    black_boxes: Counter[str] = Counter()
    waiting = ["top"]
    while waiting:
        name = waiting.pop()
        body, path = modules[name], name.removeprefix("top").removeprefix(".")
        memory_bits += sum(int(width) * int(size) for width, size in _MEMORY.findall(body))
        for kind, cell in _CELL.findall(body):
            if kind in _FLIP_FLOPS:
                width = _WIDTH.search(cell)
                registers[path] += int(width[1]) if width else 0
            elif kind.startswith("\\") and kind[1:] in modules:
                waiting.append(kind[1:])
            elif kind.startswith("\\"):
                black_boxes[kind[1:]] += 1
    return Inventory(
        registers=dict(registers), memory_bits=memory_bits, black_boxes=dict(black_boxes)
    )
