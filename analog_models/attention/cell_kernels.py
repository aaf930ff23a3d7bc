"""Cells, compiled: what was written becomes current, and currents are added up.

Every kernel computes in the type of the arrays that it is given, single or double precision.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from analog_models.attention.head_layout import Setting
from analog_models.compiled import compiled

__all__ = ["accumulate", "leak_cells", "multiply", "read_cells", "write_cells"]

Reals = npt.NDArray[np.floating[Any]]
Counts = npt.NDArray[Any]  # int16, or float64 that hold whole numbers
Sums = npt.NDArray[Any]  # int32 or int64 for counts of 16 bits, else float64
Bytes = npt.NDArray[np.int8]

LARGEST = 32767  # of 16 bits


@compiled
def write_cells(
    codes: Bytes, draws: Reals, settings: Reals, written: npt.NDArray[np.int16]
) -> None:
    """Write a token.

    Parameters
    ----------
    codes : numpy.ndarray
        Stored codes ``[cells]``.
    draws : numpy.ndarray
        Normal draws ``[cells]``.
    settings : numpy.ndarray
        As :class:`~analog_models.attention.head_layout.Setting`.
    written : numpy.ndarray
        Result ``[cells]``: voltages in steps from the middle one.
    """
    real = settings.dtype.type
    lowest, level = settings[Setting.LOWEST_V], settings[Setting.LEVEL_V]
    noise, step = settings[Setting.WRITE_NOISE_V], settings[Setting.WRITTEN_STEP_V]
    for i in range(written.size):
        steps = (lowest + level * real(codes[i]) + noise * real(draws[i])) / step
        written[i] = np.int16(np.rint(min(max(steps, real(-LARGEST)), real(LARGEST))))


@compiled
def read_cells(
    left: Reals, threshold: Bytes, gain: Bytes, law: Reals, settings: Reals, currents: Counts
) -> None:
    """Turn stored voltages into currents.

    Parameters
    ----------
    left : numpy.ndarray
        What is left of the voltages ``[cells]``, volts from the middle.
    threshold, gain : numpy.ndarray
        Mismatch of their transistors ``[cells]``, steps.
    law : numpy.ndarray
        ``[1 + knots, 4]``: a cubic in ascending powers, counts; then rows of a knot and what a
        cubic gains beyond it in second and third power.
    settings : numpy.ndarray
        As :class:`~analog_models.attention.head_layout.Setting`.
    currents : numpy.ndarray
        Result ``[cells]``, counts.
    """
    real, count = settings.dtype.type, currents.dtype.type
    zero, one = real(0), real(1)
    threshold_step, gain_step = settings[Setting.THRESHOLD_STEP_V], settings[Setting.GAIN_STEP]
    limit = settings[Setting.CURRENT_LIMIT]
    a0, a1, a2, a3 = law[0, 0], law[0, 1], law[0, 2], law[0, 3]
    if law.shape[0] == 1:  # apart, so that it becomes one pass of vector instructions
        for i in range(currents.size):
            y = left[i] + threshold_step * real(threshold[i])
            current = ((a3 * y + a2) * y + a1) * y + a0
            current *= one + gain_step * real(gain[i])
            currents[i] = count(np.rint(min(max(current, -limit), limit)))
        return
    for i in range(currents.size):
        y = left[i] + threshold_step * real(threshold[i])
        current = ((a3 * y + a2) * y + a1) * y + a0
        for row in range(1, law.shape[0]):
            beyond = max(y - law[row, 0], zero)
            current += beyond * beyond * (law[row, 1] + law[row, 2] * beyond)
        current *= one + gain_step * real(gain[i])
        currents[i] = count(np.rint(min(max(current, -limit), limit)))


@compiled
def leak_cells(
    written: npt.NDArray[np.int16], leak: Reals, knots: Reals, settings: Reals, left: Reals
) -> None:
    """Let the cells of some tokens leak.

    Parameters
    ----------
    written : numpy.ndarray
        What was written into them ``[tokens, dimensions]``, steps from the middle voltage.
    leak : numpy.ndarray
        Leakage at each token's age ``[tokens, 2 + knots]``: volts, slope, and change of slope at
        each knot.
    knots : numpy.ndarray
        Written voltages at which the leakage bends, volts from the middle.
    settings : numpy.ndarray
        As :class:`~analog_models.attention.head_layout.Setting`.
    left : numpy.ndarray
        Result: what is left ``[tokens, dimensions]``, volts from the middle.
    """
    real = settings.dtype.type
    zero, step = real(0), settings[Setting.WRITTEN_STEP_V]
    for token in range(written.shape[0]):
        stored, kept = written[token], left[token]
        base, slope = leak[token, 0], leak[token, 1] * step
        for r in range(stored.size):
            kept[r] = base + slope * real(stored[r])
        for knot in range(knots.size):
            place, bend = knots[knot], leak[token, 2 + knot]
            for r in range(stored.size):
                kept[r] += bend * max(step * real(stored[r]) - place, zero)


@compiled
def multiply(lines: Counts, drive: Counts, rows: int, charges: Sums) -> None:
    """Add up along each line: current times pulse, of all that drive it.

    Parameters
    ----------
    lines : numpy.ndarray
        Currents of cells ``[lines, rows]``, counts.
    drive : numpy.ndarray
        Pulses of the rows, counts.
    rows : int
        Their number, which the compiler may know.
    charges : numpy.ndarray
        Result, of the first lines: at most as many as there are.
    """
    whole = charges.dtype.type
    for j in range(charges.size):
        line = lines[j]
        charge = whole(0)
        for r in range(rows):
            charge += whole(line[r]) * whole(drive[r])
        charges[j] = charge


@compiled
def accumulate(
    lines: Counts,
    index: npt.NDArray[np.int64],
    pulses: Reals,
    driven: int,
    charges: Reals,
) -> None:
    """Add up the currents of driven lines, each for as long as its pulse lasts.

    Parameters
    ----------
    lines : numpy.ndarray
        Currents of cells ``[lines, wires]``, counts.
    index : numpy.ndarray
        The lines that are driven; there is room for three more.
    pulses : numpy.ndarray
        Their pulses, zero in the three places after the last.
    driven : int
        How many lines are driven.
    charges : numpy.ndarray
        Result, of the first wires: at most as many as there are.
    """
    real = charges.dtype.type
    charges[:] = real(0)
    for i in range(0, driven, 4):  # by fours, since every charge is loaded and stored each time
        line_0, pulse_0 = lines[index[i]], pulses[i]
        line_1, pulse_1 = lines[index[i + 1]], pulses[i + 1]
        line_2, pulse_2 = lines[index[i + 2]], pulses[i + 2]
        line_3, pulse_3 = lines[index[i + 3]], pulses[i + 3]
        for j in range(charges.size):
            charges[j] += (pulse_0 * real(line_0[j]) + pulse_1 * real(line_1[j])) + (
                pulse_2 * real(line_2[j]) + pulse_3 * real(line_3[j])
            )
