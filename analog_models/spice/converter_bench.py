"""What a charge-to-pulse converter does, measured on its netlist."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from analog_models.spice.cell_bench import TEMPERATURE_K
from analog_models.spice.cell_circuit import SUPPLY_V
from analog_models.spice.converter_phases import Phases
from analog_models.spice.session import NgspiceSession

__all__ = [
    "BenchedConverter",
    "Conversion",
    "ConverterLine",
    "fit_line",
    "measure_conversions",
    "measure_spread",
]

Reals = npt.NDArray[np.float64]

LINEAR = (0.05, 0.95)  # part of the saturation charge within which a converter should be straight


class BenchedConverter(Protocol):
    """What the bench wants of a converter.

    Its netlist has the node ``pulse_end``, high while a charge above zero is left, and the source
    ``vbias`` of references that columns share.
    """

    @property
    def signed(self) -> bool:
        """Whether charges of both signs make pulses."""
        ...

    @property
    def saturation_charge_c(self) -> float:
        """Charge of the longest pulse, coulombs."""
        ...

    @property
    def pulse_delay_s(self) -> float:
        """From the start of the discharge to that of the pulse, seconds."""
        ...

    @property
    def threshold_sigmas_v(self) -> dict[str, float]:
        """Standard deviation of the threshold of each transistor that is drawn, volts."""
        ...

    def netlist(self, phases: Phases, *, temperature_k: float) -> str:
        """Return the converter with its phases, whose ``icharge`` is to be set by ``alter``.

        Parameters
        ----------
        phases : Phases
            When what happens.
        temperature_k : float
            Absolute temperature, kelvin.

        Returns
        -------
        str
            Netlist.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class Conversion:
    """One charge, converted.

    Parameters
    ----------
    charge_c : float
        What the bitline drew, coulombs.
    width_s : float
        Width of the pulse, negative for a negative charge, seconds.
    ground_error_v : float
        What the bitline had moved by at the end of the charge, volts.
    energy_j : float
        Of a whole conversion, from the end of one reset to that of the next, joules: what is taken
        from all sources, those of the phases among them, times the supply. The references of the
        bias, which columns share, are not in it.
    """

    charge_c: float
    width_s: float
    ground_error_v: float
    energy_j: float


def measure_conversions(
    session: NgspiceSession, design: BenchedConverter, charges_c: npt.ArrayLike
) -> list[Conversion]:
    """Convert charges, each drawn at a constant current.

    Parameters
    ----------
    session : NgspiceSession
        The simulator.
    design : BenchedConverter
        Sizes.
    charges_c : array_like
        Charges, coulombs.

    Returns
    -------
    list of Conversion
        One a charge.
    """
    phases = Phases()
    _load(session, design, phases)
    return [
        _convert(session, design, phases, float(charge_c)) for charge_c in np.atleast_1d(charges_c)
    ]


def _load(session: NgspiceSession, design: BenchedConverter, phases: Phases) -> None:
    netlist = design.netlist(phases, temperature_k=TEMPERATURE_K)
    session.load("charge-to-pulse converter", netlist)


def _convert(
    session: NgspiceSession, design: BenchedConverter, phases: Phases, charge_c: float
) -> Conversion:
    edge_s, full_s = phases.edge_s, phases.full_width_s
    shape = (phases.charge_start_s, edge_s, edge_s, full_s - edge_s, 1.0)
    session.alter("icharge", {"pulse": (0.0, charge_c / full_s, *shape)})
    plot = session.run(f"tran 1e-10 {phases.end_s:g}")
    time_s, bitline_v = plot["time"], plot["bitline"]
    before_v = np.interp(phases.charge_start_s, time_s, bitline_v)
    during_v = np.interp(phases.charge_start_s + full_s, time_s, bitline_v)
    return Conversion(
        charge_c=charge_c,
        width_s=_width(plot["pulse_end"], time_s, design, phases),
        ground_error_v=float(during_v - before_v),
        energy_j=SUPPLY_V * _supplied_c(plot, phases),
    )


def _supplied_c(plot: Mapping[str, Reals], phases: Phases) -> float:
    """Return the charge of a conversion from all sources; what flows back into one is lost."""
    conversion = plot["time"] >= phases.reset_end_s
    time_s = plot["time"][conversion]
    given_a = {
        name: -values[conversion]
        for name, values in plot.items()
        if name.endswith("#branch") and name != "vbias#branch"
    }
    supply_c = np.trapezoid(given_a.pop("vdd#branch"), time_s)
    return float(supply_c + sum(np.trapezoid(a.clip(0.0), time_s) for a in given_a.values()))


