"""Interrupt controller: remembers what rang, until software clears it."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from rtl.interrupt_registers import PLATFORM_LINES, interrupt_registers
from rtl.register_bank import RegisterBank
from rtl.register_bus import RegisterBusInterface, RegisterBusSignature

__all__ = ["InterruptController"]


class InterruptController(wiring.Component):
    """Sixteen sources, each of which may be a pulse or a level.

    A source that is high sets its pending bit in every cycle; so whoever answers a level makes
    the device let go first, and clears the bit then.

    Latency is :attr:`latency` cycle from a source to its line.

    Members
    -------
    bus : ``In(RegisterBusSignature(...))``
        Registers.
    sources : ``In(16)``
        What rings.
    lines : ``Out(16)``
        What is pending and enabled.
    """

    latency = 1
    throughput = "1 interrupt of each source/cycle"

    bus: RegisterBusInterface
    sources: Signal
    lines: Signal

    def __init__(self) -> None:
        self.registers = interrupt_registers()
        bus = RegisterBusSignature(
            address_width=self.registers.address_width, data_width=self.registers.data_width
        )
        super().__init__(
            {"bus": In(bus), "sources": In(PLATFORM_LINES), "lines": Out(PLATFORM_LINES)}
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.bank = bank = RegisterBank(self.registers)
        wiring.connect(m, wiring.flipped(self.bus), bank.bus)

        pending, read = Signal(PLATFORM_LINES), Signal(PLATFORM_LINES)
        port = bank.array("pending")
        cleared = Mux(port.write_valid, port.write_data.as_value(), 0)
        m.d.sync += pending.eq((pending & ~cleared) | self.sources)
        with m.If(port.read_valid):
            m.d.sync += read.eq(pending)
        m.d.comb += port.read_data.eq(read)

        enabled = []
        for lsb, field in self.registers.register("enable").placed():
            part = slice(lsb, lsb + field.width)
            enabled.append((part, bank.field("enable", field.name)))
            m.d.comb += bank.field("sources", field.name).eq(self.sources[part])
        for part, enable in enabled:
            m.d.comb += self.lines[part].eq(pending[part] & enable)
        return m
