"""Energy of one token in one attention head: the published machine, ours, and an all-digital unit.

Every figure is a sum of formulas; none is fitted to a total. Published figures stand beside the
terms they belong to and enter no formula.
"""

from collections.abc import Mapping

from analog_models.attention.cell_tables import ConverterFigures, load_cell_table
from analog_models.attention.geometry import HeadGeometry
from system.costs import attention_quantities as known
from system.costs.attention_quantities import HeadLogic
from system.costs.model import CostModel, Term
from system.costs.quantity import Quantity

__all__ = [
    "OWN_CURRENT_SCALE",
    "digital_unit_energy",
    "own_design_energy",
    "published_machine_energy",
]

SUPPLY_V = 0.9
CYCLE_S = 1e-9
WRITE_S = 10e-9  # as the default schedule writes
OWN_CURRENT_SCALE = 0.1
"""Cell current of our design over the published one, by a longer channel at the same voltages.

The table ``tenth`` has such a cell. Shot and channel noise, 0.09 % of saturation at the published
current, grow with the square root, to 0.28 %.
"""
OWN_TABLE = "tenth"
COLUMNS_A_REFERENCE = 64  # those of a tile

KEY_READ = "cells x current x read voltage x 15 ns x mean query pulse"
VALUE_READ = "cells x current x read voltage x 15 ns x mean score pulse"


def _key_array(published: float | None) -> Term:
    return Term(
        name="key array",
        formula=KEY_READ,
        amount=lambda v: (
            v.head_dim * v.window_tokens * v.cell_current_a * v.read_v * v.pulse_s * v.query_duty
        ),
        published=published,
    )


def _value_array(published: float | None) -> Term:
    return Term(
        name="value array",
        formula=VALUE_READ,
        amount=lambda v: (
            v.head_dim * v.window_tokens * v.cell_current_a * v.read_v * v.pulse_s * v.score_duty
        ),
        published=published,
    )


def published_machine_energy(
    head: HeadLogic, latency_s: float = 65e-9, geometry: HeadGeometry | None = None
) -> CostModel:
    """Return the published breakdown from physics, term by term.

    Parameters
    ----------
    head : HeadLogic
        The paper does not say how many registers a head has; these stand for them.
    latency_s : float
        Time of a token, during which its logic and its converters are taken to run, seconds.
    geometry : HeadGeometry or None
        Size of the head; the published one if not given.

    Returns
    -------
    CostModel
        Joules per token and head; each of the four terms with the published figure.
    """
    geometry = geometry or HeadGeometry()
    quantities = (
        *known.cells(geometry),
        known.cell_current(1),
        known.read_voltage(SUPPLY_V),
        *(each for each in known.activity() if each.name != "score_rate"),
        Quantity.exact("latency_s", latency_s, origin="published", source=known.PAPER),
        Quantity.exact("supply_v", SUPPLY_V, origin="published", source=known.PAPER),
        known.level_driver(),
        Quantity.exact(
            "flip_flops",
            head.flip_flops,
            origin="measured",
            source="our attention_head: all registers; theirs are unknown",
        ),
        Quantity.exact(
            "clock_hz", 1e9, origin="derived", source=f"{known.PAPER}: pulses in steps of 1 ns"
        ),
        *known.logic(),
    )
    return CostModel(
        name="published machine, from physics",
        unit="J",
        quantities=quantities,
        terms=(
            _key_array(1.12e-9),
            _value_array(0.7e-9),
            Term(
                name="drivers",
                formula="3 drivers a row (query, key, value) x bias x supply x latency",
                amount=lambda v: 3 * v.head_dim * v.dac_a * v.supply_v * v.latency_s,
                published=0.33e-9,
            ),
            Term(
                name="digital",
                formula="flip-flops x cycles of the latency x energy + 9-bit adds of all tiles",
                amount=lambda v: (
                    v.flip_flops * v.latency_s * v.clock_hz * v.flip_flop_j
                    + v.tiles * v.head_dim * 9 * v.adder_bit_j
                ),
                published=4e-9,
            ),
        ),
    )


