"""Physical constants, and the published figures that the models are held against."""

__all__ = [
    "BODY_TEMPERATURE_K",
    "BOLTZMANN_J_PER_K",
    "ELEMENTARY_CHARGE_C",
    "PUBLISHED_FRONTEND_POWER_W",
    "thermal_voltage_v",
]

BOLTZMANN_J_PER_K = 1.380649e-23  # exact, SI 2019
ELEMENTARY_CHARGE_C = 1.602176634e-19  # exact, SI 2019
BODY_TEMPERATURE_K = 310.15  # 37 degrees Celsius: the electrode and the chip sit in tissue

PUBLISHED_FRONTEND_POWER_W = 0.41e-6
"""Power of one recording channel of a published chip, watts.

Guo et al., "68-channel neural signal processing system-on-chip with integrated feature extraction,
compression, and hardware accelerators for neuroprosthetics in 22 nm FDSOI", Frontiers in
Neuroscience 18:1432750, 2024, abstract.
"""


def thermal_voltage_v(temperature_k: float) -> float:
    """Return kT/q, volts.

    Parameters
    ----------
    temperature_k : float
        Absolute temperature, kelvin.

    Returns
    -------
    float
        The thermal voltage, volts.

    Examples
    --------
    >>> round(thermal_voltage_v(300.0), 5)
    0.02585
    """
    return BOLTZMANN_J_PER_K * temperature_k / ELEMENTARY_CHARGE_C
