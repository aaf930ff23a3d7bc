"""Components as Verilog and as C++, always through the Yosys that comes with Amaranth."""

import importlib
import os
from collections.abc import Iterator
from contextlib import contextmanager

from amaranth.back import verilog
from amaranth.lib import wiring

__all__ = ["to_cxxrtl", "to_verilog"]

VARIABLE = "AMARANTH_USE_YOSYS"


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
        Verilog without the attributes that only Amaranth's own tools read.
    """
    with _bundled_yosys():
        text = verilog.convert(component, name=name, strip_internal_attrs=True, emit_src=False)
    return str(text)


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
    """
    back_end = importlib.import_module("amaranth.back.cxxrtl")  # unknown to amaranth-stubs 0.5
    with _bundled_yosys():
        return str(back_end.convert(component, name=name))


@contextmanager
def _bundled_yosys() -> Iterator[None]:
    """Keep Amaranth from taking a Yosys on the path: an old one writes C++ that does not compile.

    An environment variable is the only way to tell it.
    """
    earlier = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = "builtin"
    try:
        yield
    finally:
        if earlier is None:
            del os.environ[VARIABLE]
        else:
            os.environ[VARIABLE] = earlier
