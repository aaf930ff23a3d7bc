"""What mismatch of thresholds does to a gain cell, in one circuit that is altered."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analog_models.spice.cell_bench import STEPS_PER_LEVEL, TEMPERATURE_K, sweep_store
from analog_models.spice.cell_circuit import SUPPLY_V, CellDesign, static_netlist
from analog_models.spice.session import NgspiceSession

__all__ = ["Mismatch", "measure_leak_spread", "measure_mismatch"]

Reals = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Mismatch:
    """What threshold mismatch does to a cell's current, as two numbers a cell.

    A cell's current is ``(1 + gain) I(V + threshold_v)`` of the nominal one.

    Parameters
    ----------
    threshold_v : numpy.ndarray
        Shift of each cell, volts.
    gain : numpy.ndarray
        Relative change of each cell.
    current_sigma_a : numpy.ndarray
        Standard deviation of the current at each of the levels, amps.
    left_a : float
        RMS of what the two numbers leave of the change of current, amps.
    """

    threshold_v: Reals
    gain: Reals
    current_sigma_a: Reals
    left_a: float


def measure_mismatch(
    session: NgspiceSession,
    design: CellDesign,
    *,
    cells: int,
    mismatch_rng: np.random.Generator,
    report: Callable[[float], None] = lambda _: None,
) -> Mismatch:
    """Sweep cells whose thresholds are drawn, in one circuit that is altered.

    Parameters
    ----------
    session : NgspiceSession
        The simulator.
    design : CellDesign
        Sizes, from which the standard deviations follow.
    cells : int
        Number of cells.
    mismatch_rng : numpy.random.Generator
        Draws the thresholds.
    report : callable
        Told the part that is done, 0 to 1.

    Returns
    -------
    Mismatch
        One shift and gain a cell.
    """
    steps = 4
    session.load("gain cell mismatch", static_netlist(design, temperature_k=TEMPERATURE_K))
    nominal = sweep_store(session)
    inner = STEPS_PER_LEVEL // steps
    stored_v = nominal.stored_v[1:-1:inner]
    nominal_a = nominal.current_a[1:-1:inner]
    basis = np.stack([nominal.slope_at(stored_v), nominal_a], axis=1)
    sigmas = design.threshold_sigmas_v
    changes_a = np.empty((cells, stored_v.size))
    for cell in range(cells):
        draws = mismatch_rng.standard_normal(len(sigmas))
        for (device, sigma_v), draw in zip(sigmas.items(), draws, strict=True):
            session.alter(f"m.xcell.{device}", {"delvto": sigma_v * draw})
        changes_a[cell] = sweep_store(session, steps).current_a[1:-1] - nominal_a
        report((cell + 1) / cells)
    shifts, *_ = np.linalg.lstsq(basis, changes_a.T, rcond=None)
    left_a = changes_a.T - basis @ shifts
    return Mismatch(
        threshold_v=shifts[0],
        gain=shifts[1],
        current_sigma_a=changes_a[:, ::steps].std(axis=0, ddof=1),
        left_a=float(np.sqrt(np.mean(left_a**2))),
    )


def measure_leak_spread(session: NgspiceSession, design: CellDesign) -> float:
    """Lower the thresholds of the write switch by a standard deviation.

    Parameters
    ----------
    session : NgspiceSession
        The simulator.
    design : CellDesign
        Sizes.

    Returns
    -------
    float
        Leakage of a cell at the lowest or at the highest level, over the nominal one: whichever
        rises more.
    """
    session.load("gain cell leakage", static_netlist(design, temperature_k=TEMPERATURE_K))
    rails = f"dc vstore 0 {SUPPLY_V + 1e-3:.12g} {SUPPLY_V:.12g}"
    nominal_a = session.run(rails)["vstore#branch"]
    for device, sigma_v in design.write_threshold_sigmas_v.items():
        lower_v = sigma_v if device.endswith("p") else -sigma_v
        session.alter(f"m.xcell.{device}", {"delvto": lower_v})
    return float((session.run(rails)["vstore#branch"] / nominal_a).max())
