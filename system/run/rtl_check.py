"""The generated circuit beside its golden model: every filtered sample, every event."""

import math
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from system.design import Design
from system.engines import EngineName, available_engine, open_engine
from system.errors import UserError
from system.run.event_difference import event_difference
from verification.golden.detection_chain import ChainOutput

__all__ = ["RtlCheck", "RtlCounts"]


ON_PYSIM = "The circuit ran on Amaranth's own simulator, which is slow."


@dataclass(kw_only=True)
class RtlCounts:
    """How far circuit and model agree, so far.

    Parameters
    ----------
    frames : int
        Frames that both processed.
    samples : int
        Filtered samples compared.
    mismatches : int
        Filtered samples that differ.
    events : int
        Events that either found, each counted once.
    event_mismatches : int
        Events that only one of them found, on this channel, at this time, with this snippet, and
        that no counted loss explains.
    event_losses : int
        Events that only the model found because the circuit lost them, as it counted.
    events_lost : int
        All that the circuit counted as lost: also events that the model does not have, because
        their snippet begins before the recording or ends after what was compared.
    cycles : int
        Clock cycles simulated.
    seconds : float
        Time that took.
    first_mismatch : str or None
        The first difference, in words.
    """

    frames: int = 0
    samples: int = 0
    mismatches: int = 0
    events: int = 0
    event_mismatches: int = 0
    event_losses: int = 0
    events_lost: int = 0
    cycles: int = 0
    seconds: float = 0.0
    first_mismatch: str | None = None

    @property
    def agree(self) -> bool:
        """Whether no difference was found but events that the circuit lost and counted."""
        return self.mismatches == self.event_mismatches == 0