def own_design_energy(
    head: HeadLogic,
    geometry: HeadGeometry | None = None,
    current_scale: float = OWN_CURRENT_SCALE,
    converters: Mapping[str, ConverterFigures] | None = None,
) -> CostModel:
    """Return the energy of our design.

    Parameters
    ----------
    head : HeadLogic
        Registers of our attention head, and its schedule.
    geometry : HeadGeometry or None
        Size of the head; the published one if not given.
    current_scale : float
        Current of a cell over that of the published one.
    converters : mapping of str to ConverterFigures or None
        Simulated converters, ``unsigned`` behind the keys and ``signed`` behind the values, from a
        :class:`~analog_models.attention.cell_tables.CellTable`; those that are made for a tenth of
        the published current if not given.

    Returns
    -------
    CostModel
        Joules per token and head.
    """
    geometry = geometry or HeadGeometry()
    if converters is None:
        converters = load_cell_table(OWN_TABLE).converters
    quantities = (
        *known.cells(geometry),
        known.cell_current(current_scale),
        known.read_voltage(SUPPLY_V),
        *known.activity(),
        *known.write_and_rows(SUPPLY_V),
        known.level_driver(),
        *known.converters(converters),
        *known.registers(head),
        *known.logic(),
        *known.scalers(),
    )
    return CostModel(
        name="our design",
        unit="J",
        quantities=quantities,
        terms=(
            _key_array(None),
            _value_array(None),
            Term(
                name="row lines",
                formula="cells x capacitance x supply^2 x (1 + part of pulses longer than zero)",
                amount=lambda v: (
                    v.head_dim
                    * v.window_tokens
                    * v.row_cap_f
                    * v.supply_v**2
                    * (15 / 16 + v.score_rate)
                ),
            ),
            Term(
                name="writing",
                formula="2 arrays x cells x capacitance x supply^2 x 0.4 (mean square of levels)",
                amount=lambda v: (
                    2 * v.head_dim * v.window_tokens * v.write_cap_f * 0.4 * v.supply_v**2
                ),
            ),
            Term(
                name="write drivers",
                formula="2 drivers a row (key, value) x bias x supply x 10 ns",
                amount=lambda v: 2 * v.head_dim * v.dac_a * v.supply_v * WRITE_S,
            ),
            Term(
                name="key converters",
                formula="keys x energy of a conversion",
                amount=lambda v: v.window_tokens * v.unsigned_j,
            ),
            Term(
                name="value converters",
                formula="values of all tiles x energy of a conversion",
                amount=lambda v: v.tiles * v.head_dim * v.signed_j,
            ),
            Term(
                name="phases, references",
                formula="converters x (wires x supply^2 + bias x supply x interval / 64 columns)",
                amount=lambda v: (
                    (v.window_tokens + v.tiles * v.head_dim)
                    * (
                        v.phase_wire_f * v.supply_v**2
                        + v.reference_a
                        * v.supply_v
                        * v.interval_cycles
                        * CYCLE_S
                        / COLUMNS_A_REFERENCE
                    )
                ),
            ),
            Term(
                name="counters",
                formula="(inputs + the other bits x part of the time) x cycles x energy of a clock",
                amount=lambda v: (
                    (v.tiles * v.head_dim + (v.counter_bits - v.tiles * v.head_dim) * v.count_duty)
                    * v.count_cycles
                    * v.flip_flop_j
                ),
            ),
            Term(
                name="other registers",
                formula="(pipeline bits x edges + schedule bits x interval) x energy of a clock",
                amount=lambda v: (
                    (v.pipeline_bits * v.pipeline_edges + v.schedule_bits * v.interval_cycles)
                    * v.flip_flop_j
                ),
            ),
            Term(
                name="adders",
                formula="tiles x outputs x 9 bits",
                amount=lambda v: v.tiles * v.head_dim * 9 * v.adder_bit_j,
            ),
            Term(
                name="scalers",
                formula="4 values a row (query, key, value, output) x energy of a gain and offset",
                amount=lambda v: 4 * v.head_dim * v.scaling_j,
            ),
        ),
    )


def digital_unit_energy(geometry: HeadGeometry | None = None) -> CostModel:
    """Return the energy of the same function out of SRAM and multipliers.

    Same codes, same window, no analog part: what the architecture alone gains over a processor.

    Parameters
    ----------
    geometry : HeadGeometry or None
        Size of the head; the published one if not given.

    Returns
    -------
    CostModel
        Joules per token and head.
    """
    geometry = geometry or HeadGeometry()
    return CostModel(
        name="all-digital unit",
        unit="J",
        quantities=(
            *(each for each in known.cells(geometry) if each.name != "tiles"),
            Quantity.exact("stored_bits", 3, origin="published", source=f"{known.PAPER}: 8 levels"),
            Quantity(
                name="sram_bit_j",
                value=10e-15,
                low=5e-15,
                high=60e-15,
                origin="chosen",
                source="small local SRAM at 28 nm; Horowitz, ISSCC 2014: 160 fJ for 8 KB at 45 nm",
            ),
            Quantity(
                name="mac_j",
                value=30e-15,
                low=15e-15,
                high=60e-15,
                origin="derived",
                source="Horowitz, ISSCC 2014: 200 fJ for 8 x 8 bits and 30 fJ to add at 45 nm; "
                "to 4 x 3 bits and 28 nm",
            ),
        ),
        terms=(
            Term(
                name="SRAM",
                formula="2 arrays x cells x bits x energy of a bit",
                amount=lambda v: 2 * v.head_dim * v.window_tokens * v.stored_bits * v.sram_bit_j,
            ),
            Term(
                name="multiply and add",
                formula="2 x cells x energy",
                amount=lambda v: 2 * v.head_dim * v.window_tokens * v.mac_j,
            ),
        ),
    )
