"""Several pieces of work timed in turn, so that whatever else a machine does hits all alike."""

import math
import time
from collections.abc import Callable, Mapping

__all__ = ["best_times"]


def best_times(
    contenders: Mapping[str, Callable[[], object]],
    *,
    repetitions: int,
    report: Callable[[str], None],
    benchmark: str = "speed",
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, float]:
    """Return the shortest time that each contender took.

    One round lets every contender work once. The shortest of several times is the one that other
    programs disturbed least.

    Parameters
    ----------
    contenders : mapping of str to callable
        Work by name. Whatever is to be compiled or loaded, is already.
    repetitions : int
        Rounds, at least 1.
    report : callable
        Told in a line of text what is being timed.
    benchmark : str
        Whose contenders they are, with which that line begins.
    clock : callable
        Returns seconds: by the clock on the wall unless told otherwise.

    Returns
    -------
    dict of str to float
        Seconds by name.

    Raises
    ------
    ValueError
        There is no round.

    Examples
    --------
    >>> said = []
    >>> times = best_times({"sum": lambda: sum(range(1000))}, repetitions=2, report=said.append)
    >>> said, 0 < times["sum"] < 1
    (['speed: sum, 1 of 2', 'speed: sum, 2 of 2'], True)
    """
    if repetitions < 1:
        raise ValueError(f"repetitions must be at least 1, not {repetitions}")
    best_s = dict.fromkeys(contenders, math.inf)
    for repetition in range(repetitions):
        for name, work in contenders.items():
            report(f"{benchmark}: {name}, {repetition + 1} of {repetitions}")
            started_s = clock()
            work()
            best_s[name] = min(best_s[name], clock() - started_s)
    return best_s
