"""Clipped recordings are refused: what stood above the limit is lost, and nothing says so later."""

import numpy as np
import numpy.typing as npt

from system.errors import UserError

__all__ = ["check_frontend_clipping", "check_recorder_clipping", "extreme_share"]

FEWEST_LEVELS = 16  # 4 bit: noise of a code or two reaches that many levels


def extreme_share(voltage_v: npt.NDArray[np.floating]) -> float:
    """Return the share of samples amid others at the highest or lowest value of their channel.

    A flat top is at least three samples long; the peaks of noise are shorter, even in coarse codes,
    and so are those of a sine. Ends of flat tops do not count. A channel of hardly any levels, one
    that never moves for instance, is coarse rather than clipped, and counts as unclipped.

    Parameters
    ----------
    voltage_v : numpy.ndarray
        Samples, shape (frames, channels).

    Returns
    -------
    float
        Between 0 and 1.

    Examples
    --------
    >>> round(extreme_share(np.clip(np.sin(np.arange(1000.0)), -0.5, 0.5).reshape(-1, 1)), 2)
    0.03
    """
    if len(voltage_v) == 0:
        return 0.0
    amid = np.zeros(voltage_v.shape[1], dtype=np.int64)
    for limit_v in (voltage_v.max(axis=0), voltage_v.min(axis=0)):
        there = voltage_v == limit_v
        amid += (there[:-2] & there[1:-1] & there[2:]).sum(axis=0)
    for channel in np.flatnonzero(amid):
        if len(np.unique(voltage_v[:, channel])) < FEWEST_LEVELS:
            amid[channel] = 0
    return float(amid.sum() / voltage_v.size)


def check_recorder_clipping(
    name: str, voltage_v: npt.NDArray[np.floating], *, limit: float
) -> None:
    """Refuse a recording whose recorder was clipped.

    Parameters
    ----------
    name : str
        The recording.
    voltage_v : numpy.ndarray
        Its beginning, shape (frames, channels).
    limit : float
        Share of samples that may lie at a limit.

    Raises
    ------
    UserError
        More of them do.
    """
    share = extreme_share(voltage_v)
    if share > limit:
        raise UserError(
            f"{name}: at most {limit:.2g} of the samples may be clipped "
            f"(recording.clipped_limit), not {share:.2g}: so many of its beginning stay at the "
            f"highest or lowest value of their channel"
        )


def check_frontend_clipping(
    name: str, clipped_samples: int, samples: int, *, gain: float, limit: float
) -> None:
    """Refuse a run whose frontend was clipped.

    Parameters
    ----------
    name : str
        The recording.
    clipped_samples : int
        Samples at a limit of the frontend.
    samples : int
        All samples.
    gain : float
        Gain of the amplifiers.
    limit : float
        Share of samples that may be clipped.

    Raises
    ------
    UserError
        More are.
    """
    share = clipped_samples / max(1, samples)
    if share > limit:
        raise UserError(
            f"{name}: at most {limit:.2g} of the samples may be clipped by the frontend "
            f"(recording.clipped_limit), not {share:.2g}, at a gain of {gain:g}; "
            f"check the unit of the recording, or lower recording_frontend.amplifier.gain"
        )
