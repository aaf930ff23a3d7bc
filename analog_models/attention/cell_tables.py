"""Tables of a gain cell and its converters as SPICE found them: read, checked, written."""

import dataclasses
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["SHIPPED_TABLES", "CellTable", "ConverterFigures", "cell_table_json", "load_cell_table"]

Reals = npt.NDArray[np.float64]

FOLDER = Path(__file__).parent / "tables"
SHIPPED_TABLES = ("cmos", "oxide", "tenth")
"""Names of the tables that come with the kit, as ``axocell calibrate`` wrote them."""

CONVERTER_KINDS = {"unsigned", "signed"}
_PER_LEVEL = (
    "current_a",
    "slope_a_per_v",
    "output_conductance_a_per_v",
    "current_sigma_a",
    "pulsed_current_a",
    "edge_charge_c",
)


@dataclass(frozen=True, kw_only=True)
class ConverterFigures:
    """A charge-to-pulse converter as a straight line with limits.

    The width is ``gain charge / saturation_charge full_width + offset + crossover sign(charge)``,
    limited to ``full_width`` and, where there is no sign, to zero.

    Parameters
    ----------
    saturation_charge_c : float
        Charge of the longest pulse by design, coulombs.
    full_width_s : float
        Longest pulse, seconds.
    gain : float
        Of the nominal converter; one by design.
    offset_s : float
        Of the nominal converter, seconds.
    crossover_s : float
        Added to the magnitude of each signed pulse, seconds; zero for an unsigned converter.
    nonlinearity : float
        Largest distance from the line at held-out charges, over the longest pulse.
    gain_sigma : float
        Standard deviation of the gain, from converter to converter.
    offset_sigma_s : float
        Standard deviation of the offset, from converter to converter, seconds.
    input_resistance_ohm : float
        What the bitline moves by, per ampere, at half the saturation current, ohms.
    energy_j, energy_of_none_j, energy_of_saturation_j : float
        Of one conversion of half the saturation charge, of none and of all of it, joules; of a
        signed converter the mean of both signs. Shared bias is not included.
    """

    saturation_charge_c: float
    full_width_s: float
    gain: float
    offset_s: float
    crossover_s: float
    nonlinearity: float
    gain_sigma: float
    offset_sigma_s: float
    input_resistance_ohm: float
    energy_j: float
    energy_of_none_j: float
    energy_of_saturation_j: float

    def __post_init__(self) -> None:
        for name, value in dataclasses.asdict(self).items():
            if not np.isfinite(value):
                raise ValueError(f"converter {name} must be finite, not {value}")


