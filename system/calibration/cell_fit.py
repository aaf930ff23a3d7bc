"""A gain cell as SPICE has it, as tables, and how well they do where they were not fitted."""

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from analog_models.attention.cell_law import TableLaw
from analog_models.attention.cell_tables import CellTable, ConverterFigures
from analog_models.attention.leakage import TableLeakage
from analog_models.spice.cell_bench import (
    LEVEL_V,
    measure_pulses,
    measure_retention,
    measure_static,
    measure_storage,
)
from analog_models.spice.cell_circuit import CELLS, SUPPLY_V
from analog_models.spice.mismatch_bench import measure_leak_spread, measure_mismatch
from analog_models.spice.session import NgspiceSession
from system.calibration.effort import Effort
from system.calibration.fit_checks import (
    aged_checks,
    between_levels,
    corner_checks,
    fit_checks,
    fit_pulses,
    shape_checks,
)
from system.calibration.provenance import provenance
from system.calibration.rounding import rounded, rounded_all

__all__ = ["measure_cell"]

Reals = npt.NDArray[np.float64]

PULSE_WIDTHS_S: Reals = np.arange(1.0, 16.0) * 1e-9  # of a query of four bits
# Retention is milliseconds, and seconds where an oxide transistor writes.
LAST_AGE_S = {"cmos": 20e-3, "oxide": 20.0, "tenth": 20e-3}
AGES = 48
TURN_V = 10e-3  # each way, of the bitline, for its conductance


def measure_cell(
    session: NgspiceSession,
    name: str,
    effort: Effort,
    converters: Mapping[str, ConverterFigures],
    *,
    report: Callable[[float], None] = lambda _: None,
) -> CellTable:
    """Fit the tables of a cell, and see how well they do where they were not fitted.

    Parameters
    ----------
    session : NgspiceSession
        The simulator.
    name : str
        Of the cell.
    effort : Effort
        How much of the Monte Carlo part is done.
    converters : mapping of str to ConverterFigures
        To go with the cell.
    report : callable
        Told the part that is done, 0 to 1.

    Returns
    -------
    CellTable
        Rounded to six digits, voltages to 0.1 uV.
    """
    design = CELLS[name]
    curve = measure_static(session, design)
    below_a, above_a = (
        measure_static(session, design, bitline_v=SUPPLY_V / 2 + turn_v).current_at(LEVEL_V)
        for turn_v in (-TURN_V, TURN_V)
    )
    age_s = rounded_all(np.append(0.0, np.geomspace(1e-5, 1.0, AGES) * LAST_AGE_S[name]))
    held_age_s = np.sqrt(age_s[1:-1] * age_s[2:])
    all_age_s = np.sort(np.append(age_s, held_age_s))
    held = np.isin(all_age_s, held_age_s)
    aged_v = measure_retention(session, design, all_age_s)
    charge_c, disturbance_v = measure_pulses(session, design, PULSE_WIDTHS_S)
    mismatch = measure_mismatch(
        session,
        design,
        cells=effort.cells,
        mismatch_rng=np.random.default_rng(effort.seed),
        report=report,
    )
    level_v, stored_v = np.round(LEVEL_V, 9), np.round(aged_v[:, ~held], 9)
    current_a = rounded_all(curve.current_at(level_v))
    slope = rounded_all(curve.slope_at(level_v))
    law = TableLaw(level_v, current_a, slope)
    leakage = TableLeakage(level_v, age_s, stored_v, token_s=1.0)
    full_scale_a = float(np.abs(current_a).max())
    pulses = fit_pulses(PULSE_WIDTHS_S, charge_c, curve)
    checks = {
        "full_scale_a": full_scale_a,
        **fit_checks(curve, law),
        **aged_checks(curve, law, leakage, held_age_s, aged_v[:, held]),
        **between_levels(session, design, curve, law, leakage),
        **shape_checks(curve, design.current_scale),
        **pulses.checks,
        "read_disturbs_v": float(np.abs(disturbance_v).max()),
        "leakage_of_one_sigma": measure_leak_spread(session, design),
        "mismatch_left_of_full_scale": mismatch.left_a / full_scale_a,
        **corner_checks(session, design, curve),
    }
    return CellTable(
        name=name,
        level_v=level_v,
        current_a=current_a,
        slope_a_per_v=slope,
        output_conductance_a_per_v=rounded_all((above_a - below_a) / (2 * TURN_V)),
        current_sigma_a=rounded_all(mismatch.current_sigma_a),
        threshold_sigma_v=rounded(mismatch.threshold_v.std(ddof=1)),
        gain_sigma=rounded(mismatch.gain.std(ddof=1)),
        pulsed_current_a=rounded_all(pulses.current_a),
        edge_charge_c=rounded_all(pulses.edge_charge_c),
        read_kick_v=rounded(pulses.kick_v),
        storage_cap_f=rounded(measure_storage(session, design)),
        age_s=age_s,
        stored_v=stored_v,
        converters=converters,
        checks={key: rounded(value) for key, value in checks.items()},
        provenance=provenance(session, name, effort),
    )
