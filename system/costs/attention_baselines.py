"""What processors need for the same attention, as published: nothing here is measured by us.

Figures per token: 12 heads of 64, a window of 1024 tokens, 64 sequences at once (Leroux et al.
2025, the authors' code).
"""

from dataclasses import dataclass

__all__ = ["PUBLISHED_BASELINES", "Baseline"]

HEADS = 12


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """A processor that computes attention.

    Parameters
    ----------
    name : str
        The processor.
    latency_s : float
        Of a token with all 12 heads, seconds.
    energy_j : float
        Of a token with all 12 heads, joules.
    """

    name: str
    latency_s: float
    energy_j: float

    @property
    def head_energy_j(self) -> float:
        """Energy of a token and head, joules."""
        return self.energy_j / HEADS


PUBLISHED_BASELINES = (
    Baseline(name="RTX 4090", latency_s=22.37e-6, energy_j=7.178e-3),
    Baseline(name="Jetson Nano", latency_s=488.85e-6, energy_j=3.246e-3),
)
"""The two whose raw figures are published."""
