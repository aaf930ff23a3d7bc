"""Where a program spends its time, by function."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from system.firmware.program import Program

__all__ = ["FunctionShare", "by_function"]

HALF_BYTES = 2


@dataclass(frozen=True, kw_only=True)
class FunctionShare:
    """What a function took.

    Parameters
    ----------
    name : str
        The function; empty for code that no name covers.
    count : int
        Cycles or instructions, itself, without what it calls.
    share : float
        Of all, 0 to 1.
    """

    name: str
    count: int
    share: float


def by_function(program: Program, counts: npt.NDArray[np.int64]) -> list[FunctionShare]:
    """Return what each function took, the largest share first.

    Parameters
    ----------
    program : Program
        The names.
    counts : ndarray of int64
        Cycles or instructions of each half-word of the memory of instructions.

    Returns
    -------
    list of FunctionShare
        Functions that took anything.
    """
    sums: Counter[str] = Counter()
    for place in np.flatnonzero(counts).tolist():
        function, _ = program.function_at(HALF_BYTES * place)
        sums[function] += int(counts[place])
    total = max(sums.total(), 1)
    return [
        FunctionShare(name=name, count=count, share=count / total)
        for name, count in sums.most_common()
    ]
