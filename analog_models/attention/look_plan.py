"""How often the cells of a head must be looked at again, and what to assume in between."""

from bisect import bisect_right
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analog_models.attention.cell_law import CellLaw, PolynomialLaw, TableLaw
from analog_models.attention.leakage import ExponentialLeakage, Leakage, TableLeakage

__all__ = ["LookPlan", "law_pieces", "leakage_pieces", "plan_looks"]

Reals = npt.NDArray[np.float64]

LONGEST_CYCLE = 1024
AGES_TRIED = 4096


@dataclass(frozen=True, kw_only=True)
class LookPlan:
    """When to look at a tile's cells, and how their currents change until the next look.

    A look gives the currents of the middle of a cycle; ``n`` tokens later they are taken to be
    ``1 - fade n`` times as large.

    Parameters
    ----------
    cycle_tokens : int
        Tokens from look to look; one for currents that are always those of now.
    fade : float
        Part of a current that is lost a token.
    error_a : float
        Largest error of a cell's current that this leaves, amps.
    """

    cycle_tokens: int
    fade: float
    error_a: float

    @property
    def ahead_tokens(self) -> int:
        """Tokens that a look is ahead of its time."""
        return self.cycle_tokens // 2


def plan_looks(
    law: CellLaw,
    leakage: Leakage,
    level_v: Reals,
    *,
    window_tokens: int,
    tolerance_a: float,
) -> LookPlan:
    """Return the longest cycle that keeps every cell's current within a tolerance.

    Parameters
    ----------
    law : CellLaw
        Current of a cell.
    leakage : Leakage
        Retention of a cell.
    level_v : numpy.ndarray
        The voltages that are stored, volts.
    window_tokens : int
        Greatest age, and the longest cycle.
    tolerance_a : float
        Largest error, amps.

    Returns
    -------
    LookPlan
        The plan.

    Examples
    --------
    >>> from analog_models.attention.cell_law import LinearLaw
    >>> plan_looks(
    ...     LinearLaw(2e-5), ExponentialLeakage(0.0), np.array([0.0, 0.9]),
    ...     window_tokens=64, tolerance_a=1e-9,
    ... ).cycle_tokens
    64
    """
    ages = np.unique(np.linspace(0, window_tokens - 1, AGES_TRIED).astype(np.int64))

    def current_a(age: npt.NDArray[np.int64]) -> Reals:
        return law.current_a(leakage.voltage_v(level_v[:, None], age))

    earlier = ages[: max(1, len(ages) - 1)]
    before_a, after_a = current_a(earlier), current_a(np.minimum(earlier + 1, ages[-1]))
    power = float(np.sum(before_a**2))
    fade = float(np.sum((before_a - after_a) * before_a)) / power if power > 0 else 0.0

    def error_a(half: int) -> float:
        middle = np.maximum(ages, min(half, window_tokens - 1))
        moved = (np.clip(middle + n, 0, window_tokens - 1) for n in (-half, -(half // 2), half))
        seen_a = current_a(middle)
        return max(
            float(abs(seen_a * (1 - fade * (age - middle)) - current_a(age)).max()) for age in moved
        )

    halves = range(min(window_tokens, LONGEST_CYCLE) // 2 + 1)
    half = max(0, bisect_right(halves, tolerance_a, key=error_a) - 1)
    return LookPlan(cycle_tokens=max(1, 2 * half), fade=fade, error_a=error_a(half))


def law_pieces(law: CellLaw, centre_v: float) -> Reals:
    """Return a law as a cubic and what is added to it beyond knots.

    Parameters
    ----------
    law : CellLaw
        A polynomial of up to third power, or a table.
    centre_v : float
        Voltage that all voltages are the distance from, volts.

    Returns
    -------
    numpy.ndarray
        ``[1 + knots, 4]``: the cubic in ascending powers, amps per volt to the power; then rows
        of a knot, and the factors of second and third power of the distance beyond it.

    Raises
    ------
    TypeError
        The law is neither.
    """
    if isinstance(law, PolynomialLaw) and len(law.coefficients) <= 4:
        return np.pad(law.about(centre_v), (0, 4 - len(law.coefficients)))[None, :]
    if not isinstance(law, TableLaw):
        raise TypeError(f"cell law must be a table or a polynomial up to a cubic, not {law!r}")
    knots, span_v = law.level_v, np.diff(law.level_v)
    current_a, slope = law.current_a(knots), law.slope_a_per_v(knots)
    rise = np.diff(current_a) / span_v
    bend_left = (6 * rise - 4 * slope[:-1] - 2 * slope[1:]) / span_v
    bend_right = (2 * slope[:-1] + 4 * slope[1:] - 6 * rise) / span_v
    third = (bend_right - bend_left) / span_v
    pieces = np.zeros((1 + knots.size, 4))
    first_v = knots[0] - centre_v
    pieces[0, :2] = current_a[0] - slope[0] * first_v, slope[0]
    pieces[1:, 0] = knots - centre_v
    pieces[1:, 1] = (np.append(bend_left, 0) - np.insert(bend_right, 0, 0)) / 2
    pieces[1:, 2] = np.diff(third, prepend=0, append=0) / 6
    return pieces


def leakage_pieces(leakage: Leakage, centre_v: float, ages: int) -> Reals:
    """Return a leakage as straight pieces for every age.

    Parameters
    ----------
    leakage : Leakage
        An exponential, or a table.
    centre_v : float
        Voltage that all voltages are the distance from, volts.
    ages : int
        Ages, from zero, tokens.

    Returns
    -------
    numpy.ndarray
        ``[1 + ages, 2 + knots]``: the knots, after two places without meaning; then for each age
        what is left of nothing, its change with the voltage, and the change of that at each knot.

    Raises
    ------
    TypeError
        The leakage is neither.
    """
    age = np.arange(ages)
    if isinstance(leakage, ExponentialLeakage):
        left = np.exp(-leakage.rate_per_token * age)
        rest_v = leakage.rest_v - centre_v
        return np.vstack([np.zeros((1, 2)), np.stack([rest_v * (1 - left), left], axis=1)])
    if not isinstance(leakage, TableLeakage):
        raise TypeError(f"leakage must be a table or an exponential, not {leakage!r}")
    knots = leakage.level_v
    drift_v = leakage.voltage_v(knots[:, None], age) - knots[:, None]
    slope = np.diff(drift_v, axis=0) / np.diff(knots)[:, None]
    bends = np.diff(slope, axis=0, prepend=0, append=0)
    pieces = np.ones((1 + ages, 2 + knots.size))
    pieces[0, 2:] = knots - centre_v
    pieces[1:, 0] = drift_v[0]
    pieces[1:, 2:] = bends.T
    return pieces
