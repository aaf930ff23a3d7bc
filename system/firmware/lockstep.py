"""Every instruction of a program on the circuit held against the model's, at compiled speed."""

from typing import Any

import numpy as np
import numpy.typing as npt

from analog_models.compiled import compiled
from rtl.processor_map import PAGE_BYTES
from rtl.processor_system_config import ProcessorSystemConfig
from system.engines.processor import COLUMNS, ProcessorEngine
from system.firmware.circuit import memory_words
from system.firmware.machine import Outcome
from system.firmware.program import Program
from system.firmware.tracing import located
from verification.golden.mac_array import MacArrayModel
from verification.golden.processor_core import Memories
from verification.golden.riscv.state import STATE, TRACE, new_state
from verification.golden.riscv.step import ANSWERED, BUS, REFUSED, WAITING, step

__all__ = ["Lockstep", "LockstepError"]

Words = npt.NDArray[Any]

ROWS = 1 << 14
WORD_MASK = 0xFFFFFFFF
CSR_OPCODE = 0x73
COUNTERS_OF_CYCLES = (0xB00, 0xB80, 0xC00, 0xC80)
MIP = 0x344

IS_WAITING, LINES = STATE["waiting"], STATE["lines"]
BUS_STATE, BUS_DATA, BUS_WRITE = STATE["bus_state"], STATE["bus_data"], STATE["bus_write"]
T_INSN, T_RD, T_RD_DATA = (TRACE.index(name) for name in ("insn", "rd_addr", "rd_wdata"))
C_TRAP, C_INTR, C_LINES = (COLUMNS.index(name) for name in ("trap", "intr", "lines"))
C_RD_DATA, C_READ = COLUMNS.index("rd_wdata"), COLUMNS.index("mem_rdata")
C_ADDRESS, C_STORED = COLUMNS.index("mem_addr"), COLUMNS.index("mem_wdata")
C_MASK = COLUMNS.index("mem_wmask")


class LockstepError(Exception):
    """Circuit and model went separate ways."""


@compiled
def _agreeing(
    state: Words, registers: Words, text: Words, data: Words, trace: Words, rows: Words
) -> tuple[int, bool]:
    """Return how many rows the model agrees with, and whether that is all that there is to say.

    ``trace`` has what it did last.

    Interrupts come when the circuit took them, and devices answer the model what they answered
    the circuit; so do the counters of cycles, which the model does not know. After a store to a
    device it returns, so that somebody can do what the device does.
    """
    for index in range(len(rows)):
        row = rows[index]
        interrupted = row[C_INTR] != 0
        if not interrupted:
            state[IS_WAITING] = 0
        state[LINES] = row[C_LINES] if interrupted else 0
        ended = step(state, registers, text, data, trace)
        to_device = ended == BUS and state[BUS_WRITE] != 0
        if ended == BUS:
            state[BUS_STATE] = REFUSED if row[C_TRAP] else ANSWERED
            state[BUS_DATA] = row[C_READ]
            ended = step(state, registers, text, data, trace)
        if ended in (BUS, WAITING):
            return index, False
        insn = trace[T_INSN]
        register = insn >> 20
        if (
            insn & 0x7F == CSR_OPCODE
            and trace[T_RD]
            and (register in COUNTERS_OF_CYCLES or register == MIP)
        ):
            registers[trace[T_RD]] = row[C_RD_DATA]
            trace[T_RD_DATA] = row[C_RD_DATA]
        for column in range(len(trace)):
            if trace[column] & WORD_MASK != row[column]:
                return index, False
        if to_device:
            return index + 1, True
    return len(rows), True


class Lockstep:
    """A program on the circuit, and the model of the hart beside it.

    Parameters
    ----------
    config : ProcessorSystemConfig
        The processor, whose core has a trace port.
    program : Program
        What both run.
    engine : ProcessorEngine
        The circuit; the program is loaded into it.
    """

    def __init__(
        self, config: ProcessorSystemConfig, program: Program, engine: ProcessorEngine
    ) -> None:
        self.engine = engine
        self._program = program
        sizes, core = config.processor_map, config.core
        memories = Memories(text_bytes=sizes.text_bytes, data_bytes=sizes.data_bytes)
        self._text, self._data = memory_words(config, program)
        engine.load(text=self._text, data=self._data)
        self._array_base = sizes.base_of("mac_array")
        self._array = None
        if config.mac_array:
            self._array = MacArrayModel(config.mac, self._data.view(np.uint8))
        self._registers = np.zeros(32, dtype=np.int64)
        self._trace = np.zeros(len(TRACE), dtype=np.int64)
        self._state = new_state(
            pc=core.reset_address,
            compressed=core.compressed,
            hart=core.hart,
            dot=core.dot,
            event_counters=core.event_counters,
            text_base=memories.text_base,
            text_bytes=memories.text_bytes,
            data_base=memories.data_base,
            data_bytes=memories.data_bytes,
            executable_bytes=0,
        )

    def run(self, limit: int) -> tuple[Outcome, bytes]:
        """Run the program to its end.

        Parameters
        ----------
        limit : int
            After how many cycles to give up.

        Returns
        -------
        tuple of Outcome and bytes
            How it ended, and what it wrote.

        Raises
        ------
        LockstepError
            The model did something else.
        """
        rows = np.empty((ROWS, len(COLUMNS)), dtype=np.uint32)
        engine = self.engine
        written, retired = b"", 0
        while engine.cycles < limit and not engine.last.finished:
            written += engine.run(limit - engine.cycles, rows=rows)
            self._check(rows[: engine.last.row_count].astype(np.int64))
            retired += engine.last.retired
        finished = bool(engine.last.finished)
        return Outcome(
            exit_code=engine.last.exit_code if finished else None,
            sleeping=bool(engine.last.sleeping),
            instructions=retired,
            cycles=engine.cycles,
            scratch=engine.scratch,
        ), written

    def _check(self, rows: npt.NDArray[np.int64]) -> None:
        hart = (self._state, self._registers, self._text, self._data, self._trace)
        agreed = 0
        while agreed < len(rows):
            more, fine = _agreeing(*hart, rows[agreed:])
            agreed += more
            if not fine:
                self._complain(rows[agreed])
            self._work(rows[agreed - 1])

    def _work(self, row: npt.NDArray[np.int64]) -> None:
        """Let the MAC array do its job as soon as it is told to: nobody looks before it is done."""
        offset = int(row[C_ADDRESS]) - self._array_base
        if self._array is not None and row[C_MASK] and 0 <= offset < PAGE_BYTES:
            self._array.write(offset, int(row[C_STORED]))

    def _complain(self, row: npt.NDArray[np.int64]) -> None:
        told = dict(zip(COLUMNS, row.tolist(), strict=True))
        wrong = [
            f"{name} must be {value & WORD_MASK:#x}, not {told[name]:#x}"
            for name, value in zip(TRACE, self._trace.tolist(), strict=True)
            if value & WORD_MASK != told[name]
        ]
        raise LockstepError(
            f"{located(self._program, told)}, number {told['order']}: {'; '.join(wrong)}"
        )
