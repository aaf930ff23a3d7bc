"""Netlists of the gain cell: a write switch, a capacitor, and a push-pull read stage."""

from collections.abc import Sequence
from dataclasses import dataclass

from analog_models.spice.cards import model_lines, threshold_sigma_v

__all__ = [
    "CELLS",
    "CellDesign",
    "cell_lines",
    "pulse_netlist",
    "retention_netlist",
    "static_netlist",
]

SUPPLY_V = 0.9
REST_V = 0.45  # of the bitline, by the virtual ground, and of the write line between writes
EDGE_S = 50e-12  # of a read pulse; assumed: two gate delays of a driver for 64 cells
PULSE_START_S = 1e-9
_NOT_WRITTEN = "write_line 0 vdd"  # write line, and both gates of the switch off


@dataclass(frozen=True, kw_only=True)
class CellDesign:
    """Sizes of a gain cell.

    Parameters
    ----------
    write : str
        ``transmission_gate`` (six transistors in all) or ``oxide`` (five, one above the CMOS).
    read_n_width_m, read_p_width_m, read_n_length_m, read_p_length_m : float
        Gates of the two transistors whose gate is the storage node, metres.
    select_n_width_m, select_p_width_m, select_length_m : float
        Gates of the two that the read word line turns on, metres.
    write_width_m, write_length_m : float
        Gate of each write transistor, metres.
    capacitor_f : float
        Storage capacitor beside the gates' own capacitance, farads.
    current_scale : float
        Current by design over that of the published cell.
    """

    write: str
    read_n_width_m: float = 0.11e-6
    read_p_width_m: float = 0.585e-6
    read_n_length_m: float = 0.25e-6
    read_p_length_m: float = 0.25e-6
    select_n_width_m: float = 0.6e-6
    select_p_width_m: float = 1.2e-6
    select_length_m: float = 0.15e-6
    write_width_m: float = 0.1e-6
    write_length_m: float = 0.15e-6
    capacitor_f: float = 4e-15
    current_scale: float = 1.0

    @property
    def threshold_sigmas_v(self) -> dict[str, float]:
        """Standard deviation of the threshold of each transistor of the read stage, volts."""
        select_m = self.select_length_m
        return {
            "mreadn": threshold_sigma_v("read_n", self.read_n_width_m, self.read_n_length_m),
            "mreadp": threshold_sigma_v("read_p", self.read_p_width_m, self.read_p_length_m),
            "mselectn": threshold_sigma_v("read_n", self.select_n_width_m, select_m),
            "mselectp": threshold_sigma_v("read_p", self.select_p_width_m, select_m),
        }

    @property
    def write_threshold_sigmas_v(self) -> dict[str, float]:
        """Standard deviation of the threshold of each write transistor, volts."""
        devices = {"mwriten": "write_n", "mwritep": "write_p"}
        if self.write == "oxide":
            devices = {"mwrite": "oxide_n"}
        return {
            device: threshold_sigma_v(card, self.write_width_m, self.write_length_m)
            for device, card in devices.items()
        }


CELLS = {
    "cmos": CellDesign(write="transmission_gate"),
    "oxide": CellDesign(write="oxide", write_length_m=0.1e-6),
    "tenth": CellDesign(
        write="transmission_gate",
        read_n_width_m=0.1e-6,
        read_p_width_m=0.15e-6,
        read_n_length_m=2.6e-6,
        read_p_length_m=0.72e-6,
        select_n_width_m=0.12e-6,
        select_p_width_m=0.24e-6,
        current_scale=0.1,
    ),
}
"""The cells of the kit: two of the published current, whose read stages are the same, and that of
our design, of a tenth of it."""

# Retention is decided by 1e-17 A: ngspice's own gmin of 1e-12 S would discharge a cell in 2 ms.
_AT_REST = ".options reltol=1e-5 vntol=1e-8 abstol=1e-20 chgtol=1e-22 gmin=1e-24"
_SWITCHING = ".options reltol=1e-5 vntol=1e-7 abstol=1e-12 chgtol=1e-20 gmin=1e-15"


