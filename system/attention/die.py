"""One fabricated set of heads: its mismatch is drawn once, its noise at every use."""

from dataclasses import dataclass, fields

import torch
from torch import Tensor

from analog_models.attention.geometry import HeadGeometry

__all__ = ["IDEAL", "Die", "Imperfections"]


@dataclass(frozen=True, kw_only=True)
class Imperfections:
    """Standard deviations of mismatch and noise, and a range of leakage; all zero unless told.

    Parameters
    ----------
    decay_per_token : float
        Dies leak at rates between none and this one, all alike; if it is 0, at the machine's.
    storage_noise_v : float
        Error of a written voltage, drawn at every write, volts.
    cell_gain : float
        Current of a cell over that of the mean cell, less one.
    cell_threshold_v : float
        Shift of a cell's current law along the stored voltage, volts.
    score_gain, score_offset : float
        Of the first array's converters, one a column; the offset over saturation.
    score_noise : float
        Noise of a score over saturation.
    output_gain, output_offset : float
        Of the second array's converters, one a tile and output; the offset over saturation.
    output_noise : float
        Noise of a tile's output over saturation.
    """

    decay_per_token: float = 0.0
    storage_noise_v: float = 0.0
    cell_gain: float = 0.0
    cell_threshold_v: float = 0.0
    score_gain: float = 0.0
    score_offset: float = 0.0
    score_noise: float = 0.0
    output_gain: float = 0.0
    output_offset: float = 0.0
    output_noise: float = 0.0

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            if not 0 <= value < float("inf"):
                raise ValueError(f"imperfection {each.name} must not be negative, not {value!r}")


