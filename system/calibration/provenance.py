"""What the tables were made with: no date and no path, so that the same makes the same."""

import hashlib
from importlib.metadata import version
from typing import Any

from analog_models.spice.cards import cards_digest
from analog_models.spice.cell_bench import LEVEL_V, TEMPERATURE_K
from analog_models.spice.cell_circuit import (
    CELLS,
    SUPPLY_V,
    pulse_netlist,
    retention_netlist,
    static_netlist,
)
from analog_models.spice.columns import CELL_CONVERTERS, CONVERTER_SETS
from analog_models.spice.converter_phases import Phases
from analog_models.spice.session import NgspiceSession
from system.calibration.effort import Effort

__all__ = ["provenance"]


def provenance(session: NgspiceSession, cell: str, effort: Effort) -> dict[str, Any]:
    """Return what decided the values of a table.

    Parameters
    ----------
    session : NgspiceSession
        The simulator.
    cell : str
        Name of the cell.
    effort : Effort
        How much of the Monte Carlo part was done.

    Returns
    -------
    dict
        Versions, digests of all netlists and transistor cards, conditions and seed.
    """
    levels_v, design = LEVEL_V.tolist(), CELLS[cell]
    netlists = [
        static_netlist(design, temperature_k=TEMPERATURE_K),
        pulse_netlist(design, levels_v, temperature_k=TEMPERATURE_K),
        retention_netlist(design, levels_v, temperature_k=TEMPERATURE_K),
        *(
            each.netlist(Phases(), temperature_k=TEMPERATURE_K)
            for each in CONVERTER_SETS[CELL_CONVERTERS[cell]].values()
        ),
    ]
    return {
        "command": "axocell calibrate",
        "simulator": session.version,
        "binding": f"PySpice {version('PySpice')}",
        "cards": "invented for this kit, for no foundry's process",
        "cards_sha256": cards_digest(),
        "netlists_sha256": hashlib.sha256("\n".join(netlists).encode()).hexdigest(),
        "temperature_k": TEMPERATURE_K,
        "supply_v": SUPPLY_V,
        "monte_carlo_cells": effort.cells,
        "monte_carlo_converters": effort.converters,
        "seed": effort.seed,
    }
