"""Figures as they are written down."""

import numpy as np
import numpy.typing as npt

__all__ = ["rounded", "rounded_all"]


def rounded(value: float) -> float:
    """Return six digits of a value: more would differ from machine to machine.

    Parameters
    ----------
    value : float
        Any.

    Returns
    -------
    float
        The nearest with six digits.

    Examples
    --------
    >>> rounded(1.23456789e-12), rounded(-0.0)
    (1.23457e-12, 0.0)
    """
    return float(f"{value:.6g}") + 0.0


def rounded_all(values: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return six digits of each value.

    Parameters
    ----------
    values : array_like
        One axis of values.

    Returns
    -------
    numpy.ndarray
        The nearest with six digits.
    """
    return np.array([rounded(float(each)) for each in np.asarray(values)])
