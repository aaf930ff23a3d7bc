"""The generated codecs beside their golden models, over a short stretch: every byte they send."""

from typing import Literal

import numpy as np
import numpy.typing as npt

from system.design import Design
from system.errors import UserError
from system.run.codec_ways import CodecCounts, CodecWay, codec_ways

__all__ = ["CodecCheck"]


class CodecCheck:
    """Runs the codecs over the beginning of a recording and compares them with their models.

    Parameters
    ----------
    design : Design
        What is coded, and how much of it the circuits are to process.
    engine : {"cxxrtl", "pysim", "none"}
        What runs the circuits.

    Attributes
    ----------
    counts : list of CodecCounts
        What was found, mode by mode; nothing until :meth:`finish`.
    note : str or None
        What a reader should know about the comparison.

    Raises
    ------
    UserError
        A circuit cannot be compiled, and the design insists on it.
    """

    def __init__(self, design: Design, engine: Literal["cxxrtl", "pysim", "none"]) -> None:
        self.counts: list[CodecCounts] = []
        self.note: str | None = None
        self._ways: list[CodecWay] = []
        if engine == "none" or not design.rtl_simulation.codec_samples:
            return
        ways = list(codec_ways(design))
        try:
            self._open(ways, engine)
        except (OSError, RuntimeError) as error:
            reason = str(error).strip().splitlines()[-1]
            if design.rtl_simulation.engine != "auto" or engine == "pysim":
                raise UserError(f"the codecs cannot be run on {engine}: {reason}") from error
            self.note = (
                f"The codecs could not be compiled ({reason}). They ran on Amaranth's own "
                "simulator, which is slow."
            )
            self._open(ways, "pysim")

    def _open(self, ways: list[CodecWay], engine: Literal["cxxrtl", "pysim"]) -> None:
        for way in ways:
            way.open(engine)
        self._ways = ways

    def add(self, codes: npt.NDArray[np.integer], events: npt.NDArray[np.void]) -> None:
        """Keep what the circuits are to process of the next frames.

        Parameters
        ----------
        codes : ndarray of int, shape (frames, channels)
            What the converter sent.
        events : ndarray of event_dtype
            What was detected meanwhile.
        """
        for way in self._ways:
            way.add(codes, events)

    def finish(self) -> None:
        """Let circuits and models process what was kept, and compare what they send."""
        self.counts = [way.compared() for way in self._ways]
