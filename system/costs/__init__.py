"""Estimates of energy, latency and area: sums of terms over quantities that carry their source."""

from system.costs.model import Bar, CostModel, Term
from system.costs.quantity import Quantity, Values

__all__ = ["Bar", "CostModel", "Quantity", "Term", "Values"]