@dataclass(frozen=True, kw_only=True, eq=False)
class Die:
    """The heads of one layer as they came out of the fab.

    Parameters
    ----------
    cell_gain, cell_threshold_v : Tensor or None
        Of each cell of the key array and of the value array, shape (2, heads, window, head_dim);
        None if all are nominal.
    score_gain, score_offset : Tensor or None
        Of each column, shape (heads, window).
    output_gain, output_offset : Tensor or None
        Of each tile and output, shape (heads, tiles, head_dim).
    storage_noise_v, score_noise, output_noise : float
        Standard deviations, as of :class:`Imperfections`.
    decay_per_token : float or None
        Rate at which all cells leak; None for the machine's.
    noise : torch.Generator or None
        Where noise comes from; None if there is none.
    """

    cell_gain: Tensor | None = None
    cell_threshold_v: Tensor | None = None
    score_gain: Tensor | None = None
    score_offset: Tensor | None = None
    output_gain: Tensor | None = None
    output_offset: Tensor | None = None
    storage_noise_v: float = 0.0
    score_noise: float = 0.0
    output_noise: float = 0.0
    decay_per_token: float | None = None
    noise: torch.Generator | None = None

    @classmethod
    def draw(
        cls,
        imperfections: Imperfections,
        *,
        heads: int,
        geometry: HeadGeometry,
        mismatch: torch.Generator,
        noise: torch.Generator,
    ) -> "Die":
        """Return a die of random mismatch.

        Parameters
        ----------
        imperfections : Imperfections
            Standard deviations.
        heads : int
            Heads of the layer.
        geometry : HeadGeometry
            Sizes of one head.
        mismatch : torch.Generator
            Where the die comes from.
        noise : torch.Generator
            Where its noise will come from.

        Returns
        -------
        Die
            The die.
        """

        def normal(deviation: float, mean: float, *shape: int) -> Tensor | None:
            if not deviation:
                return None
            return mean + deviation * torch.randn(shape, generator=mismatch)

        decay_per_token = None
        if imperfections.decay_per_token:
            drawn = torch.rand((), generator=mismatch, dtype=torch.float64)
            decay_per_token = imperfections.decay_per_token * float(drawn)
        cells = (2, heads, geometry.window_tokens, geometry.head_dim)
        outputs = (heads, geometry.tiles, geometry.head_dim)
        return cls(
            cell_gain=normal(imperfections.cell_gain, 1.0, *cells),
            cell_threshold_v=normal(imperfections.cell_threshold_v, 0.0, *cells),
            score_gain=normal(imperfections.score_gain, 1.0, heads, geometry.window_tokens),
            score_offset=normal(imperfections.score_offset, 0.0, heads, geometry.window_tokens),
            output_gain=normal(imperfections.output_gain, 1.0, *outputs),
            output_offset=normal(imperfections.output_offset, 0.0, *outputs),
            storage_noise_v=imperfections.storage_noise_v,
            score_noise=imperfections.score_noise,
            output_noise=imperfections.output_noise,
            decay_per_token=decay_per_token,
            noise=noise,
        )

    def written(self, voltage_v: Tensor) -> Tensor:
        """Return what cells hold after a write.

        Parameters
        ----------
        voltage_v : Tensor
            What they should hold, volts.

        Returns
        -------
        Tensor
            The same with noise.
        """
        if not self.storage_noise_v:
            return voltage_v
        return voltage_v + self.storage_noise_v * self._normal(voltage_v.shape)

    def cells(self, array: int, tokens: int) -> tuple[Tensor | None, Tensor | None]:
        """Return gain and threshold shift of the cell that each token is written into.

        Parameters
        ----------
        array : int
            0 for keys, 1 for values.
        tokens : int
            Length of the sequence.

        Returns
        -------
        tuple of (Tensor or None, Tensor or None)
            Each of shape (heads, tokens, head_dim).
        """
        columns = torch.arange(tokens)

        def of_tokens(cells: Tensor | None) -> Tensor | None:
            return None if cells is None else cells[array][:, columns % cells.shape[2]]

        return of_tokens(self.cell_gain), of_tokens(self.cell_threshold_v)

    def convert_scores(self, scores: Tensor, columns: slice) -> None:
        """Make of scores, in place, what the first array's converters make of them.

        Parameters
        ----------
        scores : Tensor
            Over saturation, shape (sequences times heads, queries, columns).
        columns : slice
            Positions of the columns in the ring.
        """
        if self.score_gain is not None:
            _of_heads(scores, self.score_gain).mul_(self.score_gain[:, None, columns])
        if self.score_offset is not None:
            _of_heads(scores, self.score_offset).add_(self.score_offset[:, None, columns])
        if self.score_noise:
            scores.add_(self._normal(scores.shape), alpha=self.score_noise)

    def convert_score_gradients(self, gradient: Tensor, columns: slice) -> None:
        """Take the gradient, in place, back through the first array's converters.

        Parameters
        ----------
        gradient : Tensor
            By what they give, shape (sequences times heads, queries, columns).
        columns : slice
            Positions of the columns in the ring.
        """
        if self.score_gain is not None:
            _of_heads(gradient, self.score_gain).mul_(self.score_gain[:, None, columns])

    def convert_outputs(self, outputs: Tensor, tile: int) -> None:
        """Make of a tile's outputs, in place, what the second array's converters make of them.

        Parameters
        ----------
        outputs : Tensor
            Over saturation, shape (sequences times heads, queries, head_dim).
        tile : int
            Index of the tile.
        """
        if self.output_gain is not None:
            _of_heads(outputs, self.output_gain).mul_(self.output_gain[:, tile, None])
        if self.output_offset is not None:
            _of_heads(outputs, self.output_offset).add_(self.output_offset[:, tile, None])
        if self.output_noise:
            outputs.add_(self._normal(outputs.shape), alpha=self.output_noise)

    def convert_output_gradients(self, gradient: Tensor, tile: int) -> None:
        """Take the gradient, in place, back through the second array's converters.

        Parameters
        ----------
        gradient : Tensor
            By what they give, shape (sequences times heads, queries, head_dim).
        tile : int
            Index of the tile.
        """
        if self.output_gain is not None:
            _of_heads(gradient, self.output_gain).mul_(self.output_gain[:, tile, None])

    def _normal(self, shape: torch.Size) -> Tensor:
        return torch.randn(shape, generator=self.noise)


def _of_heads(values: Tensor, spread: Tensor) -> Tensor:
    """Return a view of values with the heads of the die on an axis of their own."""
    return values.unflatten(0, (-1, spread.shape[0]))


IDEAL = Die()
