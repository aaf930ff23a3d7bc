"""A column as transistors between the generated pulse driver and the generated counter."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt

from analog_models.spice.cell_circuit import SUPPLY_V, CellDesign
from analog_models.spice.column_circuit import column_netlist
from analog_models.spice.converter_circuit import ConverterDesign
from rtl.back_end import to_verilog
from rtl.pulse_counter import PulseCounter, PulseCounterConfig
from rtl.query_pulse_driver import QueryPulseDriver, QueryPulseDriverConfig
from verification.icarus import icarus_verilog
from verification.processes import COMPILER_LIMIT_S, TimeLimitError, run_program
from verification.simulators import MissingToolError, find_program

__all__ = ["LONGEST", "MixedSignalFailure", "run_column"]

LONGEST = 15  # cycles of a query's pulse, and of a count: four bits, and a sign
TEST_BENCH = Path(__file__).with_name("column_tb.v")
TOP, INSTANCE = "column_tb", "column_tb.analog"
CONVERSION_S = 50e-9  # of the test bench, a few cycles more than it takes
HALF_WAY = 0.01  # of the supply: between the two thresholds a wire is undefined
TIMEOUT_S = 500
COUNTED = re.compile(r"^counted +(-?\d+)$", re.MULTILINE)


class MixedSignalFailure(RuntimeError):
    """The two simulators did not reach the end together; the message ends with what they said."""


@dataclass(frozen=True, kw_only=True)
class Programs:
    """What runs a mixed-signal bench.

    Parameters
    ----------
    compiler, simulator : Path
        Of Icarus Verilog.
    plugin_folder : Path
        Where spicebind's plugin is.
    """

    compiler: Path
    simulator: Path
    plugin_folder: Path


def find_programs() -> Programs:
    """Return what runs a mixed-signal bench.

    Returns
    -------
    Programs
        Where it is.

    Raises
    ------
    MissingToolError
        Something is not installed; the message names what to install.
    """
    compiler, simulator = (
        find_program((name,), purpose="Icarus Verilog", package="iverilog")
        for name in ("iverilog", "vvp")
    )
    spec = find_spec("spicebind")
    if spec is None or spec.origin is None:
        raise MissingToolError(
            "spicebind must be installed, but is not: pip install spicebind, with the Debian "
            "package libngspice0-dev"
        )
    folder = Path(spec.origin).parent
    return Programs(compiler=compiler, simulator=simulator, plugin_folder=folder)


def run_column(
    cell: CellDesign,
    converter: ConverterDesign,
    stored_v: Sequence[float],
    queries: npt.ArrayLike,
    folder: Path,
    *,
    temperature_k: float = 300.15,
) -> npt.NDArray[np.int64]:
    """Convert queries one after the other, and return what the counter counted.

    Parameters
    ----------
    cell : CellDesign
        Sizes of the cells.
    converter : ConverterDesign
        Sizes of the converter.
    stored_v : sequence of float
        Stored voltage of each cell at the start, volts.
    queries : array_like
        Codes ``[queries, cells]``, 0 to 15.
    folder : Path
        For everything made, the log included.
    temperature_k : float
        Absolute temperature, kelvin.

    Returns
    -------
    numpy.ndarray
        A signed count a query.

    Raises
    ------
    ValueError
        The queries do not fit the cells, or are no codes.
    MissingToolError
        A simulator is not installed.
    MixedSignalFailure
        The simulation did not reach its end.
    """
    codes = np.asarray(queries)
    rows = len(stored_v)
    if codes.ndim != 2 or codes.shape[1] != rows or not len(codes):
        raise ValueError(
            f"column queries must have a code for each of {rows} cells, not {codes.shape}"
        )
    if codes.min() < 0 or codes.max() > LONGEST:
        raise ValueError(
            f"column queries must be in 0..{LONGEST}, not {codes.min()}..{codes.max()}"
        )
    programs = find_programs()
    folder.mkdir(parents=True, exist_ok=True)
    netlist = column_netlist(
        cell,
        converter,
        stored_v,
        temperature_k=temperature_k,
        duration_s=(len(codes) + 1) * CONVERSION_S,
    )
    (folder / "column.cir").write_text(netlist, encoding="utf-8")
    lines = ["".join(f"{code:x}" for code in query[::-1]) for query in codes]
    (folder / "queries.hex").write_text("\n".join(lines) + "\n", encoding="utf-8")
    _compile(programs, folder, rows=rows, queries=len(codes))
    log = _run(programs, folder)
    counts = [int(found) for found in COUNTED.findall(log)]
    if len(counts) != len(codes):
        said = " | ".join(log.splitlines()[-5:])
        raise MixedSignalFailure(
            f"column must count {len(codes)} conversions, but counted {len(counts)}: {said}"
        )
    return np.array(counts)


def _compile(programs: Programs, folder: Path, *, rows: int, queries: int) -> None:
    counter = PulseCounterConfig(lanes=1, longest=LONGEST)
    circuits = (
        to_verilog(QueryPulseDriver(QueryPulseDriverConfig(rows=rows)), name="query_pulse_driver"),
        to_verilog(PulseCounter(counter), name="pulse_counter"),
    )
    (folder / "circuits.v").write_text(icarus_verilog("\n".join(circuits)), encoding="utf-8")
    parameters = {
        "ROWS": rows,
        "QUERIES": queries,
        "COUNT_WIDTH": counter.count_shape.width,
        "LONGEST": LONGEST,
    }
    compiled = run_program(
        [
            programs.compiler,
            "-g2012",
            "-o",
            "column.vvp",
            *(f"-P{TOP}.{name}={value}" for name, value in parameters.items()),
            f"-s{TOP}",
            TEST_BENCH,
            "circuits.v",
        ],
        limit_s=COMPILER_LIMIT_S,
        folder=folder,
    )
    if compiled.status:
        raise MixedSignalFailure(f"column must compile, but iverilog says: {compiled.output}")


def _run(programs: Programs, folder: Path) -> str:
    settings = {
        "SPICE_NETLIST": "column.cir",
        "HDL_INSTANCE": INSTANCE,
        "VCC": f"{SUPPLY_V}",
        "LOGIC_THRESHOLD_LOW": f"{SUPPLY_V * (0.5 - HALF_WAY / 2)}",
        "LOGIC_THRESHOLD_HIGH": f"{SUPPLY_V * (0.5 + HALF_WAY / 2)}",
    }
    command = [
        programs.simulator,
        *("-M", programs.plugin_folder, "-m", "spicebind_vpi"),
        "column.vvp",
        "+queries=queries.hex",
    ]
    log = folder / "column.log"
    try:
        return run_program(
            command,
            limit_s=TIMEOUT_S,
            folder=folder,
            environment={**os.environ, **settings},
            log=log,
        ).output
    except TimeLimitError as error:
        raise MixedSignalFailure(
            f"column must end within {TIMEOUT_S} s, but does not: {log}"
        ) from error
