"""Energy, area and latency of an attention head, estimated."""

from collections.abc import Callable, Iterator

from system.benchmarks import BenchmarkRow
from system.costs.attention_area import head_area
from system.costs.attention_energy import (
    digital_unit_energy,
    own_design_energy,
    published_machine_energy,
)
from system.costs.attention_logic import count_head_logic

__all__ = ["measure"]

ENERGY_GOAL_NJ = 1.0
FACTOR_GOAL = 2.0  # from physics to a published term, either way


def measure(report: Callable[[str], None]) -> Iterator[BenchmarkRow]:
    """Yield the rows.

    Parameters
    ----------
    report : callable
        Told in a line of text what is being measured.

    Yields
    ------
    BenchmarkRow
        Energies of a token and head; how far, as a factor, each published term is from physics.
    """
    report("attention: counting the registers of the head")
    logic = count_head_logic()
    own, digital = own_design_energy(logic), digital_unit_energy()

    def energy(name: str, joules: float, goal_nj: float | None = None) -> BenchmarkRow:
        return BenchmarkRow(
            name=f"attention.energy.{name}",
            value=joules * 1e9,
            unit="nJ",
            goal=goal_nj,
            better="lower",
        )

    yield energy("own_design", own.total(), ENERGY_GOAL_NJ)
    yield energy("own_design.at_least", min(bar.at_low for bar in own.sensitivity()))
    yield energy(
        "own_design.at_most", max(max(bar.at_low, bar.at_high) for bar in own.sensitivity())
    )
    yield energy("digital_unit", digital.total())
    published = published_machine_energy(logic)
    amounts = published.evaluate()
    for term in published.terms:
        if term.published is not None:
            ratio = amounts[term.name] / term.published
            yield BenchmarkRow(
                name=f"attention.energy.published.{term.name.replace(' ', '_')}",
                value=max(ratio, 1 / ratio),
                unit="factor",
                goal=FACTOR_GOAL,
                better="lower",
            )
    yield BenchmarkRow(
        name="attention.area.own_design",
        value=head_area(logic.flip_flops).total() * 1e6,
        unit="mm2",
        goal=None,
        better="lower",
    )
