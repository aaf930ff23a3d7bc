"""Differential successive-approximation converter: capacitor mismatch, sampled noise, offset."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from analog_models.constants import BODY_TEMPERATURE_K, BOLTZMANN_J_PER_K
from analog_models.validation import check_integer, check_not_negative, check_positive

__all__ = ["SarAdc", "SarAdcConfig"]


@dataclass(frozen=True, kw_only=True)
class SarAdcConfig:
    """Design values of a differential binary-weighted SAR converter.

    The sign is decided first, without switching a capacitor, so that an ``N``-bit converter has
    ``N - 1`` capacitors of ``2**(N-2) .. 1`` units a side and a dummy unit (Zhu et al., "A 10-bit
    100-MS/s reference-free SAR ADC in 90 nm CMOS", JSSC 45(6), 2010). Codes are two's complement
    and their ideal is ``floor(v / lsb_v + 1/2)``: zero volts is the middle of code zero.

    Parameters
    ----------
    bits : int
        Resolution.
    reference_v : float
        Differential inputs from ``-reference_v`` to just below ``reference_v`` have codes.
    unit_cap_f : float
        Capacitance of the unit, farads; infinity for no kT/C noise.
    cap_mismatch : float
        Standard deviation of a unit capacitor over its mean. A capacitor of ``n`` units has
        relative deviation ``cap_mismatch / sqrt(n)`` (Pelgrom), and the two sides average.
    comparator_noise_v : float
        RMS noise of the comparator referred to its input, volts; the same for all decisions of
        one conversion.
    offset_v : float
        Standard deviation, from converter to converter, of the comparator's offset, volts.
    energy_per_conversion_j : float
        Energy of one conversion, joules.
    """

    bits: int = field(
        default=10,
        metadata={"source": "assumed: the field's usual width; 9 bits serve spikes alone"},
    )
    reference_v: float = field(
        default=0.6,
        metadata={
            "source": "assumed: below the amplifier's swing of 0.7 V, so that codes limit before "
            "the amplifier does"
        },
    )
    unit_cap_f: float = field(
        default=1e-15,
        metadata={
            "source": "assumed: 1 fF metal fringe capacitor; femtofarad and smaller units are "
            "measured in Omran, Alahmadi and Salama, TCAS-I 63(6), 2016"
        },
    )
    cap_mismatch: float = field(
        default=0.005,
        metadata={
            "source": "assumed: 0.5 % of a 1 fF unit, so that three standard deviations of the "
            "worst step stay below half an LSB at 10 bits"
        },
    )
    comparator_noise_v: float = field(
        default=300e-6,
        metadata={"source": "assumed: a quarter of an LSB, as strong as the quantisation noise"},
    )
    offset_v: float = field(
        default=2e-3,
        metadata={"source": "assumed: a small comparator's input pair; the band-pass removes it"},
    )
    energy_per_conversion_j: float = field(
        default=3.75e-12,
        metadata={
            "source": "assumed: between 2.1 pJ (Brenna et al., 10 bit, 200 kS/s, Analog Integr. "
            "Circuits Signal Process., 2014) and 6 pJ (Chen et al., 11 bit, 100 kS/s, JSSC 2017)"
        },
    )

    def __post_init__(self) -> None:
        check_integer("converter bits", self.bits, low=2, high=16)
        check_positive("converter reference_v", self.reference_v)
        check_positive("converter unit_cap_f", self.unit_cap_f, infinite=True)
        for name in (
            "cap_mismatch",
            "comparator_noise_v",
            "offset_v",
            "energy_per_conversion_j",
        ):
            check_not_negative(f"converter {name}", getattr(self, name))

    @property
    def lsb_v(self) -> float:
        """Nominal code width, volts."""
        return 2.0 * self.reference_v / (1 << self.bits)

    @property
    def code_min(self) -> int:
        """Lowest code."""
        return -(1 << (self.bits - 1))

    @property
    def code_max(self) -> int:
        """Highest code."""
        return (1 << (self.bits - 1)) - 1

    def sampling_noise_v(self, temperature_k: float) -> float:
        """Return the RMS of the sampled thermal noise, volts: sqrt(2kT / C) of two equal sides.

        Parameters
        ----------
        temperature_k : float
            Absolute temperature, kelvin.

        Returns
        -------
        float
            RMS noise, volts.
        """
        side_f = self.unit_cap_f * (1 << (self.bits - 1))
        return float(np.sqrt(2.0 * BOLTZMANN_J_PER_K * temperature_k / side_f))

    def noise_v(self, temperature_k: float) -> float:
        """Return the RMS noise of one conversion, volts: sampling and comparator.

        Parameters
        ----------
        temperature_k : float
            Absolute temperature, kelvin.

        Returns
        -------
        float
            RMS noise, volts.
        """
        return float(np.hypot(self.sampling_noise_v(temperature_k), self.comparator_noise_v))


class SarAdc:
    """One fabricated converter: capacitors and offset are drawn once and then fixed.

    Parameters
    ----------
    config : SarAdcConfig
        Design values.
    mismatch_rng : numpy.random.Generator
        Draws this converter's capacitors and offset.
    temperature_k : float
        Absolute temperature, kelvin; zero turns the kT/C noise off.

    Attributes
    ----------
    weights : numpy.ndarray
        Weight of each capacitor in nominal LSBs, largest first: ``2**(bits-2) .. 1`` without
        mismatch.
    offset_v : float
        Offset of the comparator, volts.
    """

    def __init__(
        self,
        config: SarAdcConfig,
        *,
        mismatch_rng: np.random.Generator,
        temperature_k: float = BODY_TEMPERATURE_K,
    ) -> None:
        check_not_negative("converter temperature_k", temperature_k)
        self.config = config
        self.temperature_k = temperature_k
        self.offset_v = float(config.offset_v * mismatch_rng.standard_normal())
        units = 2.0 ** np.arange(config.bits - 2, -1, -1)
        deviation = config.cap_mismatch * np.sqrt(units / 2.0)  # mean of the two sides
        caps = units + deviation * mismatch_rng.standard_normal(units.size)
        # The reference is divided among all capacitors, the dummy unit among them.
        self.weights: npt.NDArray[np.float64] = caps * (2.0 * units[0] / (caps.sum() + 1.0))

    def convert(
        self, voltage_v: npt.ArrayLike, *, noise_rng: np.random.Generator
    ) -> npt.NDArray[np.int16]:
        """Return the codes of differential voltages.

        Parameters
        ----------
        voltage_v : array_like
            Voltages, any shape, volts; those beyond full scale saturate.
        noise_rng : numpy.random.Generator
            Draws one noise voltage a conversion; not used when there is no noise.

        Returns
        -------
        numpy.ndarray
            Codes, of the shape of ``voltage_v``.
        """
        sampled_v = np.asarray(voltage_v, dtype=np.float64)
        noise_v = self.config.noise_v(self.temperature_k)
        if noise_v > 0:
            sampled_v = sampled_v + noise_v * noise_rng.standard_normal(sampled_v.shape)
        residue = (sampled_v + self.offset_v) / self.config.lsb_v + 0.5
        code = np.zeros(sampled_v.shape, dtype=np.int64)
        for weight in (*self.weights, 0.0):
            up = residue >= 0
            residue = residue - np.where(up, weight, -weight)
            code = 2 * code + up
        return (code + self.config.code_min).astype(np.int16)

    @property
    def transition_levels_v(self) -> npt.NDArray[np.float64]:
        """Input voltage at which each code but the lowest begins, volts, without noise.

        A level below the one before it belongs to a code that never appears.
        """
        bits = self.config.bits
        codes = np.arange(1, 1 << bits)
        # Code k and k - 1 part at the decision of k's lowest one bit; the decisions before it
        # have switched the capacitors above that bit.
        lowest_one = np.log2(codes & -codes).astype(np.int64)
        level = np.zeros(codes.size)
        for index, weight in enumerate(self.weights):
            position = bits - 1 - index
            step = np.where(codes >> position & 1, weight, -weight)
            level += np.where(position > lowest_one, step, 0.0)
        return (level - 0.5) * self.config.lsb_v - self.offset_v
