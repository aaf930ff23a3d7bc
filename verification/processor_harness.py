"""What surrounds a processor core in a simulation: memory that keeps it waiting, and its model."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rtl.processor_config import ProcessorCoreConfig
from verification.golden.processor_core import BusAccess, Memories, ProcessorModel

__all__ = ["MEMORIES", "Answer", "Lockstep", "LockstepError", "MemorySystem", "Waits"]

MEMORIES = Memories(text_bytes=1 << 14, data_bytes=1 << 12)
DEVICE_BASE, DEVICE_BYTES = 0x40000000, 0x100
LINES = (3, 7, 11, *range(16, 32))
ALL_LINES = sum(1 << line for line in LINES)
COUNTERS_OF_CYCLES = (0xB00, 0xB80, 0xC00, 0xC80, 0xB03, 0xB04, 0xC03, 0xC04)
MIP = 0x344
CSR_OPCODE = 0x73
DATA_REQUEST = ("data_address", "data_write", "data_mask", "data_write_data")


@dataclass(frozen=True, kw_only=True)
class Waits:
    """How often memory and interrupts get in the way.

    Parameters
    ----------
    fetch_ready, data_ready : float
        Probability that a request is taken in a cycle.
    interrupt : float
        Probability that lines rise in a cycle.
    """

    fetch_ready: float = 1.0
    data_ready: float = 1.0
    interrupt: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What memory says in a cycle.

    Parameters
    ----------
    fetch_ready, fetch_data, fetch_fault : int
        To the port of instructions.
    data_ready, data_fault, read_data : int
        To the port of data.
    interrupts : int
        Lines.
    """

    fetch_ready: int
    fetch_data: int
    fetch_fault: int
    data_ready: int
    data_fault: int
    read_data: int
    interrupts: int


class MemorySystem:
    """Two memories and a device of registers, behind the ports of a core.

    Parameters
    ----------
    image : bytes
        Of the memory of instructions.
    waits : Waits
        How often a request waits.
    rng : numpy.random.Generator
        Source of the waits.
    """

    def __init__(self, image: bytes, waits: Waits, rng: np.random.Generator) -> None:
        self._text = np.zeros(MEMORIES.text_bytes, dtype=np.uint8)
        self._text[: len(image)] = np.frombuffer(image, dtype=np.uint8)
        self._data = np.zeros(MEMORIES.data_bytes, dtype=np.uint8)
        self._device = np.zeros(DEVICE_BYTES, dtype=np.uint8)
        self._waits = waits
        self._rng = rng
        self._fetched, self._fault, self._read = 0, 0, 0
        self._lines = 0
        self._drawn = (0.0, 0.0, 0.0, 0)
        self._kept_waiting: dict[str, int] | None = None

    def _found(self, address: int) -> tuple[npt.NDArray[np.uint8], int] | None:
        for base, memory in (
            (MEMORIES.text_base, self._text),
            (MEMORIES.data_base, self._data),
            (DEVICE_BASE, self._device),
        ):
            if base <= address < base + len(memory):
                return memory, address - base
        return None

    def _half(self, address: int) -> tuple[int, int]:
        """Return 16 bits, and whether they are no memory."""
        found = self._found(address & 0xFFFFFFFF)
        if found is None or found[0] is self._device:
            return 0, 1
        memory, offset = found
        return int.from_bytes(memory[offset : offset + 2].tobytes(), "little"), 0

    def answer(self, *, data_address: int) -> Answer:
        """Return what the core sees in this cycle.

        Parameters
        ----------
        data_address : int
            What the core asks for.

        Returns
        -------
        Answer
            The same however often it is asked for, until :meth:`end`.
        """
        fetch_wait, data_wait, rise, which = self._drawn
        if rise < self._waits.interrupt:
            alone = 1 << LINES[(which >> 1) % len(LINES)]
            self._lines = which & ALL_LINES if which & 1 else alone
        elif rise > 0.5:
            self._lines = 0
        return Answer(
            fetch_ready=int(fetch_wait < self._waits.fetch_ready),
            fetch_data=self._fetched,
            fetch_fault=self._fault,
            data_ready=int(data_wait < self._waits.data_ready),
            data_fault=int(self._found(data_address) is None),
            read_data=self._read,
            interrupts=self._lines,
        )

    def begin(self) -> None:
        """Draw what happens in the next cycle."""
        fetch, data, rise = self._rng.random(3).tolist()
        self._drawn = (fetch, data, rise, int(self._rng.integers(1 << 32)))

    def end(self, answer: Answer, core: Mapping[str, int]) -> None:
        """Let the clock edge come.

        Parameters
        ----------
        answer : Answer
            What the core saw.
        core : mapping of str to int
            What it asked: ``fetch_valid``, ``fetch_address``, ``data_valid``, ``data_address``,
            ``data_write``, ``data_mask``, ``data_write_data``.

        Raises
        ------
        LockstepError
            A request is withdrawn or changed while it waits.
        """
        asked = {name: core[name] for name in DATA_REQUEST} if core["data_valid"] else None
        if self._kept_waiting is not None and asked != self._kept_waiting:
            raise LockstepError(f"the core must hold {self._kept_waiting}, but asks {asked}")
        self._kept_waiting = None if answer.data_ready else asked
        if core["fetch_valid"] and answer.fetch_ready:
            low, high = self._half(core["fetch_address"]), self._half(core["fetch_address"] + 2)
            self._fetched = low[0] | high[0] << 16
            self._fault = low[1] | high[1] << 1
        self._read = int(self._rng.integers(1 << 32))  # nobody may look at it after a store
        if core["data_valid"] and answer.data_ready and not answer.data_fault:
            memory, offset = self._found(core["data_address"]) or (self._data, 0)
            if core["data_write"]:
                word = core["data_write_data"].to_bytes(4, "little")
                for lane in range(4):
                    if core["data_mask"] >> lane & 1:
                        memory[offset + lane] = word[lane]
            else:
                self._read = int.from_bytes(memory[offset : offset + 4].tobytes(), "little")