class RtlCheck:
    """Runs the circuit over the beginning of a recording and compares it with the model.

    Parameters
    ----------
    design : Design
        The chain, its settings, and how much of the recording the circuit is to process.
    frames : int
        Length of the recording.

    Attributes
    ----------
    engine : str
        What runs the circuit: "cxxrtl", "pysim" or "none".
    limit : int
        Frames that the circuit processes; a block must not extend across it.
    counts : RtlCounts
        What was found so far.

    Raises
    ------
    UserError
        The design wants an engine that is not available.
    """

    def __init__(self, design: Design, frames: int) -> None:
        self.engine: EngineName | Literal["none"]
        self.engine, self._reason = _choose_engine(design)
        self.limit = _limit(design, self.engine, frames)
        self.counts = RtlCounts()
        self._design = design
        self._frames = frames
        self._running: Any = None
        self._begin = _first_mark(design)
        self._lost_at_begin = 0
        self._resources = ExitStack()

    def __enter__(self) -> "RtlCheck":
        if self.engine == "none":
            return self
        try:
            self._open(self.engine)
        except (OSError, RuntimeError) as error:
            reason = str(error).strip().splitlines()[-1]
            if self._design.rtl_simulation.engine != "auto" or self.engine == "pysim":
                raise UserError(f"the circuit cannot be run on {self.engine}: {reason}") from error
            self.engine = "pysim"
            self.limit = _limit(self._design, self.engine, self._frames)
            self._reason = f"The circuit could not be compiled ({reason}). {ON_PYSIM}"
            self._open(self.engine)
        return self

    def _open(self, engine: EngineName) -> None:
        parts = self._design.chain, self._design.detector_settings
        self._running = self._resources.enter_context(open_engine(engine, *parts))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._resources.close()

    def note(self, frames: int) -> str | None:
        """Return what limits the comparison, if anything does.

        Parameters
        ----------
        frames : int
            Frames that the model processed.

        Returns
        -------
        str or None
            One or two sentences.
        """
        notes = [self._reason] if self._reason else []
        if self.engine != "none" and self.counts.frames < frames:
            seconds = self.counts.frames / self._design.chain.sampling_rate_hz
            notes.append(f"The circuit processed the first {seconds:.3g} s of the recording only.")
        return " ".join(notes) or None

    def compare(self, codes: npt.NDArray[np.integer], golden: ChainOutput) -> None:
        """Let the circuit process the next frames, unless it has done enough, and compare.

        Parameters
        ----------
        codes : numpy.ndarray
            What the converter sent, shape (frames, channels).
        golden : ChainOutput
            What the model made of them.

        Raises
        ------
        ValueError
            The block extends across the limit.
        """
        counts = self.counts
        if counts.frames >= self.limit or self._running is None:
            return
        if counts.frames + len(codes) > self.limit:
            raise ValueError(
                f"block must end at frame {self.limit} at the latest, "
                f"not {counts.frames + len(codes)}"
            )
        circuit = self._process(codes)
        counts.events_lost = self._running.read("events_lost")
        self._compare_samples(golden.filtered, circuit.filtered)
        self._compare_events(golden.events, circuit.events)
        counts.frames += len(codes)
        counts.cycles, counts.seconds = self._running.cycles, self._running.seconds
        if counts.frames >= self.limit:
            self._resources.close()

    def _process(self, codes: npt.NDArray[np.integer]) -> ChainOutput:
        """Let the circuit process a block, the frames before any snippet apart.

        A spike marked in these would begin before the recording. The circuit counts it as lost
        and the model has no such event, so it must not excuse one that is missing later.
        """
        before = max(0, self._begin - self.counts.frames)
        if before == 0:
            return self._running.process(codes)
        early: ChainOutput = self._running.process(codes[:before])
        self._lost_at_begin = self._running.read("events_lost")
        if before >= len(codes):
            return early
        late: ChainOutput = self._running.process(codes[before:])
        return ChainOutput(
            np.concatenate([early.filtered, late.filtered]),
            np.concatenate([early.events, late.events]),
        )

    def _compare_samples(
        self, golden: npt.NDArray[np.int16], circuit: npt.NDArray[np.int16]
    ) -> None:
        counts = self.counts
        differs = golden != circuit
        counts.samples += golden.size
        counts.mismatches += int(np.count_nonzero(differs))
        if counts.first_mismatch is None and differs.any():
            frame, channel = np.unravel_index(int(differs.argmax()), differs.shape)
            counts.first_mismatch = (
                f"filtered sample of channel {channel} at frame {counts.frames + int(frame)}: "
                f"{golden[frame, channel]} in the model, {circuit[frame, channel]} in the circuit"
            )

    def _compare_events(self, golden: npt.NDArray[np.void], circuit: npt.NDArray[np.void]) -> None:
        counts = self.counts
        lost = counts.events_lost - self._lost_at_begin - counts.event_losses
        difference = event_difference(golden, circuit, lost=lost)
        counts.events += difference.events
        counts.event_mismatches += difference.mismatches
        counts.event_losses += difference.losses
        counts.first_mismatch = counts.first_mismatch or difference.first


def _first_mark(design: Design) -> int:
    """Return the first frame in which a mark is of a snippet that begins in the recording."""
    chain = design.chain
    control = chain.control(design.detector_settings)
    reach = control.peak_delay(chain.spike_detector.smoothing_samples)
    return reach + chain.snippet_buffer.pre_trigger


def _choose_engine(design: Design) -> tuple[EngineName | Literal["none"], str | None]:
    """Return the engine's name, and why it is not the one that anybody would want."""
    wanted = design.rtl_simulation.engine
    if wanted == "none":
        return "none", "The design leaves the circuit out."
    available = available_engine()
    if wanted == "cxxrtl" and available != "cxxrtl":
        raise UserError(
            'rtl_simulation.engine must be "auto", "pysim" or "none" where there is no C++ '
            'compiler, not "cxxrtl"'
        )
    if wanted == "auto" and available == "pysim":
        return "pysim", f"There is no C++ compiler. {ON_PYSIM}"
    return (available, None) if wanted == "auto" else (wanted, None)


def _limit(design: Design, engine: str, frames: int) -> int:
    if engine == "none":
        return 0
    simulation, chain = design.rtl_simulation, design.chain
    if math.isfinite(simulation.seconds):
        frames = min(frames, math.ceil(simulation.seconds * chain.sampling_rate_hz))
    if engine == "pysim":
        frames = min(frames, max(1, simulation.pysim_samples // chain.channels))
    return frames
