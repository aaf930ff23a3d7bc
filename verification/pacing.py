"""How willing each side of a stream is, cycle by cycle: the same pauses for every simulator."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

__all__ = ["PACES", "Pace", "willingness"]


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How often the producer offers and the consumer accepts.

    Parameters
    ----------
    valid_probability : float
        Share of the cycles in which the producer is willing to offer, in (0, 1].
    ready_probability : float
        Share of the cycles in which the consumer is willing to accept, in (0, 1].
    burst_cycles : int
        Longest time for which either side keeps its mind; 1 decides anew every cycle.
    """

    valid_probability: float = 1.0
    ready_probability: float = 1.0
    burst_cycles: int = 1

    def __post_init__(self) -> None:
        for name in ("valid_probability", "ready_probability"):
            if not 0 < getattr(self, name) <= 1:
                raise ValueError(f"{name} must be in (0, 1], not {getattr(self, name)!r}")
        if self.burst_cycles < 1:
            raise ValueError(f"burst_cycles must be at least 1, not {self.burst_cycles!r}")


PACES: Mapping[str, Pace] = MappingProxyType(
    {
        "streaming": Pace(),
        "starved": Pace(valid_probability=0.3),
        "stalled": Pace(ready_probability=0.3),
        "random": Pace(valid_probability=0.6, ready_probability=0.6),
        # Long enough to fill the buffers behind a stalled output, and to drain them again.
        "bursts": Pace(valid_probability=0.7, ready_probability=0.5, burst_cycles=40),
    }
)


def willingness(
    probability: float, *, burst_cycles: int = 1, rng: np.random.Generator
) -> Iterator[bool]:
    """Yield for ever, once a cycle, whether one side of a stream is willing.

    Parameters
    ----------
    probability : float
        Share of willing cycles, in (0, 1].
    burst_cycles : int
        Each decision is kept for 1 to this many cycles, drawn evenly.
    rng : numpy.random.Generator
        Source of the decisions.

    Yields
    ------
    bool
        Whether the side is willing in this cycle.
    """
    while True:
        willing = bool(rng.random() < probability)
        for _ in range(int(rng.integers(1, burst_cycles + 1))):
            yield willing
