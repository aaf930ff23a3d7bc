"""Entry into the compiled head: types that are settled beforehand, and memory by its address."""

from collections.abc import Callable
from functools import cache

import numpy as np
import numpy.typing as npt

from analog_models.attention.head_kernels import step_heads
from analog_models.attention.head_layout import Place, Setting
from analog_models.compiled import compiled_for
from analog_models.instructions import array_at

__all__ = ["OTHER_SHAPE", "Entry", "head_entry"]

Addresses = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int8]
Sums = npt.NDArray[np.int16]

SETTINGS = len(Setting)
OTHER_SHAPE = 4
"""What an entry returns for codes that do not have the shape of the result."""

Entry = Callable[..., int]
"""Takes, in this order, sizes and addresses (:class:`~analog_models.attention.head_layout.Place`),
queries, keys, values, tokens since the start, what chooses the draws, and room for the result.

It returns :data:`OTHER_SHAPE`, or what
:func:`~analog_models.attention.head_kernels.step_heads` does.
"""


@cache
def head_entry(
    real: type[np.generic], count: type[np.generic], charge: type[np.generic], axes: int
) -> Entry:
    """Return the compiled head for a combination of types.

    Parameters
    ----------
    real, count, charge : type
        As of :class:`~analog_models.attention.head_units.HeadUnits`.
    axes : int
        Axes of codes: heads and dimensions, or dimensions alone.

    Returns
    -------
    callable
        Raises TypeError unless queries, keys and values are arrays of bytes in C order that may
        be written to.
    """

    def step(
        at: Addresses,
        queries: Codes,
        keys: Codes,
        values: Codes,
        now: int,
        seed: int,
        sums: Sums,
    ) -> int:
        if queries.shape != sums.shape or keys.shape != sums.shape or values.shape != sums.shape:
            return OTHER_SHAPE
        heads, window, head_dim = at[Place.HEADS], at[Place.WINDOW], at[Place.HEAD_DIM]
        tiles, pieces, most = at[Place.TILES], at[Place.PIECES], at[Place.MOST]
        cells, size = window * head_dim, window // tiles
        reals = window + (3 + size) * head_dim + pieces * size
        return step_heads(
            queries.reshape((heads, head_dim)),
            keys.reshape((heads, head_dim)),
            values.reshape((heads, head_dim)),
            array_at(at[Place.WRITTEN], (2, heads, cells), np.int16),
            array_at(at[Place.MISMATCH], (2, heads, 2, cells), np.int8),
            array_at(at[Place.CURRENTS], (2, heads, cells), count),
            array_at(at[Place.DRIVERS], (heads, head_dim), real),
            array_at(at[Place.CONVERTERS], (2, heads, 2, most), real),
            array_at(at[Place.TOKENS], (2, window), np.int64),
            array_at(at[Place.LEAKAGE], (at[Place.LEAKAGES], pieces), real),
            array_at(at[Place.LAW], (at[Place.LAWS], 4), real),
            array_at(at[Place.SETTINGS], (SETTINGS,), real),
            array_at(at[Place.NOISE], (at[Place.DRAWS],), np.float32),
            tiles,
            now,
            seed,
            array_at(at[Place.CHARGES], (max(size, head_dim),), charge),
            array_at(at[Place.REAL_ROOM], (reals,), real),
            array_at(at[Place.COUNT_ROOM], (window + 3 * head_dim,), count),
            array_at(at[Place.WRITTEN_ROOM], (2 * head_dim,), np.int16),
            array_at(at[Place.CODE_ROOM], (6 * head_dim,), np.int8),
            sums.reshape((heads, head_dim)),
        )

    shape = (1,) * axes
    codes = np.zeros(shape, np.int8)
    return compiled_for(
        step, np.zeros(1, np.int64), codes, codes, codes, 0, 0, np.zeros(shape, np.int16)
    )
