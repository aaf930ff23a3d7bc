"""Which detection found which spike: one-to-one, as many as possible, then as close as possible."""

import numpy as np
import numpy.typing as npt

from analog_models.compiled import compiled

__all__ = ["densest_lag", "estimate_offset", "lags_within", "match_spikes"]

_SLACK = 1e-6  # frames by which rounding may push a pair over the tolerance


def match_spikes(
    detected: npt.ArrayLike, truth: npt.ArrayLike, *, tolerance: float
) -> npt.NDArray[np.int64]:
    """Pair detections with true spikes of one channel.

    A pair is at most ``tolerance`` apart and no detection or spike is in two pairs. Among all
    such pairings the one returned has the most pairs and, of those, the smallest sum of
    distances; of equals, the one with the earlier detection.

    On a line some best pairing never crosses (swapping the partners of two crossing pairs
    keeps both within tolerance and does not lengthen their sum), so a dynamic program over
    both sequences finds it exactly; only pairs within the tolerance are visited.

    Parameters
    ----------
    detected : array_like of float
        Detection times, in rising order, in any unit.
    truth : array_like of float
        True spike times, in rising order, in the same unit.
    tolerance : float
        Greatest distance of a pair, in the same unit; the limit itself is allowed.

    Returns
    -------
    numpy.ndarray
        For each true spike the index of its detection, or -1: int64.

    Raises
    ------
    ValueError
        If the tolerance is not positive or times are not in order.

    Examples
    --------
    Two detections of one spike: the closer one is its detection.

    >>> match_spikes([96.0, 101.0, 250.0], [100.0, 400.0], tolerance=12.0)
    array([ 1, -1])
    """
    if not tolerance > 0:
        raise ValueError(f"tolerance must be positive, not {tolerance!r}")
    times = {
        "detected": np.asarray(detected, dtype=np.float64),
        "truth": np.asarray(truth, dtype=np.float64),
    }
    for name, values in times.items():
        if values.ndim != 1 or np.any(np.diff(values) < 0):
            raise ValueError(f"{name} times must be one rising sequence")
    return _match(times["detected"], times["truth"], float(tolerance))


def estimate_offset(
    detected: npt.ArrayLike, truth: npt.ArrayLike, *, search: float, width: float
) -> float:
    """Return the constant delay of detections that the cross-correlogram shows.

    It is the median of the lags (detection minus spike) inside the window of ``width`` that
    holds the most of them.

    Parameters
    ----------
    detected : array_like of float
        Detection times, in rising order; channels may be laid end to end, far enough apart.
    truth : array_like of float
        True spike times, in rising order, in the same unit.
    search : float
        Largest lag looked at, either way.
    width : float
        Width of the window.

    Returns
    -------
    float
        The delay, positive for late detections; 0 if no pair is within ``search``.
    """
    return densest_lag(lags_within(detected, truth, search=search), width=width)


def lags_within(
    detected: npt.ArrayLike, truth: npt.ArrayLike, *, search: float
) -> npt.NDArray[np.float64]:
    """Return how late each detection is after each spike that is near it.

    Parameters
    ----------
    detected : array_like of float
        Detection times, in rising order, in any unit.
    truth : array_like of float
        True spike times, in rising order, in the same unit.
    search : float
        Largest lag looked at, either way.

    Returns
    -------
    numpy.ndarray
        One lag for each pair that is no farther apart, in no order worth knowing.
    """
    return _lags(
        np.asarray(detected, dtype=np.float64), np.asarray(truth, dtype=np.float64), search
    )


def densest_lag(lags: npt.NDArray[np.float64], *, width: float) -> float:
    """Return the median of the lags inside the window that holds the most of them.

    Parameters
    ----------
    lags : numpy.ndarray
        Lags in any order.
    width : float
        Width of the window, in the same unit.

    Returns
    -------
    float
        The median; 0 if there is no lag.
    """
    if lags.size == 0:
        return 0.0
    lags = np.sort(lags)
    beyond = np.searchsorted(lags, lags + width, side="right")
    first = int(np.argmax(beyond - np.arange(lags.size)))
    return float(np.median(lags[first : beyond[first]]))


@compiled
def _reach(
    detected: npt.NDArray[np.float64], truth: npt.NDArray[np.float64], distance: float
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return for each spike the first detection within ``distance`` and the first one beyond."""
    first = np.empty(truth.size, dtype=np.int64)
    beyond = np.empty(truth.size, dtype=np.int64)
    low = high = 0
    for i in range(truth.size):
        while low < detected.size and detected[low] < truth[i] - distance:
            low += 1
        high = max(high, low)
        while high < detected.size and detected[high] <= truth[i] + distance:
            high += 1
        first[i], beyond[i] = low, high
    return first, beyond


@compiled
def _lags(
    detected: npt.NDArray[np.float64], truth: npt.NDArray[np.float64], search: float
) -> npt.NDArray[np.float64]:
    first, beyond = _reach(detected, truth, search)
    lags = np.empty((beyond - first).sum(), dtype=np.float64)
    count = 0
    for i in range(truth.size):
        for j in range(first[i], beyond[i]):
            lags[count] = detected[j] - truth[i]
            count += 1
    return lags


@compiled
def _match(
    detected: npt.NDArray[np.float64], truth: npt.NDArray[np.float64], tolerance: float
) -> npt.NDArray[np.int64]:
    match = np.full(truth.size, -1, dtype=np.int64)
    first, beyond = _reach(detected, truth, tolerance + _SLACK)
    spike = np.flatnonzero(beyond > first)  # the others have no candidate
    first, beyond = first[spike], beyond[spike]
    # best[start[i] + j - first[i]] is the value of the best pairing of spikes 0..i with
    # detections 0..j; below first[i] it is floor[i], from beyond[i] on it no longer changes.
    start = np.zeros(spike.size + 1, dtype=np.int64)
    start[1:] = np.cumsum(beyond - first)
    best = np.empty(start[-1], dtype=np.float64)
    floor = np.zeros(spike.size, dtype=np.float64)
    pair_value = spike.size + 1.0  # one more pair outweighs all distances together
    for i in range(spike.size):
        floor[i] = _value(i - 1, first[i] - 1, best, floor, start, first, beyond)
        left = floor[i]
        for j in range(first[i], beyond[i]):
            distance = abs(detected[j] - truth[spike[i]]) / tolerance
            without = _value(i - 1, j - 1, best, floor, start, first, beyond)
            left = max(
                left,
                _value(i - 1, j, best, floor, start, first, beyond),
                without + pair_value - distance,
            )
            best[start[i] + j - first[i]] = left

    i, j = spike.size - 1, detected.size - 1
    while i >= 0:
        j = min(j, beyond[i] - 1)
        value = _value(i, j, best, floor, start, first, beyond)
        if value == _value(i - 1, j, best, floor, start, first, beyond):
            i -= 1
        elif value == _value(i, j - 1, best, floor, start, first, beyond):
            j -= 1
        else:
            match[spike[i]] = j
            i -= 1
            j -= 1
    return match


@compiled
def _value(
    i: int,
    j: int,
    best: npt.NDArray[np.float64],
    floor: npt.NDArray[np.float64],
    start: npt.NDArray[np.int64],
    first: npt.NDArray[np.int64],
    beyond: npt.NDArray[np.int64],
) -> float:
    """Return the value of the best pairing of spikes 0..i with detections 0..j."""
    if i < 0:
        return 0.0
    if j < first[i]:
        return floor[i]
    return float(best[start[i] + min(j, beyond[i] - 1) - first[i]])
