"""Bit-exact model of :class:`rtl.processor_core.ProcessorCore`, with memories and devices."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rtl.processor_config import ProcessorCoreConfig
from verification.golden.riscv.counting import run_counted
from verification.golden.riscv.state import FIELDS, STATE, TRACE, new_state
from verification.golden.riscv.step import (
    ANSWERED,
    BUS,
    REFUSED,
    RETIRED,
    TRAPPED,
    WAITING,
    run,
    step,
)

__all__ = ["BusAccess", "Memories", "ProcessorModel", "no_device"]

WORD_BYTES = 4


@dataclass(frozen=True, kw_only=True)
class Memories:
    """Where the two memories are, and how large; loads and stores reach both.

    Parameters
    ----------
    text_base, text_bytes : int
        First address and size of the memory of instructions, multiples of 4.
    data_base, data_bytes : int
        Those of the memory of data.
    data_executable : bool
        The memory of data holds instructions, too, if somebody puts them there.
    """

    text_base: int = 0
    text_bytes: int = 1 << 16
    data_base: int = 0x10000000
    data_bytes: int = 1 << 16
    data_executable: bool = True

    def __post_init__(self) -> None:
        for name in ("text_base", "text_bytes", "data_base", "data_bytes"):
            value = getattr(self, name)
            if value % WORD_BYTES or not 0 <= value <= 1 << 32:
                raise ValueError(f"{name} must be a multiple of 4 in 0..2**32, not {value:#x}")
        for name in ("text", "data"):
            end = getattr(self, f"{name}_base") + getattr(self, f"{name}_bytes")
            if end > 1 << 32:
                raise ValueError(f"{name} memory must end at 2**32 at the latest, not {end:#x}")


@dataclass(frozen=True, kw_only=True)
class BusAccess:
    """A load or store outside of the memories.

    Parameters
    ----------
    address : int
        Of the word.
    mask : int
        A bit for each byte.
    write : bool
        A store.
    data : int
        The word stored, in the bytes of the mask.

    Examples
    --------
    >>> access = BusAccess(address=0, mask=0b0110, write=True, data=0x11223344)
    >>> hex(access.stored_over(0xAABBCCDD))
    '0xaa2233dd'
    """

    address: int
    mask: int
    write: bool
    data: int

    def stored_over(self, word: int) -> int:
        """Return what a store leaves in memory.

        Parameters
        ----------
        word : int
            What was there.

        Returns
        -------
        int
            The word.
        """
        written = sum(0xFF << 8 * byte for byte in range(WORD_BYTES) if self.mask >> byte & 1)
        return word & ~written | self.data & written


def no_device(_access: BusAccess) -> int | None:
    """Refuse an access, as an address at which nothing is does.

    Parameters
    ----------
    _access : BusAccess
        Whatever it is.

    Returns
    -------
    None
        Refused.

    Examples
    --------
    >>> no_device(BusAccess(address=0, mask=15, write=False, data=0)) is None
    True
    """
    return None


class ProcessorModel:
    """A hart with its memories, an instruction at a time or many millions a second.

    Time passes with instructions, not with cycles: mcycle counts those. It stands still while
    either half is written, that of the circuit while the lower one is; lockstep never compares it.

    Parameters
    ----------
    config : ProcessorCoreConfig
        The configuration of the hardware.
    memories : Memories
        Where memory is.
    device : callable
        Answers an access outside of the memories: the word that is read, anything for a store, or
        None to refuse it.

    Attributes
    ----------
    text, data : ndarray of uint32
        The memories.
    registers : ndarray of int64, shape (32,)
        The integer registers, unsigned.
    profile : ndarray of int64 or None
        For each half-word of the memory of instructions, how often its instruction was executed
        by :meth:`run`; counted only if somebody puts an array here.
    """

    def __init__(
        self,
        config: ProcessorCoreConfig,
        memories: Memories,
        device: Callable[[BusAccess], int | None] = no_device,
    ) -> None:
        self.config = config
        self.memories = memories
        self._device = device
        self.text = np.zeros(memories.text_bytes // WORD_BYTES, dtype=np.uint32)
        self.data = np.zeros(memories.data_bytes // WORD_BYTES, dtype=np.uint32)
        self.registers = np.zeros(32, dtype=np.int64)
        self._trace = np.zeros(len(TRACE), dtype=np.int64)
        self._state = self._after_reset()
        self._stopped = False
        self.profile: npt.NDArray[np.int64] | None = None

    def _after_reset(self) -> npt.NDArray[np.int64]:
        return new_state(
            pc=self.config.reset_address,
            compressed=self.config.compressed,
            dot=self.config.dot,
            event_counters=self.config.event_counters,
            hart=self.config.hart,
            text_base=self.memories.text_base,
            text_bytes=self.memories.text_bytes,
            data_base=self.memories.data_base,
            data_bytes=self.memories.data_bytes,
            executable_bytes=self.memories.data_bytes * self.memories.data_executable,
        )

    def reset(self) -> None:
        """Begin anew; memories and integer registers stay as they are."""
        self._state[:] = self._after_reset()

    @property
    def pc(self) -> int:
        """Address of the next instruction."""
        return int(self._state[STATE["pc"]])

    @property
    def instructions(self) -> int:
        """Instructions that retired or trapped so far."""
        return int(self._state[STATE["order"]])

    @property
    def enabled_lines(self) -> int:
        """Which lines may interrupt the hart or wake it: its register mie."""
        return int(self._state[STATE["mie"]])

    def state(self) -> dict[str, int]:
        """Return what the hart remembers beside its integer registers, by name.

        Returns
        -------
        dict of str to int
            Program counter, registers of machine mode, and what else
            :data:`verification.golden.riscv.state.FIELDS` names.
        """
        return {name: int(self._state[STATE[name]]) for name in FIELDS}

    def load(self, address: int, image: bytes) -> None:
        """Put bytes into a memory.

        Parameters
        ----------
        address : int
            Where the first goes.
        image : bytes
            The bytes.

        Raises
        ------
        ValueError
            They do not lie in one memory.
        """
        for base, memory in (
            (self.memories.text_base, self.text),
            (self.memories.data_base, self.data),
        ):
            start = address - base
            if start >= 0 and start + len(image) <= memory.nbytes:
                memory.view(np.uint8)[start : start + len(image)] = np.frombuffer(image, np.uint8)
                return
        raise ValueError(f"image must lie in one memory, but is {len(image)} bytes at {address:#x}")

    def step(self, interrupts: int = 0) -> dict[str, int] | None:
        """Execute an instruction, after an interrupt that is due.

        Parameters
        ----------
        interrupts : int
            Lines, at their places in mip.

        Returns
        -------
        dict of str to int, or None
            What happened, by the names of the RISC-V formal interface; None if the hart waits for
            an interrupt.
        """
        self._state[STATE["lines"]] = interrupts
        while True:
            ended = step(self._state, self.registers, self.text, self.data, self._trace)
            if ended in (RETIRED, TRAPPED):
                return dict(zip(TRACE, self._trace.tolist(), strict=True))
            if ended == WAITING:
                return None
            self._answer()

    def wake(self) -> None:
        """Let the hart wait no longer, as a line does that rises and falls again."""
        self._state[STATE["waiting"]] = 0

    @property
    def is_waiting(self) -> bool:
        """Whether the hart waits for an interrupt."""
        return bool(self._state[STATE["waiting"]])

    def stop(self) -> None:
        """Let :meth:`run` return after the instruction that a device is answering."""
        self._stopped = True

    def run(self, limit: int, interrupts: int = 0) -> int:
        """Execute instructions until the hart waits for an interrupt, or a device says stop.

        Parameters
        ----------
        limit : int
            Instructions at most.
        interrupts : int
            Lines, at their places in mip.

        Returns
        -------
        int
            Instructions executed.
        """
        self._state[STATE["lines"]] = interrupts
        self._stopped = False
        executed = 0
        while executed < limit:
            left = 1 if self._stopped else limit - executed
            hart = (self._state, self.registers, self.text, self.data, self._trace)
            if self.profile is None:
                ended, done = run(*hart, left)
            else:
                ended, done = run_counted(*hart, left, self.profile)
            executed += done
            if self._stopped and done:
                break
            if ended == WAITING:
                break
            if ended == BUS:
                self._answer()
        return executed

    def _answer(self) -> None:
        state = self._state
        access = BusAccess(
            address=int(state[STATE["bus_address"]]),
            mask=int(state[STATE["bus_mask"]]),
            write=bool(state[STATE["bus_write"]]),
            data=int(state[STATE["bus_data"]]),
        )
        answer = self._device(access)
        state[STATE["bus_state"]] = REFUSED if answer is None else ANSWERED
        state[STATE["bus_data"]] = answer or 0

    def overrule(self, register: int, value: int) -> None:
        """Set an integer register, as the circuit read a counter of cycles that only it knows.

        Parameters
        ----------
        register : int
            1 to 31.
        value : int
            The word.
        """
        self.registers[register] = value
