"""Everything that can be chosen about a recording frontend."""

import math
from dataclasses import dataclass, field, replace
from typing import Self

from analog_models.amplifier import AmplifierConfig
from analog_models.anti_alias import AntiAliasConfig
from analog_models.constants import BODY_TEMPERATURE_K
from analog_models.electrode import ElectrodeConfig
from analog_models.multiplexer import MultiplexerConfig
from analog_models.sar_adc import SarAdcConfig
from analog_models.validation import check_integer, check_not_negative

__all__ = ["FrontendConfig"]


@dataclass(frozen=True, kw_only=True)
class FrontendConfig:
    """Design values of a recording frontend; all channels are alike but for their mismatch.

    The defaults add up to the 0.41 uW per channel of a published 68-channel chip at 24 kS/s.
    :func:`analog_models.sources.source_table` lists where each one comes from.

    Parameters
    ----------
    electrode : ElectrodeConfig
        The electrodes.
    amplifier : AmplifierConfig
        The amplifiers.
    anti_alias : AntiAliasConfig
        The anti-alias filters.
    multiplexer : MultiplexerConfig
        The multiplexers, and how many converters there are.
    converter : SarAdcConfig
        The converters.
    temperature_k : float
        Absolute temperature, kelvin; zero leaves the comparator's noise as the only one.
    oversampling : int
        Input samples a conversion: one for a recording that was sampled already, more for a
        signal that stands for an analog one. The first of them is converted.
    """

    electrode: ElectrodeConfig = field(default_factory=ElectrodeConfig)
    amplifier: AmplifierConfig = field(default_factory=AmplifierConfig)
    anti_alias: AntiAliasConfig = field(default_factory=AntiAliasConfig)
    multiplexer: MultiplexerConfig = field(default_factory=MultiplexerConfig)
    converter: SarAdcConfig = field(default_factory=SarAdcConfig)
    temperature_k: float = field(
        default=BODY_TEMPERATURE_K, metadata={"source": "assumed: body temperature, 37 C"}
    )
    oversampling: int = field(
        default=1, metadata={"source": "assumed: recordings come at the conversion rate"}
    )

    def __post_init__(self) -> None:
        check_not_negative("frontend temperature_k", self.temperature_k)
        check_integer("frontend oversampling", self.oversampling, low=1, high=4096)
        noisy = self.electrode.resistance_ohm > 0 and self.temperature_k > 0
        if self.amplifier.low_pass_off and noisy:
            raise ValueError(
                "electrode resistance_ohm must be 0 without a bandwidth (amplifier low_pass_hz "
                f"{self.amplifier.low_pass_hz!r}), not {self.electrode.resistance_ohm!r}"
            )

    @property
    def lsb_v(self) -> float:
        """Nominal code width referred to the input, volts."""
        return self.converter.lsb_v / self.amplifier.gain

    @property
    def full_scale_v(self) -> float:
        """Largest input voltage that has a code, volts: half the converter's range."""
        return self.converter.reference_v / self.amplifier.gain

    def power_w(self, sampling_rate_hz: float) -> float:
        """Return the power of one channel, watts, with its share of the converter.

        Parameters
        ----------
        sampling_rate_hz : float
            Conversions per second and channel.

        Returns
        -------
        float
            Power, watts.

        Examples
        --------
        >>> round(FrontendConfig().power_w(24e3) * 1e6, 3)  # microwatts
        0.41
        """
        conversion_w = self.converter.energy_per_conversion_j * sampling_rate_hz
        return self.amplifier.power_w + self.multiplexer.power_w + conversion_w

    def with_gain(self, gain: float) -> Self:
        """Return the same frontend with another gain set.

        Parameters
        ----------
        gain : float
            One of ``amplifier.gains``.

        Returns
        -------
        FrontendConfig
            The changed configuration.
        """
        return replace(self, amplifier=replace(self.amplifier, gain=gain))

    def without_imperfections(self) -> Self:
        """Return the ideal limit: a gain and a quantiser, ``floor(gain v / lsb + 1/2)``.

        Returns
        -------
        FrontendConfig
            No noise, offset, mismatch, filter, crosstalk or saturation before the converter's.
        """
        return replace(
            self,
            temperature_k=0.0,
            electrode=replace(self.electrode, resistance_ohm=0.0, offset_v=0.0),
            amplifier=replace(
                self.amplifier,
                gain_spread=0.0,
                noise_efficiency_factor=0.0,
                flicker_corner_hz=0.0,
                high_pass_hz=0.0,
                low_pass_hz=0.0,
                saturation_v=math.inf,
            ),
            anti_alias=replace(self.anti_alias, pole_hz=0.0),
            multiplexer=replace(self.multiplexer, settling_residue=0.0),
            converter=replace(
                self.converter, cap_mismatch=0.0, comparator_noise_v=0.0, offset_v=0.0
            ),
        )
