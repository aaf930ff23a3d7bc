"""Phases of a conversion on the bench, as voltage sources."""

from dataclasses import dataclass

from analog_models.spice.cell_circuit import SUPPLY_V

__all__ = ["CONVERTER_OPTIONS", "Phases", "phase_lines"]

CONVERTER_OPTIONS = (
    ".options reltol=1e-4 vntol=1e-5 abstol=1e-11 chgtol=1e-16 gmin=1e-14 bypass=1 method=gear"
)
"""Tolerances of a transient; what ten times finer ones change of a pulse is below 0.01 % of it."""


@dataclass(frozen=True, kw_only=True)
class Phases:
    """When a conversion does what; the defaults are the bench's, in seconds from its start.

    A phase that a converter does not have is one that it does not look at.

    Parameters
    ----------
    reset_end_s : float
        The integrator is let go.
    integrate_s : float
        A capacitor that serves in turn is given to the amplifier.
    charge_start_s : float
        The bitline begins to draw its charge.
    full_width_s : float
        Time that the charge takes, and width of the longest pulse: 15 steps of 1 ns.
    hold_s : float
        The capacitor is taken from the amplifier again.
    sample_s : float
        The sign of the charge is kept.
    discharge_s : float
        The discharge begins.
    again_s : float
        The discharge ends and the next reset begins: late enough to see a longer pulse than the
        longest.
    edge_s : float
        Edges of the phases; assumed: two gate delays.
    """

    reset_end_s: float = 3e-9
    integrate_s: float = 3.2e-9
    charge_start_s: float = 4e-9
    full_width_s: float = 15e-9
    hold_s: float = 19.1e-9
    sample_s: float = 19.5e-9
    discharge_s: float = 20e-9
    again_s: float = 37e-9
    edge_s: float = 50e-12

    @property
    def end_s(self) -> float:
        """End of the next reset: from one end to the other is one conversion."""
        return self.again_s + self.reset_end_s


def phase_lines(
    name: str, phases: Phases, begin_s: float, end_s: float, *, high: bool = True
) -> list[str]:
    """Return the sources of a phase, and of its complement ``NAME_bar``.

    Parameters
    ----------
    name : str
        Node of the phase.
    phases : Phases
        Whose edges are taken.
    begin_s, end_s : float
        When the phase begins and ends, seconds.
    high : bool
        Whether the node is at the supply in the phase, or at ground.

    Returns
    -------
    list of str
        Two sources, ``vNAME`` and ``vNAME_bar``.
    """

    def source(node: str, rest_v: float, phase_v: float) -> str:
        steps = (
            (0.0, rest_v),
            (begin_s, rest_v),
            (begin_s + phases.edge_s, phase_v),
            (end_s, phase_v),
            (end_s + phases.edge_s, rest_v),
        )
        points = " ".join(f"{time_s:g} {volts:g}" for time_s, volts in steps)
        return f"v{node} {node} 0 pwl({points})"

    low_v, high_v = (0.0, SUPPLY_V) if high else (SUPPLY_V, 0.0)
    return [source(name, low_v, high_v), source(f"{name}_bar", high_v, low_v)]
