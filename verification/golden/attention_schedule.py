"""Bit-exact model of :class:`rtl.attention_schedule.AttentionSchedule`."""

import numpy as np
import numpy.typing as npt

from rtl.attention_schedule import AttentionScheduleConfig

__all__ = ["attention_schedule"]

_OUTPUTS = (
    "load",
    "accept",
    "start_key",
    "start_query",
    "start_value",
    "integrate",
    "drive",
    "count",
    "reset_scores",
    "reset_sums",
    "in_flight",
)


def attention_schedule(
    offered: npt.ArrayLike, left: npt.ArrayLike, config: AttentionScheduleConfig
) -> npt.NDArray[np.void]:
    """Return every output, cycle by cycle, from the cycles in which tokens may begin.

    Parameters
    ----------
    offered, left : array_like of bool, shape (cycles,)
        Whether there is a token, and whether the outputs of one are accepted.
    config : AttentionScheduleConfig
        The configuration of the hardware.

    Returns
    -------
    ndarray of records, shape (cycles,)
        The component's outputs, by their names.

    Examples
    --------
    >>> config = AttentionScheduleConfig()
    >>> strobes = attention_schedule([True] * 100, [False] * 100, config)
    >>> np.flatnonzero(strobes["load"]).tolist()
    [0, 34]
    >>> np.flatnonzero(strobes["integrate"]).tolist() == [*range(12, 28), *range(46, 62)]
    True
    """
    is_offered, has_left = np.asarray(offered, dtype=bool), np.asarray(left, dtype=bool)
    begun: list[int] = []
    finished = 0
    in_flight = np.zeros(len(is_offered), dtype=np.int64)
    for cycle in range(len(is_offered)):
        in_flight[cycle] = len(begun) - finished
        rested = not begun or cycle - begun[-1] >= config.interval_cycles
        has_room = in_flight[cycle] < config.tokens_in_flight
        if is_offered[cycle] and rested and has_room:
            begun.append(cycle)
        finished += int(has_left[cycle])

    integrate = 2 + config.write_cycles  # the key is scaled and written first
    drive = integrate + config.integrate_cycles
    count = drive + config.drive_cycles
    after = count + config.count_cycles
    phases = {  # cycles of a token, from its first
        "load": (0, 1),
        "accept": (1, 2),
        "start_key": (1, 2),
        "start_query": (integrate - 1, integrate),
        "start_value": (integrate, integrate + 1),
        "integrate": (integrate, drive),
        "drive": (drive, count),
        "count": (count, after),
        "scores_held": (integrate, count),
        "sums_held": (drive, after),
    }
    high = {name: np.zeros(len(is_offered), dtype=bool) for name in phases}
    for name, (first, last) in phases.items():
        for start in begun:
            high[name][start + first : start + last] = True
    high["reset_scores"], high["reset_sums"] = ~high["scores_held"], ~high["sums_held"]
    outputs = np.zeros(len(is_offered), dtype=[(name, np.int64) for name in _OUTPUTS])
    for name in _OUTPUTS[:-1]:
        outputs[name] = high[name]
    outputs["in_flight"] = in_flight
    return outputs
