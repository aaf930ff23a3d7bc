"""Which converters stand behind which cells."""

from collections.abc import Mapping

from analog_models.spice.converter_bench import BenchedConverter
from analog_models.spice.converter_circuit import CONVERTERS
from analog_models.spice.self_timed_circuit import SELF_TIMED_CONVERTERS

__all__ = ["CELL_CONVERTERS", "CONVERTER_SETS"]

CONVERTER_SETS: dict[str, Mapping[str, BenchedConverter]] = {
    "published current": CONVERTERS,
    "a tenth": SELF_TIMED_CONVERTERS,
}
"""An unsigned and a signed converter each, by the current of the cells that they are made for."""

CELL_CONVERTERS = {"cmos": "published current", "oxide": "published current", "tenth": "a tenth"}
"""Name of the set behind each cell."""
