"""A program on the golden model: millions of instructions a second, time counted in them."""

from collections import deque

import numpy as np
import numpy.typing as npt

from rtl.mailbox_registers import SCRATCH_WORDS
from rtl.processor_map import Line
from rtl.processor_system_config import ProcessorSystemConfig
from system.firmware.machine import Observer, Outcome, Row
from system.firmware.program import Program
from verification.golden.processor import ProcessorSystemModel

__all__ = ["GoldenMachine"]

TAIL = 16  # instructions that are told of a program that does not end
HALF = 2  # bytes, the shortest instruction
BLOCK = 1 << 16  # instructions between two looks at what the program has written
EVENT_BLOCK = 500  # and between two offers of an event


class GoldenMachine:
    """The model of the processor with a program in its memories.

    Parameters
    ----------
    config : ProcessorSystemConfig
        The processor; its reset address must be the program's entry.
    program : Program
        What it runs.
    console_input : bytes
        What the program reads, once all events have been taken.
    events : array_like of uint32
        Words of events that come to the first ring, as fast as it takes them.
    """

    def __init__(
        self,
        config: ProcessorSystemConfig,
        program: Program,
        *,
        console_input: bytes = b"",
        events: npt.ArrayLike = (),
    ) -> None:
        self.model = ProcessorSystemModel(config)
        self._input = bytearray(console_input)
        self._events = np.asarray(events, dtype=np.uint32).ravel().tolist()
        self._events_taken = 0
        for segment in program.segments:
            if segment.content:
                self.model.load(segment.load_address, segment.content)

    def run(self, limit: int, observer: Observer) -> Outcome:
        """Run the program to its end.

        Parameters
        ----------
        limit : int
            After how many instructions to give up.
        observer : Observer
            Who watches.

        Returns
        -------
        Outcome
            How it ended.
        """
        model = self.model
        model.core.profile = observer.profile
        tail: deque[Row] = deque(maxlen=TAIL)
        executed = 0
        while executed < limit and model.exit_code is None:
            self._give()
            fast = min(limit - TAIL - executed, EVENT_BLOCK if self._events_left else BLOCK)
            if observer.trace is None and fast > 0:
                done = model.run(fast)
            else:
                done = self._step(tail, observer)
            executed += done
            self._tell(observer)
            if not done and not self._wakes():
                break
        return Outcome(
            exit_code=model.exit_code,
            sleeping=model.sleeping,
            instructions=model.core.instructions,
            cycles=None,
            scratch=tuple(
                model.mailbox.bank.value(f"scratch_{index}", "word")
                for index in range(SCRATCH_WORDS)
            ),
            event_words=self._events_taken,
            tail=() if model.exit_code is not None else tuple(tail),
        )

    def _step(self, tail: deque[Row], observer: Observer) -> int:
        told = self.model.step()
        if told is None:
            return 0
        tail.append(told)
        if observer.trace is not None:
            observer.trace(told)
        if observer.profile is not None:
            place = told["pc_rdata"] // HALF
            if place < len(observer.profile):
                observer.profile[place] += 1
        return 1

    def _wakes(self) -> bool:
        """Let time pass until the timer wakes the hart; return whether that ever happens."""
        model = self.model
        due = model.timer.due_in
        if not model.sleeping or due is None or not model.core.enabled_lines >> Line.TIMER & 1:
            return False
        model.timer.advance(due)
        return True

    @property
    def _events_left(self) -> int:
        return len(self._events) - self._events_taken

    def _give(self) -> None:
        """Fill the ring, and then the queue of bytes for the program."""
        while self._events_left:
            if not self.model.rings.push(0, self._events[self._events_taken]):
                return
            self._events_taken += 1
        while self._input and self.model.mailbox.send(self._input[0]):
            del self._input[0]

    def _tell(self, observer: Observer) -> None:
        written = self.model.mailbox.console
        if written:
            observer.console(bytes(written))
            written.clear()
