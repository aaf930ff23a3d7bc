"""What a gain cell does, measured on its netlists."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.interpolate import PchipInterpolator

from analog_models.spice.cell_circuit import (
    EDGE_S,
    PULSE_START_S,
    SUPPLY_V,
    CellDesign,
    pulse_netlist,
    retention_netlist,
    static_netlist,
)
from analog_models.spice.session import NgspiceSession

__all__ = [
    "LEVEL_V",
    "TEMPERATURE_K",
    "StaticCurve",
    "measure_pulses",
    "measure_retention",
    "measure_static",
    "measure_storage",
    "sweep_store",
]

Reals = npt.NDArray[np.float64]

TEMPERATURE_K = 300.15  # 27 degrees Celsius, where SPICE models are stated
LEVEL_V = np.arange(8.0) * SUPPLY_V / 7  # the stored voltages of three bits
STEPS_PER_LEVEL = 64  # of a sweep: 2 mV


@dataclass(frozen=True, kw_only=True)
class StaticCurve:
    """Current of one cell against its stored voltage.

    Parameters
    ----------
    stored_v : numpy.ndarray
        Rising, evenly spaced, one step beyond both rails, volts.
    current_a : numpy.ndarray
        Out of the bitline into the cell, amps.
    """

    stored_v: Reals
    current_a: Reals

    def current_at(self, stored_v: npt.ArrayLike) -> Reals:
        """Return currents between the points of the sweep.

        Parameters
        ----------
        stored_v : array_like
            Stored voltages, any shape, volts.

        Returns
        -------
        numpy.ndarray
            Currents, amps.
        """
        return np.asarray(PchipInterpolator(self.stored_v, self.current_a)(stored_v))

    def slope_at(self, stored_v: npt.ArrayLike) -> Reals:
        """Return the transconductance by the difference of neighbouring points.

        Parameters
        ----------
        stored_v : array_like
            Stored voltages within the rails, volts.

        Returns
        -------
        numpy.ndarray
            Amps per volt.
        """
        step_v = self.stored_v[1] - self.stored_v[0]
        middle = np.asarray(stored_v, dtype=np.float64)
        return (self.current_at(middle + step_v) - self.current_at(middle - step_v)) / (2 * step_v)

    @property
    def zero_v(self) -> float:
        """Stored voltage at which the cell gives no current, volts."""
        return float(np.interp(0.0, self.current_a, self.stored_v))


def measure_static(
    session: NgspiceSession,
    design: CellDesign,
    *,
    temperature_k: float = TEMPERATURE_K,
    supply_v: float = SUPPLY_V,
    bitline_v: float | None = None,
) -> StaticCurve:
    """Sweep the stored voltage of a cell whose read word line is on.

    Parameters
    ----------
    session : NgspiceSession
        The simulator.
    design : CellDesign
        Sizes.
    temperature_k : float
        Absolute temperature, kelvin.
    supply_v : float
        Supply of the array, volts.
    bitline_v : float, optional
        Voltage that holds the bitline; half the supply unless told.

    Returns
    -------
    StaticCurve
        The sweep.
    """
    session.load(
        "gain cell", static_netlist(design, temperature_k=temperature_k, supply_v=supply_v)
    )
    if bitline_v is not None:
        session.alter("vbitline", {"dc": bitline_v})
    return sweep_store(session)


def sweep_store(session: NgspiceSession, steps_per_level: int = STEPS_PER_LEVEL) -> StaticCurve:
    """Sweep the source ``vstore`` of the circuit that is loaded.

    Parameters
    ----------
    session : NgspiceSession
        Holds a static netlist.
    steps_per_level : int
        Points from one level to the next.

    Returns
    -------
    StaticCurve
        The sweep.
    """
    step_v = SUPPLY_V / 7 / steps_per_level
    points = 7 * steps_per_level + 3
    last_v = SUPPLY_V + 1.5 * step_v  # half a step late, so that no rounding loses the last point
    plot = session.run(f"dc vstore {-step_v:.12g} {last_v:.12g} {step_v:.12g}")
    stored_v = step_v * np.arange(-1.0, points - 1.0)
    return StaticCurve(stored_v=stored_v, current_a=-plot["vbitline#branch"])


def measure_pulses(
    session: NgspiceSession, design: CellDesign, widths_s: npt.ArrayLike
) -> tuple[Reals, Reals]:
    """Read a cell of each level by pulses of the word line into a held bitline.

    Parameters
    ----------
    session : NgspiceSession
        The simulator.
    design : CellDesign
        Sizes.
    widths_s : array_like
        Widths of the pulses at half height, seconds.

    Returns
    -------
    charge_c : numpy.ndarray
        Charge taken from the bitline ``[levels, widths]``, coulombs.
    disturbance_v : numpy.ndarray
        What the read changes of each stored voltage after the longest pulse, volts.
    """
    widths = np.asarray(widths_s, dtype=np.float64)
    netlist = pulse_netlist(design, LEVEL_V.tolist(), temperature_k=TEMPERATURE_K)
    session.load("gain cell pulse", netlist)
    charge_c = np.empty((LEVEL_V.size, widths.size))
    disturbance_v = np.empty(LEVEL_V.size)
    end_s = PULSE_START_S + float(widths.max()) + 2e-9
    for column, width_s in enumerate(widths):
        shape = (PULSE_START_S, EDGE_S, EDGE_S, float(width_s) - EDGE_S, 1.0)
        session.alter("vread", {"pulse": (0.0, SUPPLY_V, *shape)})
        session.alter("vreadbar", {"pulse": (SUPPLY_V, 0.0, *shape)})
        plot = session.run(f"tran 2e-11 {end_s:.6g} 0 1e-10")
        for row in range(LEVEL_V.size):
            charge_c[row, column] = np.trapezoid(-plot[f"vbitline{row}#branch"], plot["time"])
            store_v = plot[f"store{row}"]
            disturbance_v[row] = store_v[-1] - store_v[0]
    return charge_c, disturbance_v


def measure_retention(
    session: NgspiceSession,
    design: CellDesign,
    age_s: npt.ArrayLike,
    *,
    level_v: npt.ArrayLike = LEVEL_V,
) -> Reals:
    """Leave a cell of each level alone, with its write line at rest.

    Parameters
    ----------
    session : NgspiceSession
        The simulator.
    design : CellDesign
        Sizes.
    age_s : array_like
        Ages to look at, rising, seconds.
    level_v : array_like
        Voltages as written, volts.

    Returns
    -------
    numpy.ndarray
        Stored voltages ``[levels, ages]``, volts.
    """
    ages = np.asarray(age_s, dtype=np.float64)
    levels = np.asarray(level_v, dtype=np.float64)
    netlist = retention_netlist(design, levels.tolist(), temperature_k=TEMPERATURE_K)
    session.load("gain cell retention", netlist)
    step_s = ages[-1] / 1000
    plot = session.run(f"tran {step_s:.6g} {ages[-1]:.9g} 0 {step_s:.6g}")
    stored_v = [
        PchipInterpolator(plot["time"], plot[f"store{row}"])(ages) for row in range(levels.size)
    ]
    return np.array(stored_v)


def measure_storage(session: NgspiceSession, design: CellDesign) -> float:
    """Charge a cell from one rail to the other.

    Parameters
    ----------
    session : NgspiceSession
        The simulator.
    design : CellDesign
        Sizes.

    Returns
    -------
    float
        Capacitance of the storage node, gates and switch included, mean of all voltages, farads.
    """
    rise_s = 1e-6  # slow enough for the transistors, too quick for the leakage
    session.load("gain cell storage", static_netlist(design, temperature_k=TEMPERATURE_K))
    session.alter("vstore", {"pulse": (0.0, SUPPLY_V, 0.0, rise_s, rise_s, 1.0, 2.0)})
    plot = session.run(f"tran {rise_s / 100:g} {rise_s:g}")
    return float(np.trapezoid(-plot["vstore#branch"], plot["time"])) / SUPPLY_V