class LockstepError(Exception):
    """A core and its model went separate ways."""


class Lockstep:
    """Hold every instruction of a core against the model's.

    Parameters
    ----------
    config : ProcessorCoreConfig
        Of the core.
    image : bytes
        Of the memory of instructions.
    """

    def __init__(self, config: ProcessorCoreConfig, image: bytes) -> None:
        self._device = np.zeros(DEVICE_BYTES // 4, dtype=np.int64)
        self.model = ProcessorModel(config, MEMORIES, self._answered)
        self.model.load(MEMORIES.text_base, image)

    def _answered(self, access: BusAccess) -> int | None:
        index, odd = divmod(access.address - DEVICE_BASE, 4)
        if odd or not 0 <= index < len(self._device):
            return None
        old = int(self._device[index])
        if access.write:
            bits = sum(0xFF << 8 * lane for lane in range(4) if access.mask >> lane & 1)
            self._device[index] = old & ~bits | access.data & bits
        return old

    def check(self, told: Mapping[str, int]) -> None:
        """Compare one instruction.

        Parameters
        ----------
        told : mapping of str to int
            What the trace port of the core says, ``lines`` included.

        Raises
        ------
        LockstepError
            The model did something else.
        """
        if not told["intr"]:
            self.model.wake()  # whether the core woke up rightly is not seen here
        expected = self.model.step(told["lines"] if told["intr"] else 0)
        if expected is None:
            raise LockstepError("the core must not wake up for lines that are not enabled")
        register = expected["insn"] >> 20
        changes = register in COUNTERS_OF_CYCLES or register == MIP
        if changes and expected["insn"] & 0x7F == CSR_OPCODE and expected["rd_addr"]:
            expected["rd_wdata"] = told["rd_wdata"]
            self.model.overrule(expected["rd_addr"], told["rd_wdata"])
        wrong = [
            f"{name} must be {value:#x}, not {told[name]:#x}"
            for name, value in expected.items()
            if told[name] != value
        ]
        if wrong:
            where = f"instruction {expected['insn']:#010x} at {expected['pc_rdata']:#010x}"
            raise LockstepError(f"{where}, number {expected['order']}: {'; '.join(wrong)}")
