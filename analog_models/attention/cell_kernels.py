"""Cells, compiled: what was written becomes current, and currents are added up.

Every kernel computes in the type of the arrays that it is given, single or double precision.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from analog_models.attention.head_layout import Setting
from analog_models.compiled import compiled
from analog_models.instructions import LINE_CELLS, LINES, multiply_lines

__all__ = ["leak_cells", "multiply", "read_cells", "write_cells"]

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
    written: npt.NDArray[np.int16],
    by_token: bool,
    leak: Reals,
    knots: Reals,
    settings: Reals,
    left: Reals,
) -> None:
    """Let the cells of some tokens leak.

    Parameters
    ----------
    written : numpy.ndarray
        What was written into them ``[cells]``, steps from the middle voltage.
    by_token : bool
        The cells of a token are neighbours; else those of a dimension are.
    leak : numpy.ndarray
        Leakage at each token's age ``[2 + knots, tokens]``: volts, slope, and change of slope at
        each knot.
    knots : numpy.ndarray
        Written voltages at which the leakage bends, volts from the middle.
    settings : numpy.ndarray
        As :class:`~analog_models.attention.head_layout.Setting`.
    left : numpy.ndarray
        Result: what is left ``[cells]``, volts from the middle.
    """
    real = settings.dtype.type
    zero, step = real(0), settings[Setting.WRITTEN_STEP_V]
    tokens = leak.shape[1]
    dimensions = written.size // tokens
    for i in range(written.size):
        left[i] = step * real(written[i])
    base, slope = leak[0], leak[1]
    if by_token:
        for token in range(tokens):
            line = left[token * dimensions : (token + 1) * dimensions]
            start, rise = base[token], slope[token]
            for r in range(dimensions):
                line[r] = start + rise * line[r]
    else:
        for r in range(dimensions):
            line = left[r * tokens : (r + 1) * tokens]
            for token in range(tokens):
                line[token] = base[token] + slope[token] * line[token]
    for knot in range(knots.size):
        place, bend = knots[knot], leak[2 + knot]
        for i in range(written.size):
            token = i // dimensions if by_token else i % tokens
            left[i] += bend[token] * max(step * real(written[i]) - place, zero)


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
    done = 0
    if rows == LINE_CELLS:
        while done + LINES <= charges.size and multiply_lines(lines, done, drive, charges):
            done += LINES
    for j in range(done, charges.size):
        line = lines[j]
        charge = whole(0)
        for r in range(rows):
            charge += whole(line[r]) * whole(drive[r])
        charges[j] = charge
