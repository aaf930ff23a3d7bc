"""The generated circuit at work: how many clock cycles it takes for its samples."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from system.engines import CxxrtlEngine, PysimEngine

__all__ = ["CircuitRun", "samples_per_clock_when_silent"]

SILENT_FRAMES = 32


@dataclass(kw_only=True)
class CircuitRun:
    """The circuit processing the same samples again and again.

    Parameters
    ----------
    engine : CxxrtlEngine or PysimEngine
        What runs it.
    codes : numpy.ndarray
        Converter codes, int16, shape (frames, channels).
    cycles : int
        Clock cycles of the latest run.
    """

    engine: CxxrtlEngine | PysimEngine
    codes: npt.NDArray[np.int16]
    cycles: int = 0

    def __call__(self) -> None:
        """Let the circuit process the samples once."""
        before = self.engine.cycles
        self.engine.process(self.codes)
        self.cycles = self.engine.cycles - before

    @property
    def samples_per_clock(self) -> float:
        """Samples taken per clock cycle of the latest run, the packets' cycles included."""
        return self.codes.size / self.cycles


def samples_per_clock_when_silent(engine: CxxrtlEngine | PysimEngine, channels: int) -> float:
    """Return the samples that a circuit takes per clock cycle while it has nothing to send.

    Runs of two lengths end in the same idle cycles, which therefore cancel.

    Parameters
    ----------
    engine : CxxrtlEngine or PysimEngine
        What runs it.
    channels : int
        Its channels.

    Returns
    -------
    float
        1 if a sample is taken in every cycle.
    """
    once = CircuitRun(engine=engine, codes=np.zeros((SILENT_FRAMES, channels), dtype=np.int16))
    twice = CircuitRun(engine=engine, codes=np.concatenate((once.codes, once.codes)))
    for run in (once, once, twice):  # the very first also starts the circuit
        run()
    return once.codes.size / (twice.cycles - once.cycles)
