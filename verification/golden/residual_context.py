"""Bit-exact model of :class:`rtl.residual_context.ResidualContext`, and its steps, one by one.

Encoder and decoder go through the same steps at each residual r of a channel: the context is
``context_of(activity, window_shift)``, what is coded is ``turned(r, negative, width)``, then
``activity = next_activity(activity, r, window_shift)`` and
``negative = next_negative(negative, r)``. A packet begins with ``config.start_activity`` and
False. A restart has ``config.restart_context``, is not turned, and changes nothing.
"""

import numpy as np
import numpy.typing as npt

from analog_models.compiled import compiled
from rtl.coding_streams import CONTEXT_WIDTH, Kind, symbol_layout
from rtl.residual_context import ACTIVITY_FRACTION_BITS, ResidualContextConfig
from verification.golden.dpcm_predictor import wrapped
from verification.payloads import payload_dtype

__all__ = ["context_of", "next_activity", "next_negative", "residual_context", "turned"]

LAST_CONTEXT = (1 << CONTEXT_WIDTH) - 1


@compiled
def context_of(activity: int, window_shift: int) -> int:
    """Return the context that a channel of this activity gives its next residual.

    Parameters
    ----------
    activity : int
        Four times the mean magnitude of its residuals, times ``2**window_shift``.
    window_shift : int
        As in the configuration.

    Returns
    -------
    int
        The half octave of the mean magnitude, in 0..31.

    Examples
    --------
    >>> [context_of(level << 3, 3) for level in (0, 1, 2, 3, 4, 5, 6, 8, 11, 12, 1 << 16)]
    [0, 1, 2, 3, 4, 4, 5, 6, 6, 7, 31]
    """
    level = activity >> window_shift
    context = 0
    while level >= 4:
        level >>= 1
        context += 2
    return min(context + level, LAST_CONTEXT)


@compiled
def next_activity(activity: int, residual: int, window_shift: int) -> int:
    """Return the activity of a channel after one more residual.

    Parameters
    ----------
    activity : int
        The activity before.
    residual : int
        The residual.
    window_shift : int
        As in the configuration.

    Returns
    -------
    int
        The activity.

    Examples
    --------
    >>> next_activity(80, -5, 3)  # a mean of 2.5 becomes one of 2.8
    90
    """
    return activity - (activity >> window_shift) + (abs(residual) << ACTIVITY_FRACTION_BITS)


@compiled
def next_negative(negative: bool, residual: int) -> bool:
    """Return whether the last residual that was not zero is negative, after one more.

    Parameters
    ----------
    negative : bool
        The same before.
    residual : int
        The residual.

    Returns
    -------
    bool
        The answer.

    Examples
    --------
    >>> next_negative(True, 0), next_negative(True, 5)
    (True, False)
    """
    return residual < 0 or (negative and residual == 0)


@compiled
def turned(residual: int, negative: bool, width: int) -> int:
    """Return a residual with its sign turned if ``negative``, modulo ``2**width``; its own inverse.

    Parameters
    ----------
    residual : int
        The residual, or what this function has made of it.
    negative : bool
        Whether the last residual of the channel that was not zero is negative.
    width : int
        Its width, bits.

    Returns
    -------
    int
        Of the same width.

    Examples
    --------
    >>> turned(-3, True, 9), turned(-3, False, 9), turned(-256, True, 9)
    (3, -3, -256)
    """
    return wrapped(-residual, width) if negative else residual


def residual_context(
    beats: npt.NDArray[np.void], config: ResidualContextConfig
) -> npt.NDArray[np.void]:
    """Return what goes to the entropy coder for some residuals and bytes.

    Parameters
    ----------
    beats : ndarray of records
        Fields as in :func:`rtl.coding_streams.coding_layout`.
    config : ResidualContextConfig
        The configuration of the hardware.

    Returns
    -------
    ndarray of records
        As many, with fields as in :func:`rtl.coding_streams.symbol_layout`.

    Examples
    --------
    >>> from rtl.coding_streams import coding_layout
    >>> beats = np.zeros(6, dtype=payload_dtype(coding_layout(9, 16)))
    >>> beats["value"], beats["kind"] = [100, -40, -40, 3, 0, -2], Kind.SAMPLE.value
    >>> beats["restart"][0] = beats["fresh"][0] = 1
    >>> symbols = residual_context(beats, ResidualContextConfig())
    >>> symbols["value"].tolist(), symbols["context"].tolist()
    ([100, -40, 40, -3, 0, -2], [14, 8, 10, 11, 10, 10])
    """
    symbols = np.zeros(
        beats.shape, dtype=payload_dtype(symbol_layout(config.sample_width, config.channels))
    )
    for name in ("value", "channel", "kind", "bank", "last"):
        symbols[name] = beats[name]
    _add_contexts(
        symbols["value"],
        symbols["context"],
        beats["kind"] == Kind.SAMPLE.value,
        beats["channel"].astype(np.int64),
        beats["restart"] != 0,
        beats["fresh"] != 0,
        config.channels,
        config.sample_width,
        config.window_shift,
        config.start_activity,
        config.restart_context,
    )
    return symbols


@compiled
def _add_contexts(
    value: npt.NDArray[np.int64],
    context: npt.NDArray[np.int64],
    is_sample: npt.NDArray[np.bool_],
    channel: npt.NDArray[np.int64],
    restart: npt.NDArray[np.bool_],
    fresh: npt.NDArray[np.bool_],
    channels: int,
    width: int,
    window_shift: int,
    start_activity: int,
    restart_context: int,
) -> None:
    activity = np.zeros(channels, dtype=np.int64)
    negative = np.zeros(channels, dtype=np.bool_)
    for n in range(len(value)):
        if not is_sample[n]:
            continue
        c, residual = int(channel[n]), int(value[n])
        if fresh[n]:
            activity[c], negative[c] = start_activity, False
        if restart[n]:
            context[n] = restart_context
            continue
        context[n] = context_of(activity[c], window_shift)
        value[n] = turned(residual, negative[c], width)
        activity[c] = next_activity(activity[c], residual, window_shift)
        negative[c] = next_negative(negative[c], residual)
