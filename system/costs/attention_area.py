"""Area of one attention head: cells, converters and logic."""

from analog_models.attention.geometry import HeadGeometry
from system.costs import attention_quantities as known
from system.costs.model import CostModel, Term
from system.costs.quantity import Quantity

__all__ = ["PUBLISHED_HEAD_AREA_M2", "PUBLISHED_OXIDE_ARRAY_AREA_M2", "head_area"]

PUBLISHED_HEAD_AREA_M2 = 0.5e-6
"""Area of a head with its digital control, Leroux et al. 2025 (second hand)."""

PUBLISHED_OXIDE_ARRAY_AREA_M2 = 15.7e-9
"""Area of the arrays in oxide-semiconductor transistors, Leroux et al. 2025 (second hand)."""


def head_area(flip_flops: int, geometry: HeadGeometry | None = None) -> CostModel:
    """Return the area of a head in silicon cells.

    Parameters
    ----------
    flip_flops : int
        Registers of a head.
    geometry : HeadGeometry or None
        Size of the head; the published one if not given.

    Returns
    -------
    CostModel
        Square metres.
    """
    geometry = geometry or HeadGeometry()
    quantities = (
        *known.cells(geometry),
        Quantity(
            name="cell_m2",
            value=1e-12,
            low=0.7e-12,
            high=1.5e-12,
            origin="published",
            source=f"{known.PAPER} (second hand): six transistors and a capacitor, about 1 um2",
        ),
        Quantity(
            name="converter_m2",
            value=60e-12,
            low=30e-12,
            high=120e-12,
            origin="chosen",
            source="0.45 and 0.24 pF at 10 fF/um2 behind a key and a value are 35 um2 in the mean; "
            "mirrors, inverter, switches and some 20 gates under and beside them",
        ),
        Quantity.exact(
            "flip_flops",
            flip_flops,
            origin="measured",
            source="registers of our attention_head, the arrays left out",
        ),
        Quantity(
            name="logic_per_flip_flop_m2",
            value=10e-12,
            low=6e-12,
            high=15e-12,
            origin="chosen",
            source="28 nm: a flip-flop of 2 um2, four to five gates of 0.8 um2 for each, and "
            "60 % of the area filled",
        ),
    )
    return CostModel(
        name="area of a head",
        unit="m2",
        quantities=quantities,
        terms=(
            Term(
                name="cells",
                formula="2 arrays x cells x area",
                amount=lambda v: 2 * v.head_dim * v.window_tokens * v.cell_m2,
            ),
            Term(
                name="converters",
                formula="(keys + values of all tiles) x area",
                amount=lambda v: (v.window_tokens + v.tiles * v.head_dim) * v.converter_m2,
            ),
            Term(
                name="logic",
                formula="flip-flops x area with its gates",
                amount=lambda v: v.flip_flops * v.logic_per_flip_flop_m2,
            ),
        ),
    )
