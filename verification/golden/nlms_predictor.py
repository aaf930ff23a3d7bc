"""Bit-exact model of :class:`rtl.nlms_predictor.NlmsPredictor`, and its steps, one by one.

With d the differences of a channel, of which a row of ``history`` has the last ones, newest first::

    p = nlms_prediction(weights, history, channel, weight_fraction_bits, width)
    r = wrapped(d - p, width)           # the decoder: d = wrapped(r + p, width)
    nlms_adapt(weights, history, progress, channel, d, r, step_shift, weight_fraction_bits)

At a restart the difference itself is coded, and the row of ``history`` is zero from then on; a
fresh one begins with rows of zeros in ``weights`` and ``progress`` too.
"""

import numpy as np
import numpy.typing as npt

from analog_models.compiled import compiled
from rtl.coding_stage import prediction_layout
from rtl.coding_streams import Kind
from rtl.nlms_predictor import (
    COUNT_LIMIT_LOG,
    HASTE,
    LEVEL_FRACTION_BITS,
    LEVEL_SHIFT,
    NlmsPredictorConfig,
)
from verification.golden.dpcm_predictor import header_predictions, wrapped

__all__ = ["nlms_adapt", "nlms_prediction", "nlms_predictor"]


@compiled
def _octave(value: int) -> int:
    """Return the logarithm of ``value``, rounded down; that of zero is zero."""
    octave = 0
    while value > 1:
        value >>= 1
        octave += 1
    return octave


@compiled
def nlms_prediction(
    weights: npt.NDArray[np.int32],
    history: npt.NDArray[np.int32],
    channel: int,
    weight_fraction_bits: int,
    width: int,
) -> int:
    """Return what the next difference of a channel is expected to be.

    Parameters
    ----------
    weights : ndarray of int32, shape (channels, taps)
        Weights, in units of ``2**-weight_fraction_bits``.
    history : ndarray of int32, shape (channels, taps)
        The last differences, newest first.
    channel : int
        The channel.
    weight_fraction_bits, width : int
        As in the configuration; the width of samples.

    Returns
    -------
    int
        Rounded to nearest, ties upward, and limited to the width.

    Examples
    --------
    >>> weights, history = np.array([[8192, -4096]]), np.array([[5, 4]])
    >>> [nlms_prediction(weights, scale * history, 0, 14, 9) for scale in (1, 999)]
    [2, 255]
    """
    total = 1 << (weight_fraction_bits - 1)
    for tap in range(weights.shape[1]):
        total += int(weights[channel, tap]) * int(history[channel, tap])
    limit = 1 << (width - 1)
    return min(max(total >> weight_fraction_bits, -limit), limit - 1)


@compiled
def nlms_adapt(
    weights: npt.NDArray[np.int32],
    history: npt.NDArray[np.int32],
    progress: npt.NDArray[np.int32],
    channel: int,
    difference: int,
    residual: int,
    step_shift: int,
    weight_fraction_bits: int,
) -> None:
    """Let the weights of a channel learn from a residual, and remember the difference.

    Parameters
    ----------
    weights : ndarray of int32, shape (channels, taps)
        Weights; changed in place.
    history : ndarray of int32, shape (channels, taps)
        The last differences, newest first; changed in place.
    progress : ndarray of int32, shape (channels, 2)
        Mean magnitude of differences, in sixteenths, and their number so far, up to 256; changed
        in place.
    channel : int
        The channel.
    difference : int
        The difference.
    residual : int
        What was left of it.
    step_shift, weight_fraction_bits : int
        As in the configuration.

    Examples
    --------
    >>> weights, history, progress = np.array([[0, 0]]), np.array([[8, -4]]), np.array([[160, 256]])
    >>> nlms_adapt(weights, history, progress, 0, 10, 9, 10, 14)  # a residual of 8, a power of 64
    >>> weights, history, progress
    (array([[16, -8]]), array([[10,  8]]), array([[160, 256]]))
    """
    level, count = int(progress[channel, 0]), int(progress[channel, 1])
    age = _octave(count + 1)
    level += ((abs(difference) << LEVEL_FRACTION_BITS) - level) >> min(age, LEVEL_SHIFT)
    progress[channel, 0] = level
    progress[channel, 1] = min(count + 1, 1 << COUNT_LIMIT_LOG)

    mean = max(level, 1 << LEVEL_FRACTION_BITS)
    octave = _octave(mean) - LEVEL_FRACTION_BITS
    power = 2 * octave + (mean >> (octave + LEVEL_FRACTION_BITS - 1) & 1)
    counted = min(_octave(abs(residual)), octave + 1)
    haste = min(HASTE, COUNT_LIMIT_LOG - age)
    step = weight_fraction_bits + counted + haste - power - step_shift
    limit = 2 << weight_fraction_bits
    direction = (residual > 0) - (residual < 0)
    for tap in range(weights.shape[1]):
        seen = int(history[channel, tap])
        move = seen << step if step >= 0 else seen >> -step
        weight = int(weights[channel, tap]) + direction * move
        weights[channel, tap] = min(max(weight, -limit), limit - 1)
    for tap in range(weights.shape[1] - 1, 0, -1):
        history[channel, tap] = history[channel, tap - 1]
    history[channel, 0] = difference


