"""Bit-exact model of :class:`rtl.pulse_counter.PulseCounter`."""

import numpy as np
import numpy.typing as npt

from rtl.pulse_counter import PulseCounterConfig

__all__ = ["pulse_counter"]


def pulse_counter(
    pulses: npt.ArrayLike, signs: npt.ArrayLike, config: PulseCounterConfig
) -> npt.NDArray[np.int64]:
    """Return the signed counts of one window.

    Parameters
    ----------
    pulses : array_like of bool, shape (cycles, lanes)
        Pulses, in the cycles of the window.
    signs : array_like of bool, shape (cycles, lanes)
        Whether they are negative; what counts is the last cycle of a pulse.
    config : PulseCounterConfig
        The configuration of the hardware.

    Returns
    -------
    ndarray of int64, shape (lanes,)
        Counts.

    Examples
    --------
    >>> pulses = [[1, 1, 0], [1, 1, 0], [1, 0, 0]]
    >>> signs = [[0, 1, 1], [0, 1, 1], [0, 0, 1]]
    >>> pulse_counter(pulses, signs, PulseCounterConfig(lanes=3, longest=2)).tolist()
    [2, -2, 0]
    """
    high = np.asarray(pulses, dtype=bool)
    counts = np.minimum(high.sum(axis=0), config.longest)
    last = len(high) - 1 - np.argmax(high[::-1], axis=0)
    negative = np.take_along_axis(np.asarray(signs, dtype=bool), last[np.newaxis], axis=0)[0]
    return np.where(negative, -counts, counts)
