"""Bit-exact model of :class:`rtl.query_pulse_driver.QueryPulseDriver`."""

import numpy as np
import numpy.typing as npt

from rtl.query_pulse_driver import QueryPulseDriverConfig

__all__ = ["query_pulse_driver"]


def query_pulse_driver(
    codes: npt.ArrayLike, config: QueryPulseDriverConfig
) -> npt.NDArray[np.bool_]:
    """Return the rows, cycle by cycle, from the one after the start.

    Parameters
    ----------
    codes : array_like of int, shape (..., rows)
        Query codes.
    config : QueryPulseDriverConfig
        The configuration of the hardware.

    Returns
    -------
    ndarray of bool, shape (..., config.longest, rows)
        Whether each row is high.

    Examples
    --------
    >>> config = QueryPulseDriverConfig(rows=3, code_width=2)
    >>> query_pulse_driver([0, 3, 1], config).astype(int).tolist()
    [[0, 1, 1], [0, 1, 0], [0, 1, 0]]
    """
    cycle = np.arange(config.longest)[:, np.newaxis]
    return cycle < np.asarray(codes)[..., np.newaxis, :]
