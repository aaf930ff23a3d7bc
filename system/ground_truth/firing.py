"""When units fire: random trains with a dead time."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["EQUAL_RATES_HZ", "REFRACTORY_S", "UNEQUAL_RATES_HZ", "SpikeTrains", "spike_trains"]

REFRACTORY_S = 2e-3
"""Shortest interval between two spikes of one unit, as in Quiroga et al. (2004)."""

EQUAL_RATES_HZ = (20.0, 20.0, 20.0)
"""Mean firing rates of the three units of a standard record, as in Quiroga et al. (2004)."""

UNEQUAL_RATES_HZ = (20.0, 3.0, 1.6)
"""A busy unit and two sparse ones: the rare units of such records are the hard ones to sort."""


@dataclass(frozen=True, kw_only=True, eq=False)
class SpikeTrains:
    """Spikes of all units in order of time, on a grid finer than the sampling.

    Parameters
    ----------
    step : numpy.ndarray
        Time of each spike in grid steps, int64.
    unit : numpy.ndarray
        Unit of each spike, int64.
    """

    step: npt.NDArray[np.int64]
    unit: npt.NDArray[np.int64]


def spike_trains(
    rates_hz: Sequence[float],
    *,
    steps: int,
    step_rate_hz: float,
    refractory_s: float = REFRACTORY_S,
    rng: np.random.Generator,
) -> SpikeTrains:
    """Draw independent trains whose intervals are a dead time plus an exponential.

    The exponential is shortened by the dead time, so that the mean rate is the one asked for.
    Trains begin well before step 0 and so are stationary from there on.

    Parameters
    ----------
    rates_hz : sequence of float
        Mean rate of each unit, spikes per second; zero silences a unit.
    steps : int
        Length in grid steps; all spikes lie in ``0 <= step < steps``.
    step_rate_hz : float
        Grid steps per second.
    refractory_s : float
        Dead time, seconds.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    SpikeTrains
        All spikes, sorted by time.

    Raises
    ------
    ValueError
        If a rate is negative or cannot be reached with the dead time.
    """
    dead_steps = float(np.ceil(refractory_s * step_rate_hz))
    spikes = [np.zeros(0, dtype=np.int64)]  # step and unit of each as one number, to be sorted
    for unit, rate_hz in enumerate(rates_hz):
        if not 0 <= rate_hz < step_rate_hz / dead_steps:
            raise ValueError(
                f"firing rate must be in 0..{step_rate_hz / dead_steps:g} Hz, not {rate_hz!r}"
            )
        if rate_hz == 0:
            continue
        interval = step_rate_hz / rate_hz
        before = 10 * interval
        times = np.zeros(0)
        while times.size == 0 or times[-1] < steps + before:
            count = int((steps + before) / interval * 0.1) + 100
            intervals = dead_steps + rng.exponential(interval - dead_steps, count)
            times = np.concatenate((times, times[-1:].sum() + np.cumsum(intervals)))
        train = np.floor(times - before).astype(np.int64)
        spikes.append(train[(train >= 0) & (train < steps)] * len(rates_hz) + unit)
    in_order = np.concatenate(spikes)
    in_order.sort()
    step, unit_of_spike = np.divmod(in_order, max(len(rates_hz), 1))
    return SpikeTrains(step=step, unit=unit_of_spike)
