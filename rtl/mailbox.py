"""Mailbox: bytes between a program and its host, its exit code, and words for both."""

from typing import Any

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import fifo, stream, wiring
from amaranth.lib.wiring import In, Out

from rtl.mailbox_registers import mailbox_registers
from rtl.register_bank import RegisterBank
from rtl.register_bus import RegisterBusInterface, RegisterBusSignature

__all__ = ["Mailbox"]


class Mailbox(wiring.Component):
    """Two queues of bytes, which software reaches by registers and the outside as streams.

    A host has one way or the other: over SPI it uses the registers, in a simulation the streams.
    A byte that is written to a full queue is lost and counted.

    Latency is :attr:`latency` cycle from a register to the other end of its queue.

    Parameters
    ----------
    depth : int
        Bytes of each queue, in 1..255.

    Members
    -------
    bus : ``In(RegisterBusSignature(...))``
        Registers.
    output : ``Out(stream.Signature(8))``
        Bytes from the program.
    input : ``In(stream.Signature(8))``
        Bytes for the program.
    waiting : ``Out(1)``
        There is a byte for the program.
    finished : ``Out(1)``
        The program has ended.
    exit_code : ``Out(32)``
        What it wrote last to say so.
    """

    latency = 1
    throughput = "1 byte/cycle"

    bus: RegisterBusInterface
    output: stream.Interface
    input: stream.Interface
    waiting: Signal
    finished: Signal
    exit_code: Signal

    def __init__(self, depth: int = 16) -> None:
        self.depth = depth
        self.registers = mailbox_registers()
        bus = RegisterBusSignature(
            address_width=self.registers.address_width, data_width=self.registers.data_width
        )
        super().__init__(
            {
                "bus": In(bus),
                "output": Out(stream.Signature(8)),
                "input": In(stream.Signature(8)),
                "waiting": Out(1),
                "finished": Out(1),
                "exit_code": Out(32),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.bank = bank = RegisterBank(self.registers)
        wiring.connect(m, wiring.flipped(self.bus), bank.bus)
        outgoing: Any = fifo.SyncFIFO(width=8, depth=self.depth)
        incoming: Any = fifo.SyncFIFO(width=8, depth=self.depth)
        m.submodules.outgoing, m.submodules.incoming = outgoing, incoming

        lost = {}
        for name, queue in (("output", outgoing), ("input", incoming)):
            port = bank.array(name)
            read_value, read_valid = Signal(8), Signal()
            with m.If(port.read_valid):
                m.d.sync += [read_value.eq(queue.r_data), read_valid.eq(queue.r_rdy)]
            lost[name] = port.write_valid & ~queue.w_rdy
            m.d.comb += [
                port.read_data.value.eq(Mux(read_valid, read_value, 0)),
                port.read_data.valid.eq(read_valid),
                bank.field("lost", name).eq(lost[name]),
            ]
        sent, received = bank.array("output"), bank.array("input")
        m.d.comb += [
            outgoing.w_en.eq(sent.write_valid),
            outgoing.w_data.eq(sent.write_data.value),
            self.output.valid.eq(outgoing.r_rdy & ~sent.read_valid),
            self.output.payload.eq(outgoing.r_data),
            outgoing.r_en.eq(self.output.ready | sent.read_valid),
            # A byte of the host's that comes by register goes first.
            self.input.ready.eq(incoming.w_rdy & ~received.write_valid),
            incoming.w_en.eq(self.input.valid | received.write_valid),
            incoming.w_data.eq(
                Mux(received.write_valid, received.write_data.value, self.input.payload)
            ),
            incoming.r_en.eq(received.read_valid),
            self.waiting.eq(incoming.r_rdy),
            bank.field("status", "output_free").eq(self.depth - outgoing.level),
            bank.field("status", "input_available").eq(incoming.level),
            bank.field("status", "finished").eq(self.finished),
        ]
        ending = bank.array("exit")
        m.d.comb += ending.read_data.code.eq(self.exit_code)
        with m.If(ending.write_valid):
            m.d.sync += [self.finished.eq(1), self.exit_code.eq(ending.write_data.code)]
        return m
