"""What the tables were made with: no date and no path, so that the same makes the same."""

import hashlib
from importlib.metadata import version
from typing import Any

from analog_models.spice.cards import cards_digest
from analog_models.spice.cell_bench import LEVEL_V, TEMPERATURE_K
from analog_models.spice.cell_circuit import (
    SUPPLY_V,
    CellDesign,
    pulse_netlist,
    retention_netlist,
    static_netlist,
)
from analog_models.spice.converter_circuit import CONVERTERS, Phases, converter_netlist
from analog_models.spice.session import NgspiceSession
from system.calibration.effort import Effort

__all__ = ["provenance"]


def provenance(session: NgspiceSession, design: CellDesign, effort: Effort) -> dict[str, Any]:
    """Return what decided the values of a table.

    Parameters
    ----------
    session : NgspiceSession
        The simulator.
    design : CellDesign
        The cell.
    effort : Effort
        How much of the Monte Carlo part was done.

    Returns
    -------
    dict
        Versions, digests of all netlists and transistor cards, conditions and seed.
    """
    levels_v = LEVEL_V.tolist()
    netlists = [
        static_netlist(design, temperature_k=TEMPERATURE_K),
        pulse_netlist(design, levels_v, temperature_k=TEMPERATURE_K),
        retention_netlist(design, levels_v, temperature_k=TEMPERATURE_K),
        *(
            converter_netlist(each, Phases(), temperature_k=TEMPERATURE_K)
            for each in CONVERTERS.values()
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
