"""A cell's current as a sum of powers of its decaying voltage, each of which separates."""

from dataclasses import dataclass
from math import comb

import torch
from torch import Tensor

__all__ = ["CellTerms"]


@dataclass(frozen=True, kw_only=True, eq=False)
class CellTerms:
    """Coefficients of the powers of the stored voltage less rest, for every written cell.

    Parameters
    ----------
    coefficients : tuple of (Tensor or float)
        Of each power from 0; a number where all cells have the same.
    """

    coefficients: tuple[Tensor | float, ...]

    @classmethod
    def of_cells(
        cls,
        polynomial: Tensor,
        codes: Tensor | None,
        *,
        gain: Tensor | None = None,
        threshold_v: Tensor | None = None,
    ) -> "CellTerms":
        """Return the terms of cells that store codes.

        Parameters
        ----------
        polynomial : Tensor
            Coefficients, shape (powers, levels), or (powers, 1) if they are those of every level.
        codes : Tensor or None
            Stored codes; not needed if every level has the same coefficients.
        gain : Tensor or None
            Factors of the cells' currents.
        threshold_v : Tensor or None
            Shifts of their laws along the voltage, volts.

        Returns
        -------
        CellTerms
            The terms.
        """
        rows: list[Tensor | float]
        if polynomial.shape[1] == 1:
            rows = [float(each) for each in polynomial[:, 0]]
        elif codes is None:
            raise ValueError("codes must be given to a law with coefficients of each level")
        else:
            index = codes.long()
            rows = [each[index] for each in polynomial]
        if threshold_v is not None:  # the law at y + shift, as a polynomial of y
            rows = [
                sum(comb(i, n) * rows[i] * threshold_v ** (i - n) for i in range(n, len(rows)))
                for n in range(len(rows))
            ]
        if gain is not None:
            rows = [gain * each for each in rows]
        while len(rows) > 1 and isinstance(rows[-1], float) and not rows[-1]:
            rows.pop()
        return cls(coefficients=tuple(rows))

    @property
    def constant(self) -> float:
        """Current that all cells give at any voltage, 0 if they differ."""
        first = self.coefficients[0]
        return first if isinstance(first, float) else 0.0

    @property
    def powers(self) -> tuple[int, ...]:
        """The powers that differ between cells."""
        first = isinstance(self.coefficients[0], float)
        return tuple(range(int(first), len(self.coefficients)))

    def values(self, voltage_v: Tensor) -> Tensor:
        """Return the terms when just written.

        Parameters
        ----------
        voltage_v : Tensor
            Stored voltages less rest, volts, shape (..., head_dim).

        Returns
        -------
        Tensor
            Currents, amps, shape (..., powers, head_dim).
        """
        *shape, width = voltage_v.shape
        result = voltage_v.new_empty(*shape, len(self.powers), width)
        power = None
        for position, n in enumerate(self.powers):
            if n:
                power = voltage_v if power is None else power * voltage_v
            term = result[..., position, :]
            coefficient = self.coefficients[n]
            if power is None:
                term.copy_(torch.as_tensor(coefficient))
            else:
                torch.mul(power, torch.as_tensor(coefficient), out=term)
        return result

    def slopes(self, voltage_v: Tensor) -> list[Tensor | float]:
        """Return the derivative of each term by the written voltage.

        Parameters
        ----------
        voltage_v : Tensor
            Stored voltages less rest, volts.

        Returns
        -------
        list of (Tensor or float)
            One for each of :attr:`powers`, amps per volt.
        """
        result: list[Tensor | float] = []
        for n in self.powers:
            coefficient = self.coefficients[n]
            result.append(0.0 if n == 0 else coefficient)
            if n > 1:
                result[-1] = coefficient * n * voltage_v ** (n - 1)
        return result