@dataclass(frozen=True, kw_only=True, eq=False)
class CellTable:
    """A gain cell and its converters, calibrated.

    Parameters
    ----------
    name : str
        Of the cell.
    level_v : numpy.ndarray
        The eight stored voltages, volts.
    current_a : numpy.ndarray
        Of a cell read into a bitline that is held at half the supply, at each level, amps.
    slope_a_per_v : numpy.ndarray
        Transconductance at each level, amps per volt.
    output_conductance_a_per_v : numpy.ndarray
        What the current rises by, per volt that the bitline does, at each level.
    current_sigma_a : numpy.ndarray
        Standard deviation of the current by mismatch, at each level, amps.
    threshold_sigma_v, gain_sigma : float
        The same as two independent numbers a cell: a shift of its stored voltage, volts, and a
        relative change of its current.
    pulsed_current_a, edge_charge_c : numpy.ndarray
        What a pulse of the read word line takes from the bitline, at each level, as a straight line
        in its width: amps, and coulombs of a pulse of no width.
    read_kick_v : float
        What the edges of the read pulse move the stored voltage by while it lasts, volts: a
        write may add as much the other way.
    storage_cap_f : float
        Capacitance of the storage node, gates included, farads.
    age_s : numpy.ndarray
        Ages, seconds, from zero.
    stored_v : numpy.ndarray
        Stored voltage of each level at each age ``[levels, ages]``, volts.
    converters : dict of str to ConverterFigures
        ``unsigned`` and ``signed``.
    checks : dict of str to float
        How well the tables fit, and what the cell is like: unit-suffixed names.
    provenance : dict
        What the tables were made with.
    """

    name: str
    level_v: Reals
    current_a: Reals
    slope_a_per_v: Reals
    output_conductance_a_per_v: Reals
    current_sigma_a: Reals
    threshold_sigma_v: float
    gain_sigma: float
    pulsed_current_a: Reals
    edge_charge_c: Reals
    read_kick_v: float
    storage_cap_f: float
    age_s: Reals
    stored_v: Reals
    converters: Mapping[str, ConverterFigures]
    checks: Mapping[str, float]
    provenance: Mapping[str, Any]

    def __post_init__(self) -> None:
        levels = self.level_v.shape
        for name in _PER_LEVEL:
            if getattr(self, name).shape != levels:
                shape = getattr(self, name).shape
                raise ValueError(f"cell table {name} must have the shape {levels}, not {shape}")
        if self.stored_v.shape != (*levels, *self.age_s.shape):
            raise ValueError(
                "cell table stored_v must have a voltage of each level at each age, "
                f"{(*levels, *self.age_s.shape)}, not {self.stored_v.shape}"
            )
        for name in ("level_v", *_PER_LEVEL, "age_s", "stored_v"):
            values = getattr(self, name)
            if not np.isfinite(values).all():
                raise ValueError(
                    f"cell table {name} must be finite, not {values[~np.isfinite(values)][0]}"
                )
        for name in ("threshold_sigma_v", "gain_sigma", "read_kick_v", "storage_cap_f"):
            if not np.isfinite(getattr(self, name)):
                raise ValueError(f"cell table {name} must be finite, not {getattr(self, name)}")
        if self.converters.keys() != CONVERTER_KINDS:
            raise ValueError(
                "cell table converters must be signed and unsigned, not "
                f"{', '.join(sorted(self.converters)) or 'none'}"
            )
        for name in ("level_v", "age_s"):
            if not (np.diff(getattr(self, name)) > 0).all():
                raise ValueError(f"cell table {name} must rise, not {getattr(self, name).tolist()}")


def load_cell_table(table: str | Path) -> CellTable:
    """Read a table.

    Parameters
    ----------
    table : str or Path
        One of :data:`SHIPPED_TABLES`, or a file that ``axocell calibrate`` wrote.

    Returns
    -------
    CellTable
        The table, checked.

    Raises
    ------
    ValueError
        There is no such table, or it is not one.

    Examples
    --------
    >>> table = load_cell_table("cmos")
    >>> table.current_a.shape, sorted(table.converters)
    ((8,), ['signed', 'unsigned'])
    """
    path = FOLDER / f"{table}.json" if table in SHIPPED_TABLES else Path(table)
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        converters = {
            name: ConverterFigures(**figures) for name, figures in values.pop("converters").items()
        }
        fields: dict[str, Any] = {
            name: np.array(value, dtype=np.float64) if isinstance(value, list) else value
            for name, value in values.items()
        }
        return CellTable(**fields, converters=converters)
    except OSError as error:
        known = ", ".join(SHIPPED_TABLES)
        raise ValueError(
            f"cell table must be one of {known} or a file, but {path} cannot be read: "
            f"{error.strerror}"
        ) from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ValueError(
            f"cell table {path} must be as axocell calibrate writes it, but has: {error}"
        ) from error


def cell_table_json(table: CellTable) -> str:
    """Return the text of a table's file.

    Parameters
    ----------
    table : CellTable
        The table.

    Returns
    -------
    str
        JSON; lists of numbers are one line each.
    """
    values = {field.name: _plain(getattr(table, field.name)) for field in dataclasses.fields(table)}
    text = json.dumps(values, indent=2)
    return re.sub(r"\[[^\[\]]*\]", lambda found: " ".join(found[0].split()), text) + "\n"


def _plain(value: object) -> object:
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    return dataclasses.asdict(value) if isinstance(value, ConverterFigures) else value
