"""Components as Verilog and as C++, always through the Yosys that comes with Amaranth."""

import importlib
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager

from amaranth.back import verilog
from amaranth.lib import wiring

from rtl.caches import environment, writable_caches
from rtl.register_file import LATCH_WORD, LATCHES

__all__ = ["to_cxxrtl", "to_verilog"]

LONGEST_LINE = 1000
# A memory of one row has an address of no bits, whose first word CXXRTL's runtime reads anyway:
# whatever is on the stack. As an address of one bit it is the zero that it stands for.
ONLY_ROW = ("memory_index(value<0>(), 0, 1)", "memory_index(value<1>(), 0, 1)")


def to_verilog(component: wiring.Component, *, name: str) -> str:
    """Return ``component`` as Verilog, module ``name``, the same text wherever it is made.

    Parameters
    ----------
    component : wiring.Component
        The circuit.
    name : str
        Name of its module.

    Returns
    -------
    str
        Verilog without the attributes that only Amaranth's own tools read. What the component has
        as ``black_boxes``, declarations of macros that it instantiates, comes last, after the
        word of latches, if any is in it, for which Amaranth has no form.

    Raises
    ------
    RuntimeError
        Yosys cannot run, or refuses.
    """
    with _bundled_yosys():
        text = verilog.convert(component, name=name, strip_internal_attrs=True, emit_src=False)
    lines = [_broken(line) for line in str(text).splitlines(keepends=True)]
    by_hand = [LATCH_WORD] if f"\n  {LATCHES} " in text else []
    return "".join([*lines, *by_hand, *getattr(component, "black_boxes", ())])


def to_cxxrtl(component: wiring.Component, *, name: str) -> str:
    """Return ``component`` as C++ for the CXXRTL runtime, class ``cxxrtl_design::p_<name>``.

    Parameters
    ----------
    component : wiring.Component
        The circuit.
    name : str
        Name of its module.

    Returns
    -------
    str
        C++.

    Raises
    ------
    RuntimeError
        Yosys cannot run, or refuses.
    """
    back_end = importlib.import_module("amaranth.back.cxxrtl")  # unknown to amaranth-stubs 0.5
    with _bundled_yosys():
        return str(back_end.convert(component, name=name)).replace(*ONLY_ROW)


def _broken(line: str) -> str:
    """Return a line in pieces, at its spaces: Verilator refuses one of more than 40 000 tokens."""
    if len(line) <= LONGEST_LINE:
        return line
    return textwrap.fill(line, LONGEST_LINE, break_long_words=False, break_on_hyphens=False) + "\n"


@contextmanager
def _bundled_yosys() -> Iterator[None]:
    """Run the Yosys that comes with Amaranth, wherever its machine code may be kept.

    One on the path may be old and write C++ that does not compile. The bundled one is WebAssembly,
    whose run-time ends with an error without a cache folder.
    """
    with writable_caches(), environment(AMARANTH_USE_YOSYS="builtin"):
        try:
            yield
        except verilog.YosysError as error:
            raise RuntimeError(f"Yosys failed: {error}") from error
