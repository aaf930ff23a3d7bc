"""Drivers and converters, compiled, in the type of the arrays that they are given."""

from typing import Any

import numpy as np
import numpy.typing as npt

from analog_models.attention.head_layout import Setting
from analog_models.compiled import compiled

__all__ = ["count_outputs", "drive_query", "weigh_scores"]

Reals = npt.NDArray[np.floating[Any]]
Counts = npt.NDArray[Any]  # int16, or float64 that hold whole numbers
Sums = npt.NDArray[Any]  # int32 or int64 for counts of 16 bits, else float64


@compiled
def drive_query(
    query: npt.NDArray[np.int8], error: Reals, draws: Reals, settings: Reals, pulses: Counts
) -> None:
    """Turn codes into widths of pulses.

    Parameters
    ----------
    query : numpy.ndarray
        Codes ``[head_dim]``.
    error : numpy.ndarray
        Error of each driver, codes.
    draws : numpy.ndarray
        Normal draws ``[head_dim]``.
    settings : numpy.ndarray
        As :class:`~analog_models.attention.head_layout.Setting`.
    pulses : numpy.ndarray
        Result ``[head_dim]``, counts.
    """
    real, count = settings.dtype.type, pulses.dtype.type
    zero, jitter = real(0), settings[Setting.JITTER]
    unit, limit = settings[Setting.PULSE_UNIT], settings[Setting.PULSE_LIMIT]
    for r in range(query.size):
        width = (real(query[r]) + error[r] + jitter * real(draws[r])) * unit
        width = min(max(width, zero), limit) if query[r] > 0 else zero
        pulses[r] = count(np.rint(width))


@compiled
def weigh_scores(
    charges: Sums,
    kept: Reals,
    gain: Reals,
    offset: Reals,
    draws: Reals,
    settings: Reals,
    pulses: Counts,
) -> None:
    """Turn the charges of keys' columns into the pulses that drive the values.

    Parameters
    ----------
    charges : numpy.ndarray
        Sums of current times pulse ``[columns]``, counts.
    kept : numpy.ndarray
        Part of each column's currents, of keys and of values, that is left since they were looked
        at.
    gain, offset : numpy.ndarray
        The columns' converters ``[columns]``.
    draws : numpy.ndarray
        Normal draws ``[columns]``.
    settings : numpy.ndarray
        As :class:`~analog_models.attention.head_layout.Setting`.
    pulses : numpy.ndarray
        Result ``[columns]``: pulses, counts, times the part that is left of the values.
    """
    real, count = settings.dtype.type, pulses.dtype.type
    zero, one, longest = real(0), real(1), settings[Setting.PULSE_LIMIT]
    unit, load = settings[Setting.SCORE_UNIT], settings[Setting.SCORE_LOAD]
    noise, steps = settings[Setting.SCORE_NOISE], settings[Setting.SCORE_STEPS]
    for j in range(charges.size):
        score = real(charges[j]) * unit * kept[j]
        score /= one + load * abs(score)
        score = gain[j] * score + offset[j] + noise * real(draws[j])
        score = min(max(score, zero), one)
        if steps > zero:
            score = np.rint(score * steps) / steps
        pulses[j] = count(np.rint(score * kept[j] * longest))


@compiled
def count_outputs(
    charges: Sums,
    gain: Reals,
    offset: Reals,
    draws: Reals,
    settings: Reals,
    codes: Reals,
) -> None:
    """Turn the charges of values' dimensions into codes.

    Parameters
    ----------
    charges : numpy.ndarray
        Sums of current times pulse ``[dimensions]``, counts.
    gain, offset : numpy.ndarray
        Their converters ``[dimensions]``.
    draws : numpy.ndarray
        Normal draws ``[dimensions]``.
    settings : numpy.ndarray
        As :class:`~analog_models.attention.head_layout.Setting`.
    codes : numpy.ndarray
        Result ``[dimensions]``, whole numbers.
    """
    real = settings.dtype.type
    one = real(1)
    unit, load = settings[Setting.OUTPUT_UNIT], settings[Setting.OUTPUT_LOAD]
    noise, largest = settings[Setting.OUTPUT_NOISE], settings[Setting.OUTPUT_MAX]
    scale = settings[Setting.OUTPUT_CODES]
    for r in range(charges.size):
        output = real(charges[r]) * unit
        output /= one + load * abs(output)
        output = gain[r] * output + offset[r] + noise * real(draws[r])
        codes[r] = min(max(np.rint(output * scale), -largest), largest)
