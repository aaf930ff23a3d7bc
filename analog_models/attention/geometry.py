"""How many cells an attention head has, and which of them hold a token."""

from dataclasses import dataclass, field

from analog_models.validation import check_integer

__all__ = ["HeadGeometry"]

LARGEST = 1 << 20
PUBLISHED = "Leroux et al., Nat. Comput. Sci. 5, 2025"


@dataclass(frozen=True, kw_only=True)
class HeadGeometry:
    """Sizes of one head: a ring of columns, cut into sub-tiles.

    A token's key and value are written into column ``token mod window_tokens``, over the oldest
    ones. The columns of a tile share the wires of their outputs, and the tiles are added
    digitally.

    Parameters
    ----------
    head_dim : int
        Values of one query, key or value.
    window_tokens : int
        Tokens that are remembered, the present one included: the columns.
    tile_tokens : int
        Columns of one sub-tile; divides ``window_tokens``.
    """

    head_dim: int = field(default=64, metadata={"source": f"{PUBLISHED}: arrays of 64x64"})
    window_tokens: int = field(
        default=1024,
        metadata={"source": f"{PUBLISHED}: window of 1024"},
    )
    tile_tokens: int = field(default=64, metadata={"source": f"{PUBLISHED}: arrays of 64x64"})

    def __post_init__(self) -> None:
        for name in ("head_dim", "window_tokens", "tile_tokens"):
            check_integer(f"head {name}", getattr(self, name), low=1, high=LARGEST)
        if self.window_tokens % self.tile_tokens:
            raise ValueError(
                f"head window_tokens must be a multiple of tile_tokens {self.tile_tokens}, "
                f"not {self.window_tokens}"
            )

    @property
    def tiles(self) -> int:
        """Sub-tiles of the window."""
        return self.window_tokens // self.tile_tokens

    def column(self, token: int) -> int:
        """Return the column that a token is written into.

        Parameters
        ----------
        token : int
            Index of the token in its sequence, from 0.

        Returns
        -------
        int
            The column.

        Examples
        --------
        >>> HeadGeometry().column(1025)
        1
        """
        return token % self.window_tokens

    def tile(self, token: int) -> int:
        """Return the sub-tile that a token is written into.

        Parameters
        ----------
        token : int
            Index of the token in its sequence, from 0.

        Returns
        -------
        int
            The tile.

        Examples
        --------
        >>> HeadGeometry().tile(1024 + 64)
        1
        """
        return self.column(token) // self.tile_tokens
