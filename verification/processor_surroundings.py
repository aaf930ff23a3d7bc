"""What surrounds a whole processor in a simulation, and its model, instruction by instruction."""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from rtl.processor_map import OUTSIDE_BASE, PERIPHERAL_BASE, ProcessorMap
from rtl.processor_system_config import ProcessorSystemConfig
from verification.golden.processor import ProcessorSystemModel
from verification.golden.processor_core import BusAccess
from verification.processor_harness import Lockstep, LockstepError

__all__ = ["QUIET", "Liveliness", "ProcessorSurroundings", "SystemLockstep"]

OUTSIDE_WORDS = 16
BYTE, WORD = 8, 32
# Registers whose words depend on the cycle, which the model does not know.
TIMELY = {
    "mailbox": ("output", "input", "status", "lost"),
    "timer": ("time_low", "time_high"),
    "interrupts": ("pending", "sources"),
    "gpio": ("input", "pending"),
    "spi": ("status", "position"),
    "dma": ("write", "overruns", "status"),
    "mac_array": ("command", "status", "cycles"),
}
EVENT_DELAY = 2  # cycles from an event to where a store that came before it is told


@dataclass(frozen=True, kw_only=True)
class Liveliness:
    """How often something comes from outside.

    Parameters
    ----------
    events, received, pins, lines : float
        Probability of a word of a stream, of a byte for the program, of a change of the pins, of
        an interrupt, in a cycle.
    output_ready : float
        Probability that a byte of the program's is taken in a cycle.
    """

    events: float = 0.0
    received: float = 0.0
    pins: float = 0.0
    lines: float = 0.0
    output_ready: float = 1.0


QUIET = Liveliness()


class SystemLockstep(Lockstep):
    """Hold every instruction of a processor against the model of it all.

    What a device answers is compared, too, where it does not depend on the cycle; whether it
    refuses, always.

    Parameters
    ----------
    config : ProcessorSystemConfig
        Of the processor.
    image : bytes
        Of the memory of instructions.
    """

    def __init__(self, config: ProcessorSystemConfig, image: bytes) -> None:
        self._told: Mapping[str, int] = {}
        self._words = [0] * OUTSIDE_WORDS
        self.system = ProcessorSystemModel(config, outside=self._outside, overrule=self._as_told)
        self.model = self.system.core
        self.system.load(0, image)
        self._timely = {
            ProcessorMap().base_of(device) + address
            for device, registers in config.registers.items()
            for address, register in registers.placed()
            if register.name.endswith(TIMELY[device])
        }

    def _outside(self, access: BusAccess) -> int | None:
        index = (access.address - OUTSIDE_BASE) // 4
        if index >= OUTSIDE_WORDS:
            return None
        if access.write:
            self._words[index] = access.data
        return self._words[index]

    def _as_told(self, access: BusAccess, answer: int | None) -> int | None:
        if answer is None or access.write or access.address < PERIPHERAL_BASE:
            return answer
        told = self._told["mem_rdata"]
        if access.address not in self._timely and told != answer:
            raise LockstepError(
                f"the device at {access.address:#010x} must answer {answer:#x}, not {told:#x}"
            )
        return told

    def check(self, told: Mapping[str, int]) -> None:
        """Compare one instruction.

        Parameters
        ----------
        told : mapping of str to int
            What the trace port of the processor says, ``lines`` included.

        Raises
        ------
        LockstepError
            The model did something else.
        """
        self._told = told
        super().check(told)


