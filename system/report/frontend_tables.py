"""Tables of the analog half: every measure of channels and converters, and its spread."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from system.report.units import ABSENT, MINUS, SPACE

__all__ = ["Grid", "Measure", "every_row", "spread"]


@dataclass(frozen=True)
class Measure:
    """One column of numbers.

    Parameters
    ----------
    key : str
        Where it stands in the report.
    title : str
        What it is called.
    unit : str
        Unit it is shown in.
    factor : float
        What brings the report's value into that unit.
    """

    key: str
    title: str
    unit: str = ""
    factor: float = 1.0

    def shown(self, value: float | None) -> str:
        """Return ``value`` with two decimals and its unit.

        Parameters
        ----------
        value : float or None
            The number, in the unit of the report; None reads as a dash.

        Returns
        -------
        str
            The number as it stands in the table.
        """
        if value is None:
            return ABSENT
        number = f"{self.factor * value:.2f}".replace("-", MINUS)
        return f"{number}{SPACE}{self.unit}" if self.unit else number


@dataclass(frozen=True)
class Grid:
    """A table.

    Parameters
    ----------
    heads : list of str
        Titles of the columns.
    rows : list of list of str
        Cells; the first of each row is its title.
    """

    heads: list[str]
    rows: list[list[str]]


MEASURES = (
    Measure("enob_bits", "ENOB", "bit"),
    Measure("sndr_db", "SNDR", "dB"),
    Measure("sfdr_db", "SFDR", "dB"),
    Measure("thd_db", "THD", "dB"),
    Measure("input_noise_v", "Input noise, rms", "µV", 1e6),
    Measure("recording_noise_v", "Noise of a recording, rms", "µV", 1e6),
    Measure("nef", "Noise efficiency factor"),
    Measure("gain", "Gain"),
    Measure("dnl_lsb", "DNL, largest", "LSB"),
    Measure("inl_lsb", "INL, largest", "LSB"),
    Measure("offset_lsb", "Offset", "LSB"),
)


def _known(items: list[dict[str, Any]]) -> list[Measure]:
    return [
        measure for measure in MEASURES if any(item.get(measure.key) is not None for item in items)
    ]


def spread(items: list[dict[str, Any]]) -> Grid | None:
    """Return least, median and greatest value of each measure.

    Parameters
    ----------
    items : list of dict
        Measured channels, or converters.

    Returns
    -------
    Grid or None
        One row per measure; None for fewer than two items, which have no spread.
    """
    if len(items) < 2:
        return None
    rows: list[list[str]] = []
    for measure in _known(items):
        values = [item[measure.key] for item in items if item.get(measure.key) is not None]
        ends = (np.min(values), np.median(values), np.max(values))
        rows.append([measure.title, *(measure.shown(float(value)) for value in ends)])
    return Grid(["Measure", "Least", "Median", "Greatest"], rows)


def every_row(items: list[dict[str, Any]], name: str) -> Grid | None:
    """Return every measure of every item.

    Parameters
    ----------
    items : list of dict
        Measured channels, or converters.
    name : str
        What numbers them: "channel" or "converter".

    Returns
    -------
    Grid or None
        One row per item; None without items.
    """
    if not items:
        return None
    known = _known(items)
    rows = [
        [str(item[name]), *(measure.shown(item.get(measure.key)) for measure in known)]
        for item in items
    ]
    return Grid([name.capitalize(), *(measure.title for measure in known)], rows)
