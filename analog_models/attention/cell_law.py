"""Current of a gain cell against its stored voltage: the published cubic, a line, a table."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

__all__ = [
    "PUBLISHED_CUBIC",
    "PUBLISHED_LINEAR",
    "CellLaw",
    "CubicLaw",
    "LinearLaw",
    "PolynomialLaw",
    "TableLaw",
]

Reals = npt.NDArray[np.float64]


class CellLaw(Protocol):
    """What a head needs to know of a cell: current at full word-line voltage, and its slope."""

    def current_a(self, stored_v: npt.ArrayLike) -> Reals:
        """Return the signed current of a cell.

        Parameters
        ----------
        stored_v : array_like
            Stored voltages, any shape, volts.

        Returns
        -------
        numpy.ndarray
            Currents, amps.
        """
        ...

    def slope_a_per_v(self, stored_v: npt.ArrayLike) -> Reals:
        """Return the transconductance of a cell.

        Parameters
        ----------
        stored_v : array_like
            Stored voltages, any shape, volts.

        Returns
        -------
        numpy.ndarray
            Change of the current with the stored voltage, amps per volt.
        """
        ...


class PolynomialLaw:
    """A current that is a polynomial of the stored voltage around a centre.

    Parameters
    ----------
    coefficients : sequence of float
        Of ascending powers of ``stored_v - centre_v``, amps per volt to the power.
    centre_v : float
        Voltage that the powers are of the distance from, volts.
    """

    def __init__(self, coefficients: Sequence[float], centre_v: float) -> None:
        values = (*coefficients, centre_v)
        if not np.isfinite(values).all():
            raise ValueError(f"cell law coefficients must be finite, not {values}")
        self.coefficients = tuple(float(each) for each in coefficients)
        self.centre_v = float(centre_v)
        self._current = np.polynomial.Polynomial(self.coefficients)
        self._slope = self._current.deriv()

    def __repr__(self) -> str:
        """Return the call that makes the law."""
        return f"{type(self).__name__}({self.coefficients}, centre_v={self.centre_v})"

    def __eq__(self, other: object) -> bool:
        """Return whether the other law is the same function written the same way."""
        return (
            isinstance(other, PolynomialLaw)
            and self.coefficients == other.coefficients
            and self.centre_v == other.centre_v
        )

    def __hash__(self) -> int:
        """Return a hash of coefficients and centre."""
        return hash((self.coefficients, self.centre_v))

    def current_a(self, stored_v: npt.ArrayLike) -> Reals:
        """Return the signed current of a cell.

        Parameters
        ----------
        stored_v : array_like
            Stored voltages, any shape, volts.

        Returns
        -------
        numpy.ndarray
            Currents, amps.
        """
        return self._current(np.asarray(stored_v, dtype=np.float64) - self.centre_v)

    def slope_a_per_v(self, stored_v: npt.ArrayLike) -> Reals:
        """Return the transconductance of a cell.

        Parameters
        ----------
        stored_v : array_like
            Stored voltages, any shape, volts.

        Returns
        -------
        numpy.ndarray
            Change of the current with the stored voltage, amps per volt.
        """
        return self._slope(np.asarray(stored_v, dtype=np.float64) - self.centre_v)

    def about(self, centre_v: float) -> tuple[float, ...]:
        """Return the coefficients of the same function around another voltage.

        Parameters
        ----------
        centre_v : float
            The other voltage, volts.

        Returns
        -------
        tuple of float
            Coefficients of ascending powers of ``stored_v - centre_v``.

        Examples
        --------
        >>> LinearLaw(2e-5).about(0.0)
        (-9e-06, 2e-05)
        """
        moved = self._current(np.polynomial.Polynomial((centre_v - self.centre_v, 1.0)))
        coefficients = (*moved.coef, *(0.0,) * len(self.coefficients))
        return tuple(float(each) for each in coefficients[: len(self.coefficients)])


class CubicLaw(PolynomialLaw):
    """A cell whose current is a cubic of its stored voltage.

    Parameters
    ----------
    coefficients : sequence of float
        Four, of powers 0 to 3 of ``stored_v - centre_v``, amps per volt to the power.
    centre_v : float
        Voltage that the powers are of the distance from, volts.
    """

    def __init__(self, coefficients: Sequence[float], centre_v: float = 0.45) -> None:
        if len(coefficients) != 4:
            raise ValueError(f"cubic cell law must have 4 coefficients, not {len(coefficients)}")
        super().__init__(coefficients, centre_v)


class LinearLaw(PolynomialLaw):
    """A cell whose current is proportional to its stored voltage's distance from a centre.

    Parameters
    ----------
    slope_a_per_v : float
        Transconductance, amps per volt.
    centre_v : float
        Stored voltage without current, volts.
    """

    def __init__(self, slope_a_per_v: float, centre_v: float = 0.45) -> None:
        super().__init__((0.0, slope_a_per_v), centre_v)


class TableLaw:
    """A cell known at some stored voltages by its current and its transconductance.

    In between, the current is the cubic that has both ends' currents and slopes (Hermite), so
    that the slope is continuous; beyond the ends it goes on straight.

    Parameters
    ----------
    level_v : sequence of float
        Stored voltages, rising, at least two, volts.
    current_a : sequence of float
        Current at each, amps.
    slope_a_per_v : sequence of float
        Transconductance at each, amps per volt.
    """

    def __init__(
        self,
        level_v: Sequence[float] | Reals,
        current_a: Sequence[float] | Reals,
        slope_a_per_v: Sequence[float] | Reals,
    ) -> None:
        table = tuple(
            np.array(each, dtype=np.float64) for each in (level_v, current_a, slope_a_per_v)
        )
        self.level_v, self._level_current_a, self._level_slope = table
        shapes = tuple(each.shape for each in table)
        if self.level_v.ndim != 1 or self.level_v.size < 2 or len(set(shapes)) != 1:
            raise ValueError(
                f"cell table must have two or more rows of level, current and slope, not {shapes}"
            )
        if not all(np.isfinite(each).all() for each in table):
            bad = next(x for each in table for x in each[~np.isfinite(each)])
            raise ValueError(f"cell table values must be finite, not {bad}")
        if not (np.diff(self.level_v) > 0).all():
            raise ValueError(f"cell table levels must rise, not {self.level_v.tolist()}")

    def current_a(self, stored_v: npt.ArrayLike) -> Reals:
        """Return the signed current of a cell.

        Parameters
        ----------
        stored_v : array_like
            Stored voltages, any shape, volts.

        Returns
        -------
        numpy.ndarray
            Currents, amps.
        """
        left, span_v, t, beyond_v = self._place(stored_v)
        low, high = self._level_current_a[left], self._level_current_a[left + 1]
        rise, fall = self._level_slope[left] * span_v, self._level_slope[left + 1] * span_v
        change = high - low
        bend = t * (1 - t) * ((rise - change) * (1 - t) - (fall - change) * t)
        edge = np.where(beyond_v < 0, self._level_slope[0], self._level_slope[-1])
        return low + change * t + bend + edge * beyond_v

    def slope_a_per_v(self, stored_v: npt.ArrayLike) -> Reals:
        """Return the transconductance of a cell.

        Parameters
        ----------
        stored_v : array_like
            Stored voltages, any shape, volts.

        Returns
        -------
        numpy.ndarray
            Change of the current with the stored voltage, amps per volt.
        """
        left, span_v, t, _ = self._place(stored_v)
        change = (self._level_current_a[left + 1] - self._level_current_a[left]) / span_v
        rise, fall = self._level_slope[left], self._level_slope[left + 1]
        return rise * (1 - t) * (1 - 3 * t) + fall * t * (3 * t - 2) + 6 * change * t * (1 - t)

    def _place(self, stored_v: npt.ArrayLike) -> tuple[npt.NDArray[np.int64], Reals, Reals, Reals]:
        """Return the segment, its width, the position in it (0 to 1), and the volts beyond."""
        voltage = np.asarray(stored_v, dtype=np.float64)
        inside = np.clip(voltage, self.level_v[0], self.level_v[-1])
        left = np.clip(np.searchsorted(self.level_v, inside) - 1, 0, self.level_v.size - 2)
        span_v = self.level_v[left + 1] - self.level_v[left]
        return left, span_v, (inside - self.level_v[left]) / span_v, voltage - inside


_WORD_LINE_V = 0.9
_C_UA = (  # C_ij of the authors' code: power of the stored voltage by power of the word line's
    (0.17393044, 0.15653739, 0.14088365, 0.12679529),
    (5.51975209, 4.96777688, 4.4709992),
    (-1.44776001, -1.30298401),
    (46.05483778,),
)

PUBLISHED_CUBIC = CubicLaw(
    [1e-6 * sum(c * _WORD_LINE_V**power for power, c in enumerate(row)) for row in _C_UA]
)
"""The authors' cell at the word-line voltage of 0.9 V, the only one at which it holds.

Leroux et al., "Analog in-memory computing attention mechanism for fast and energy-efficient large
language models", Nature Computational Science 5, 2025, and the C_ij of its published code: a fit
to their SPICE sweep that leaves 0.13 uA RMS.
"""

PUBLISHED_LINEAR = LinearLaw(19.3e-6)
"""The intermediate linear model of the same code, whose slope its backward pass uses too.

The least-squares slope of the cubic over the eight levels is 20.65 uA/V.
"""
