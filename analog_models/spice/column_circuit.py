"""Netlist of a column for a mixed-signal simulation: row drivers, cells, a converter with logic."""

from collections.abc import Sequence

from analog_models.spice.cards import model_lines
from analog_models.spice.cell_circuit import REST_V, SUPPLY_V, CellDesign, cell_lines
from analog_models.spice.converter_circuit import ConverterDesign, converter_lines

__all__ = ["column_netlist"]

_NO_WRITE = "write_line 0 vdd"
_SIGNED_PULSE = """\
* the pulse lasts while the comparator says what it said when the sign was kept
xpulsebar pulse_end pulse_end_bar vdd inverter
xagreepositive pulse_end agree positive negative vdd pass
xagreenegative pulse_end_bar agree negative positive vdd pass
xpulse1 agree agree_bar vdd inverter
xpulse2 agree_bar pulse vdd inverter
xsign1 negative negative_bar vdd inverter
xsign2 negative_bar sign vdd inverter""".splitlines()
_COUNT = """\
* the sign is kept two gates before the discharge begins
vcount count 0 external
xfollow count sample vdd inverter
xkeep sample sample_bar vdd inverter
xdischargebar sample_bar discharge_bar vdd inverter
xdischarge discharge_bar discharge vdd inverter n_w=1u p_w=2u
vreset reset 0 external
xresetbar reset reset_bar vdd inverter n_w=1u p_w=2u""".splitlines()
_UNSIGNED_PULSE = """\
xpulse1 pulse_end pulse_bar vdd inverter
xpulse2 pulse_bar pulse vdd inverter
vsign sign 0 0""".splitlines()


def column_netlist(
    cell: CellDesign,
    converter: ConverterDesign,
    stored_v: Sequence[float],
    *,
    temperature_k: float,
    duration_s: float,
    step_s: float = 1e-10,
) -> str:
    """Return a column of cells and its converter, driven by another simulator.

    Inputs are external sources, which whoever runs ngspice sets between 0 V and the supply:
    ``rows[0]``, ``rows[1]``, ... (the pulses of the query), ``reset`` (the integrator is held) and
    ``count`` (the sign is kept, the integrator discharged, and the pulse given). Outputs are the
    nodes ``pulse`` and ``sign``. Each cell has a driver of its own for both of its read word
    lines, and the bitline the capacitance of a whole column.

    Parameters
    ----------
    cell : CellDesign
        Sizes of the cells.
    converter : ConverterDesign
        Sizes of the converter.
    stored_v : sequence of float
        Stored voltage of each cell at the start, volts.
    temperature_k : float
        Absolute temperature, kelvin.
    duration_s : float
        Time that is simulated at most, seconds.
    step_s : float
        Longest step of time, seconds.

    Returns
    -------
    str
        Netlist that ends with its transient analysis.

    Raises
    ------
    ValueError
        There are no cells.
    """
    if not stored_v:
        raise ValueError("column stored_v must have a voltage a cell, not none")
    rows = []
    for row in range(len(stored_v)):
        rows += [
            f"vrows[{row}] rows[{row}] 0 external",
            f"xreadbar{row} rows[{row}] read_bar{row} vdd inverter n_w=2u p_w=4u",
            f"xread{row} read_bar{row} read{row} vdd inverter n_w=2u p_w=4u",
            f"xcell{row} bitline store{row} {_NO_WRITE} read{row} read_bar{row} vdd gain_cell",
        ]
    initial = " ".join(f"v(store{row})={volts:.9g}" for row, volts in enumerate(stored_v))
    lines = [
        "column of gain cells and its charge-to-pulse converter",
        *model_lines(),
        ".options reltol=1e-4 vntol=1e-6 abstol=1e-13 chgtol=1e-17 gmin=1e-14 method=gear",
        f".temp {temperature_k - 273.15:.6g}",
        *cell_lines(cell),
        *converter_lines(converter),
        *(_SIGNED_PULSE if converter.signed else _UNSIGNED_PULSE),
        f"vdd vdd 0 {SUPPLY_V:g}",
        f"vbias vbias 0 {SUPPLY_V:g}",
        f"vwrite write_line 0 {REST_V:g}",
        *_COUNT,
        *rows,
        f".ic {initial}",
        # More threads would only wait for each other.
        ".control",
        "set num_threads=1",
        ".endc",
        f".tran {step_s:g} {duration_s:g} 0 {step_s:g}",
        ".end",
    ]
    return "\n".join(lines) + "\n"
