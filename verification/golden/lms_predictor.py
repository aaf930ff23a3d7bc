"""Bit-exact model of :class:`rtl.lms_predictor.LmsPredictor`, and its steps, one by one.

With d the differences of a channel, of which a row of ``history`` has the last ones, newest first::

    p = lms_prediction(weights, history, channel, weight_fraction_bits)
    r = wrapped(d - p, width)           # the decoder: d = wrapped(r + p, width)
    lms_adapt(weights, history, channel, d, r, weight_fraction_bits)

At a restart the difference itself is coded, and the row of ``history`` is zero from then on; a
fresh one begins with a row of zero weights.
"""

import numpy as np
import numpy.typing as npt

from analog_models.compiled import compiled
from rtl.coding_stage import prediction_layout
from rtl.coding_streams import Kind
from rtl.lms_predictor import LmsPredictorConfig
from verification.golden.dpcm_predictor import header_predictions, wrapped

__all__ = ["lms_adapt", "lms_prediction", "lms_predictor"]


@compiled
def lms_prediction(
    weights: npt.NDArray[np.int32],
    history: npt.NDArray[np.int32],
    channel: int,
    weight_fraction_bits: int,
) -> int:
    """Return what the next difference of a channel is expected to be.

    Parameters
    ----------
    weights : ndarray of int, shape (channels, taps)
        Weights, in units of ``2**-weight_fraction_bits``.
    history : ndarray of int, shape (channels, taps)
        The last differences, newest first.
    channel : int
        The channel.
    weight_fraction_bits : int
        As in the configuration.

    Returns
    -------
    int
        Rounded to nearest, ties upward; not wrapped.

    Examples
    --------
    >>> lms_prediction(np.array([[256, -128]]), np.array([[5, 4]]), 0, 9)  # 2.5 - 1
    2
    """
    total = 1 << (weight_fraction_bits - 1)
    for tap in range(weights.shape[1]):
        total += int(weights[channel, tap]) * int(history[channel, tap])
    return total >> weight_fraction_bits


@compiled
def lms_adapt(
    weights: npt.NDArray[np.int32],
    history: npt.NDArray[np.int32],
    channel: int,
    difference: int,
    residual: int,
    weight_fraction_bits: int,
) -> None:
    """Let the weights of a channel learn from a residual, and remember the difference.

    Parameters
    ----------
    weights : ndarray of int, shape (channels, taps)
        Weights; changed in place.
    history : ndarray of int, shape (channels, taps)
        The last differences, newest first; changed in place.
    channel : int
        The channel.
    difference : int
        The difference.
    residual : int
        What was left of it.
    weight_fraction_bits : int
        As in the configuration.

    Examples
    --------
    >>> weights, history = np.array([[1023, 7, 7]]), np.array([[5, -4, 0]])
    >>> lms_adapt(weights, history, 0, 6, 3, 9)
    >>> weights, history
    (array([[1023,    6,    7]]), array([[ 6,  5, -4]]))
    """
    limit = 2 << weight_fraction_bits
    direction = (residual > 0) - (residual < 0)
    for tap in range(weights.shape[1]):
        seen = history[channel, tap]
        weight = weights[channel, tap] + direction * ((seen > 0) - (seen < 0))
        weights[channel, tap] = min(max(weight, -limit), limit - 1)
    for tap in range(weights.shape[1] - 1, 0, -1):
        history[channel, tap] = history[channel, tap - 1]
    history[channel, 0] = difference


def lms_predictor(beats: npt.NDArray[np.void], config: LmsPredictorConfig) -> npt.NDArray[np.void]:
    """Return ``beats`` with residuals in place of differences, where their headers ask for it.

    Parameters
    ----------
    beats : ndarray of records
        Fields as in :func:`rtl.coding_streams.coding_layout`.
    config : LmsPredictorConfig
        The configuration of the hardware.

    Returns
    -------
    ndarray of records
        As many.

    Examples
    --------
    >>> from rtl.coding_streams import coding_layout
    >>> from verification.payloads import payload_dtype
    >>> beats = np.zeros(402, dtype=payload_dtype(coding_layout(9, 16)))
    >>> beats["value"] = [0, 8, *[10, -10] * 200]  # two bytes of a header, and differences
    >>> beats["kind"][2:] = Kind.SAMPLE.value
    >>> beats["restart"][2] = beats["fresh"][2] = 1
    >>> lms_predictor(beats, LmsPredictorConfig())["value"][[2, 3, 20, 40, 80, 160]]
    array([ 10, -10,   8,   5,   0,   0])
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
    weight_fraction_bits: int,
) -> None:
    history = np.zeros_like(weights)
    in_use = np.zeros(len(weights), dtype=np.bool_)
    for n in range(len(value)):
        if not is_sample[n]:
            continue
        c, difference = int(channel[n]), int(value[n])
        if fresh[n]:
            in_use[c] = adaptive[n]
            weights[c] = 0
        if restart[n]:
            history[c] = 0
        elif in_use[c]:
            expected = lms_prediction(weights, history, c, weight_fraction_bits)
            residual = wrapped(difference - expected, width)
            lms_adapt(weights, history, c, difference, residual, weight_fraction_bits)
            value[n] = residual
