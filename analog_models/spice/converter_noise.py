"""Noise of a self-timed converter: of its reset, of its comparison, and of its current."""

from dataclasses import dataclass
from math import hypot

import numpy as np

from analog_models.spice.cards import model_lines
from analog_models.spice.cell_bench import TEMPERATURE_K
from analog_models.spice.cell_circuit import REST_V, SUPPLY_V
from analog_models.spice.converter_phases import Phases
from analog_models.spice.self_timed_circuit import SelfTimedDesign, self_timed_lines
from analog_models.spice.session import NgspiceSession

__all__ = ["ConverterNoise", "measure_noise"]

PHASES = ("reset", "integrate", "discharge", "sample")
SLOPE_S = 0.3e-9  # before the end of a pulse, in which the inverter's output passes the gate


@dataclass(frozen=True, kw_only=True)
class ConverterNoise:
    """Standard deviations over the longest pulse.

    Parameters
    ----------
    reset : float
        Of the charge that the reset leaves on the bitline.
    comparison : float
        Of the instant at which the inverter's output falls.
    discharge : float
        Of the current that gives back a saturation charge, flicker down to 1 kHz in it.
    """

    reset: float
    comparison: float
    discharge: float

    @property
    def total(self) -> float:
        """Of the three together, at saturation."""
        return hypot(self.reset, self.comparison, self.discharge)


def measure_noise(session: NgspiceSession, design: SelfTimedDesign) -> ConverterNoise:
    """Measure noise by small-signal analyses at rest.

    Parameters
    ----------
    session : NgspiceSession
        The simulator.
    design : SelfTimedDesign
        Sizes.

    Returns
    -------
    ConverterNoise
        A pulse is taken to end where the output falls as steeply as in a transient, with the noise
        that the output has at the inverter's threshold; the current is taken to be averaged over
        the longest pulse.
    """
    full_s = Phases().full_width_s
    session.load("converter noise", _still(design, "reset", []))
    threshold_v = float(session.run("op")["bitline"][0])
    reset_v = _total_v(session, "bitline", "vhalf")
    held = [f"vdrive bitline 0 {threshold_v:.9g} ac 1"]
    session.load("converter noise", _still(design, "", held))
    output_v = _total_v(session, "out", "vdrive")
    return ConverterNoise(
        reset=reset_v * (design.capacitor_f + design.bitline_f) / design.saturation_charge_c,
        comparison=output_v / _slope_v_per_s(session, design) / full_s,
        discharge=_current_noise(session, design, threshold_v),
    )


def _total_v(session: NgspiceSession, node: str, source: str) -> float:
    return float(session.run(f"noise v({node}) {source} dec 10 1e3 1e12")["onoise_total"][0])


def _still(design: SelfTimedDesign, on: str, others: list[str]) -> str:
    """Return the converter with its phases at rest, one of them on or none."""
    levels = {name: SUPPLY_V if name == on else 0.0 for name in PHASES}
    phases = []
    for name, level_v in levels.items():
        phases += [f"v{name} {name} 0 {level_v:g}"]
        phases += [f"v{name}_bar {name}_bar 0 {SUPPLY_V - level_v:g}"]
    # A sign is kept, which an unsigned converter does not look at.
    phases += ["vconvert convert 0 0", f"vkept kept 0 {SUPPLY_V:g}"]
    return _netlist([*self_timed_lines(design), *phases, *others])


def _netlist(lines: list[str]) -> str:
    return "\n".join(
        [
            "self-timed converter at rest",
            *model_lines(),
            ".options gmin=1e-14",
            f".temp {TEMPERATURE_K - 273.15:.6g}",
            f"vdd vdd 0 {SUPPLY_V:g}",
            f"vbias vbias 0 {SUPPLY_V:g}",
            f"vhalf half 0 {REST_V:g} ac 1",
            *lines,
            ".end",
        ]
    )


def _slope_v_per_s(session: NgspiceSession, design: SelfTimedDesign) -> float:
    """Return how steeply the inverter's output falls at the end of half the longest pulse."""
    phases = Phases()
    session.load("converter noise", design.netlist(phases, temperature_k=TEMPERATURE_K))
    current_a = design.saturation_charge_c / 2 / phases.full_width_s
    shape = (phases.charge_start_s, phases.edge_s, phases.edge_s)
    width_s = phases.full_width_s - phases.edge_s
    session.alter("icharge", {"pulse": (0.0, current_a, *shape, width_s, 1.0)})
    plot = session.run(f"tran 1e-11 {phases.end_s:g} 0 2e-11")
    time_s = plot["time"]
    (ended,) = np.nonzero((time_s > phases.discharge_s + 1e-9) & (plot["pulse_end"] < SUPPLY_V / 2))
    end_s = time_s[ended[0]]
    falling = (time_s > end_s - SLOPE_S) & (time_s < end_s)
    return float(-np.gradient(plot["out"], time_s)[falling].min())


def _current_noise(session: NgspiceSession, design: SelfTimedDesign, bitline_v: float) -> float:
    """Return the relative deviation of the discharge current, the noisier one if there are two."""
    worst = 0.0
    full_s = Phases().full_width_s
    for name, switch, level_v in (("push", "push_bar", 0.0), ("pull", "pull", SUPPLY_V)):
        mirror = [
            line for line in self_timed_lines(design) if line.startswith((f"i{name}", f"m{name}"))
        ]
        if mirror:
            lines = [
                *mirror,
                f"vswitch {switch} 0 {level_v:g}",
                f"vsense bitline 0 {bitline_v:.9g}",
                # A conductance without noise, and a capacitor: as wide as an average over T.
                "faverage 0 average vsense 1",
                "gaverage average 0 average 0 1",
                f"caverage average 0 {full_s / 2:g}",
            ]
            session.load("converter noise", _netlist(lines))
            mean_a = abs(float(session.run("op")["average"][0]))
            worst = max(worst, _total_v(session, "average", "vhalf") / mean_a)
    return worst
