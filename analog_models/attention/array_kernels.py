"""A product of one array, compiled."""

from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from analog_models.attention.cell_kernels import multiply
from analog_models.compiled import compiled

__all__ = ["ArraySetting", "convert", "multiply_once"]

Singles = npt.NDArray[np.float32]


class ArraySetting(IntEnum):
    """Places in the vector of settings of an array."""

    PULSE_UNIT = 0  # counts of the shortest pulse
    JITTER = 1  # of a pulse, codes
    UNIT = 2  # of one count of current times one of pulse
    LOAD = 3  # part that the bitline takes off at saturation
    NOISE = 4
    LOWEST = 5  # product
    STEPS = 6  # zero for any time
    QUERY_MAX = 7


@compiled
def _convert_line(line: Singles, converters: Singles, settings: Singles, draws: Singles) -> None:
    one, load = np.float32(1), settings[ArraySetting.LOAD]
    lowest, steps = settings[ArraySetting.LOWEST], settings[ArraySetting.STEPS]
    noise = settings[ArraySetting.NOISE] if draws.size else np.float32(0)
    gain, offset = converters[0], converters[1]
    if noise > 0:
        for j in range(line.size):
            value = line[j] / (one + load * abs(line[j]))
            line[j] = gain[j] * value + offset[j] + noise * draws[j]
    else:
        for j in range(line.size):
            value = line[j] / (one + load * abs(line[j]))
            line[j] = gain[j] * value + offset[j]
    for j in range(line.size):
        line[j] = min(max(line[j], lowest), one)
    if steps > 0:
        for j in range(line.size):
            line[j] = np.rint(line[j] * steps) / steps


@compiled
def convert(
    product: Singles,
    converters: Singles,
    settings: Singles,
    noise: Singles,
    places: npt.NDArray[np.int64],
) -> None:
    """Put products through the converters, in place.

    Parameters
    ----------
    product : numpy.ndarray
        Over the saturation ``[vectors, columns]``.
    converters : numpy.ndarray
        Gain and offset of each ``[2, columns]``.
    settings : numpy.ndarray
        As :class:`ArraySetting`.
    noise : numpy.ndarray
        Normal draws.
    places : numpy.ndarray
        Chooses the draws of each vector; negative for no noise.
    """
    columns = product.shape[1]
    for vector in range(product.shape[0]):
        place = places[vector]
        start = place % (noise.size - columns) if place >= 0 else 0
        draws = noise[start : start + columns] if place >= 0 else noise[:0]
        _convert_line(product[vector], converters, settings, draws)


@compiled
def multiply_once(
    query: npt.NDArray[np.int8],
    skew: Singles,
    counts: npt.NDArray[np.int16],
    converters: Singles,
    settings: Singles,
    noise: Singles,
    place: int,
    charges: npt.NDArray[Any],
    product: Singles,
) -> int:
    """Multiply one vector.

    Parameters
    ----------
    query : numpy.ndarray
        Codes ``[rows]``.
    skew : numpy.ndarray
        Error of each driver ``[rows]``, codes.
    counts : numpy.ndarray
        Currents of the cells ``[columns, rows]``, counts.
    converters : numpy.ndarray
        Gain and offset of each ``[2, columns]``.
    settings : numpy.ndarray
        As :class:`ArraySetting`.
    noise : numpy.ndarray
        Normal draws.
    place : int
        Chooses the draws; negative for no noise.
    charges : numpy.ndarray
        Room ``[columns]``, int32 or int64.
    product : numpy.ndarray
        Result ``[columns]``, over the saturation.

    Returns
    -------
    int
        0, or 1 if a code is out of range: then there is no result.
    """
    rows, columns = query.size, product.size
    highest, wrong = settings[ArraySetting.QUERY_MAX], 0
    for r in range(rows):
        wrong |= (query[r] < 0) | (query[r] > highest)
    if wrong:
        return 1
    start = place % (noise.size - columns - rows) if place >= 0 else 0
    draws = noise[start : start + columns + rows]
    unit = settings[ArraySetting.PULSE_UNIT]
    jitter = settings[ArraySetting.JITTER] if place >= 0 else np.float32(0)
    pulses = np.empty(rows, np.int16)
    for r in range(rows):
        width = np.float32(query[r]) + skew[r] + jitter * draws[columns + r]
        width = max(width * unit, np.float32(0)) if query[r] > 0 else np.float32(0)
        pulses[r] = np.int16(np.rint(width))
    if rows == 64:  # the usual size: loops of known length are faster
        multiply(counts, pulses, 64, charges)
    else:
        multiply(counts, pulses, rows, charges)
    scale = settings[ArraySetting.UNIT]
    for j in range(columns):
        product[j] = scale * np.float32(charges[j])
    line = draws[:columns] if place >= 0 else draws[:0]
    _convert_line(product, converters, settings, line)
    return 0
