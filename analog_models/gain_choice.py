"""The choice of a programmable gain from a sample of the signal."""

import math

import numpy as np
import numpy.typing as npt

from analog_models.frontend_config import FrontendConfig
from analog_models.frontend_kernels import amplify
from analog_models.signal_path import filter_sections, settled_state
from analog_models.validation import check_positive
from analog_models.voltage import check_voltage

__all__ = ["choose_gain"]

# Standing voltages of electrodes that leave headroom, in standard deviations: what amplifiers are
# built to tolerate (see ElectrodeConfig.offset_v). What ``fill`` leaves free is above that.
OFFSET_DEVIATIONS = 2.5


def choose_gain(
    sample_v: npt.ArrayLike,
    config: FrontendConfig,
    *,
    sampling_rate_hz: float,
    fill: float = 0.7,
) -> float:
    """Return the largest gain that leaves headroom above a sample of the signal.

    The electrodes' standing voltages take their part of full scale where the filters pass them: in
    a DC-coupled amplifier. Those of the die are not known here; ``OFFSET_DEVIATIONS`` standard
    deviations stand for them.

    Parameters
    ----------
    sample_v : array_like
        Electrode voltages ``[frames, channels]`` at the input rate, volts.
    config : FrontendConfig
        Design values; its filters are applied, its gains are the choice.
    sampling_rate_hz : float
        Conversions per second and channel.
    fill : float
        Largest part of full scale that the sample may reach.

    Returns
    -------
    float
        One of ``config.amplifier.gains``; the smallest where none leaves the headroom.

    Raises
    ------
    TypeError
        The voltages are not floating-point numbers.
    ValueError
        Wrong shape, a voltage that is not finite, or no frame at all.
    """
    check_positive("gain choice fill", fill)
    sample = check_voltage(sample_v, channels=None, first_frame=0)
    if not sample.size:
        raise ValueError(f"gain choice must see at least one sample, not shape {sample.shape}")
    sections = filter_sections(config, sampling_rate_hz * config.oversampling)
    unity = np.ones(sample.shape[1])
    filtered_v = np.empty(sample.shape)
    amplify(
        sample,
        np.zeros(sample.shape[1]),
        unity,
        np.stack([section.coefficients for section in sections]),
        np.inf,
        1,
        settled_state(sample[0].astype(np.float64), sections=sections, gain=unity, limit_v=np.inf),
        filtered_v,
        np.empty(sample.shape, dtype=np.bool_),
    )
    passed = math.prod(float(section.b.sum() / section.a.sum()) for section in sections)
    offset_v = OFFSET_DEVIATIONS * config.electrode.offset_v * passed
    peak_v = float(np.abs(filtered_v).max()) + offset_v
    full_scale_v = min(config.converter.reference_v, config.amplifier.saturation_v)
    fitting = [gain for gain in config.amplifier.gains if gain * peak_v <= fill * full_scale_v]
    return max(fitting, default=config.amplifier.gains[0])
