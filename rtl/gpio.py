"""General-purpose pins: levels out, levels in, and interrupts when they change."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.cdc import FFSynchronizer
from amaranth.lib.wiring import In, Out

from rtl.gpio_registers import gpio_registers
from rtl.register_bank import RegisterBank
from rtl.register_bus import RegisterBusInterface, RegisterBusSignature

__all__ = ["Gpio"]


class Gpio(wiring.Component):
    """Pins that may change at any time: they pass two flip-flops before anything looks at them.

    Latency is :attr:`latency` cycles from a pin to the registers.

    Parameters
    ----------
    pins : int
        How many, in 1..32.

    Members
    -------
    bus : ``In(RegisterBusSignature(...))``
        Registers.
    input : ``In(pins)``
        What the pins are.
    output : ``Out(pins)``
        What they are driven to.
    drive : ``Out(pins)``
        Which are driven.
    interrupt : ``Out(1)``
        Something that was watched for came.
    """

    latency = 3
    throughput = "1 level/cycle"

    bus: RegisterBusInterface
    input: Signal
    output: Signal
    drive: Signal
    interrupt: Signal

    def __init__(self, pins: int = 16) -> None:
        self.pins = pins
        self.registers = gpio_registers(pins)
        bus = RegisterBusSignature(
            address_width=self.registers.address_width, data_width=self.registers.data_width
        )
        super().__init__(
            {
                "bus": In(bus),
                "input": In(pins),
                "output": Out(pins),
                "drive": Out(pins),
                "interrupt": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.bank = bank = RegisterBank(self.registers)
        wiring.connect(m, wiring.flipped(self.bus), bank.bus)

        settled, level, pending = Signal(self.pins), Signal(self.pins), Signal(self.pins)
        m.submodules.synchronizer = FFSynchronizer(self.input, settled)
        m.d.sync += level.eq(settled)
        rises, falls = settled & ~level, ~settled & level
        came = (rises & bank.field("rise", "pins")) | (falls & bank.field("fall", "pins"))

        read = Signal(self.pins)
        port = bank.array("pending")
        cleared = Mux(port.write_valid, port.write_data.pins, 0)
        m.d.sync += pending.eq((pending & ~cleared) | came)
        with m.If(port.read_valid):
            m.d.sync += read.eq(pending)
        m.d.comb += [
            port.read_data.pins.eq(read),
            bank.field("input", "pins").eq(level),
            self.output.eq(bank.field("output", "pins")),
            self.drive.eq(bank.field("direction", "pins")),
            self.interrupt.eq(pending.any()),
        ]
        return m
