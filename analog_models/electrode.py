"""The recording electrode: thermal noise of its resistance and a standing voltage."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from analog_models.constants import BOLTZMANN_J_PER_K
from analog_models.validation import check_not_negative

__all__ = ["Electrode", "ElectrodeConfig"]


@dataclass(frozen=True, kw_only=True)
class ElectrodeConfig:
    """Design values of the electrodes.

    Parameters
    ----------
    resistance_ohm : float
        Real part of the impedance over the recording band, ohms: sets the thermal noise.
        A recorded signal holds the noise of its own electrode already: zero adds none. About
        100 kohm is a coated microelectrode, 1 Mohm an uncoated one (Neto et al., Front. Neurosci.
        12:715, 2018).
    offset_v : float
        Standard deviation, from electrode to electrode, of the voltage between electrode and
        reference, volts.
    """

    resistance_ohm: float = field(
        default=0.0,
        metadata={
            "source": "assumed: what comes in was recorded, and holds its electrode's noise already"
        },
    )
    offset_v: float = field(
        default=20e-3,
        metadata={
            "source": "assumed: the +-50 mV that recording amplifiers are built to tolerate "
            "(Sensors 25(4):1157, 2025) taken as 2.5 standard deviations"
        },
    )

    def __post_init__(self) -> None:
        check_not_negative("electrode resistance_ohm", self.resistance_ohm)
        check_not_negative("electrode offset_v", self.offset_v)

    def noise_density(self, temperature_k: float) -> float:
        """Return the one-sided density of the thermal noise, V^2/Hz: 4kTR (Nyquist 1928).

        Parameters
        ----------
        temperature_k : float
            Absolute temperature, kelvin.

        Returns
        -------
        float
            One-sided power density, V^2/Hz.

        Examples
        --------
        100 kohm over 10 kHz at body temperature:

        >>> density = ElectrodeConfig(resistance_ohm=100e3).noise_density(310.15)
        >>> round((density * 10e3) ** 0.5 * 1e6, 2)  # microvolts
        4.14
        """
        return 4.0 * BOLTZMANN_J_PER_K * temperature_k * self.resistance_ohm


class Electrode:
    """The electrodes of one array: their offsets are drawn once and then fixed.

    Parameters
    ----------
    config : ElectrodeConfig
        Design values.
    channels : int
        Number of electrodes.
    mismatch_rng : numpy.random.Generator
        Draws the offsets.

    Attributes
    ----------
    offset_v : numpy.ndarray
        Standing voltage of each electrode, volts.
    """

    def __init__(
        self, config: ElectrodeConfig, *, channels: int, mismatch_rng: np.random.Generator
    ) -> None:
        self.config = config
        self.offset_v: npt.NDArray[np.float64] = config.offset_v * mismatch_rng.standard_normal(
            channels
        )
