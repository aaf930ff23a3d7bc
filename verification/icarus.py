"""Compile Verilog into a simulation with Icarus Verilog, and what it needs of what Yosys writes."""

import re
from pathlib import Path

from verification.processes import COMPILER_LIMIT_S, run_program

__all__ = ["build_icarus", "icarus_verilog"]

INITIAL_VALUE = re.compile(
    r"^ *reg (?:signed )?(?:\[\d+:\d+\] )?(?P<name>\S+ *?)(?P<value>\s=\s[^;]+);", re.MULTILINE
)

DUMP = """\
module dump;
  initial begin
    $dumpfile("{file}");
    $dumpvars(0, {top});
  end
endmodule
"""


def build_icarus(source: Path, top: str, build_dir: Path, *, waves: bool = False) -> Path:
    """Compile ``source`` for Icarus.

    Parameters
    ----------
    source : Path
        Verilog file, as :func:`icarus_verilog` returns it.
    top : str
        Its top module.
    build_dir : Path
        Folder for everything made; waveforms go there too.
    waves : bool
        Whether the simulation can write waveforms.

    Returns
    -------
    Path
        The simulation, for ``vvp``.

    Raises
    ------
    RuntimeError
        If Icarus refuses; the message has what it said.
    """
    settings, simulation = build_dir / "commands.f", build_dir / f"{top}.vvp"
    settings.write_text("+timescale+1ns/1ps\n")  # without it cocotb's time limits mean nothing
    command = ["iverilog", "-g2012", "-f", settings, "-o", simulation, "-s", top, source]
    if waves:
        dump = build_dir / "dump.v"
        dump.write_text(DUMP.format(file=build_dir / f"{top}.fst", top=top))
        command += ["-s", "dump", dump]
    done = run_program(command, limit_s=COMPILER_LIMIT_S)
    if done.status:
        raise RuntimeError(f"iverilog failed with status {done.status}:\n{done.output[-4000:]}")
    return simulation


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
