"""What a configuration makes of a channel's signal path: its filters and its noise."""

import numpy as np
import numpy.typing as npt

from analog_models.filters import Section, high_pass, low_pass
from analog_models.frontend_config import FrontendConfig
from analog_models.sampled_noise import SampledNoise, band_limited_noise

__all__ = ["channel_noise", "filter_sections", "settled_state"]


def filter_sections(config: FrontendConfig, rate_hz: float) -> tuple[Section, Section, Section]:
    """Return the high-pass, low-pass and anti-alias filter of a channel.

    Parameters
    ----------
    config : FrontendConfig
        Design values.
    rate_hz : float
        Input samples per second.

    Returns
    -------
    tuple of Section
        The filters in the order of the signal.

    Raises
    ------
    ValueError
        The high-pass would pass nothing.
    """
    amplifier, alias = config.amplifier, config.anti_alias
    return (
        high_pass(pole_hz=amplifier.high_pass_hz, rate_hz=rate_hz),
        low_pass(order=1, pole_hz=amplifier.low_pass_hz, rate_hz=rate_hz),
        low_pass(order=alias.order, pole_hz=alias.pole_hz, rate_hz=rate_hz),
    )


def settled_state(
    first_v: npt.NDArray[np.float64],
    *,
    sections: tuple[Section, Section, Section],
    gain: npt.NDArray[np.float64],
    limit_v: float,
) -> npt.NDArray[np.float64]:
    """Return the filter states that a voltage leaves behind that was applied for ever.

    Parameters
    ----------
    first_v : numpy.ndarray
        Voltage of each channel, volts.
    sections : tuple of Section
        High-pass, low-pass and anti-alias filter.
    gain : numpy.ndarray
        Gain of each channel.
    limit_v : float
        Largest output voltage of the amplifier, volts.

    Returns
    -------
    numpy.ndarray
        States ``[4, channels]`` as :func:`analog_models.frontend_kernels.amplify` keeps them.
    """
    state = np.zeros((4, first_v.size))
    level_v = first_v
    for row, section in enumerate(sections):
        if row == 2:
            level_v = np.clip(gain * level_v, -limit_v, limit_v)
        settled_v = level_v * (section.b.sum() / section.a.sum())
        late_v = section.b[2] * level_v - section.a[2] * settled_v
        state[row] = section.b[1] * level_v - section.a[1] * settled_v + late_v
        level_v = settled_v
        if row == 2:
            state[3] = late_v
    return state


def channel_noise(config: FrontendConfig, sampling_rate_hz: float) -> SampledNoise:
    """Return the noise of a channel referred to its input: electrode, amplifier and converter.

    Parameters
    ----------
    config : FrontendConfig
        Design values.
    sampling_rate_hz : float
        Conversions per second.

    Returns
    -------
    SampledNoise
        The noise in the samples, volts.
    """
    amplifier, alias = config.amplifier, config.anti_alias
    amplifier_density = amplifier.white_noise_density(config.temperature_k)
    density = amplifier_density + config.electrode.noise_density(config.temperature_k)
    analog = None
    if density > 0:
        analog = band_limited_noise(
            white_density=density,
            flicker_power=amplifier_density * amplifier.flicker_corner_hz,
            high_pass_hz=amplifier.high_pass_hz,
            low_pass_hz=amplifier.low_pass_hz,
            anti_alias_hz=0.0 if alias.off else alias.pole_hz,
            anti_alias_order=alias.order,
        )
    return SampledNoise(
        analog,
        sampling_rate_hz=sampling_rate_hz,
        white_variance=(config.converter.noise_v(config.temperature_k) / amplifier.gain) ** 2,
    )
