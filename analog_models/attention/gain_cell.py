"""A gain cell as fabricated: its law and leakage, mismatch of its transistors, noise of a write."""

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from analog_models.attention.cell_law import PUBLISHED_CUBIC, CellLaw
from analog_models.attention.leakage import PUBLISHED_LEAKAGE, Leakage
from analog_models.constants import BOLTZMANN_J_PER_K
from analog_models.validation import check_not_negative, check_positive

__all__ = ["SPREAD_STEPS", "GainCellConfig", "draw_steps"]

SPREAD_STEPS = 16
"""Steps of a standard deviation in which mismatch is drawn, so that a byte holds eight of them."""


@dataclass(frozen=True, kw_only=True)
class GainCellConfig:
    """Design values of a gain cell and of the wire that its current flows into.

    Parameters
    ----------
    law : CellLaw
        Current against stored voltage.
    leakage : Leakage
        Retention.
    storage_cap_f : float
        Storage capacitor, farads; infinity for writes without noise.
    temperature_k : float
        Absolute temperature, kelvin.
    threshold_mismatch_v : float
        Standard deviation, from cell to cell, of the stored voltage that makes a given current,
        volts.
    gain_mismatch : float
        Standard deviation of a cell's current over its mean.
    bitline_ohm : float
        Impedance into which the cells of a column drive their current, of the wire and of what
        holds it, ohms; zero for a virtual ground.
    output_conductance_per_v : float
        Part of its current that a cell loses for each volt that the bitline moves its way.
    """

    law: CellLaw = field(
        default=PUBLISHED_CUBIC,
        metadata={"source": "Leroux et al., Nat. Comput. Sci. 5, 2025: C_ij of the published code"},
    )
    leakage: Leakage = field(
        default=PUBLISHED_LEAKAGE,
        metadata={"source": "Leroux et al., Nat. Comput. Sci. 5, 2025: published code"},
    )
    storage_cap_f: float = field(
        default=2e-15,
        metadata={
            "source": "assumed: the published one is unknown; a metal capacitor over a cell of "
            "1 um2, and 5 ms at 2 fF is a leakage of 0.2 pA"
        },
    )
    temperature_k: float = field(
        default=300.0, metadata={"source": "assumed: a cooled processor near room temperature"}
    )
    threshold_mismatch_v: float = field(
        default=15e-3,
        metadata={
            "source": "assumed: Pelgrom coefficient of 1.5 mV um, usual at 28 nm, over a gate of "
            "0.1 um by 0.1 um"
        },
    )
    gain_mismatch: float = field(
        default=0.05,
        metadata={
            "source": "assumed: current factor coefficient of 0.5 % um, usual at 28 nm, over a "
            "gate of 0.1 um by 0.1 um"
        },
    )
    bitline_ohm: float = field(
        default=250.0,
        metadata={
            "source": "assumed: 64 cells of wire at 1 ohm, and a regulated current input; 20 mV at "
            "the 80 uA that saturate a score"
        },
    )
    output_conductance_per_v: float = field(
        default=0.8,
        metadata={
            "source": "assumed: 8 % for 100 mV, from a SPICE deck with transistor cards of our own"
        },
    )

    def __post_init__(self) -> None:
        check_positive("cell storage_cap_f", self.storage_cap_f, infinite=True)
        for name in (
            "temperature_k",
            "threshold_mismatch_v",
            "gain_mismatch",
            "bitline_ohm",
            "output_conductance_per_v",
        ):
            check_not_negative(f"cell {name}", getattr(self, name))

    @property
    def write_noise_v(self) -> float:
        """RMS noise that a write leaves on the capacitor, volts: sqrt(kT / C)."""
        return math.sqrt(BOLTZMANN_J_PER_K * self.temperature_k / self.storage_cap_f)

    def bitline_load(self, saturation_a: float) -> float:
        """Return the part of a charge that the moving bitline takes off at saturation.

        A column that carries ``x`` times the saturation current delivers ``x / (1 + load |x|)``.

        Parameters
        ----------
        saturation_a : float
            Current of the column at saturation, amps.

        Returns
        -------
        float
            The load.

        Examples
        --------
        >>> round(GainCellConfig().bitline_load(80e-6), 6)
        0.016
        """
        return self.output_conductance_per_v * self.bitline_ohm * saturation_a

    def read_a(
        self,
        written_v: npt.ArrayLike,
        age_tokens: npt.ArrayLike,
        threshold_v: npt.ArrayLike,
        gain: npt.ArrayLike,
    ) -> npt.NDArray[np.float64]:
        """Return the currents of cells of a die.

        Parameters
        ----------
        written_v : array_like
            Voltages as they were written, noise included, volts.
        age_tokens : array_like
            Tokens since.
        threshold_v : array_like
            Deviations of the cells' thresholds, volts.
        gain : array_like
            Currents over those of the mean cell.

        Returns
        -------
        numpy.ndarray
            Currents at full word-line voltage, amps.
        """
        left_v = self.leakage.voltage_v(written_v, age_tokens)
        return np.asarray(gain) * self.law.current_a(left_v + np.asarray(threshold_v))


def draw_steps(shape: tuple[int, ...], rng: np.random.Generator) -> npt.NDArray[np.int8]:
    """Draw normal deviations in sixteenths of their standard deviation.

    Parameters
    ----------
    shape : tuple of int
        How many.
    rng : numpy.random.Generator
        Draws them.

    Returns
    -------
    numpy.ndarray
        Whole steps, of standard deviation ``SPREAD_STEPS``, limited to 127.
    """
    steps = np.rint(SPREAD_STEPS * rng.standard_normal(shape, dtype=np.float32))
    return np.clip(steps, -127, 127).astype(np.int8)