def _width(end_v: Reals, time_s: Reals, design: BenchedConverter, phases: Phases) -> float:
    """Return the signed width: from the delayed start until the comparator changes its mind."""
    middle_v = SUPPLY_V / 2
    begun_s = phases.discharge_s + phases.edge_s / 2
    positive = bool(np.interp(begun_s, time_s, end_v) > middle_v)
    if not positive and not design.signed:
        return 0.0
    above = end_v > middle_v
    (turns,) = np.nonzero((time_s[1:] > begun_s) & (above[1:] != above[:-1]))
    width_s = phases.full_width_s
    if turns.size:
        pair = slice(turns[0], turns[0] + 2)
        order = np.argsort(end_v[pair])
        turn_s = np.interp(middle_v, end_v[pair][order], time_s[pair][order])
        width_s = float(np.clip(turn_s - begun_s - design.pulse_delay_s, 0.0, width_s))
    return width_s if positive else -width_s


@dataclass(frozen=True, kw_only=True)
class ConverterLine:
    """The straight line of a converter between zero and saturation.

    The width is ``gain charge / saturation_charge full_width + offset + crossover sign(charge)``.

    Parameters
    ----------
    gain : float
        One for the nominal saturation charge.
    offset_s : float
        Added to every pulse, seconds.
    crossover_s : float
        Added to the magnitude of every pulse, seconds; zero for an unsigned converter, where it
        is part of the offset.
    nonlinearity : float
        Largest distance from the line over the longest pulse, within the linear part.
    """

    gain: float
    offset_s: float
    crossover_s: float
    nonlinearity: float


def fit_line(
    design: BenchedConverter, charges_c: npt.ArrayLike, widths_s: npt.ArrayLike
) -> ConverterLine:
    """Fit the straight line of a converter to conversions within its linear part.

    Parameters
    ----------
    design : BenchedConverter
        Says the saturation charge, and whether there are two signs.
    charges_c : array_like
        Charges, coulombs; those outside of the linear part are left out.
    widths_s : array_like
        Pulse of each, seconds.

    Returns
    -------
    ConverterLine
        By least squares.
    """
    full_s = Phases().full_width_s
    part = np.asarray(charges_c, dtype=np.float64) / design.saturation_charge_c
    relative = np.asarray(widths_s, dtype=np.float64) / full_s
    size = np.abs(part) if design.signed else part
    inside = (size >= LINEAR[0]) & (size <= LINEAR[1])
    part, relative = part[inside], relative[inside]
    columns = [part, np.ones(part.size)]
    if design.signed:
        columns.append(np.sign(part))
    basis = np.stack(columns, axis=1)
    line, *_ = np.linalg.lstsq(basis, relative, rcond=None)
    return ConverterLine(
        gain=float(line[0]),
        offset_s=float(line[1]) * full_s,
        crossover_s=float(line[2]) * full_s if design.signed else 0.0,
        nonlinearity=float(np.abs(basis @ line - relative).max()),
    )


def measure_spread(
    session: NgspiceSession,
    design: BenchedConverter,
    *,
    converters: int,
    mismatch_rng: np.random.Generator,
    report: Callable[[float], None] = lambda _: None,
) -> tuple[Reals, Reals]:
    """Measure converters whose thresholds are drawn, in one circuit that is altered.

    Parameters
    ----------
    session : NgspiceSession
        The simulator.
    design : BenchedConverter
        Sizes, from which the standard deviations follow.
    converters : int
        Number of converters.
    mismatch_rng : numpy.random.Generator
        Draws the thresholds.
    report : callable
        Told the part that is done, 0 to 1.

    Returns
    -------
    gain : numpy.ndarray
        Of each converter.
    offset_s : numpy.ndarray
        Of each converter, seconds.
    """
    phases = Phases()
    _load(session, design, phases)
    parts = np.array([-0.5, 0.5] if design.signed else [0.25, 0.75])
    charges_c = design.saturation_charge_c * parts
    sigmas = design.threshold_sigmas_v
    gain, offset_s = np.empty(converters), np.empty(converters)
    for index in range(converters):
        draws = mismatch_rng.standard_normal(len(sigmas))
        for (device, sigma_v), draw in zip(sigmas.items(), draws, strict=True):
            session.alter(device, {"delvto": sigma_v * draw})
        low_s, high_s = (_convert(session, design, phases, float(q)).width_s for q in charges_c)
        slope_s = (high_s - low_s) / (parts[1] - parts[0])
        gain[index] = slope_s / phases.full_width_s
        offset_s[index] = low_s - slope_s * parts[0]
        report((index + 1) / converters)
    return gain, offset_s
