"""The low-noise amplifier: gain, poles, saturation and the noise its current buys."""

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from analog_models.constants import BOLTZMANN_J_PER_K, thermal_voltage_v
from analog_models.sampled_noise import band_limited_noise
from analog_models.validation import check_not_negative, check_positive

__all__ = ["Amplifier", "AmplifierConfig", "noise_efficiency_factor"]


@dataclass(frozen=True, kw_only=True)
class AmplifierConfig:
    """Design values of a recording amplifier.

    The amplifier is a first-order high-pass, a first-order low-pass, a gain and a hard limit of
    the output. Its noise referred to the input does not depend on the gain that is set.

    Parameters
    ----------
    gain : float
        The gain that is set; one of ``gains``.
    gains : tuple of float
        The gains that can be set, ascending.
    gain_spread : float
        Standard deviation, from channel to channel, of the gain over its nominal value.
    noise_efficiency_factor : float
        Noise, thermal and 1/f together, over that of one ideal bipolar transistor that carries
        the same current; zero for no noise. See :meth:`input_noise_v`.
    flicker_corner_hz : float
        Frequency at which the 1/f part is as strong as the thermal part; zero for none.
    supply_v : float
        Supply voltage, volts.
    power_w : float
        Power of one amplifier, watts; over ``supply_v`` it is the current that buys the noise.
    high_pass_hz : float
        High-pass pole; zero for a DC-coupled amplifier.
    low_pass_hz : float
        Low-pass pole, the bandwidth; zero or infinity for none.
    saturation_v : float
        The output is limited to plus and minus this voltage; infinity for no limit.
    """

    gain: float = field(
        default=400.0,
        metadata={"source": "assumed: full scale of 1.5 mV holds spikes of up to about 1 mV"},
    )
    gains: tuple[float, ...] = field(
        default=(25.0, 50.0, 100.0, 200.0, 400.0, 800.0),
        metadata={
            "source": "assumed: octaves, from 24 mV full scale (field potentials, artefacts) to "
            "0.75 mV (the noise then fills 4 codes)"
        },
    )
    gain_spread: float = field(
        default=0.01,
        metadata={"source": "assumed: 1 %, the ratio of two small metal capacitors in feedback"},
    )
    noise_efficiency_factor: float = field(
        default=1.7,
        metadata={
            "source": "assumed: sqrt(2) n of a differential pair in weak inversion with slope "
            "n = 1.2 (Steyaert and Sansen, JSSC 22(6), 1987); measured ones reach 1.07 (Shen, "
            "Lu and Sun, VLSI Circuits 2017) to 2.63 (Sensors 25(4):1157, 2025)"
        },
    )
    flicker_corner_hz: float = field(
        default=200.0,
        metadata={
            "source": "assumed: large input transistors; puts an eighth of the noise power in "
            "the 1/f part"
        },
    )
    supply_v: float = field(
        default=0.8,
        metadata={"source": "assumed: nominal core supply of 22 nm FDSOI"},
    )
    power_w: float = field(
        default=0.30e-6,
        metadata={
            "source": "assumed: share of the 0.41 uW per channel of Guo et al., Front. Neurosci. "
            "18:1432750, 2024, that does not go to multiplexer and converter; 0.25 uW amplifiers "
            "are published (Shen, Lu and Sun, VLSI Circuits 2017)"
        },
    )
    high_pass_hz: float = field(
        default=1.0,
        metadata={
            "source": "assumed: removes the electrode offset and leaves the field potential to "
            "its codec, for spikes the digital band-pass removes it; the band of Sensors "
            "25(4):1157, 2025, starts at 1 Hz"
        },
    )
    low_pass_hz: float = field(
        default=7.5e3,
        metadata={
            "source": "assumed: spikes end at about 7 kHz; 7.2 kHz in Harrison and Charles, JSSC "
            "38(6), 2003, 7.5 kHz in Sensors 25(4):1157, 2025"
        },
    )
    saturation_v: float = field(
        default=0.7,
        metadata={"source": "assumed: each output swings to 50 mV from both rails of 0.8 V"},
    )

    def __post_init__(self) -> None:
        if not isinstance(self.gains, tuple) or not self.gains:
            raise ValueError(f"amplifier gains must be a tuple of numbers, not {self.gains!r}")
        for gain in self.gains:
            check_positive("amplifier gains", gain)
        if list(self.gains) != sorted(set(self.gains)):
            raise ValueError(f"amplifier gains must ascend, not {self.gains!r}")
        check_positive("amplifier gain", self.gain)
        if self.gain not in self.gains:
            raise ValueError(f"amplifier gain must be one of {self.gains!r}, not {self.gain!r}")
        for name in ("supply_v", "power_w"):
            check_positive(f"amplifier {name}", getattr(self, name))
        for name in (
            "gain_spread",
            "noise_efficiency_factor",
            "flicker_corner_hz",
            "high_pass_hz",
        ):
            check_not_negative(f"amplifier {name}", getattr(self, name))
        check_not_negative("amplifier low_pass_hz", self.low_pass_hz, infinite=True)
        check_positive("amplifier saturation_v", self.saturation_v, infinite=True)
        if self.low_pass_off and self.noise_efficiency_factor > 0:
            raise ValueError(
                "amplifier noise_efficiency_factor must be 0 without a bandwidth (low_pass_hz "
                f"{self.low_pass_hz!r}), not {self.noise_efficiency_factor!r}"
            )
        if not self.low_pass_off and self.high_pass_hz >= self.low_pass_hz:
            raise ValueError(
                f"amplifier high_pass_hz must be below low_pass_hz {self.low_pass_hz!r}, "
                f"not {self.high_pass_hz!r}"
            )

    @property
    def low_pass_off(self) -> bool:
        """Whether the bandwidth is unlimited."""
        return self.low_pass_hz == 0 or math.isinf(self.low_pass_hz)

    @property
    def current_a(self) -> float:
        """Supply current of one amplifier, amperes."""
        return self.power_w / self.supply_v

    def input_noise_v(self, temperature_k: float) -> float:
        """Return the RMS noise referred to the input, volts, thermal and 1/f together.

        ``V_ni = NEF sqrt(pi U_T 4kT BW / (2 I))`` (Steyaert and Sansen, "A micropower low-noise
        monolithic instrumentation amplifier for medical purposes", JSSC 22(6), 1987), with the
        low-pass pole as BW; the pi/2 in it makes the bandwidth that of a first-order low-pass.

        Parameters
        ----------
        temperature_k : float
            Absolute temperature, kelvin.

        Returns
        -------
        float
            RMS noise, volts.

        Examples
        --------
        All of 0.41 uW in one amplifier, 0.8 V, 7.5 kHz, at body temperature:

        >>> config = AmplifierConfig(power_w=0.41e-6, noise_efficiency_factor=1.0)
        >>> round(config.input_noise_v(310.15) * 1e6, 2)  # microvolts
        3.24
        """
        if self.noise_efficiency_factor == 0:
            return 0.0
        return self.noise_efficiency_factor * _ideal_noise_v(
            current_a=self.current_a, bandwidth_hz=self.low_pass_hz, temperature_k=temperature_k
        )

    def white_noise_density(self, temperature_k: float) -> float:
        """Return the one-sided density of the thermal part at the input, V^2/Hz.

        It is what makes thermal and 1/f part together, through the amplifier's own two poles,
        the noise of :meth:`input_noise_v`.

        Parameters
        ----------
        temperature_k : float
            Absolute temperature, kelvin.

        Returns
        -------
        float
            One-sided power density, V^2/Hz.
        """
        noise_v = self.input_noise_v(temperature_k)
        if noise_v == 0:
            return 0.0
        of_unit_density = band_limited_noise(
            white_density=1.0,
            flicker_power=self.flicker_corner_hz,
            high_pass_hz=self.high_pass_hz,
            low_pass_hz=self.low_pass_hz,
            anti_alias_hz=0.0,
            anti_alias_order=1,
        )
        return noise_v**2 / of_unit_density.variance


