"""What Icarus Verilog needs of the Verilog that Yosys writes."""

import re

__all__ = ["icarus_verilog"]

INITIAL_VALUE = re.compile(
    r"^ *reg (?:signed )?(?:\[\d+:\d+\] )?(?P<name>\S+ *?)(?P<value>\s=\s[^;]+);", re.MULTILINE
)


def icarus_verilog(verilog: str) -> str:
    """Return Verilog in which registers come to their initial values by an assignment.

    An ``always @*`` waits for one of its inputs to change. In Icarus a value that is part of a
    declaration is no change: logic fed by registers that reset leaves as they were would stay
    undefined, and go wrong in the first cycles. A non-blocking assignment at time zero is one, for
    all that wait. (``always_comb`` is evaluated at the start too, but those of Icarus 11 wake one
    another for ever, and time stands still, where one passes through values that it does not keep.)

    Parameters
    ----------
    verilog : str
        As :func:`rtl.back_end.to_verilog` returns it.

    Returns
    -------
    str
        The same circuit.

    Examples
    --------
    >>> icarus_verilog("reg [1:0] count = 2'h3;").splitlines()
    ['reg [1:0] count;', "  initial count <= 2'h3;"]
    """
    return INITIAL_VALUE.sub(_assigned, verilog)


def _assigned(declaration: re.Match[str]) -> str:
    text, name, value = declaration[0], declaration["name"], declaration["value"]
    return f"{text.removesuffix(f'{value};')};\n  initial {name}{value.replace('=', '<=', 1)};"
