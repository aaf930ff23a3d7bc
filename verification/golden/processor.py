"""Model of :class:`rtl.processor.Processor`: a hart with memories and devices."""

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

import numpy as np

from rtl.processor_map import (
    DATA_BASE,
    OUTSIDE_BASE,
    OUTSIDE_BYTES,
    PAGE_BYTES,
    PERIPHERAL_BASE,
    PERIPHERALS,
    TEXT_BASE,
    Line,
)
from rtl.processor_system_config import ProcessorSystemConfig
from rtl.spi_registers import spi_registers
from verification.golden.devices.device import DeviceModel
from verification.golden.devices.gpio import GpioModel
from verification.golden.devices.interrupts import InterruptsModel
from verification.golden.devices.mailbox import MailboxModel
from verification.golden.devices.rings import RingsModel
from verification.golden.devices.timer import TimerModel
from verification.golden.mac_array import MacArrayModel
from verification.golden.processor_core import (
    BusAccess,
    Memories,
    ProcessorModel,
    no_device,
)
from verification.golden.register_bank import Response

__all__ = ["ProcessorSystemModel"]

ALL_BYTES, WORD_BYTES = 0b1111, 4
# Plain numbers, as what is done for every access of a device must be quick: lines of the core,
SPI, TIMER, SOFTWARE = (int(line) for line in (Line.SPI, Line.TIMER, Line.SOFTWARE))
# and of the interrupt controller.
DMA, GPIO, MAC_ARRAY, MAILBOX, OUTSIDE = (
    line - Line.SPI for line in (Line.DMA, Line.GPIO, Line.MAC_ARRAY, Line.MAILBOX, Line.OUTSIDE)
)


class _Device(Protocol):
    """What the bus reaches."""

    def read(self, address: int) -> Response: ...

    def write(self, address: int, word: int, /) -> Response: ...


