"""Processor: core, MAC array, memories and devices, ready to run a program."""

from typing import Any

from amaranth.hdl import Cat, EnableInserter, Module, ResetInserter, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from rtl.data_memory import DataMemory
from rtl.data_switch import DataSwitch
from rtl.event_dma import EventDma, EventDmaConfig
from rtl.gpio import Gpio
from rtl.interrupt_controller import InterruptController
from rtl.mac_array import MacArray
from rtl.mailbox import Mailbox
from rtl.peripheral_bus import OUTSIDE_ADDRESS_WIDTH, PeripheralBus
from rtl.processor_config import trace_port
from rtl.processor_core import ProcessorCore
from rtl.processor_map import Line
from rtl.processor_system_config import ProcessorSystemConfig
from rtl.register_bus import RegisterBusInterface, RegisterBusSignature
from rtl.spi_target import SpiTarget
from rtl.text_memory import TextMemory
from rtl.timer import Timer

__all__ = ["Processor"]

WORD = 32
OUTSIDE_LINES = WORD - Line.OUTSIDE


class Processor(wiring.Component):
    """A core that fetches from its own memory, and shares another with streams and a MAC array.

    :mod:`rtl.processor_map` says what is where. Instructions come from the memory of instructions
    only; loads and stores reach both memories, the devices, and, over ``outside``, registers of
    the blocks around. All else is refused, which the core takes as a precise exception.

    Latency and throughput are the core's: :attr:`latency` cycle from a fetched instruction to
    the registers, one instruction a cycle; accesses of devices take two.

    The model is :class:`verification.golden.processor.ProcessorSystemModel`.

    Parameters
    ----------
    config : ProcessorSystemConfig
        What it is built of.
    text : bytes
        What the memory of instructions holds after reset, from its beginning.
    data : bytes
        What the memory of data holds after reset, from its beginning.

    Members
    -------
    events : ``In(stream.Signature(32)).array(config.streams)``
        For the rings.
    rings_on : ``Out(config.streams)``
        Rings that are on. What was begun for one that is switched off must not go on in the next.
    outside : ``Out(RegisterBusSignature(address_width=16, data_width=32))``
        To registers around the processor.
    outside_lines : ``In(11)``
        Interrupts from there, pulses or levels.
    output : ``Out(stream.Signature(8))``
        Bytes from the program.
    input : ``In(stream.Signature(8))``
        Bytes for the program.
    finished : ``Out(1)``
        The program has ended.
    exit_code : ``Out(32)``
        With which it did.
    spi_clock, spi_select, spi_receive : ``In(1)``
        From the host; see :class:`rtl.spi_target.SpiTarget`.
    spi_send, spi_drive : ``Out(1)``
        To the host.
    pins_input : ``In(config.pins)``
        Levels of the pins.
    pins_output, pins_drive : ``Out(config.pins)``
        What they are driven to, and which are.
    sleeping : ``Out(1)``
        The core waits for an interrupt; if it is gated, its registers keep still.
    trace : ``Out(trace_port())``
        RISC-V formal interface, if the core's configuration has it.
    """

    latency = 1
    throughput = "1 instruction/cycle"

    events: Any
    rings_on: Signal
    outside: RegisterBusInterface
    outside_lines: Signal
    output: stream.Interface
    input: stream.Interface
    finished: Signal
    exit_code: Signal
    spi_clock: Signal
    spi_select: Signal
    spi_receive: Signal
    spi_send: Signal
    spi_drive: Signal
    pins_input: Signal
    pins_output: Signal
    pins_drive: Signal
    sleeping: Signal
    trace: Any

    def __init__(
        self, config: ProcessorSystemConfig | None = None, *, text: bytes = b"", data: bytes = b""
    ) -> None:
        self.config = config = config or ProcessorSystemConfig()
        config.check_images(text=text, data=data)
        self.text, self.data = text, data
        outside = RegisterBusSignature(address_width=OUTSIDE_ADDRESS_WIDTH, data_width=WORD)
        ports = {
            "events": In(stream.Signature(WORD)).array(config.streams),
            "rings_on": Out(config.streams),
            "outside": Out(outside),
            "outside_lines": In(OUTSIDE_LINES),
            "output": Out(stream.Signature(8)),
            "input": In(stream.Signature(8)),
            "finished": Out(1),
            "exit_code": Out(WORD),
            **{name: In(1) for name in ("spi_clock", "spi_select", "spi_receive")},
            **{name: Out(1) for name in ("spi_send", "spi_drive")},
            "pins_input": In(config.pins),
            "pins_output": Out(config.pins),
            "pins_drive": Out(config.pins),
            "sleeping": Out(1),
        }
        if config.core.trace:
            ports["trace"] = Out(trace_port(state=config.core.tells_state))
        super().__init__(ports)

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config, sizes = self.config, self.config.processor_map
        m.submodules.text = text = TextMemory(sizes.text_bytes, self.text)
        m.submodules.data = data = DataMemory(sizes.data_bytes, self.data)
        m.submodules.switch = switch = DataSwitch(sizes)
        widths = {name: each.address_width for name, each in config.registers.items()}
        m.submodules.bus = bus = PeripheralBus({**widths, "outside": OUTSIDE_ADDRESS_WIDTH})

        m.submodules.spi = spi = SpiTarget(runs=config.boot == "image")
        core = ProcessorCore(config.core)
        held = ResetInserter(~spi.run)
        if config.gated:
            # In the first cycle of its sleep the core still completes what was under way.
            slept = Signal()
            m.d.sync += slept.eq(core.sleeping)
            m.submodules.core = held(EnableInserter(~(core.sleeping & slept))(core))
        else:
            m.submodules.core = held(core)

        # When the host takes the core back, the next program finds the devices as after reset.
        ran = Signal()
        m.d.sync += ran.eq(spi.run)
        restarted = ResetInserter(ran & ~spi.run)
        mailbox, timer = Mailbox(config.queue_bytes), Timer()
        interrupts, gpio = InterruptController(), Gpio(config.pins)
        dma = EventDma(EventDmaConfig(streams=config.streams, processor_map=sizes))
        m.submodules.mailbox, m.submodules.timer = restarted(mailbox), restarted(timer)
        m.submodules.interrupts, m.submodules.gpio = restarted(interrupts), restarted(gpio)
        m.submodules.dma = restarted(dma)

        mac_interrupt = Signal()
        if config.mac_array:
            array = MacArray(config.mac)
            m.submodules.mac_array = restarted(array)
            wiring.connect(m, bus.bus("mac_array"), array.bus)
            wiring.connect(m, array.memory, data.wide)
            m.d.comb += mac_interrupt.eq(array.interrupts)

        connections = (
            (core.fetch, text.fetch),
            (core.data, switch.core),
            (spi.port, switch.host),
            (switch.text, text.data),
            (switch.memory, data.data),
            (switch.devices, bus.i),
            (dma.memory, data.events),
            *(
                (bus.bus(each.registers.name), each.bus)
                for each in (mailbox, timer, interrupts, gpio, spi)
            ),
            (bus.bus("dma"), dma.bus),
            (bus.bus("outside"), wiring.flipped(self.outside)),
            (mailbox.output, wiring.flipped(self.output)),
            (wiring.flipped(self.input), mailbox.input),
            *zip((wiring.flipped(each) for each in self.events), dma.events, strict=True),
        )
        for one, other in connections:
            wiring.connect(m, one, other)

        m.d.comb += [
            interrupts.sources.eq(
                Cat(
                    spi.interrupt,
                    dma.interrupt,
                    gpio.interrupt,
                    mac_interrupt,
                    mailbox.waiting,
                    self.outside_lines,
                )
            ),
            core.interrupts[Line.SOFTWARE].eq(timer.software),
            core.interrupts[Line.TIMER].eq(timer.due),
            core.interrupts[Line.SPI :].eq(interrupts.lines),
            core.halt_request.eq(spi.halt),
            spi.halted.eq(core.halted),
            spi.sleeping.eq(core.sleeping),
            spi.position.eq(core.next_address),
            self.sleeping.eq(core.sleeping),
            self.rings_on.eq(dma.rings_on),
            self.finished.eq(mailbox.finished),
            self.exit_code.eq(mailbox.exit_code),
            spi.clock.eq(self.spi_clock),
            spi.select.eq(self.spi_select),
            spi.receive.eq(self.spi_receive),
            self.spi_send.eq(spi.send),
            self.spi_drive.eq(spi.drive),
            gpio.input.eq(self.pins_input),
            self.pins_output.eq(gpio.output),
            self.pins_drive.eq(gpio.drive),
        ]
        if config.core.trace:
            wiring.connect(m, core.trace, wiring.flipped(self.trace))
        return m