def noise_efficiency_factor(
    *, input_noise_v: float, current_a: float, bandwidth_hz: float, temperature_k: float
) -> float:
    """Return the noise efficiency factor of a measured amplifier.

    Parameters
    ----------
    input_noise_v : float
        RMS noise referred to the input, volts.
    current_a : float
        Supply current, amperes.
    bandwidth_hz : float
        -3 dB bandwidth, hertz.
    temperature_k : float
        Absolute temperature, kelvin.

    Returns
    -------
    float
        Noise over that of an ideal bipolar transistor at the same current and bandwidth.

    Examples
    --------
    >>> factor = noise_efficiency_factor(  # Harrison and Charles 2003: 4.0
    ...     input_noise_v=2.2e-6, current_a=16e-6, bandwidth_hz=7.2e3, temperature_k=300.0
    ... )
    >>> round(factor, 1)
    4.0
    """
    return input_noise_v / _ideal_noise_v(
        current_a=current_a, bandwidth_hz=bandwidth_hz, temperature_k=temperature_k
    )


def _ideal_noise_v(*, current_a: float, bandwidth_hz: float, temperature_k: float) -> float:
    thermal_j = 4.0 * BOLTZMANN_J_PER_K * temperature_k
    power_v2 = math.pi * thermal_voltage_v(temperature_k) * thermal_j * bandwidth_hz
    return math.sqrt(power_v2 / (2.0 * current_a))


class Amplifier:
    """The amplifiers of one die: their gains are drawn once and then fixed.

    Parameters
    ----------
    config : AmplifierConfig
        Design values.
    channels : int
        Number of amplifiers.
    mismatch_rng : numpy.random.Generator
        Draws the gains.

    Attributes
    ----------
    relative_gain : numpy.ndarray
        Gain of each channel over the nominal gain; the same at every gain that can be set.
    """

    def __init__(
        self, config: AmplifierConfig, *, channels: int, mismatch_rng: np.random.Generator
    ) -> None:
        self.config = config
        self.relative_gain: npt.NDArray[np.float64] = (
            1.0 + config.gain_spread * mismatch_rng.standard_normal(channels)
        )

    @property
    def gains(self) -> npt.NDArray[np.float64]:
        """Gain of each channel."""
        return self.config.gain * self.relative_gain
