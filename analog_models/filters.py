"""Discrete-time equivalents of the analog filters."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Section", "high_pass", "low_pass"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Section:
    """A recursive filter of second order at most.

    Parameters
    ----------
    b, a : numpy.ndarray
        Three coefficients each of the numerator and the denominator; ``a[0]`` is one.
    """

    b: npt.NDArray[np.float64]
    a: npt.NDArray[np.float64]

    @property
    def coefficients(self) -> npt.NDArray[np.float64]:
        """``b0 b1 b2 a1 a2``."""
        return np.concatenate([self.b, self.a[1:]])

    @property
    def delay_samples(self) -> float:
        """Group delay at low frequency, samples; zero for a high-pass."""
        if self.b.sum() == 0:
            return 0.0
        powers = np.arange(3)
        return float(powers @ self.b / self.b.sum() - powers @ self.a / self.a.sum())


def high_pass(*, pole_hz: float, rate_hz: float) -> Section:
    """Return a first-order high-pass whose -3 dB frequency is exact (bilinear, prewarped).

    Parameters
    ----------
    pole_hz : float
        -3 dB frequency, hertz; zero for no filter, which is exactly the identity.
    rate_hz : float
        Samples per second.

    Returns
    -------
    Section
        The filter.

    Raises
    ------
    ValueError
        The pole is at or above half the rate: nothing would pass.
    """
    if pole_hz == 0:
        return _section([1.0], [1.0])
    if pole_hz >= rate_hz / 2:
        raise ValueError(
            f"high-pass pole must be below half the input rate of {rate_hz!r} Hz, "
            f"not {pole_hz!r} Hz"
        )
    warped = math.tan(math.pi * pole_hz / rate_hz)
    return _section([1.0, -1.0], [warped + 1.0, warped - 1.0])


def low_pass(*, order: int, pole_hz: float, rate_hz: float) -> Section:
    """Return a Butterworth low-pass whose -3 dB frequency is exact (bilinear, prewarped).

    Parameters
    ----------
    order : int
        1 or 2.
    pole_hz : float
        -3 dB frequency, hertz; zero, or at or above half of ``rate_hz``, for no filter, which is
        exactly the identity.
    rate_hz : float
        Samples per second.

    Returns
    -------
    Section
        The filter.
    """
    if pole_hz == 0 or pole_hz >= rate_hz / 2:
        return _section([1.0], [1.0])
    warped = math.tan(math.pi * pole_hz / rate_hz)
    if order == 1:
        return _section([warped, warped], [warped + 1.0, warped - 1.0])
    square, damping = warped**2, math.sqrt(2.0) * warped
    return _section(
        [square, 2.0 * square, square],
        [1.0 + damping + square, 2.0 * (square - 1.0), 1.0 - damping + square],
    )


def _section(b: list[float], a: list[float]) -> Section:
    padding = [0.0, 0.0]
    return Section(b=np.array([*b, *padding][:3]) / a[0], a=np.array([*a, *padding][:3]) / a[0])
