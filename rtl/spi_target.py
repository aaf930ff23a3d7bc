"""SPI target: a host reads and writes whatever the core can, and holds it while it boots."""

from typing import Any

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import enum, wiring
from amaranth.lib.cdc import FFSynchronizer
from amaranth.lib.wiring import In, Out

from rtl.processor_config import data_port
from rtl.register_bank import RegisterBank
from rtl.register_bus import RegisterBusInterface, RegisterBusSignature
from rtl.spi_registers import spi_registers

__all__ = ["SpiCommand", "SpiTarget"]

WORD, BYTE, ALL_BYTES = 32, 8, 0b1111


class SpiCommand(enum.IntEnum, shape=BYTE):
    """First byte of a transfer.

    Attributes
    ----------
    WRITE, READ
        Words at ascending addresses.
    WRITE_SAME, READ_SAME
        Words at one address, as a queue has.
    """

    WRITE = 0x02
    READ = 0x03
    WRITE_SAME = 0x12
    READ_SAME = 0x13


class _Phase(enum.Enum, shape=3):
    COMMAND = 0
    ADDRESS = 1
    GAP = 2
    WORD = 3
    IGNORED = 4


class SpiTarget(wiring.Component):
    """Mode 0, the highest bit first; a transfer is as long as ``select`` is low.

    A transfer begins with a byte of :class:`SpiCommand` and four of an address, a multiple of 4.
    To write, words of four bytes follow. To read, the host takes five bytes for each word: the
    lowest bit of the first says that the word was read, and the word follows; it is fetched while
    that first byte passes, so that nothing is read that the host does not take. What nothing
    answers to is counted; so is what is asked at another address, a command that is none, and a
    command, address or word to write that ends early: none of them does anything.

    A period of ``clock`` must last ten cycles at least.

    Latency is :attr:`latency` cycles from a pin to where it is looked at.

    Parameters
    ----------
    runs : bool
        The core runs after reset; else the host releases it.

    Members
    -------
    bus : ``In(RegisterBusSignature(...))``
        Registers.
    clock, select, receive : ``In(1)``
        From the host; ``select`` is active low.
    send : ``Out(1)``
        To the host.
    drive : ``Out(1)``
        The transfer is ours: ``send`` may be driven.
    port : ``Out(data_port())``
        To memories and devices.
    run : ``Out(1)``
        The core is not held in reset.
    halt : ``Out(1)``
        The core is asked to stop.
    halted, sleeping : ``In(1)``
        What the core does.
    position : ``In(32)``
        Where it is.
    interrupt : ``Out(1)``
        The host rings.
    """

    latency = 3
    throughput = "1 bit/10 cycles"

    bus: RegisterBusInterface
    clock: Signal
    select: Signal
    receive: Signal
    send: Signal
    drive: Signal
    port: Any
    run: Signal
    halt: Signal
    halted: Signal
    sleeping: Signal
    position: Signal
    interrupt: Signal

    def __init__(self, *, runs: bool = True) -> None:
        self.registers = spi_registers(runs=runs)
        bus = RegisterBusSignature(
            address_width=self.registers.address_width, data_width=self.registers.data_width
        )
        super().__init__(
            {
                "bus": In(bus),
                "clock": In(1),
                "select": In(1),
                "receive": In(1),
                "send": Out(1),
                "drive": Out(1),
                "port": Out(data_port()),
                "run": Out(1),
                "halt": Out(1),
                "halted": In(1),
                "sleeping": In(1),
                "position": In(WORD),
                "interrupt": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.bank = bank = RegisterBank(self.registers)
        wiring.connect(m, wiring.flipped(self.bus), bank.bus)
        m.d.comb += [
            self.run.eq(bank.field("control", "run")),
            self.halt.eq(bank.field("control", "halt")),
            bank.field("status", "halted").eq(self.halted),
            bank.field("status", "sleeping").eq(self.sleeping),
            bank.field("position", "address").eq(self.position),
            self.interrupt.eq(bank.field("doorbell", "request")),
        ]

        clock, before, select, receive = Signal(), Signal(), Signal(init=1), Signal()
        m.submodules.clock = FFSynchronizer(self.clock, clock)
        m.submodules.select = FFSynchronizer(self.select, select, init=1)
        m.submodules.receive = FFSynchronizer(self.receive, receive)
        m.d.sync += before.eq(clock)
        rises, falls = clock & ~before & ~select, ~clock & before & ~select

        phase = Signal(_Phase)
        bits = Signal(range(WORD))
        received = Signal(WORD)
        latest = Cat(receive, received[:-1])
        reads, stays = Signal(), Signal()
        address = Signal(WORD)
        starts = Signal()
        unknown, cut = Signal(), Signal()
        answered, good, outgoing, failed = self._request(m, starts, reads, address, latest)
        m.d.comb += bank.field("refused", "count").eq(failed + (unknown | cut))

        m.d.comb += self.drive.eq(~select)
        with m.If(rises):
            m.d.sync += [received.eq(latest), bits.eq(bits + 1)]
            last_of_byte, last_of_word = bits == BYTE - 1, bits == WORD - 1
            with m.Switch(phase):
                with m.Case(_Phase.COMMAND):
                    command = latest[:BYTE]
                    with m.If(last_of_byte):
                        known = Cat(*(command == each.value for each in SpiCommand)).any()
                        m.d.comb += unknown.eq(~known)
                        m.d.sync += [
                            bits.eq(0),
                            phase.eq(Mux(known, _Phase.ADDRESS, _Phase.IGNORED)),
                            reads.eq(command[0]),
                            stays.eq(command[4]),
                        ]
                with m.Case(_Phase.ADDRESS), m.If(last_of_word):
                    m.d.sync += [
                        bits.eq(0),
                        address.eq(latest),
                        phase.eq(Mux(reads, _Phase.GAP, _Phase.WORD)),
                    ]
                with m.Case(_Phase.GAP):
                    m.d.comb += starts.eq(bits == 0)
                    with m.If(last_of_byte):
                        m.d.sync += [bits.eq(0), phase.eq(_Phase.WORD)]
                with m.Case(_Phase.WORD):
                    m.d.comb += starts.eq(last_of_word & ~reads)
                    with m.If(last_of_word):
                        m.d.sync += [bits.eq(0), phase.eq(Mux(reads, _Phase.GAP, _Phase.WORD))]
        with m.If(answered & ~stays):
            m.d.sync += address.eq(address + WORD // BYTE)
        with m.If(falls):
            m.d.sync += self.send.eq(0)
            with m.If((phase == _Phase.GAP) & (bits == BYTE - 1)):
                m.d.sync += self.send.eq(good)
            with m.If((phase == _Phase.WORD) & reads):
                m.d.sync += [self.send.eq(outgoing[-1]), outgoing.eq(outgoing << 1)]
        with m.If(select):
            begun = (phase == _Phase.COMMAND) | ((phase == _Phase.WORD) & ~reads)
            m.d.comb += cut.eq((begun & (bits != 0)) | (phase == _Phase.ADDRESS))
            m.d.sync += [phase.eq(_Phase.COMMAND), bits.eq(0), self.send.eq(0)]
        return m

    def _request(
        self,
        m: Module,
        starts: Value,
        reads: Value,
        address: Value,
        word: Value,
    ) -> tuple[Value, Value, Signal, Value]:
        """Add what asks for a word; return when it is answered, if well, what was read, failures.

        While a request waits, which must not change, another is not made, and it comes too late.
        """
        port = self.port
        good, arrives, outgoing, late = Signal(), Signal(), Signal(WORD), Signal()
        answered = port.valid & port.ready
        odd = address[:2].any()
        m.d.comb += port.mask.eq(ALL_BYTES)
        in_time = answered & ~port.fault & ~late & ~starts
        with m.If(starts):
            m.d.sync += [good.eq(0), outgoing.eq(0), late.eq(port.valid)]
            with m.If(~port.valid & ~odd):
                m.d.sync += [
                    port.valid.eq(1),
                    port.address.eq(address),
                    port.write.eq(~reads),
                    port.write_data.eq(word),
                ]
        with m.If(answered):
            m.d.sync += [port.valid.eq(0), good.eq(in_time)]
        m.d.sync += arrives.eq(in_time & ~port.write)
        with m.If(arrives):
            m.d.sync += outgoing.eq(port.read_data)
        failed = (answered & port.fault) + (starts & (odd | port.valid))
        return answered, good, outgoing, failed
