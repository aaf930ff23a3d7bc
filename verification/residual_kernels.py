"""Residuals of a packet and their contexts in one compiled loop, a channel at a time."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from analog_models.compiled import compiled
from rtl.dpcm_predictor import CROSS_FRACTION_BITS
from rtl.residual_context import ACTIVITY_FRACTION_BITS
from verification.golden.lms_predictor import lms_adapt, lms_prediction

__all__ = ["CodingFormat", "residuals"]


class CodingFormat(NamedTuple):
    """What the loops need to know of a codec and of its settings, as numbers.

    Parameters
    ----------
    width : int
        Sample width, bits.
    shift : int
        Bits by which samples are made coarser.
    order : int
        Order of the difference.
    cross_eighths : int
        Weight of the cross-channel term, eighths; 0 without it.
    window_shift : int
        Logarithm of the residuals over which magnitudes are averaged.
    start_activity : int
        Activity of a channel where a packet begins.
    restart_context : int
        Context of a sample that is predicted from nothing.
    unary_limit : int
        Of the Golomb encoder.
    symbol_width : int
        Of the arithmetic encoder: width of a symbol, bits.
    taps : int
        Of the adaptive predictor; 0 without it.
    weight_fraction_bits : int
        Of the adaptive predictor.
    """

    width: int
    shift: int
    order: int
    cross_eighths: int
    window_shift: int
    start_activity: int
    restart_context: int
    unary_limit: int
    symbol_width: int
    taps: int
    weight_fraction_bits: int


@compiled
def residuals(
    samples: npt.NDArray[np.int16],
    item_rows: int,
    form: CodingFormat,
    context_of_level: npt.NDArray[np.uint8],
    value: npt.NDArray[np.int16],
    context: npt.NDArray[np.uint8],
    difference: npt.NDArray[np.int16],
) -> None:
    """Find what is coded for the samples of one packet, and in which contexts.

    Parameters
    ----------
    samples : ndarray of int16, shape (rows, channels)
        Samples of the packet.
    item_rows : int
        Rows after which prediction restarts: those of a snippet, or of the packet.
    form : CodingFormat
        Numbers.
    context_of_level : ndarray of uint8, shape (2**(width + 2),)
        Context of each level of activity.
    value, context : ndarray, shape (rows * channels,)
        Where the residuals, turned, and their contexts go, row by row.
    difference : ndarray of int16, shape (rows,)
        Scratch.
    """
    rows, channels = samples.shape
    half = 1 << (form.width - 1)
    mask = 2 * half - 1
    rounding = (1 << form.shift) >> 1
    part = 1 << (CROSS_FRACTION_BITS - 1)
    weights = np.zeros((1, form.taps), dtype=np.int32)
    history = np.zeros((1, form.taps), dtype=np.int32)
    for channel in range(channels):
        activity, negative = form.start_activity, 0
        x1, x2, x3 = 0, 0, 0
        seen, restart = 0, 0
        weights[:] = 0
        for row in range(rows):
            if row == restart:
                seen = 0
                restart += item_rows
                history[:] = 0
            x = (int(samples[row, channel]) + rounding) >> form.shift
            used = min(form.order, seen)
            expected = 0
            if used == 1:
                expected = x1
            elif used == 2:
                expected = 2 * x1 - x2
            elif used == 3:
                expected = 3 * (x1 - x2) + x3
            r = ((x - expected + half) & mask) - half
            if form.cross_eighths:
                before = int(difference[row])
                difference[row] = r
                if channel:
                    term = (before * form.cross_eighths + part) >> CROSS_FRACTION_BITS
                    r = ((r - term + half) & mask) - half
            if form.taps and seen:
                before = r
                expected = lms_prediction(weights, history, 0, form.weight_fraction_bits)
                r = ((r - expected + half) & mask) - half
                lms_adapt(weights, history, 0, before, r, form.weight_fraction_bits)
            x1, x2, x3 = x, x1, x2
            place = row * channels + channel
            if seen:
                level = activity >> form.window_shift
                context[place] = context_of_level[level]
                turned = (r ^ -negative) + negative
                value[place] = ((turned + half) & mask) - half
                activity += (abs(r) << ACTIVITY_FRACTION_BITS) - level
                negative = int(r < 0) if r else negative
            else:
                context[place] = form.restart_context
                value[place] = r
            seen += 1
