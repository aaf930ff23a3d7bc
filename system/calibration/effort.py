"""How much of the Monte Carlo part of a calibration is done."""

from dataclasses import dataclass

from analog_models.validation import check_integer

__all__ = ["Effort"]


@dataclass(frozen=True, kw_only=True)
class Effort:
    """How much of the Monte Carlo part is done.

    Parameters
    ----------
    cells : int
        Cells whose thresholds are drawn, in 2..100000.
    converters : int
        Converters of each kind whose thresholds are drawn, in 2..100000; or zero, for tables that
        know no spread of converters.
    seed : int
        Of each of the draws.
    """

    cells: int = 100
    converters: int = 40
    seed: int = 2025

    def __post_init__(self) -> None:
        check_integer("calibration cells", self.cells, low=2, high=100_000)
        check_integer("calibration converters", self.converters, low=0, high=100_000)
        check_integer("calibration seed", self.seed, low=0, high=(1 << 63) - 1)
        if self.converters == 1:
            raise ValueError("calibration converters must be 0, or 2 or more, not 1")
