"""A program on the generated circuit: cycles as the hardware takes them."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from rtl.processor_map import DATA_BASE, TEXT_BASE
from rtl.processor_system_config import ProcessorSystemConfig
from system.engines.processor import COLUMNS, ProcessorEngine, compile_processor
from system.firmware.machine import Observer, Outcome, Row
from system.firmware.program import Program

__all__ = ["CircuitMachine", "memory_words", "rows_as_dicts"]

TAIL = 16  # instructions that are told of a program that does not end
ROWS = 1 << 12  # told at a time
BLOCK = 1 << 20  # cycles between two looks at what the program has written
WORD_BYTES = 4


class CircuitMachine:
    """The compiled circuit of a processor with a program in its memories.

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
    library : Path, optional
        The compiled circuit; it is compiled unless told.
    """

    def __init__(
        self,
        config: ProcessorSystemConfig,
        program: Program,
        *,
        console_input: bytes = b"",
        events: npt.ArrayLike = (),
        library: Path | None = None,
    ) -> None:
        library = library or compile_processor(config)
        self.engine = ProcessorEngine(config, library, console_input=console_input, events=events)
        text, data = memory_words(config, program)
        self.engine.load(text=text, data=data)

    def run(self, limit: int, observer: Observer) -> Outcome:
        """Run the program to its end.

        Parameters
        ----------
        limit : int
            After how many cycles to give up.
        observer : Observer
            Who watches; traces and profiles need a core with a trace port.

        Returns
        -------
        Outcome
            How it ended.
        """
        engine = self.engine
        rows = np.empty((ROWS, len(COLUMNS)), dtype=np.uint32)
        tail = rows[:0].copy()
        retired = 0
        while engine.cycles < limit and not engine.last.finished:
            left = limit - engine.cycles
            told = observer.trace is not None or left <= ROWS
            cycles = left if told else min(left - ROWS, BLOCK)
            written = engine.run(cycles, rows=rows if told else None, profile=observer.profile)
            retired += engine.last.retired
            if told:
                tail = np.concatenate([tail, rows[: engine.last.row_count]])[-TAIL:]
            if observer.trace is not None:
                for row in rows_as_dicts(rows[: engine.last.row_count]):
                    observer.trace(row)
            if written:
                observer.console(written)
        finished = bool(engine.last.finished)
        return Outcome(
            exit_code=engine.last.exit_code if finished else None,
            sleeping=bool(engine.last.sleeping),
            instructions=retired,
            cycles=engine.cycles,
            scratch=engine.scratch,
            event_words=engine.last.event_taken,
            tail=() if finished else tuple(rows_as_dicts(tail)),
        )


def memory_words(
    config: ProcessorSystemConfig, program: Program
) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
    """Return what a program puts into the memories of instructions and of data.

    Parameters
    ----------
    config : ProcessorSystemConfig
        How large they are.
    program : Program
        The program, which fits them.

    Returns
    -------
    tuple of ndarray of uint32
        All words of either memory.
    """
    sizes = config.processor_map
    text = np.zeros(sizes.text_bytes // WORD_BYTES, dtype=np.uint32)
    data = np.zeros(sizes.data_bytes // WORD_BYTES, dtype=np.uint32)
    for segment in program.segments:
        in_data = segment.load_address >= DATA_BASE
        memory, base = (data, DATA_BASE) if in_data else (text, TEXT_BASE)
        start = segment.load_address - base
        memory.view(np.uint8)[start : start + len(segment.content)] = np.frombuffer(
            segment.content, np.uint8
        )
    return text, data


def rows_as_dicts(rows: npt.NDArray[np.uint32]) -> list[Row]:
    """Return rows of a trace by the names of the RISC-V formal interface.

    Parameters
    ----------
    rows : ndarray of uint32, shape (n, columns)
        As an engine tells them.

    Returns
    -------
    list of dict of str to int
        A row each.
    """
    return [dict(zip(COLUMNS, row, strict=True)) for row in rows.tolist()]
