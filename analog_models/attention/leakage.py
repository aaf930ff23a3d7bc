"""How a stored voltage moves with age: the published exponential, or a table of levels and ages."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from analog_models.validation import check_not_negative, check_positive

__all__ = ["PUBLISHED_LEAKAGE", "ExponentialLeakage", "Leakage", "TableLeakage"]

Reals = npt.NDArray[np.float64]


class Leakage(Protocol):
    """What a head needs to know of retention: the voltage that is left of a stored one."""

    def voltage_v(self, stored_v: npt.ArrayLike, age_tokens: npt.ArrayLike) -> Reals:
        """Return the voltage of cells some time after they were written.

        Parameters
        ----------
        stored_v : array_like
            Voltages as written, volts.
        age_tokens : array_like
            Tokens since, 0 for just written; broadcast against ``stored_v``.

        Returns
        -------
        numpy.ndarray
            Voltages now, volts.
        """
        ...


@dataclass(frozen=True)
class ExponentialLeakage:
    """A stored voltage relaxes exponentially to one rest voltage, whatever its level.

    Parameters
    ----------
    rate_per_token : float
        Part of the distance that is lost a token, for small parts: time of a token over the time
        constant. Zero for cells that do not leak.
    rest_v : float
        Where the voltage relaxes to, volts.
    """

    rate_per_token: float
    rest_v: float = 0.45

    def __post_init__(self) -> None:
        check_not_negative("leakage rate_per_token", self.rate_per_token)
        if not math.isfinite(self.rest_v):
            raise ValueError(f"leakage rest_v must be finite, not {self.rest_v}")

    def voltage_v(self, stored_v: npt.ArrayLike, age_tokens: npt.ArrayLike) -> Reals:
        """Return the voltage of cells some time after they were written.

        Parameters
        ----------
        stored_v : array_like
            Voltages as written, volts.
        age_tokens : array_like
            Tokens since, 0 for just written; broadcast against ``stored_v``.

        Returns
        -------
        numpy.ndarray
            Voltages now, volts.
        """
        left = np.exp(-self.rate_per_token * np.asarray(age_tokens, dtype=np.float64))
        return self.rest_v + (np.asarray(stored_v, dtype=np.float64) - self.rest_v) * left


class TableLeakage:
    """A stored voltage moves as a table of levels and ages says.

    The drift, voltage now less voltage as written, is interpolated linearly in level and in age,
    from zero at age zero; voltages beyond the levels drift as the nearest level does.

    Parameters
    ----------
    level_v : sequence of float
        Voltages as written, rising, volts.
    age_s : sequence of float
        Ages, rising, seconds.
    stored_v : array_like
        Voltage of each level at each age ``[levels, ages]``, volts.
    token_s : float
        Time from one token to the next, seconds.
    """

    def __init__(
        self,
        level_v: Sequence[float] | Reals,
        age_s: Sequence[float] | Reals,
        stored_v: npt.ArrayLike,
        token_s: float,
    ) -> None:
        check_positive("leakage token_s", token_s)
        levels, ages = (np.array(each, dtype=np.float64) for each in (level_v, age_s))
        table = np.array(stored_v, dtype=np.float64)
        if levels.size < 2 or ages.size < 1 or table.shape != (levels.size, ages.size):
            raise ValueError(
                "leakage table must have a voltage of each of two or more levels at each age, "
                f"{(levels.size, ages.size)}, not {table.shape}"
            )
        if not all(np.isfinite(each).all() for each in (levels, ages, table)):
            bad = next(x for each in (levels, ages, table) for x in each[~np.isfinite(each)])
            raise ValueError(f"leakage table values must be finite, not {bad}")
        for name, knots in (("levels", levels), ("ages", ages)):
            if not (np.diff(knots) > 0).all():
                raise ValueError(f"leakage table {name} must rise, not {knots.tolist()}")
        if ages[0] < 0:
            raise ValueError(f"leakage table ages must begin at zero or later, not {ages[0]}")
        drift_v = table - levels[:, None]
        if ages[0] > 0:
            ages = np.concatenate([[0.0], ages])
            drift_v = np.concatenate([np.zeros((levels.size, 1)), drift_v], axis=1)
        self.level_v, self.age_s, self.drift_v = levels, ages, drift_v
        self.token_s = float(token_s)

    def voltage_v(self, stored_v: npt.ArrayLike, age_tokens: npt.ArrayLike) -> Reals:
        """Return the voltage of cells some time after they were written.

        Parameters
        ----------
        stored_v : array_like
            Voltages as written, volts.
        age_tokens : array_like
            Tokens since, 0 for just written; broadcast against ``stored_v``.

        Returns
        -------
        numpy.ndarray
            Voltages now, volts.

        Raises
        ------
        ValueError
            The table ends before an age.
        """
        voltage = np.asarray(stored_v, dtype=np.float64)
        age = np.asarray(age_tokens, dtype=np.float64) * self.token_s
        if age.size and age.max() > self.age_s[-1]:
            raise ValueError(
                f"leakage table must reach the age {age.max():.3g} s, and ends at "
                f"{self.age_s[-1]:.3g} s"
            )
        row, row_part = _place(self.level_v, voltage)
        column, column_part = _place(self.age_s, age)
        drift_v = (1 - row_part) * (
            (1 - column_part) * self.drift_v[row, column]
            + column_part * self.drift_v[row, column + 1]
        ) + row_part * (
            (1 - column_part) * self.drift_v[row + 1, column]
            + column_part * self.drift_v[row + 1, column + 1]
        )
        return voltage + drift_v


def _place(knots: Reals, values: Reals) -> tuple[npt.NDArray[np.int64], Reals]:
    """Return the interval of each value and the position in it, 0 to 1."""
    inside = np.clip(values, knots[0], knots[-1])
    left = np.clip(np.searchsorted(knots, inside) - 1, 0, knots.size - 2)
    return left, (inside - knots[left]) / (knots[left + 1] - knots[left])


PUBLISHED_LEAKAGE = ExponentialLeakage(1.6e-4)
"""The published decay, towards half the supply.

Leroux et al., Nature Computational Science 5, 2025, published code. 12 layers of 65 ns a token over
a retention of 5 ms make 1.56e-4.
"""
