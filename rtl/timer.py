"""Timer: ticks since reset, an interrupt from a time on, and the software interrupt."""

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from rtl.register_bank import RegisterBank
from rtl.register_bus import RegisterBusInterface, RegisterBusSignature
from rtl.timer_registers import PRESCALE_WIDTH, timer_registers

__all__ = ["Timer"]


class Timer(wiring.Component):
    """Count ticks of some cycles each, and compare their number with a time.

    Latency is :attr:`latency` cycle from the tick at which a time is reached to its line.

    Members
    -------
    bus : ``In(RegisterBusSignature(...))``
        Registers.
    due : ``Out(1)``
        The time has come, or has passed.
    software : ``Out(1)``
        A program asked for the software interrupt.
    """

    latency = 1
    throughput = "1 tick/cycle"

    bus: RegisterBusInterface
    due: Signal
    software: Signal

    def __init__(self) -> None:
        self.registers = timer_registers()
        bus = RegisterBusSignature(
            address_width=self.registers.address_width, data_width=self.registers.data_width
        )
        super().__init__({"bus": In(bus), "due": Out(1), "software": Out(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.bank = bank = RegisterBank(self.registers)
        wiring.connect(m, wiring.flipped(self.bus), bank.bus)

        cycles, time = Signal(PRESCALE_WIDTH), Signal(64)
        m.d.sync += cycles.eq(cycles - 1)
        with m.If(cycles == 0):
            m.d.sync += [cycles.eq(bank.field("prescale", "cycles")), time.eq(time + 1)]
        compare = Cat(bank.field("compare_low", "ticks"), bank.field("compare_high", "ticks"))
        m.d.sync += self.due.eq(time >= compare)
        m.d.comb += [
            bank.field("time_low", "ticks").eq(time[:32]),
            bank.field("time_high", "ticks").eq(time[32:]),
            self.software.eq(bank.field("software", "request")),
        ]
        return m
