"""Keys and values as one side of a matrix product, every power of their decay included."""

import torch
from torch import Tensor

from system.attention.cell_terms import CellTerms

__all__ = ["Operand", "folded", "spread"]


class Operand:
    """Keys or values of all heads, ready for the products with any window of queries.

    Parameters
    ----------
    terms : CellTerms
        Current of each cell over saturation, by powers of its voltage.
    voltage_v : Tensor
        Stored voltages less rest, volts, shape (sequences, heads, tokens, head_dim).
    rate_per_token : float
        Decay of the voltage per token.

    Attributes
    ----------
    constant : float
        Current that every cell gives at any age, over saturation.
    values : Tensor
        Terms when just written, over saturation, shape (heads, tokens, powers, head_dim).
    """

    def __init__(self, terms: CellTerms, voltage_v: Tensor, *, rate_per_token: float) -> None:
        self.terms = terms
        self.voltage_v = voltage_v
        self.rate_per_token = rate_per_token
        self.constant = terms.constant
        self.values = terms.values(voltage_v).flatten(0, 1)

    def decay(self, tokens: slice, epoch: int, sign: int) -> Tensor:
        """Return ``exp(sign n rate (token - epoch))`` of each power n.

        Parameters
        ----------
        tokens : slice
            Positions in the sequence.
        epoch : int
            The token that ages count from.
        sign : int
            1 for keys, -1 for queries.

        Returns
        -------
        Tensor
            Shape (tokens, powers, 1).
        """
        ages = torch.arange(tokens.start - epoch, tokens.stop - epoch, dtype=torch.float64)
        powers = torch.tensor(self.terms.powers, dtype=torch.float64)
        exponents = sign * self.rate_per_token * ages[:, None, None] * powers[:, None]
        return exponents.exp().to(self.values)

    def stored(self, tokens: slice, epoch: int) -> Tensor:
        """Return the stored side of a product.

        Parameters
        ----------
        tokens : slice
            Positions in the sequence.
        epoch : int
            The token that ages count from.

        Returns
        -------
        Tensor
            Shape (heads, tokens, powers times head_dim).
        """
        return (self.values[:, tokens] * self.decay(tokens, epoch, 1)).flatten(2)

    def accumulate(self, by_values: Tensor, product: Tensor, tokens: slice, epoch: int) -> None:
        """Add the gradient by some tokens' stored side to the gradient by :attr:`values`.

        Parameters
        ----------
        by_values : Tensor
            What is added to, in place.
        product : Tensor
            Gradient by what :meth:`stored` returns for the tokens.
        tokens : slice
            Positions in the sequence.
        epoch : int
            The token that ages count from.
        """
        written = product.unflatten(2, by_values.shape[2:])
        by_values[:, tokens].addcmul_(written, self.decay(tokens, epoch, 1))

    def by_voltage(self, by_values: Tensor) -> Tensor:
        """Return the gradient by the written voltages.

        Parameters
        ----------
        by_values : Tensor
            Gradient by :attr:`values`.

        Returns
        -------
        Tensor
            The gradient, of the voltages' shape.
        """
        slopes = self.terms.slopes(self.voltage_v)
        total = torch.zeros_like(self.voltage_v)
        for position, slope in enumerate(slopes):
            part = by_values[:, :, position].view_as(total)
            if isinstance(slope, Tensor):
                total.addcmul_(part, slope)
            else:
                total.add_(part, alpha=slope)
        return total


def spread(queries: Tensor, decay: Tensor) -> Tensor:
    """Return the queries' side of a product.

    Parameters
    ----------
    queries : Tensor
        Shape (heads, tokens, width).
    decay : Tensor
        Of the queries' time, shape (tokens, powers, 1).

    Returns
    -------
    Tensor
        Shape (heads, tokens, powers times width).
    """
    return (queries[:, :, None] * decay).flatten(2)


def folded(product: Tensor, decay: Tensor) -> Tensor:
    """Return the sum over powers of a product with a stored side.

    Parameters
    ----------
    product : Tensor
        Shape (heads, tokens, powers times width).
    decay : Tensor
        Of the queries' time, shape (tokens, powers, 1).

    Returns
    -------
    Tensor
        Shape (heads, tokens, width).
    """
    first, *others = product.unflatten(2, (decay.shape[1], -1)).unbind(2)
    total = first * decay[:, 0]
    for n, other in enumerate(others, start=1):
        total.addcmul_(other, decay[:, n])
    return total
