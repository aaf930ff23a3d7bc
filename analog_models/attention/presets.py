"""Heads that are ready to use: as published, and as calibrated from SPICE."""

from pathlib import Path

import numpy as np

from analog_models.attention.cell_law import TableLaw
from analog_models.attention.cell_tables import CellTable, load_cell_table
from analog_models.attention.charge_to_pulse import ChargeToPulseConfig
from analog_models.attention.gain_cell import GainCellConfig
from analog_models.attention.geometry import HeadGeometry
from analog_models.attention.head_config import GainCellHeadConfig
from analog_models.attention.leakage import TableLeakage

__all__ = ["PRESETS", "TOKEN_S", "head_preset"]

PRESETS = ("published", "cmos", "oxide", "tenth")
"""Names for :func:`head_preset`: the published equations with assumed imperfections, and the
shipped tables of a CMOS and of an oxide-semiconductor cell, and of one of a tenth of the current
with the converters made for it."""

_NOISE = {"tenth": 0.0038}
"""RMS noise of a conversion over the saturation charge, where it is not the published preset's:
0.28 % of shot and channel noise of cells of a tenth of the current, and 0.26 % of the converter
(derived; docs/spice.md)."""

TOKEN_S = 12 * 65e-9
"""Time of a token, seconds: 12 layers of 65 ns each (Leroux et al., Nat. Comput. Sci. 5, 2025)."""


def head_preset(
    name: str | Path,
    *,
    geometry: HeadGeometry | None = None,
    token_s: float = TOKEN_S,
) -> GainCellHeadConfig:
    """Return the design values of a head.

    Of a table are the law, the leakage, the storage capacitance and with it the noise of a write,
    the mismatch of cells and converters, the converters' nominal gain and offset, and what the
    moving bitline takes off; the drivers and the noise of converters are assumed, and but for
    ``tenth`` those of the published preset. Use
    :meth:`~analog_models.attention.head_config.GainCellHeadConfig.without_imperfections` for the
    equations alone.

    Parameters
    ----------
    name : str or Path
        One of :data:`PRESETS`, or a file that ``axocell calibrate`` wrote.
    geometry : HeadGeometry
        Sizes; the published ones unless given.
    token_s : float
        Time from token to token, which the ages of a table are counted in, seconds.

    Returns
    -------
    GainCellHeadConfig
        The head.

    Raises
    ------
    ValueError
        There is no such table, or its ages end within the window.

    Examples
    --------
    >>> head_preset("cmos").cell.threshold_mismatch_v < head_preset("published").cell.gain_mismatch
    True
    """
    geometry = geometry or HeadGeometry()
    if name == "published":
        return GainCellHeadConfig(geometry=geometry)
    table = load_cell_table(name)
    longest_s = geometry.window_tokens * token_s
    if longest_s > table.age_s[-1]:
        raise ValueError(
            f"cell table {table.name} must reach the age of a window, {longest_s:.3g} s, and ends "
            f"at {table.age_s[-1]:.3g} s"
        )
    return GainCellHeadConfig(
        geometry=geometry,
        cell=GainCellConfig(
            law=TableLaw(table.level_v, table.current_a, table.slope_a_per_v),
            leakage=TableLeakage(table.level_v, table.age_s, table.stored_v, token_s),
            storage_cap_f=table.storage_cap_f,
            threshold_mismatch_v=table.threshold_sigma_v,
            gain_mismatch=table.gain_sigma,
            bitline_ohm=table.converters["unsigned"].input_resistance_ohm,
            output_conductance_per_v=_conductance_per_v(table),
        ),
        score_converter=_converter(table, "unsigned"),
        output_converter=_converter(table, "signed"),
    )


def _conductance_per_v(table: CellTable) -> float:
    """Return the mean conductance of a level over the mean current of a level."""
    return float(np.mean(table.output_conductance_a_per_v) / np.mean(abs(table.current_a)))


def _converter(table: CellTable, kind: str) -> ChargeToPulseConfig:
    figures = table.converters[kind]
    noise = _NOISE.get(table.name, ChargeToPulseConfig.noise)
    return ChargeToPulseConfig(
        saturation_c=figures.saturation_charge_c,
        signed=kind == "signed",
        gain=figures.gain,
        offset=figures.offset_s / figures.full_width_s,
        gain_mismatch=figures.gain_sigma,
        offset_mismatch=figures.offset_sigma_s / figures.full_width_s,
        noise=noise,
    )
