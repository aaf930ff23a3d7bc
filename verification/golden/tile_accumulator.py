"""Bit-exact model of :class:`rtl.tile_accumulator.TileAccumulator`."""

import numpy as np
import numpy.typing as npt

from rtl.tile_accumulator import TileAccumulatorConfig

__all__ = ["tile_accumulator"]


def tile_accumulator(
    outputs: npt.ArrayLike, config: TileAccumulatorConfig
) -> npt.NDArray[np.int64]:
    """Return the sums over the tiles.

    Parameters
    ----------
    outputs : array_like of int, shape (..., config.tiles, config.lanes)
        Outputs of all tiles.
    config : TileAccumulatorConfig
        The configuration of the hardware.

    Returns
    -------
    ndarray of int64, shape (..., config.lanes)
        Sums.

    Examples
    --------
    >>> tile_accumulator([[1, -2], [3, 4]], TileAccumulatorConfig(lanes=2, tiles=2)).tolist()
    [4, 2]
    """
    shape = (-1, config.tiles, config.lanes)
    numbers = np.asarray(outputs, dtype=np.int64)
    return numbers.reshape(shape).sum(axis=1).reshape(*numbers.shape[:-2], config.lanes)