def nlms_predictor(
    beats: npt.NDArray[np.void], config: NlmsPredictorConfig
) -> npt.NDArray[np.void]:
    """Return ``beats`` with residuals in place of differences, where their headers ask for it.

    Parameters
    ----------
    beats : ndarray of records
        Fields as in :func:`rtl.coding_streams.coding_layout`.
    config : NlmsPredictorConfig
        The configuration of the hardware.

    Returns
    -------
    ndarray of records
        As many.

    Examples
    --------
    >>> from rtl.coding_streams import coding_layout
    >>> from verification.payloads import payload_dtype
    >>> beats = np.zeros(402, dtype=payload_dtype(coding_layout(13, 8)))
    >>> beats["value"] = [0, 8, *[10, -10] * 200]  # two bytes of a header, and differences
    >>> beats["kind"][2:] = Kind.SAMPLE.value
    >>> beats["restart"][2] = beats["fresh"][2] = 1
    >>> nlms_predictor(beats, NlmsPredictorConfig())["value"][[2, 3, 4, 6, 10, 20, 40]]
    array([ 10, -10,  10,  10,   8,   2,   0])
    """
    adaptive = header_predictions(beats) >> prediction_layout()["adaptive"].offset & 1 != 0
    residuals = beats.copy()
    _predict(
        residuals["value"],
        beats["kind"] == Kind.SAMPLE.value,
        beats["channel"].astype(np.int64),
        beats["restart"] != 0,
        beats["fresh"] != 0,
        adaptive,
        np.zeros((config.channels, config.taps), dtype=np.int32),
        config.sample_width,
        config.step_shift,
        config.weight_fraction_bits,
    )
    return residuals


@compiled
def _predict(
    value: npt.NDArray[np.int64],
    is_sample: npt.NDArray[np.bool_],
    channel: npt.NDArray[np.int64],
    restart: npt.NDArray[np.bool_],
    fresh: npt.NDArray[np.bool_],
    adaptive: npt.NDArray[np.bool_],
    weights: npt.NDArray[np.int32],
    width: int,
    step_shift: int,
    weight_fraction_bits: int,
) -> None:
    history = np.zeros_like(weights)
    progress = np.zeros((len(weights), 2), dtype=np.int32)
    in_use = np.zeros(len(weights), dtype=np.bool_)
    for n in range(len(value)):
        if not is_sample[n]:
            continue
        c, difference = int(channel[n]), int(value[n])
        if fresh[n]:
            in_use[c] = adaptive[n]
            weights[c] = 0
            progress[c] = 0
        if restart[n]:
            history[c] = 0
        elif in_use[c]:
            expected = nlms_prediction(weights, history, c, weight_fraction_bits, width)
            residual = wrapped(difference - expected, width)
            nlms_adapt(
                weights,
                history,
                progress,
                c,
                difference,
                residual,
                step_shift,
                weight_fraction_bits,
            )
            value[n] = residual
