"""What runs a program, whichever way: what it is asked, and what it tells."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

__all__ = ["Machine", "Observer", "Outcome", "Row"]

Row = dict[str, int]
"""An instruction, by the names of the RISC-V formal interface."""


def _ignored(_written: bytes) -> None:
    """Look at nothing that a program writes."""


@dataclass(kw_only=True)
class Observer:
    """Who watches a run.

    Parameters
    ----------
    console : callable
        Given bytes as the program writes them.
    trace : callable, optional
        Given every instruction, by the names of the RISC-V formal interface; slows the run down.
    profile : ndarray of int64, optional
        For each half-word of the memory of instructions, counts up what its instruction takes:
        cycles on the circuit, 1 on the model.
    """

    console: Callable[[bytes], object] = field(default_factory=lambda: _ignored)
    trace: Callable[[Row], object] | None = None
    profile: npt.NDArray[np.int64] | None = None


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a run ended.

    Parameters
    ----------
    exit_code : int or None
        What the program ended with; None if it did not end.
    sleeping : bool
        The hart waits for an interrupt.
    instructions : int
        How many were executed, or trapped.
    cycles : int or None
        How many clock cycles that took; the model does not know.
    scratch : tuple of int
        The scratch words of the mailbox.
    event_words : int
        Words of events that were taken.
    tail : tuple of dict
        The last instructions, the latest last, if the program did not end.
    """

    exit_code: int | None
    sleeping: bool
    instructions: int
    cycles: int | None
    scratch: tuple[int, ...]
    event_words: int = 0
    tail: tuple[Row, ...] = ()


class Machine(Protocol):
    """Runs one program once."""

    def run(self, limit: int, observer: Observer) -> Outcome:
        """Run the program to its end.

        Parameters
        ----------
        limit : int
            After how many instructions (model) or cycles (circuit) to give up.
        observer : Observer
            Who watches.

        Returns
        -------
        Outcome
            How it ended.
        """
        ...
