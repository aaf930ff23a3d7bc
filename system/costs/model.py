"""A cost that is a sum of terms, each a formula over quantities; and what each quantity moves."""

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite

from system.costs.quantity import Quantity, Values

__all__ = ["Bar", "CostModel", "Term"]


@dataclass(frozen=True, kw_only=True)
class Term:
    """One item of a cost.

    Parameters
    ----------
    name : str
        What costs.
    formula : str
        The formula as one reads it.
    amount : callable
        The formula: takes the values of the quantities, returns the cost.
    published : float or None
        The same item as the machine's paper has it, in the unit of the cost.
    """

    name: str
    formula: str
    amount: Callable[[Values], float]
    published: float | None = None


@dataclass(frozen=True, kw_only=True)
class Bar:
    """What one quantity does to the total when it goes from its low to its high.

    Parameters
    ----------
    quantity : Quantity
        The quantity that is moved; all others stay.
    at_low, at_high : float
        Totals.
    """

    quantity: Quantity
    at_low: float
    at_high: float

    @property
    def swing(self) -> float:
        """How far the total moves."""
        return abs(self.at_high - self.at_low)


@dataclass(frozen=True, kw_only=True)
class CostModel:
    """A cost of one machine.

    Parameters
    ----------
    name : str
        What is estimated.
    unit : str
        Unit of the terms and the total.
    quantities : tuple of Quantity
        What the formulas stand on, each name once.
    terms : tuple of Term
        What is added up.

    Raises
    ------
    ValueError
        Two quantities or two terms share a name, a formula needs a quantity that is not there, a
        quantity is used by no formula, or a term is negative or not finite.

    Examples
    --------
    >>> supply = Quantity(
    ...     name="supply_v", value=1.0, low=0.9, high=1.1, origin="chosen", source="an example"
    ... )
    >>> model = CostModel(
    ...     name="wire",
    ...     unit="J",
    ...     quantities=(supply,),
    ...     terms=(Term(name="wire", formula="1 pF V^2", amount=lambda v: 1e-12 * v.supply_v**2),),
    ... )
    >>> model.total()
    1e-12
    >>> round(model.sensitivity()[0].at_high * 1e12, 2)
    1.21
    """

    name: str
    unit: str
    quantities: tuple[Quantity, ...]
    terms: tuple[Term, ...]

    def __post_init__(self) -> None:
        for kind, names in (
            ("quantities", [quantity.name for quantity in self.quantities]),
            ("terms", [term.name for term in self.terms]),
        ):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ValueError(f"cost model {self.name} {kind} must have unique names: {twice}")
        used: set[str] = set()
        values = _Watched(self._values({}), used)
        for term in self.terms:
            try:
                amount = term.amount(values)
            except AttributeError as error:
                raise ValueError(
                    f"cost model {self.name} term {term.name} needs a quantity that is not "
                    f"there: {error.name}"
                ) from None
            if not (isfinite(amount) and amount >= 0):
                raise ValueError(
                    f"cost model {self.name} term {term.name} must be at least 0 and finite, "
                    f"not {amount}"
                )
        idle = sorted({quantity.name for quantity in self.quantities} - used)
        if idle:
            raise ValueError(f"cost model {self.name} must use every quantity; none uses {idle}")

    def _values(self, changed: dict[str, float]) -> Values:
        return Values(**{each.name: each.value for each in self.quantities} | changed)

    def evaluate(self, **changed: float) -> dict[str, float]:
        """Return the amount of every term.

        Parameters
        ----------
        **changed : float
            Values that replace those of the quantities of these names.

        Returns
        -------
        dict of str to float
            Amounts by the names of the terms.

        Raises
        ------
        ValueError
            There is no such quantity.
        """
        known = {quantity.name for quantity in self.quantities}
        for name in changed:
            if name not in known:
                raise ValueError(f"cost model {self.name} has no quantity {name!r}")
        values = self._values(changed)
        return {term.name: term.amount(values) for term in self.terms}

    def total(self, **changed: float) -> float:
        """Return the sum of all terms.

        Parameters
        ----------
        **changed : float
            Values that replace those of the quantities of these names.

        Returns
        -------
        float
            In the unit of the model.
        """
        return sum(self.evaluate(**changed).values())

    def sensitivity(self) -> tuple[Bar, ...]:
        """Return what every uncertain quantity does to the total, the strongest first.

        Returns
        -------
        tuple of Bar
            One for each quantity that is not exact.
        """
        bars = [
            Bar(
                quantity=quantity,
                at_low=self.total(**{quantity.name: quantity.low}),
                at_high=self.total(**{quantity.name: quantity.high}),
            )
            for quantity in self.quantities
            if quantity.low < quantity.high
        ]
        return tuple(sorted(bars, key=lambda bar: bar.swing, reverse=True))


class _Watched(Values):
    """Values that note which of them are asked for."""

    def __init__(self, values: Values, used: set[str]) -> None:
        super().__init__()
        self._all = values
        self._used = used

    def __getattr__(self, name: str) -> float:
        value: float = getattr(self._all, name)
        self._used.add(name)
        return value
