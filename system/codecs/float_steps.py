"""The number that floats are whole multiples of, each rounded to its type, as counts times a gain.

Rounding moves each float by up to half its distance from its neighbours, so that the divisor is
found as one finds that of measured lengths: from the least distance between any two, and ever more
precisely from ever longer ones. What gives every float back bit by bit is then searched beside it.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["find_step", "ulps_beyond"]

CLEAR = 16  # times what rounding can make of it: a length that is told from none
SURE = 4  # what is known to this part of the divisor is a number of divisors
MOST_COUNTS = 1 << 16  # of what divides without any rounding, as everything does in the end
MOST_ULPS = 3  # that a float is off which was multiplied, divided or read as a decimal twice
MOST_DIVISIONS = 64  # each at least halves the divisor
DECIMALS = range(1, 16)  # digits of a step that somebody wrote down
NEIGHBOURS = range(-8, 9)  # floats beside a quotient, which is rounded itself


class _Measured(NamedTuple):
    """Lengths, and what they may be wrong by; or one of each."""

    length: npt.NDArray[np.float64]
    error: npt.NDArray[np.float64]


def find_step(values: npt.NDArray) -> float | None:
    """Return what floats are whole multiples of, or next to: some were rounded more than once.

    Parameters
    ----------
    values : ndarray of float
        Finite floats.

    Returns
    -------
    float or None
        The largest such number; if there are several, one that gives all floats back, and the one
        with fewest digits. It is 1 if all floats are 0, and None if there is none that can be told
        from their rounding.

    Examples
    --------
    >>> find_step(np.array([0.195, -0.39, 1.95], dtype=np.float32))
    0.195
    """
    stored = np.unique(np.abs(values))
    stored = stored[stored > 0]
    if not len(stored):
        return 1.0
    exact = stored.astype(np.float64)
    error = np.maximum(np.spacing(stored).astype(np.float64), np.spacing(exact))
    with np.errstate(over="ignore"):  # of counts, where floats are of all sizes
        for ulps in (0, MOST_ULPS):
            # Twice the rounding of the type, as the arithmetic here rounds as well.
            divisor = _measured_divisor(_Measured(exact, (2 + ulps) * error))
            candidates = _beside(_Measured(exact, (0.5 + ulps) * error), divisor) if divisor else ()
            for step in candidates:
                if step > 0 and (np.abs(ulps_beyond(stored, step)) <= ulps).all():
                    return step
        divisor = _exact_divisor(exact)
        is_narrow = exact[-1] - exact[0] < divisor * MOST_COUNTS
        return divisor if is_narrow and not ulps_beyond(stored, divisor).any() else None


def ulps_beyond(values: npt.NDArray, step: float) -> npt.NDArray[np.int64]:
    """Return how far floats are from the multiples of a step, in neighbours and away from zero.

    Parameters
    ----------
    values : ndarray of float
        Finite floats.
    step : float
        The step.

    Returns
    -------
    ndarray of int64
        How many floats of their type each is beyond the nearest multiple.
    """
    near = (np.rint(values / np.float64(step)).astype(np.float64) * step).astype(values.dtype)
    if values.dtype.itemsize > np.dtype(np.int64).itemsize:
        return np.where(near == values, 0, np.iinfo(np.int64).max)
    bits = f"i{values.dtype.itemsize}"
    native = values.dtype.newbyteorder("=")
    far, near = (np.abs(each).astype(native).view(bits) for each in (values, near))
    return far.astype(np.int64) - near


def _measured_divisor(values: _Measured) -> float:
    """Return about what divides sorted positive values, or 0 if their errors are too large."""
    length, error = values
    between = _Measured(np.diff(length, prepend=0.0), error + np.append(0.0, error[:-1]))
    clear = np.flatnonzero(between.length >= CLEAR * between.error)
    if not len(clear):
        return 0.0
    least = clear[between.length[clear].argmin()]
    divisor, doubt = float(between.length[least]), float(between.error[least])
    lengths = _Measured(
        np.concatenate((length, length - length[0], between.length)),
        np.concatenate((error, error + error[0], between.error)),
    )
    for _ in range(MOST_DIVISIONS):
        counts = np.rint(lengths.length / divisor)
        tolerance = lengths.error + counts * doubt
        sure = tolerance <= divisor / SURE
        rest = np.abs(lengths.length - counts * divisor)
        wrong = np.flatnonzero(sure & (rest > tolerance))
        if len(wrong):  # what is left is a multiple of the true divisor, too
            worst = wrong[rest[wrong].argmax()]
            divisor, doubt = float(rest[worst]), float(tolerance[worst])
            continue
        better = np.where(sure & (counts > 0), lengths.error / np.maximum(counts, 1), np.inf)
        best = int(better.argmin())
        if better[best] >= doubt:
            return divisor if counts[len(length) - 1] * doubt <= divisor / SURE else 0.0
        divisor, doubt = float(lengths.length[best] / counts[best]), float(better[best])
    return 0.0


def _beside(values: _Measured, divisor: float) -> Iterator[float]:
    """Yield numbers that divide the values if any near to ``divisor`` does."""
    counts = np.maximum(np.rint(values.length / divisor), 1)
    low = float(((values.length - values.error) / counts).max())
    high = float(((values.length + values.error) / counts).min())
    middle = (low + high) / 2
    yield from (float(f"{middle:.{digits}g}") for digits in DECIMALS)
    yield from (middle + n * float(np.spacing(middle)) for n in sorted(NEIGHBOURS, key=abs))


def _exact_divisor(values: npt.NDArray[np.float64]) -> float:
    """Return the largest number of which all are multiples without any rounding."""
    ratios = [value.as_integer_ratio() for value in values.tolist()]
    unit = max(bottom for _, bottom in ratios)
    return (
        math.gcd(*(numerator * (unit // denominator) for numerator, denominator in ratios)) / unit
    )