def cell_lines(design: CellDesign) -> list[str]:
    """Return the cell as a subcircuit.

    Parameters
    ----------
    design : CellDesign
        Sizes.

    Returns
    -------
    list of str
        ``.subckt gain_cell bitline store write_line write write_bar read read_bar vdd``. A stored
        voltage above the zero of the cell draws current out of the bitline, one below gives some.
    """
    d = design
    write_gate = f"w={d.write_width_m:g} l={d.write_length_m:g}"
    if d.write == "oxide":
        switch = [f"mwrite write_line write store 0 oxide_n {write_gate}"]
    else:
        switch = [
            f"mwriten write_line write store 0 write_n {write_gate}",
            f"mwritep write_line write_bar store vdd write_p {write_gate}",
        ]
    select_l = f"l={d.select_length_m:g}"
    return [
        ".subckt gain_cell bitline store write_line write write_bar read read_bar vdd",
        *switch,
        f"cstore store 0 {d.capacitor_f:g}",
        f"mreadn low store 0 0 read_n w={d.read_n_width_m:g} l={d.read_n_length_m:g}",
        f"mselectn bitline read low 0 read_n w={d.select_n_width_m:g} {select_l}",
        f"mreadp high store vdd vdd read_p w={d.read_p_width_m:g} l={d.read_p_length_m:g}",
        f"mselectp bitline read_bar high vdd read_p w={d.select_p_width_m:g} {select_l}",
        ".ends",
    ]


def static_netlist(design: CellDesign, *, temperature_k: float, supply_v: float = SUPPLY_V) -> str:
    """Return a cell that is read for ever, with its storage node on a source.

    Parameters
    ----------
    design : CellDesign
        Sizes.
    temperature_k : float
        Absolute temperature, kelvin.
    supply_v : float
        Supply of the array, volts; the bitline is held at half of it.

    Returns
    -------
    str
        Netlist with the sources ``vstore`` (swept) and ``vbitline`` (whose current is read).
    """
    return _netlist(
        "gain cell, static",
        temperature_k,
        [
            _AT_REST,
            *cell_lines(design),
            f"vdd vdd 0 {supply_v:g}",
            "vstore store 0 0",
            f"vbitline bitline 0 {supply_v / 2:g}",
            f"vwrite write_line 0 {supply_v / 2:g}",
            f"xcell bitline store {_NOT_WRITTEN} vdd 0 vdd gain_cell",
        ],
    )


def pulse_netlist(design: CellDesign, level_v: Sequence[float], *, temperature_k: float) -> str:
    """Return cells with a stored voltage each, read by one pulse of the word line.

    Parameters
    ----------
    design : CellDesign
        Sizes.
    level_v : sequence of float
        Stored voltages, volts.
    temperature_k : float
        Absolute temperature, kelvin.

    Returns
    -------
    str
        Netlist with the sources ``vread`` and ``vreadbar``, whose pulse is to be set by
        ``alter``, and a ``vbitline0``, ``vbitline1``, ... for each cell.
    """
    cells = []
    for index in range(len(level_v)):
        cells += [
            f"vbitline{index} bitline{index} 0 {REST_V:g}",
            f"xcell{index} bitline{index} store{index} {_NOT_WRITTEN} read read_bar vdd gain_cell",
        ]
    pulse = f"{PULSE_START_S:g} {EDGE_S:g} {EDGE_S:g} 1e-9 1"
    return _netlist(
        "gain cell, pulsed",
        temperature_k,
        [
            _SWITCHING,
            *cell_lines(design),
            f"vdd vdd 0 {SUPPLY_V:g}",
            f"vwrite write_line 0 {REST_V:g}",
            f"vread read 0 pulse(0 {SUPPLY_V:g} {pulse})",
            f"vreadbar read_bar 0 pulse({SUPPLY_V:g} 0 {pulse})",
            *cells,
            _initial(level_v),
        ],
    )


def retention_netlist(design: CellDesign, level_v: Sequence[float], *, temperature_k: float) -> str:
    """Return cells with a stored voltage each, left alone.

    Parameters
    ----------
    design : CellDesign
        Sizes.
    level_v : sequence of float
        Stored voltages at the start, volts.
    temperature_k : float
        Absolute temperature, kelvin.

    Returns
    -------
    str
        Netlist with the nodes ``store0``, ``store1``, ...
    """
    return _netlist(
        "gain cell, retention",
        temperature_k,
        [
            _AT_REST,
            *cell_lines(design),
            f"vdd vdd 0 {SUPPLY_V:g}",
            f"vbitline bitline 0 {REST_V:g}",
            f"vwrite write_line 0 {REST_V:g}",
            *(
                f"xcell{index} bitline store{index} {_NOT_WRITTEN} 0 vdd vdd gain_cell"
                for index in range(len(level_v))
            ),
            _initial(level_v),
        ],
    )


def _initial(level_v: Sequence[float]) -> str:
    levels = " ".join(f"v(store{index})={level:.9g}" for index, level in enumerate(level_v))
    return f".ic {levels}"


def _netlist(title: str, temperature_k: float, lines: Sequence[str]) -> str:
    temperature = f".temp {temperature_k - 273.15:.6g}"
    return "\n".join([title, *model_lines(), temperature, *lines, ".end"])
