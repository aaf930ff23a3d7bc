"""Charge-to-pulse converters: a column's charge becomes the width of a pulse."""

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from analog_models.validation import check_integer, check_not_negative, check_positive

__all__ = ["OUTPUT_CONVERTER", "SCORE_CONVERTER", "ChargeToPulse", "ChargeToPulseConfig"]


@dataclass(frozen=True, kw_only=True)
class ChargeToPulseConfig:
    """Design values of charge-to-pulse converters.

    Parameters
    ----------
    saturation_c : float
        Charge that makes the longest pulse, coulombs.
    signed : bool
        Charges of both signs make pulses, with a wire for the sign; else negative ones make none,
        which is the published HardSigmoid.
    gain, offset : float
        Of the mean converter: over the design's, and over the saturation charge.
    gain_mismatch : float
        Standard deviation of the gain from converter to converter.
    offset_mismatch : float
        Standard deviation of the offset from converter to converter, over the saturation charge.
    noise : float
        RMS noise of a conversion over the saturation charge.
    steps : int
        Steps that the pulse can end at, of a clocked comparator; zero for any time.
    """

    saturation_c: float = field(
        default=1.2e-12,
        metadata={"source": "Leroux et al., Nat. Comput. Sci. 5, 2025: 80 uA over 15 ns"},
    )
    signed: bool = field(
        default=False, metadata={"source": "Leroux et al., Nat. Comput. Sci. 5, 2025: HardSigmoid"}
    )
    gain: float = 1.0
    offset: float = 0.0
    gain_mismatch: float = field(
        default=0.01,
        metadata={"source": "assumed: 1 %, an integration capacitor and a current of small area"},
    )
    offset_mismatch: float = field(
        default=0.01,
        metadata={
            "source": "assumed: 5 mV of a comparator, small or trimmed, on a swing of 0.5 V; it "
            "enters once a tile and adds up"
        },
    )
    noise: float = field(
        default=0.0025,
        metadata={
            "source": "derived: 0.09 % of shot, channel and kTC noise at cells of 5 uA, and 1 mV "
            "of a comparator on a swing of 0.5 V, assumed"
        },
    )
    steps: int = field(
        default=0,
        metadata={"source": "Leroux et al., Nat. Comput. Sci. 5, 2025: pulses are not digitised"},
    )

    def __post_init__(self) -> None:
        check_positive("converter saturation_c", self.saturation_c)
        check_positive("converter gain", self.gain)
        if not math.isfinite(self.offset):
            raise ValueError(f"converter offset must be finite, not {self.offset}")
        for name in ("gain_mismatch", "offset_mismatch", "noise"):
            check_not_negative(f"converter {name}", getattr(self, name))
        check_integer("converter steps", self.steps, low=0, high=4095)


SCORE_CONVERTER = ChargeToPulseConfig()
"""Behind an array of keys: HardSigmoid."""

OUTPUT_CONVERTER = ChargeToPulseConfig(saturation_c=0.6e-12, signed=True)
"""Behind an array of values: signed, saturating at 40 uA over 15 ns (same source)."""


class ChargeToPulse:
    """Some converters of one die: gains and offsets are drawn once and then fixed.

    Parameters
    ----------
    config : ChargeToPulseConfig
        Design values.
    converters : int
        How many.
    mismatch_rng : numpy.random.Generator
        Draws gains and offsets.

    Attributes
    ----------
    gain : numpy.ndarray
        Gain of each converter over the design's.
    offset : numpy.ndarray
        Offset of each converter over the saturation charge.
    """

    def __init__(
        self,
        config: ChargeToPulseConfig,
        *,
        converters: int,
        mismatch_rng: np.random.Generator,
    ) -> None:
        check_integer("converter converters", converters, low=1, high=1 << 24)
        self.config = config
        gain, offset = mismatch_rng.standard_normal((2, converters))
        self.gain = config.gain + config.gain_mismatch * gain
        self.offset = config.offset + config.offset_mismatch * offset

    def fraction(
        self, charge_c: npt.ArrayLike, *, noise_rng: np.random.Generator | None = None
    ) -> npt.NDArray[np.float64]:
        """Return the widths of the pulses over the longest one.

        Parameters
        ----------
        charge_c : array_like
            Charges ``[..., converters]``, coulombs.
        noise_rng : numpy.random.Generator
            Draws the noise; None for none.

        Returns
        -------
        numpy.ndarray
            ``0 .. 1``, or ``-1 .. 1`` of a signed converter.
        """
        charge = np.asarray(charge_c, dtype=np.float64) / self.config.saturation_c
        pulse = self.gain * charge + self.offset
        if noise_rng is not None and self.config.noise > 0:
            pulse = pulse + self.config.noise * noise_rng.standard_normal(charge.shape)
        pulse = np.clip(pulse, -1.0 if self.config.signed else 0.0, 1.0)
        if self.config.steps:
            pulse = np.rint(pulse * self.config.steps) / self.config.steps
        return pulse
