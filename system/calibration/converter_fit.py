"""A charge-to-pulse converter as SPICE has it, as a straight line and its spread."""

from collections.abc import Callable

import numpy as np

from analog_models.attention.cell_tables import ConverterFigures
from analog_models.spice.converter_bench import (
    BenchedConverter,
    fit_line,
    measure_conversions,
    measure_spread,
)
from analog_models.spice.converter_phases import Phases
from analog_models.spice.session import NgspiceSession
from system.calibration.effort import Effort
from system.calibration.rounding import rounded

__all__ = ["measure_converter"]


def measure_converter(
    session: NgspiceSession,
    design: BenchedConverter,
    effort: Effort,
    *,
    report: Callable[[float], None] = lambda _: None,
) -> ConverterFigures:
    """Fit the line of a converter, and its spread.

    Every other charge is held out: the line is fitted without it.

    Parameters
    ----------
    session : NgspiceSession
        The simulator.
    design : BenchedConverter
        Sizes.
    effort : Effort
        How much of the Monte Carlo part is done; without converters, the spread is zero.
    report : callable
        Told the part that is done, 0 to 1.

    Returns
    -------
    ConverterFigures
        Rounded to six digits.
    """
    parts = np.linspace(0.05, 0.95, 19)
    parts = np.concatenate([-parts[::-1], parts]) if design.signed else parts
    charges_c = design.saturation_charge_c * parts
    conversions = measure_conversions(session, design, charges_c)
    widths_s = np.array([each.width_s for each in conversions])
    line = fit_line(design, charges_c[::2], widths_s[::2])
    full_s = Phases().full_width_s
    fitted_s = line.gain * parts * full_s + line.offset_s + line.crossover_s * np.sign(parts)
    sizes = np.array([0.5, 0.0, 1.0]) * design.saturation_charge_c
    half, none, full = measure_conversions(session, design, sizes)
    energies_j = {"half": half.energy_j, "full": full.energy_j}
    if design.signed:
        other_half, other_full = measure_conversions(session, design, -sizes[[0, 2]])
        energies_j["half"] = (half.energy_j + other_half.energy_j) / 2
        energies_j["full"] = (full.energy_j + other_full.energy_j) / 2
    gain_sigma = offset_sigma_s = 0.0
    if effort.converters:
        rng = np.random.default_rng(effort.seed)
        gain, offset_s = measure_spread(
            session, design, converters=effort.converters, mismatch_rng=rng, report=report
        )
        gain_sigma, offset_sigma_s = float(gain.std(ddof=1)), float(offset_s.std(ddof=1))
    return ConverterFigures(
        saturation_charge_c=design.saturation_charge_c,
        full_width_s=full_s,
        gain=rounded(line.gain),
        offset_s=rounded(line.offset_s),
        crossover_s=rounded(line.crossover_s),
        nonlinearity=rounded(np.abs(fitted_s - widths_s)[1::2].max() / full_s),
        gain_sigma=rounded(gain_sigma),
        offset_sigma_s=rounded(offset_sigma_s),
        input_resistance_ohm=rounded(-half.ground_error_v / (half.charge_c / full_s)),
        energy_j=rounded(energies_j["half"]),
        energy_of_none_j=rounded(none.energy_j),
        energy_of_saturation_j=rounded(energies_j["full"]),
    )
