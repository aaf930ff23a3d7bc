"""Which keys a tile holds while the ring of columns goes round."""

from collections.abc import Iterator
from dataclasses import dataclass

from torch import Tensor

from analog_models.attention.geometry import HeadGeometry

__all__ = ["Part", "Window", "windows"]


@dataclass(frozen=True, kw_only=True)
class Part:
    """Queries of a window against those keys of one tile that were written in the same turn.

    Parameters
    ----------
    rows : slice
        Queries, counted from the first of the window.
    keys : slice
        Positions in the sequence.
    columns : slice
        Positions in the ring.
    overwritten : bool
        The keys are of the turn before, and these queries' own keys replace them one by one.
    """

    rows: slice
    keys: slice
    columns: slice
    overwritten: bool

    def mask(self, phi: Tensor) -> None:
        """Put zero, in place, where the column holds no key yet, or a newer one.

        Parameters
        ----------
        phi : Tensor
            Shape (heads, rows, columns).
        """
        if not self.overwritten:
            phi[:, : phi.shape[2]].tril_()
        elif self.rows.stop > self.columns.start:
            phi[:, self.columns.start :].triu_(1)

    def rows_from(self, first: int) -> slice:
        """Return the rows counted from another query than the first of the window.

        Parameters
        ----------
        first : int
            That query, of the window.

        Returns
        -------
        slice
            The rows.
        """
        return slice(self.rows.start - first, self.rows.stop - first)


@dataclass(frozen=True, kw_only=True)
class Window:
    """The queries of one turn of the ring.

    Parameters
    ----------
    queries : slice
        Positions in the sequence.
    epoch : int
        The token that ages count from.
    tiles : tuple of tuple of Part
        What each tile holds for them.
    """

    queries: slice
    epoch: int
    tiles: tuple[tuple[Part, ...], ...]


def windows(tokens: int, geometry: HeadGeometry) -> Iterator[Window]:
    """Yield the turns of the ring over a sequence.

    Parameters
    ----------
    tokens : int
        Length of the sequence.
    geometry : HeadGeometry
        Sizes of a head.

    Yields
    ------
    Window
        In order.
    """
    turn, size = geometry.window_tokens, geometry.tile_tokens
    for start in range(0, tokens, turn):
        rows = min(turn, tokens - start)
        tiles = []
        for first in range(0, turn if start else rows, size):
            parts = []
            if start:
                before = start - turn + first
                parts.append(
                    Part(
                        rows=slice(0, min(first + size, rows)),
                        keys=slice(before, before + size),
                        columns=slice(first, first + size),
                        overwritten=True,
                    )
                )
            if first < rows:
                own = min(size, rows - first)
                parts.append(
                    Part(
                        rows=slice(first, rows),
                        keys=slice(start + first, start + first + own),
                        columns=slice(first, first + own),
                        overwritten=False,
                    )
                )
            tiles.append(tuple(parts))
        yield Window(
            queries=slice(start, start + rows), epoch=start + turn // 2, tiles=tuple(tiles)
        )
