"""A number that an estimate stands on: its value, how far it may be off, and where it is from."""

import math
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Literal, get_args

__all__ = ["Origin", "Quantity", "Values"]

Origin = Literal["published", "derived", "chosen", "measured"]
"""Of the machine's own paper; from such figures by arithmetic; by us; on our own circuits."""

Values = SimpleNamespace
"""Values of a model's quantities, as attributes of their names, SI units."""


@dataclass(frozen=True, kw_only=True)
class Quantity:
    """One number of an estimate.

    Parameters
    ----------
    name : str
        A Python name that ends in its SI unit, such as ``supply_v``; a count has none.
    value : float
        The nominal value.
    low, high : float
        What it may be at least and at most; both the value itself if it is exact.
    origin : {"published", "derived", "chosen", "measured"}
        Who says so.
    source : str
        A citation, or the reason of a choice.

    Raises
    ------
    ValueError
        The name is no name, the values are not finite or not in order, or there is no source.

    Examples
    --------
    >>> Quantity.exact("head_dim", 64, origin="published", source="Leroux et al. 2025").high
    64.0
    """

    name: str
    value: float
    low: float
    high: float
    origin: Origin
    source: str

    def __post_init__(self) -> None:
        if not self.name.isidentifier():
            raise ValueError(f"quantity name must be a Python name, not {self.name!r}")
        values = (self.low, self.value, self.high)
        if not all(math.isfinite(value) for value in values):
            raise ValueError(f"quantity {self.name} must be finite, not {values}")
        if not self.low <= self.value <= self.high:
            raise ValueError(f"quantity {self.name} must have low <= value <= high, not {values}")
        if self.origin not in get_args(Origin):
            raise ValueError(
                f"quantity {self.name} origin must be one of {', '.join(get_args(Origin))}, "
                f"not {self.origin!r}"
            )
        if not self.source:
            raise ValueError(f"quantity {self.name} must have a source, not an empty one")

    @classmethod
    def exact(cls, name: str, value: float, *, origin: Origin, source: str) -> "Quantity":
        """Return a quantity that has no uncertainty.

        Parameters
        ----------
        name : str
            As of the class.
        value : float
            The value, and both bounds.
        origin : {"published", "derived", "chosen", "measured"}
            As of the class.
        source : str
            As of the class.

        Returns
        -------
        Quantity
            The quantity.
        """
        value = float(value)
        return cls(name=name, value=value, low=value, high=value, origin=origin, source=source)