class ProcessorSurroundings:
    """Streams, pins, interrupts, and registers around a processor.

    Parameters
    ----------
    config : ProcessorSystemConfig
        Of the processor.
    image : bytes
        Of the memory of instructions.
    liveliness : Liveliness
        How often something comes.
    rng : numpy.random.Generator
        Source of all that comes.
    words : iterator of int, optional
        What comes of streams, which is random words else.

    Attributes
    ----------
    liveliness : Liveliness
        How often something comes; may be changed.
    lockstep : SystemLockstep
        The model.
    sent, received : bytearray
        Bytes for the program that were taken, and bytes from it.
    events : int
        Words of streams that were taken.
    instructions : int
        That were compared.
    """

    def __init__(
        self,
        config: ProcessorSystemConfig,
        image: bytes,
        *,
        liveliness: Liveliness = QUIET,
        rng: np.random.Generator,
        words: Iterator[int] | None = None,
    ) -> None:
        self.config = config
        self._words = words or iter(lambda: int(rng.integers(1 << WORD)), None)
        self.lockstep = SystemLockstep(config, image)
        self.sent, self.received = bytearray(), bytearray()
        self.events, self.instructions = 0, 0
        self.liveliness = liveliness
        self._rng = rng
        self._inputs = {
            "input__valid": 0,
            "input__payload": 0,
            "output__ready": 0,
            "pins_input": 0,
            "outside_lines": 0,
            "outside__read_data": 0,
            "outside__error": 0,
        }
        for stream in range(config.streams):
            self._inputs |= {f"events__{stream}__valid": 0, f"events__{stream}__payload": 0}
        self._registers = [0] * OUTSIDE_WORDS
        self._late: deque[list[tuple[int, int]]] = deque([[] for _ in range(EVENT_DELAY)])

    def inputs(self) -> dict[str, int]:
        """Return what the processor's ports see in this cycle, by their names in Verilog.

        Returns
        -------
        dict of str to int
            The levels.
        """
        return dict(self._inputs)

    def end(self, outputs: Mapping[str, int], told: Mapping[str, int] | None) -> None:
        """Let the clock edge come.

        Parameters
        ----------
        outputs : mapping of str to int
            What the ports say: ``ready`` of all streams to the processor, ``output__valid``,
            ``output__payload`` and the bus to the outside. Looked at only where it matters.
        told : mapping of str to int, or None
            What the trace port says, if it says anything.

        Raises
        ------
        LockstepError
            The model did something else.
        """
        rings = self.lockstep.system.rings
        for stream, word in self._late.popleft():
            if not rings.push(stream, word):
                raise LockstepError(f"stream {stream} must wait, its ring does not work")
        if told is not None:
            self.lockstep.check(told)
            self.instructions += 1

        now, chance = self._inputs, self.liveliness
        following = dict(now)
        events = []
        for stream in range(self.config.streams):
            name = f"events__{stream}"
            taken = now[f"{name}__valid"] and outputs[f"{name}__ready"]
            if taken:
                events.append((stream, now[f"{name}__payload"]))
            if taken or not now[f"{name}__valid"]:
                following[f"{name}__valid"] = self._happens(chance.events)
                following[f"{name}__payload"] = next(self._words)
        self._late.append(events)
        self.events += len(events)

        taken = now["input__valid"] and outputs["input__ready"]
        if taken:
            self.sent.append(now["input__payload"])
        if taken or not now["input__valid"]:
            following["input__valid"] = self._happens(chance.received)
            following["input__payload"] = int(self._rng.integers(1 << BYTE))
        if now["output__ready"] and outputs["output__valid"]:
            self.received.append(outputs["output__payload"])
        following["output__ready"] = self._happens(chance.output_ready)
        if self._happens(chance.pins):
            following["pins_input"] = int(self._rng.integers(1 << self.config.pins))
        following["outside_lines"] = (
            1 << int(self._rng.integers(11)) if self._happens(chance.lines) else 0
        )
        self._inputs = following | self._answer(outputs)

    def _happens(self, probability: float) -> int:
        return int(self._rng.random() < probability)

    def _answer(self, outputs: Mapping[str, int]) -> dict[str, int]:
        """Return what the registers outside answer in the next cycle."""
        reads, writes = outputs["outside__read_valid"], outputs["outside__write_valid"]
        if not (reads or writes):
            return {"outside__read_data": 0, "outside__error": 0}
        index, odd = divmod(outputs["outside__address"], 4)
        if index >= OUTSIDE_WORDS or odd:
            return {"outside__read_data": 0, "outside__error": 1}
        word = self._registers[index] if reads else 0
        if writes:
            self._registers[index] = outputs["outside__write_data"]
        return {"outside__read_data": word, "outside__error": 0}
