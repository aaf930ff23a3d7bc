"""Bit-exact model of :class:`rtl.write_controller.WriteController`."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from rtl.write_controller import WriteControllerConfig

__all__ = ["write_controller"]


def write_controller(
    starts: Sequence[int], cycles: int, config: WriteControllerConfig
) -> npt.NDArray[np.void]:
    """Return the write lines, cycle by cycle.

    Parameters
    ----------
    starts : sequence of int
        Cycles in which a write is started: key, value, key, and so on; ascending.
    cycles : int
        Cycles to return.
    config : WriteControllerConfig
        The configuration of the hardware.

    Returns
    -------
    ndarray of records, one a cycle
        ``key`` and ``value``: the tile that is being written, or -1; ``column``, within its tile;
        ``valid``: columns that hold a whole token, from the ring's first on; ``accept``: whether a
        vector of codes is accepted.

    Examples
    --------
    >>> config = WriteControllerConfig(window_tokens=4, tile_tokens=2, write_cycles=2)
    >>> lines = write_controller([0, 4], 9, config)
    >>> lines["key"].tolist(), lines["value"].tolist()
    ([-1, 0, 0, -1, -1, -1, -1, -1, -1], [-1, -1, -1, -1, -1, 0, 0, -1, -1])
    >>> lines["valid"].tolist()
    [0, 0, 0, 0, 0, 0, 0, 0, 1]
    """
    lines = np.zeros(cycles, dtype=[(name, np.int64) for name in _LINES])
    cycle = np.arange(cycles)
    # Done, and so valid, after the pulse and the cycle that follows it.
    written = [start + config.write_cycles + 2 for start in starts[1::2]]
    token = np.searchsorted(written, cycle, side="right")
    lines["column"] = token % config.window_tokens % config.tile_tokens
    lines["valid"] = np.minimum(token, config.window_tokens)
    tile = token % config.window_tokens // config.tile_tokens
    for name, first in (("key", 0), ("value", 1)):
        writing = np.zeros(cycles, dtype=bool)
        for start in starts[first::2]:
            writing[start + 1 : start + 1 + config.write_cycles] = True
        lines[name] = np.where(writing, tile, -1)
    accepts = np.array([start + 1 + config.write_cycles for start in starts], dtype=np.int64)
    lines["accept"][accepts[accepts < cycles]] = 1
    return lines


_LINES = ("key", "value", "column", "valid", "accept")