class ProcessorSystemModel:
    """Runs programs: many millions of instructions a second while no device is asked.

    Time passes with instructions, one cycle each; where the hart sleeps until the timer wakes it,
    the time between passes at once.

    Parameters
    ----------
    config : ProcessorSystemConfig
        The configuration of the hardware.
    drained : bool
        The outside takes each byte that the program writes at once; else a host must.
    outside : callable
        Answers accesses of registers around the processor, by their full address; as the device of
        :class:`verification.golden.processor_core.ProcessorModel` does.
    overrule : callable, optional
        Given an access of a device and the model's answer, returns what the core shall get: what
        the circuit told, where its time is not ours.

    Attributes
    ----------
    core : ProcessorModel
        The hart and its memories.
    mailbox, timer, interrupts, rings, gpio, spi : DeviceModel
        The devices; others take their places, ``spi`` excepted, when the host holds the core.
    mac_array : MacArrayModel or None
        Its jobs are done as soon as they have been started.
    outside_lines : int
        Interrupts from outside that are high.

    Examples
    --------
    >>> model = ProcessorSystemModel()
    >>> model.load(0, bytes.fromhex("b7000040 13011002 23a02000 23a60000"))
    >>> model.run(100)
    4
    >>> bytes(model.mailbox.console), model.exit_code
    (b'!', 0)
    """

    def __init__(
        self,
        config: ProcessorSystemConfig | None = None,
        *,
        drained: bool = True,
        outside: Callable[[BusAccess], int | None] = no_device,
        overrule: Callable[[BusAccess, int | None], int | None] | None = None,
    ) -> None:
        self.config = config = config or ProcessorSystemConfig()
        sizes = config.processor_map
        memories = Memories(
            text_base=TEXT_BASE,
            text_bytes=sizes.text_bytes,
            data_base=DATA_BASE,
            data_bytes=sizes.data_bytes,
            data_executable=False,
        )
        self.core = ProcessorModel(config.core, memories, self._access_and_stop)
        self.mailbox = MailboxModel(config.queue_bytes, drained=drained)
        self.gpio = GpioModel(config.pins)
        self.spi = DeviceModel(spi_registers(runs=config.boot == "image"))
        self.outside_lines = 0
        self._outside = outside
        self._overrule = overrule
        self._reset_devices()

    def _reset_devices(self) -> None:
        """Let all devices but the host's port begin anew; what was written out stays written."""
        config, pins = self.config, self.gpio.bank.value("input", "pins")
        console, drained = self.mailbox.console, self.mailbox.drained
        self.mailbox = MailboxModel(config.queue_bytes, drained=drained)
        self.mailbox.console = console
        self.timer = TimerModel()
        self.interrupts = InterruptsModel()
        self.rings = RingsModel(config.streams, config.processor_map, self.core.data)
        self.gpio = GpioModel(config.pins)
        self.gpio.set_input(pins)
        self.mac_array = (
            MacArrayModel(config.mac, self.core.data.view(np.uint8)) if config.mac_array else None
        )
        self._devices: dict[str, _Device] = {
            "mailbox": self.mailbox,
            "timer": self.timer,
            "interrupts": self.interrupts,
            "dma": self.rings,
            "gpio": self.gpio,
            "spi": self.spi,
        }
        if self.mac_array is not None:
            self._devices["mac_array"] = self.mac_array
        self._seen = 0  # instructions up to which the timer has counted

    @property
    def exit_code(self) -> int | None:
        """What the program ended with; None while it runs."""
        return self.mailbox.exit_code

    @property
    def sleeping(self) -> bool:
        """Whether the hart waits for an interrupt."""
        return self.core.is_waiting

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
        self.core.load(address, image)

    def lines(self) -> int:
        """Return the lines of interrupts as the core sees them now.

        Returns
        -------
        int
            A bit for each, at their places in mip.
        """
        array = self.mac_array
        sources = (
            self.spi.bank.value("doorbell", "request")
            | self.rings.interrupt << DMA
            | self.gpio.interrupt << GPIO
            | (array is not None and array.interrupt) << MAC_ARRAY
            | self.mailbox.interrupt << MAILBOX
            | self.outside_lines << OUTSIDE
        )
        self.interrupts.ring(sources)
        return (
            self.interrupts.lines << SPI
            | self.timer.interrupt << TIMER
            | self.timer.software << SOFTWARE
        )

    def run(self, limit: int) -> int:
        """Execute instructions until the program ends, or sleeps and nothing here wakes it.

        Parameters
        ----------
        limit : int
            Instructions at most.

        Returns
        -------
        int
            Instructions executed.
        """
        executed = 0
        while executed < limit and self.exit_code is None and self._may_run:
            lines = self.lines()
            due = self.timer.due_in
            left = limit - executed
            executed += self.core.run(left if due is None else min(left, due), lines)
            self._pass_time()
            if self.core.is_waiting and not self.lines() & self.core.enabled_lines:
                due = self.timer.due_in
                if due is None or not self.core.enabled_lines >> TIMER & 1:
                    break
                self.timer.advance(due)
        return executed

    def step(self) -> dict[str, int] | None:
        """Execute an instruction, after an interrupt that is due.

        Returns
        -------
        dict of str to int, or None
            What happened, by the names of the RISC-V formal interface; None if the hart waits for
            an interrupt, or may not run.
        """
        told = self.core.step(self.lines()) if self._may_run else None
        self._pass_time()
        return told

    def access(self, access: BusAccess) -> int | None:
        """Load or store as the core and the host do; the host at multiples of 4 only.

        Parameters
        ----------
        access : BusAccess
            What to do.

        Returns
        -------
        int or None
            The word that was read, anything after a store; None if it was refused.
        """
        if access.address % WORD_BYTES:
            return None
        for base, memory in ((TEXT_BASE, self.core.text), (DATA_BASE, self.core.data)):
            if base <= access.address < base + memory.nbytes:
                index = (access.address - base) // WORD_BYTES
                if access.write:
                    memory[index] = access.stored_over(int(memory[index]))
                return int(memory[index])
        offset = access.address - PERIPHERAL_BASE
        if access.write and access.mask != ALL_BYTES:
            return None
        if OUTSIDE_BASE <= access.address < OUTSIDE_BASE + OUTSIDE_BYTES:
            return self._outside(replace(access, mask=ALL_BYTES))
        page = offset // PAGE_BYTES
        device = self._devices.get(PERIPHERALS[page]) if 0 <= page < len(PERIPHERALS) else None
        if device is None:
            return None
        if device is self.interrupts:
            self.lines()  # the host may have changed them
        if device is self.spi:
            return self._access_spi(access)
        register = offset % PAGE_BYTES
        response = device.write(register, access.data) if access.write else device.read(register)
        return None if response.error else response.read_data

    def _access_spi(self, access: BusAccess) -> int | None:
        """Access the registers by which the host holds and halts the core."""
        bank, ran = self.spi.bank, self._runs
        halted = ran and not self._may_run
        bank.set_value("position", "address", self.core.pc)
        bank.set_value("status", "halted", int(halted))
        bank.set_value("status", "sleeping", int(ran and not halted and self.sleeping))
        register = access.address % PAGE_BYTES
        device = self.spi
        response = device.write(register, access.data) if access.write else device.read(register)
        if self._runs and not self._may_run:
            self.core.wake()  # so that it goes on with the next instruction
        if ran and not self._runs:
            self._reset_devices()
        if self._runs and not ran:
            self.core.reset()
            self._seen = 0
        return None if response.error else response.read_data

    @property
    def _runs(self) -> bool:
        return bool(self.spi.bank.value("control", "run"))

    @property
    def _may_run(self) -> bool:
        return self._runs and not self.spi.bank.value("control", "halt")

    def _access_and_stop(self, access: BusAccess) -> int | None:
        """Answer the core; whatever it did may have changed the lines, or ended the program."""
        self._pass_time()
        self.core.stop()
        answer = self.access(access)
        return answer if self._overrule is None else self._overrule(access, answer)

    def _pass_time(self) -> None:
        self.timer.advance(self.core.instructions - self._seen)
        self._seen = self.core.instructions
