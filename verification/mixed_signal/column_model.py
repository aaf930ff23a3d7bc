"""What a column should count, from the calibrated tables."""

import numpy as np
import numpy.typing as npt

from analog_models.attention.cell_tables import CellTable

__all__ = ["column_widths_s", "steps_from_count"]

STEP_S = 1e-9  # of a query's pulse


def column_widths_s(
    table: CellTable, kind: str, levels: npt.ArrayLike, queries: npt.ArrayLike
) -> npt.NDArray[np.float64]:
    """Return the pulses that a column's converter gives, by the behavioural tables.

    Cells drive their pulsed current while their row is on, and the charge of the edges; the
    bitline moves by the converter's input resistance, and takes the cells' output conductance
    with it. The converter is its line, limited.

    Parameters
    ----------
    table : CellTable
        Calibrated cell.
    kind : str
        ``signed`` or ``unsigned``.
    levels : array_like
        Level stored in each cell, 0 to 7.
    queries : array_like
        Codes ``[queries, cells]``, 0 to 15.

    Returns
    -------
    numpy.ndarray
        Width of each pulse, negative for a negative charge, seconds.
    """
    converter = table.converters[kind]
    stored = np.asarray(levels)
    codes = np.asarray(queries)
    on = codes[:, np.newaxis, :] > np.arange(codes.max(initial=1))[:, np.newaxis]
    drive_a = on @ table.pulsed_current_a[stored]
    conductance = on @ table.output_conductance_a_per_v[stored]
    current_a = drive_a / (1 + conductance * converter.input_resistance_ohm)
    edges_c = (codes > 0) @ table.edge_charge_c[stored]
    charge_c = current_a.sum(axis=1) * STEP_S + edges_c
    part = charge_c / converter.saturation_charge_c
    width_s = converter.gain * part * converter.full_width_s + converter.offset_s
    width_s += converter.crossover_s * np.sign(part)
    lowest_s = -converter.full_width_s if kind == "signed" else 0.0
    return np.clip(width_s, lowest_s, converter.full_width_s)


def steps_from_count(
    widths_s: npt.ArrayLike, counts: npt.ArrayLike, *, delay_s: float, longest: int
) -> npt.NDArray[np.float64]:
    """Return how far pulses are from the nearest width that gives a count.

    The counter looks at the end of each step from the beginning of the discharge, and the pulse
    ends a delay after its width: a count of n is a pulse that ends in the n-th step.

    Parameters
    ----------
    widths_s : array_like
        Pulses as a model has them, signed, seconds.
    counts : array_like
        What was counted of each, signed.
    delay_s : float
        From the beginning of the discharge to that of the pulse, seconds.
    longest : int
        Largest count, which longer pulses give too.

    Returns
    -------
    numpy.ndarray
        Distances in steps of 1 ns; zero where the pulse gives the count.

    Examples
    --------
    >>> steps_from_count([2.5e-9, -2.5e-9, 9e-9], [2, -3, 4], delay_s=1e-9, longest=4)
    array([0.5, 0. , 0. ])
    """
    number = np.asarray(counts)
    sign = np.where(number < 0, -1, np.where(number > 0, 1, np.sign(widths_s)))
    end = (sign * np.asarray(widths_s) + delay_s) / STEP_S - 1
    size = np.abs(number)
    early = np.where(size > 0, size - 1 - end, 0.0)
    late = np.where(size < longest, end - size, 0.0)
    return np.maximum(0.0, np.maximum(early, late))
