"""How well tables do where they were not fitted, and how near our cell is to the published one."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar

from analog_models.attention.cell_law import PUBLISHED_CUBIC, TableLaw
from analog_models.attention.leakage import TableLeakage
from analog_models.spice.cell_bench import (
    LEVEL_V,
    TEMPERATURE_K,
    StaticCurve,
    measure_retention,
    measure_static,
)
from analog_models.spice.cell_circuit import REST_V, SUPPLY_V, CellDesign
from analog_models.spice.session import NgspiceSession

__all__ = [
    "PulseFit",
    "aged_checks",
    "between_levels",
    "corner_checks",
    "fit_checks",
    "fit_pulses",
    "retention_s",
    "shape_checks",
]

Reals = npt.NDArray[np.float64]

MIDDLE_V = (LEVEL_V[1:] + LEVEL_V[:-1]) / 2  # between the levels: as far from them as it gets
TOKEN_S = 12 * 65e-9  # twelve layers of 65 ns: what the published decay of 1.6e-4 a token assumes
WINDOW_S = 1023 * TOKEN_S  # age of the oldest key of a window of 1,024 tokens
PUBLISHED_ENDS_A = (-10.15e-6, 9.97e-6)  # SPICE column of the published code, at 0 V and 0.9 V
PUBLISHED_ZERO_V = 0.409  # of the same column
CORNERS = {
    "0_celsius": (273.15, SUPPLY_V),
    "85_celsius": (358.15, SUPPLY_V),
    "low_supply": (TEMPERATURE_K, 0.95 * SUPPLY_V),
    "high_supply": (TEMPERATURE_K, 1.05 * SUPPLY_V),
}


def fit_checks(curve: StaticCurve, law: TableLaw) -> dict[str, float]:
    """Return how far the table is from SPICE at the middle between levels, and everywhere.

    Parameters
    ----------
    curve : StaticCurve
        SPICE.
    law : TableLaw
        Fitted at the levels.

    Returns
    -------
    dict of str to float
        Largest distances over full scale; those of a cubic through the same sweep beside them.
    """
    rails = (curve.stored_v >= 0) & (curve.stored_v <= SUPPLY_V)
    swept_v, swept_a = curve.stored_v[rails], curve.current_a[rails]
    full_scale_a = _full_scale_a(curve)
    centred_v = swept_v - REST_V
    cubic_a = np.polynomial.Polynomial.fit(centred_v, swept_a, 3)(centred_v)
    return {
        "held_out_of_full_scale": _largest(law, MIDDLE_V, curve.current_at(MIDDLE_V), full_scale_a),
        "whole_sweep_of_full_scale": _largest(law, swept_v, swept_a, full_scale_a),
        "cubic_leaves_of_full_scale": float(np.abs(cubic_a - swept_a).max()) / full_scale_a,
        "cubic_leaves_rms_of_full_scale": float(np.std(cubic_a - swept_a)) / full_scale_a,
    }


def aged_checks(
    curve: StaticCurve, law: TableLaw, leakage: TableLeakage, age_s: Reals, aged_v: Reals
) -> dict[str, float]:
    """Return how far leakage table and current table together are from SPICE at held-out ages.

    Parameters
    ----------
    curve : StaticCurve
        SPICE, at rest.
    law : TableLaw
        Fitted at the levels.
    leakage : TableLeakage
        Fitted at other ages; its token is one second.
    age_s : numpy.ndarray
        Ages held out, seconds.
    aged_v : numpy.ndarray
        SPICE's voltages ``[levels, ages]``, volts.

    Returns
    -------
    dict of str to float
        Largest distance of the current over full scale, in the window and to the last age; the
        time constant of the nearest exponential; the largest drift in the window.
    """
    wrong_a = law.current_a(leakage.voltage_v(LEVEL_V[:, None], age_s)) - curve.current_at(aged_v)
    wrong = np.abs(wrong_a) / _full_scale_a(curve)
    drift_v = leakage.voltage_v(LEVEL_V, WINDOW_S) - LEVEL_V
    return {
        "aged_held_out_of_full_scale": float(wrong[:, age_s <= WINDOW_S].max()),
        "aged_to_the_last_of_full_scale": float(wrong.max()),
        "retention_s": retention_s(leakage),
        "largest_drift_in_window_v": float(drift_v[np.abs(drift_v).argmax()]),
    }


def retention_s(leakage: TableLeakage) -> float:
    """Return the time constant of the exponential nearest to a table while a cell is young.

    Parameters
    ----------
    leakage : TableLeakage
        The table; its token is one second.

    Returns
    -------
    float
        By least squares over all levels and the first 25th of the table's ages, seconds: of a
        table of 20 ms that is a window of 1,024 tokens.
    """
    age_s = np.linspace(0.0, leakage.age_s[-1] / 25, 94)
    distance_v = leakage.voltage_v(LEVEL_V[:, None], age_s) - REST_V
    at_first_v = (LEVEL_V - REST_V)[:, None]

    def left_over(log_rate: float) -> float:
        return float(np.sum((distance_v - at_first_v * np.exp(-age_s * 10**log_rate)) ** 2))

    found = minimize_scalar(left_over, bounds=(-6, 6), method="bounded", options={"xatol": 1e-9})
    return float(10**-found.x)


def between_levels(
    session: NgspiceSession,
    design: CellDesign,
    curve: StaticCurve,
    law: TableLaw,
    leakage: TableLeakage,
) -> dict[str, float]:
    """Return how far the tables are from SPICE for voltages that no level stores.

    Parameters
    ----------
    session : NgspiceSession
        The simulator.
    design : CellDesign
        Sizes.
    curve : StaticCurve
        SPICE, at rest.
    law : TableLaw
        Fitted at the levels.
    leakage : TableLeakage
        Fitted at the levels; its token is one second.

    Returns
    -------
    dict of str to float
        Largest distance of the current over full scale, in the window, of cells written at the
        middle between two levels. No code asks for that: it bounds what analog levels would see.
    """
    age_s = np.linspace(0.1, 1.0, 10) * WINDOW_S
    aged_v = measure_retention(session, design, age_s, level_v=MIDDLE_V)
    wrong_a = law.current_a(leakage.voltage_v(MIDDLE_V[:, None], age_s)) - curve.current_at(aged_v)
    return {
        "aged_between_levels_of_full_scale": float(np.abs(wrong_a).max()) / _full_scale_a(curve)
    }


def shape_checks(curve: StaticCurve, current_scale: float) -> dict[str, float]:
    """Return our cell beside the published one, which its sizes and thresholds were chosen after.

    Parameters
    ----------
    curve : StaticCurve
        SPICE.
    current_scale : float
        Its current by design over that of the published cell, whose figures are scaled by it.

    Returns
    -------
    dict of str to float
        Currents at the rails and the zero; their distances from the published SPICE column; the
        RMS distance from the published cubic at the levels.
    """
    low_a, high_a = curve.current_at([0.0, SUPPLY_V])
    low_end_a, high_end_a = (current_scale * end_a for end_a in PUBLISHED_ENDS_A)
    cubic_a = current_scale * PUBLISHED_CUBIC.current_a(LEVEL_V)
    return {
        "current_at_0_v_a": float(low_a),
        "current_at_0_9_v_a": float(high_a),
        "zero_v": curve.zero_v,
        "calibrated_to_published_ends_a": max(
            abs(float(low_a) - low_end_a), abs(float(high_a) - high_end_a)
        ),
        "calibrated_to_published_zero_v": abs(curve.zero_v - PUBLISHED_ZERO_V),
        "rms_from_published_cubic_a": float(
            np.sqrt(np.mean((curve.current_at(LEVEL_V) - cubic_a) ** 2))
        ),
    }


@dataclass(frozen=True, kw_only=True)
class PulseFit:
    """What read pulses take from the bitline, as straight lines in their width.

    Parameters
    ----------
    current_a : numpy.ndarray
        Of each level, amps.
    edge_charge_c : numpy.ndarray
        Of each level, beside the current: a pulse of no width, coulombs.
    kick_v : float
        Shift of the stored voltage that explains most of the difference between these currents
        and those at rest, volts.
    checks : dict of str to float
        Largest distance of a charge from the straight line; of the pulsed current from the one at
        rest; and the same once the shift is allowed for; over full scale.
    """

    current_a: Reals
    edge_charge_c: Reals
    kick_v: float
    checks: dict[str, float]


def fit_pulses(width_s: Reals, charge_c: Reals, curve: StaticCurve) -> PulseFit:
    """Compare what read pulses take from the bitline with the current at rest.

    Parameters
    ----------
    width_s : numpy.ndarray
        Widths, seconds.
    charge_c : numpy.ndarray
        Charges ``[levels, widths]``, coulombs.
    curve : StaticCurve
        SPICE, at rest.

    Returns
    -------
    PulseFit
        By least squares.
    """
    full_scale_a = _full_scale_a(curve)
    lines = np.polynomial.polynomial.polyfit(width_s, charge_c.T, 1)
    straight_c = np.polynomial.polynomial.polyval(width_s, lines)
    change_a = lines[1] - curve.current_at(LEVEL_V)
    slope = curve.slope_at(LEVEL_V)
    kick_v = float(slope @ change_a / (slope @ slope))
    return PulseFit(
        current_a=lines[1],
        edge_charge_c=lines[0],
        kick_v=kick_v,
        checks={
            "pulse_nonlinearity_of_full_scale": float(
                np.abs(charge_c - straight_c).max() / (full_scale_a * width_s.max())
            ),
            "pulsed_from_static_of_full_scale": float(np.abs(change_a).max() / full_scale_a),
            "pulsed_after_kick_of_full_scale": float(
                np.abs(change_a - kick_v * slope).max() / full_scale_a
            ),
        },
    )


def corner_checks(
    session: NgspiceSession, design: CellDesign, curve: StaticCurve
) -> dict[str, float]:
    """Return how far the current moves from corner to corner.

    Parameters
    ----------
    session : NgspiceSession
        The simulator.
    design : CellDesign
        Sizes.
    curve : StaticCurve
        SPICE, nominal.

    Returns
    -------
    dict of str to float
        A corner each: largest change over the levels, over full scale.
    """
    nominal_a = curve.current_at(LEVEL_V)
    changes = {}
    for name, (temperature_k, supply_v) in CORNERS.items():
        corner = measure_static(session, design, temperature_k=temperature_k, supply_v=supply_v)
        change_a = np.abs(corner.current_at(LEVEL_V) - nominal_a).max()
        changes[f"{name}_moves_of_full_scale"] = float(change_a) / _full_scale_a(curve)
    return changes


def _full_scale_a(curve: StaticCurve) -> float:
    return float(np.abs(curve.current_at(LEVEL_V)).max())


def _largest(law: TableLaw, stored_v: Reals, current_a: Reals, full_scale_a: float) -> float:
    return float(np.abs(law.current_a(stored_v) - current_a).max()) / full_scale_a
