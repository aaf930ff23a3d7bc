"""Normal draws by the thousand: slices, at random places, of a table that is drawn once."""

from functools import cache

import numpy as np
import numpy.typing as npt

__all__ = ["Places", "normal_table"]

TABLE_DRAWS = 1 << 16
SEED = 5


@cache
def normal_table(slice_draws: int) -> npt.NDArray[np.float32]:
    """Return a table whose slices stand for independent normal draws.

    A generator that draws each number takes several times as long as the product that the noise
    is added to. The table's mean is zero and its variance one, exactly.

    Parameters
    ----------
    slice_draws : int
        Longest slice that is taken of it.

    Returns
    -------
    numpy.ndarray
        The draws: as many as there are places for a slice to begin, and a slice more, which
        repeats the first ones.

    Examples
    --------
    >>> table = normal_table(100)
    >>> bool(table[:100].std() > 0.5), len(table)
    (True, 65636)
    """
    draws = np.random.default_rng(SEED).standard_normal(TABLE_DRAWS)
    draws = (draws - draws.mean()) / draws.std()
    table = np.resize(draws, TABLE_DRAWS + slice_draws).astype(np.float32)
    table.flags.writeable = False
    return table


class Places:
    """Random whole numbers, drawn from a generator a thousand at a time."""

    def __init__(self) -> None:
        self._rng: np.random.Generator | None = None
        self._ready: list[int] = []

    def next(self, rng: np.random.Generator) -> int:
        """Return the next number.

        Parameters
        ----------
        rng : numpy.random.Generator
            Draws the numbers; those left over from another generator are dropped.

        Returns
        -------
        int
            At least 0, below ``2**62``.
        """
        if rng is not self._rng or not self._ready:
            self._rng = rng
            self._ready = rng.integers(1 << 62, size=1024).tolist()
        return self._ready.pop()
