"""Bit-exact model of :class:`rtl.gain_cell_twin.GainCellTwin`."""

import numpy as np
import numpy.typing as npt

from rtl.gain_cell_twin import GainCellTwinConfig

__all__ = ["gain_cell_twin"]

Codes = npt.NDArray[np.int64]


def gain_cell_twin(
    query: npt.ArrayLike,
    keys: npt.ArrayLike,
    values: npt.ArrayLike,
    ages: npt.ArrayLike,
    config: GainCellTwinConfig,
) -> Codes:
    """Return the outputs of a tile for one query.

    Parameters
    ----------
    query : array_like of int, shape (head_dim,)
        Query codes, 0..15.
    keys, values : array_like of int, shape (tokens, head_dim)
        Stored codes, 0..7, of the tokens that the tile holds; any order.
    ages : array_like of int, shape (tokens,)
        Tokens since each of them was written; 0 is the query's own.
    config : GainCellTwinConfig
        The configuration of the hardware.

    Returns
    -------
    ndarray of int64, shape (head_dim,)
        Output codes, ``-config.longest_count`` to ``config.longest_count``.

    Examples
    --------
    >>> full = [[7] * 64] * 2
    >>> set(gain_cell_twin([15] * 64, full, full, [1, 0], GainCellTwinConfig()).tolist())
    {8}
    """
    pulses = np.asarray(query, dtype=np.int64)
    key, value = (2 * np.asarray(codes, dtype=np.int64) - 7 for codes in (keys, values))
    terms = np.array(config.coefficients, dtype=np.int64)[np.asarray(ages, dtype=np.int64)]

    # Sum over the rows of query x current, with 20 of 32 fraction bits.
    powers = np.arange(4)
    moments = (pulses[:, np.newaxis] * key[..., np.newaxis] ** powers).sum(axis=1)
    scores = (moments * terms).sum(axis=1) >> 12
    weights = np.clip((scores * config.score_gain + (1 << 23)) >> 24, 0, 1 << 16)

    exact = (value[..., np.newaxis] ** powers * terms[:, np.newaxis]).sum(axis=2)
    currents = (exact + (1 << 11)) >> 12
    sums = ((weights[:, np.newaxis] * currents + (1 << 15)) >> 16).sum(axis=0)

    # A 20-bit fraction in sixteenths, to the nearest, ties to even.
    return np.clip(np.rint(sums / 2.0**16), -config.longest_count, config.longest_count).astype(
        np.int64
    )
