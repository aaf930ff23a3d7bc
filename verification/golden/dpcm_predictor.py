"""Bit-exact model of :class:`rtl.dpcm_predictor.DpcmPredictor`, and its steps, one by one.

With x the samples of a channel since its restart, a residual is r = d - t modulo ``2**width``::

    d = wrapped(x - prediction(order, seen, x1, x2, x3), width)
    t = cross_term(d of the channel before, cross_eighths), or 0
    r = wrapped(d - t, width)

and the decoder, which knows all that came before, finds d = wrapped(r + t, width) and
x = wrapped(d + prediction(...), width).
"""

import numpy as np
import numpy.typing as npt

from analog_models.compiled import compiled
from rtl.coding_stage import PREDICTION_BYTE, prediction_layout
from rtl.coding_streams import BYTE_WIDTH, Kind
from rtl.dpcm_predictor import CROSS_FRACTION_BITS, MAX_ORDER, DpcmPredictorConfig

__all__ = ["cross_term", "dpcm_predictor", "header_predictions", "prediction", "wrapped"]


@compiled
def wrapped(value: int, width: int) -> int:
    """Return the signed number of ``width`` bits that equals ``value`` modulo ``2**width``.

    Parameters
    ----------
    value : int
        Any whole number.
    width : int
        Bits.

    Returns
    -------
    int
        In ``-2**(width - 1)..2**(width - 1) - 1``.

    Examples
    --------
    >>> wrapped(300, 9), wrapped(-256, 9)
    (-212, -256)
    """
    half = 1 << (width - 1)
    return ((value + half) & (2 * half - 1)) - half


@compiled
def prediction(order: int, seen: int, x1: int, x2: int, x3: int) -> int:
    """Return what a sample is expected to be, from those before it.

    Parameters
    ----------
    order : int
        Order, in 0..3.
    seen : int
        Samples of the channel since its restart; from 3 on, any number does.
    x1, x2, x3 : int
        The sample before, the one before that, and the one before that; where there is none yet,
        anything.

    Returns
    -------
    int
        Not wrapped.

    Examples
    --------
    >>> [prediction(order, 3, 4, 2, 1) for order in range(4)], prediction(3, 1, 4, 2, 1)
    ([0, 4, 6, 7], 4)
    """
    used = min(order, seen)
    if used == 0:
        return 0
    if used == 1:
        return x1
    if used == 2:
        return 2 * x1 - x2
    return 3 * (x1 - x2) + x3


@compiled
def cross_term(before: int, cross_eighths: int) -> int:
    """Return the part of a difference that the channel before makes expect.

    Parameters
    ----------
    before : int
        Difference of the channel before.
    cross_eighths : int
        Its weight, eighths.

    Returns
    -------
    int
        Rounded to nearest, ties upward.

    Examples
    --------
    >>> cross_term(3, 4), cross_term(-3, 4)
    (2, -1)
    """
    half = 1 << (CROSS_FRACTION_BITS - 1)
    return (before * cross_eighths + half) >> CROSS_FRACTION_BITS


def header_predictions(beats: npt.NDArray[np.void]) -> npt.NDArray[np.int64]:
    """Return which byte of a header says how the samples of a packet are predicted.

    Parameters
    ----------
    beats : ndarray of records
        Fields as in :func:`rtl.coding_streams.coding_layout`.

    Returns
    -------
    ndarray of int64
        For each beat, that byte of the last header before it; zero before the first.

    Examples
    --------
    >>> from rtl.coding_streams import coding_layout
    >>> from verification.payloads import payload_dtype
    >>> beats = np.zeros(6, dtype=payload_dtype(coding_layout(9, 16)))
    >>> beats["value"], beats["kind"][4:] = [8, 7, 6, 5, 4, 3], Kind.SAMPLE.value
    >>> header_predictions(beats)
    array([0, 0, 7, 7, 7, 7])
    """
    of_header = (beats["kind"] == Kind.VERBATIM.value) & (beats["last"] == 0)
    number = np.arange(len(beats))
    begin = np.maximum.accumulate(np.where(of_header, -1, number)) + 1
    says = of_header & (number - begin == PREDICTION_BYTE)
    last = np.maximum.accumulate(np.where(says, number + 1, 0))
    last[1:] = last[:-1]
    last[:1] = 0
    return np.append(0, beats["value"] & ((1 << BYTE_WIDTH) - 1))[last]


def dpcm_predictor(
    beats: npt.NDArray[np.void], config: DpcmPredictorConfig
) -> npt.NDArray[np.void]:
    """Return ``beats`` with a residual in place of each sample.

    Parameters
    ----------
    beats : ndarray of records
        Fields as in :func:`rtl.coding_streams.coding_layout`; headers among them name the order.
    config : DpcmPredictorConfig
        The configuration of the hardware.

    Returns
    -------
    ndarray of records
        As many.

    Examples
    --------
    >>> from rtl.coding_streams import coding_layout
    >>> from verification.payloads import payload_dtype
    >>> beats = np.zeros(6, dtype=payload_dtype(coding_layout(9, 16)))
    >>> beats["value"] = [0, 2, 10, 12, 15, 19]  # two bytes of a header, and samples
    >>> beats["kind"][2:] = Kind.SAMPLE.value
    >>> beats["restart"][2] = beats["fresh"][2] = 1
    >>> dpcm_predictor(beats, DpcmPredictorConfig())["value"]
    array([ 0,  2, 10,  2,  1,  1])
    """
    said = header_predictions(beats)
    layout = prediction_layout()
    residuals = beats.copy()
    _predict(
        residuals["value"],
        beats["kind"] == Kind.SAMPLE.value,
        beats["channel"].astype(np.int64),
        beats["restart"] != 0,
        beats["fresh"] != 0,
        (said >> layout["order"].offset) & MAX_ORDER,
        (said >> layout["cross"].offset) & 1 != 0,
        config.channels,
        config.sample_width,
        config.packet_channels,
        config.cross_eighths,
    )
    return residuals


@compiled
def _predict(
    value: npt.NDArray[np.int64],
    is_sample: npt.NDArray[np.bool_],
    channel: npt.NDArray[np.int64],
    restart: npt.NDArray[np.bool_],
    fresh: npt.NDArray[np.bool_],
    order: npt.NDArray[np.int64],
    cross: npt.NDArray[np.bool_],
    channels: int,
    width: int,
    packet_channels: int,
    cross_eighths: int,
) -> None:
    history = np.zeros((channels, MAX_ORDER), dtype=np.int64)
    seen = np.zeros(channels, dtype=np.int64)
    used_order = np.zeros(channels, dtype=np.int64)
    used_cross = np.zeros(channels, dtype=np.bool_)
    before = 0
    for n in range(len(value)):
        if not is_sample[n]:
            continue
        c, x = int(channel[n]), int(value[n])
        if fresh[n]:
            used_order[c], used_cross[c] = order[n], cross[n]
        if restart[n]:
            seen[c] = 0
        x1, x2, x3 = history[c]
        difference = wrapped(x - prediction(used_order[c], seen[c], x1, x2, x3), width)
        expected = 0
        if used_cross[c] and c % packet_channels != 0:
            expected = cross_term(before, cross_eighths)
        value[n] = wrapped(difference - expected, width)
        history[c] = x, x1, x2
        seen[c] += 1
        before = difference
