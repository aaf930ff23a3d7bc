"""Instructions one after the other, each counted where it lies: what a profile is made of."""

from typing import Any

import numpy.typing as npt

from analog_models.compiled import compiled_in_place
from verification.golden.riscv.state import STATE, TRACE
from verification.golden.riscv.step import BUS, RETIRED, WAITING, step

__all__ = ["run_counted"]

Words = npt.NDArray[Any]

TEXT_BASE = STATE["text_base"]
T_PC = TRACE.index("pc_rdata")


@compiled_in_place
def run_counted(
    state: Words,
    registers: Words,
    text: Words,
    data: Words,
    trace: Words,
    limit: int,
    counts: Words,
) -> tuple[int, int]:
    """Execute instructions as :func:`verification.golden.riscv.step.run` does, and count them.

    Parameters
    ----------
    state, registers, text, data, trace : ndarray
        As :func:`verification.golden.riscv.step.step` takes them.
    limit : int
        Instructions at most.
    counts : ndarray of int64
        Of each half-word of the memory of instructions; counted up.

    Returns
    -------
    tuple of int
        How the last instruction ended, and how many were executed.
    """
    done = 0
    ended = RETIRED
    while done < limit:
        ended = step(state, registers, text, data, trace)
        if ended in (BUS, WAITING):
            break
        place = (trace[T_PC] - state[TEXT_BASE]) >> 1
        if 0 <= place < len(counts):
            counts[place] += 1
        done += 1
    return ended, done
