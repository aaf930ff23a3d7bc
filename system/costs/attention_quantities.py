"""Quantities behind the attention head's energy and area, each with its source.

Leroux et al. 2025 is "Analog in-memory computing attention mechanism for fast and energy-efficient
large language models", Nature Computational Science 5, 813-824.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analog_models.attention.cell_law import PUBLISHED_CUBIC
from analog_models.attention.cell_tables import ConverterFigures
from analog_models.attention.coding import AttentionCoding
from analog_models.attention.geometry import HeadGeometry
from system.costs.quantity import Quantity

__all__ = [
    "PAPER",
    "HeadLogic",
    "activity",
    "cell_current",
    "cells",
    "converters",
    "level_driver",
    "logic",
    "read_voltage",
    "registers",
    "scalers",
    "write_and_rows",
]

PAPER = "Leroux et al. 2025"
_CODING = AttentionCoding()


@dataclass(frozen=True, kw_only=True)
class HeadLogic:
    """Registers of an attention head and the cycles of its schedule.

    Parameters
    ----------
    counter_bits, schedule_bits, pipeline_bits : int
        Bits of registers: the pulse counters', the schedule's, all others'.
    count_cycles : int
        Cycles in which pulses are counted.
    latency_cycles, interval_cycles : int
        Of a token, and between tokens that follow one another.
    """

    counter_bits: int
    schedule_bits: int
    pipeline_bits: int
    count_cycles: int
    latency_cycles: int
    interval_cycles: int

    @property
    def flip_flops(self) -> int:
        """Bits of all registers."""
        return self.counter_bits + self.schedule_bits + self.pipeline_bits


def cells(geometry: HeadGeometry) -> tuple[Quantity, ...]:
    """Return what one array of a head is made of.

    Parameters
    ----------
    geometry : HeadGeometry
        Size of the head.

    Returns
    -------
    tuple of Quantity
        ``head_dim``, ``window_tokens`` and ``tiles``.
    """
    return (
        Quantity.exact("head_dim", geometry.head_dim, origin="published", source=PAPER),
        Quantity.exact("window_tokens", geometry.window_tokens, origin="published", source=PAPER),
        Quantity.exact("tiles", geometry.tiles, origin="published", source=PAPER),
    )


def cell_current(scale: float) -> Quantity:
    """Return the mean current of a cell while its word line is pulsed.

    Parameters
    ----------
    scale : float
        Current of the cell over that of the published one.

    Returns
    -------
    Quantity
        ``cell_current_a``: mean magnitude over the stored levels, equally frequent; at least that
        of the four middle levels alone, at most that of the two outer ones alone.
    """
    currents_a = np.abs(
        PUBLISHED_CUBIC.current_a(_CODING.stored_v(np.arange(_CODING.stored_levels)))
    )
    currents_a = np.sort(currents_a) * scale
    published = f"levels of the published cubic ({PAPER}), equally frequent"
    return Quantity(
        name="cell_current_a",
        value=float(currents_a.mean()),
        low=float(currents_a[:4].mean()),
        high=float(currents_a[-2:].mean()),
        origin="derived" if scale == 1 else "chosen",
        source=published
        if scale == 1
        else f"{scale:g} times the {published}; the cell with a longer channel is within 1 % of "
        "that in SPICE",
    )


def read_voltage(supply_v: float) -> Quantity:
    """Return the voltage across which a cell's current flows.

    Parameters
    ----------
    supply_v : float
        Supply, volts.

    Returns
    -------
    Quantity
        ``read_v``: the bitline is held at half the supply, and a push-pull cell draws from the
        one rail or into the other; the whole supply if the middle one is a lossy regulator.
    """
    return Quantity(
        name="read_v",
        value=supply_v / 2,
        low=supply_v / 2,
        high=supply_v,
        origin="derived",
        source=f"bitline at half of {supply_v:g} V ({PAPER}); all of it from a linear regulator",
    )


def activity() -> tuple[Quantity, ...]:
    """Return how long the rows of both arrays are pulsed, as parts of the longest pulse.

    Returns
    -------
    tuple of Quantity
        ``pulse_s``, ``query_duty``, ``score_duty`` and ``score_rate``.
    """
    return (
        Quantity.exact("pulse_s", 15e-9, origin="published", source=f"{PAPER}: 16 widths of 1 ns"),
        Quantity(
            name="query_duty",
            value=0.5,
            low=0.2,
            high=0.8,
            origin="chosen",
            source="query codes equally frequent; a trained model has its own distribution",
        ),
        Quantity(
            name="score_duty",
            value=0.25,
            low=0.05,
            high=0.5,
            origin="chosen",
            source="half of the scores negative, the rest evenly between zero and saturation",
        ),
        Quantity(
            name="score_rate",
            value=0.5,
            low=0.1,
            high=1.0,
            origin="chosen",
            source="part of the score pulses that are longer than zero: half",
        ),
    )


def write_and_rows(supply_v: float) -> tuple[Quantity, ...]:
    """Return the lines of the arrays and their swing.

    Parameters
    ----------
    supply_v : float
        Supply, volts.

    Returns
    -------
    tuple of Quantity
        ``supply_v``, ``row_cap_f`` and ``write_cap_f``, the capacitances per cell.
    """
    return (
        Quantity.exact("supply_v", supply_v, origin="published", source=PAPER),
        Quantity(
            name="row_cap_f",
            value=0.75e-15,
            low=0.5e-15,
            high=1.2e-15,
            origin="derived",
            source="both read word lines: gates of the cell in SPICE, 0.35 fF, and 0.2 fF/um of "
            "wire over a cell of 1 um each",
        ),
        Quantity(
            name="write_cap_f",
            value=0.3e-15,
            low=0.15e-15,
            high=0.6e-15,
            origin="chosen",
            source="wire and one drain per cell of 1 um; the storage capacitor is one cell's only",
        ),
    )


def level_driver() -> Quantity:
    """Return the bias of what drives a line to one of some levels.

    Returns
    -------
    Quantity
        ``dac_a``, amps.
    """
    return Quantity(
        name="dac_a",
        value=20e-6,
        low=8e-6,
        high=50e-6,
        origin="chosen",
        source="bias of a 3- or 4-bit driver that settles 0.5 pF of line in some nanoseconds",
    )


def converters(figures: Mapping[str, ConverterFigures]) -> tuple[Quantity, ...]:
    """Return what holds a bitline and turns its charge into a pulse.

    Parameters
    ----------
    figures : mapping of str to ConverterFigures
        ``unsigned`` and ``signed``, as simulated.

    Returns
    -------
    tuple of Quantity
        ``unsigned_j`` and ``signed_j``, and of what columns share ``phase_wire_f`` and
        ``reference_a``.
    """
    conversions = tuple(
        Quantity(
            name=f"{kind}_j",
            value=each.energy_j,
            low=min(each.energy_j, each.energy_of_none_j),
            high=max(each.energy_j, each.energy_of_saturation_j),
            origin="measured",
            source="SPICE, our own transistor cards and sizes: half a saturation charge; none; all",
        )
        for kind, each in sorted(figures.items(), reverse=True)
    )
    return (
        *conversions,
        Quantity(
            name="phase_wire_f",
            value=3.2e-15,
            low=1.6e-15,
            high=6.4e-15,
            origin="chosen",
            source="eight lines of phases over a column of 2 um at 0.2 fF/um; their gates are in "
            "the conversions",
        ),
        Quantity(
            name="reference_a",
            value=8e-6,
            low=4e-6,
            high=16e-6,
            origin="derived",
            source="mirrors of the converters in SPICE: 8 uA, or 4 uA of each sign; one for the "
            "64 columns of a tile",
        ),
    )


def logic() -> tuple[Quantity, ...]:
    """Return what a clocked bit and an added bit cost.

    Returns
    -------
    tuple of Quantity
        ``flip_flop_j`` and ``adder_bit_j``.
    """
    return (
        Quantity(
            name="flip_flop_j",
            value=4e-15,
            low=2e-15,
            high=8e-15,
            origin="chosen",
            source="a clock cycle of a 28 nm flip-flop, 2 fJ, and as much of clock tree",
        ),
        Quantity(
            name="adder_bit_j",
            value=3e-15,
            low=1e-15,
            high=6e-15,
            origin="derived",
            source="Horowitz, ISSCC 2014: 30 fJ for 8 bits at 45 nm, 0.9 V; to 28 nm",
        ),
    )


def scalers() -> tuple[Quantity, ...]:
    """Return what a gain and an offset cost, applied to one value.

    Returns
    -------
    tuple of Quantity
        ``scaling_j``.
    """
    return (
        Quantity(
            name="scaling_j",
            value=200e-15,
            low=100e-15,
            high=400e-15,
            origin="derived",
            source="Horowitz, ISSCC 2014: 200 fJ for 8 x 8 bits at 45 nm; to 8 x 12 bits and 28 nm",
        ),
    )


def registers(head: HeadLogic) -> tuple[Quantity, ...]:
    """Return how many registers of a head are clocked, and how often.

    Parameters
    ----------
    head : HeadLogic
        Counted on a netlist.

    Returns
    -------
    tuple of Quantity
        ``counter_bits``, ``schedule_bits``, ``pipeline_bits``, ``count_cycles``, ``count_duty``,
        ``interval_cycles`` and ``pipeline_edges``.
    """

    def counted(name: str, value: int, what: str) -> Quantity:
        return Quantity.exact(name, value, origin="measured", source=f"our attention_head: {what}")

    return (
        counted("counter_bits", head.counter_bits, "registers of the pulse counters"),
        counted("schedule_bits", head.schedule_bits, "registers of the schedule"),
        counted("pipeline_bits", head.pipeline_bits, "all other registers"),
        counted("count_cycles", head.count_cycles, "its schedule"),
        counted("interval_cycles", head.interval_cycles, "its schedule, token after token"),
        Quantity(
            name="count_duty",
            value=0.25,
            low=0.1,
            high=0.6,
            origin="chosen",
            source="the clock reaches a counter behind its input register while the pulse is high "
            "only; mean magnitude of a tile's output: a quarter",
        ),
        Quantity(
            name="pipeline_edges",
            value=2,
            low=1,
            high=4,
            origin="chosen",
            source="clock gating: a stage is clocked when a token passes, and once to spare",
        ),
    )
