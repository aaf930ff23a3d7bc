"""The anti-alias filter between amplifier and multiplexer."""

import math
from dataclasses import dataclass, field

from analog_models.validation import check_integer, check_not_negative

__all__ = ["AntiAliasConfig"]


@dataclass(frozen=True, kw_only=True)
class AntiAliasConfig:
    """Design values of a Butterworth low-pass.

    Parameters
    ----------
    pole_hz : float
        -3 dB frequency; zero or infinity for no filter.
    order : int
        1 or 2.
    """

    pole_hz: float = field(
        default=10e3,
        metadata={
            "source": "assumed: above the 7.5 kHz of the amplifier, below the 12 kHz that alias "
            "at 24 kS/s"
        },
    )
    order: int = field(
        default=2,
        metadata={"source": "assumed: one transconductor-capacitor biquad a channel"},
    )

    def __post_init__(self) -> None:
        check_not_negative("anti-alias pole_hz", self.pole_hz, infinite=True)
        check_integer("anti-alias order", self.order, low=1, high=2)

    @property
    def off(self) -> bool:
        """Whether there is no filter."""
        return self.pole_hz == 0 or math.isinf(self.pole_hz)
