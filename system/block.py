"""A block of the kit, known by one name everywhere."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from rtl.registers import RegisterMap
from system.design import Design
from verification.benches import bench_of

__all__ = ["Block"]


@dataclass(frozen=True, kw_only=True)
class Block:
    """One block, known by one name everywhere.

    Its component is in ``rtl/NAME.py``, its golden model in ``verification/golden/NAME.py``, its
    bench in ``verification/cocotb_benches/bench_NAME.py``, its tests in ``tests/rtl/test_NAME.py``
    and its page in ``docs/blocks/NAME.md``.

    Parameters
    ----------
    name : str
        The name.
    component : type
        Class of the component; declares ``latency``, in cycles, and ``throughput``.
    make : callable
        Makes the component that a design asks for.
    registers : callable or None
        Gives the register maps that a design asks for, if the block has registers.
    bases : callable or None
        Gives the addresses at which a program of the block's own finds these maps, if one does.
    also_checked : tuple of str
        What else than a golden model and a bench shows that the block is right.
    """

    name: str
    component: Any
    make: Callable[[Design], Any]
    registers: Callable[[Design], tuple[RegisterMap, ...]] | None = None
    bases: Callable[[Design], tuple[int, ...]] | None = None
    also_checked: tuple[str, ...] = ()

    @property
    def golden(self) -> str:
        """Importable name of the golden model's module."""
        return f"verification.golden.{self.name}"

    @property
    def bench(self) -> str:
        """Importable name of the bench, which runs under either simulator."""
        return bench_of(self.name)

    @property
    def checks(self) -> tuple[str, ...]:
        """What shows that the block is right."""
        found = ("golden model",) if find_spec(self.golden) else ()
        found += ("bench",) if find_spec(self.bench) else ()
        return found + self.also_checked

    @property
    def summary(self) -> str:
        """What the block does: the first line of its module, less its name."""
        document = sys.modules[self.component.__module__].__doc__ or ""
        summary = document.splitlines()[0].partition(": ")[2].removesuffix(".")
        return summary[:1].upper() + summary[1:]
