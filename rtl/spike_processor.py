"""Spike processor: converter samples in, and out what a program makes of their spikes."""

from typing import Any

from amaranth.hdl import Module, ResetInserter, Signal, signed
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In

from rtl.detection_chain import DetectionChain
from rtl.event_packer import EventPacker
from rtl.processor import Processor
from rtl.spike_processor_config import SpikeProcessorConfig

__all__ = ["SpikeProcessor"]

INSIDE = ("events", "rings_on", "outside")
"""Ports of the processor that the chain has to itself."""


class SpikeProcessor(wiring.Component):
    """A detection chain whose spikes come into the memory of a processor, which sets it up.

    Samples go through the chain; an event packer makes words of its spikes, which the processor's
    DMA writes into a ring. The registers of the chain are those around the processor, from the
    first byte on; what lies beyond them is refused.

    While the ring is full, or off, events wait in the chain, which counts those that it must lose.
    Told to wait, which is up to the program, the ring itself loses none. Of an event that is under
    way when the ring is switched off, or the host takes the core back, the rest is dropped: a ring
    begins with a whole event whenever it is switched on. The chain goes on meanwhile.

    Latency is :attr:`latency` cycles from the sample that ends the frame of an event's last sample
    to the event's first word in memory, if no other event waits.

    The model is :class:`verification.golden.spike_processor.SpikeProcessorModel`.

    Parameters
    ----------
    config : SpikeProcessorConfig
        Configurations of the parts.
    text : bytes
        What the memory of instructions holds after reset, from its beginning.
    data : bytes
        What the memory of data holds after reset, from its beginning.

    Members
    -------
    i : ``In(stream.Signature(signed(config.chain.sample_width)))``
        Converter samples, frame by frame, channel 0 first.
    outside_lines : ``In(11)``
        Interrupts from around, pulses or levels.
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
    pins_input : ``In(config.processor.pins)``
        Levels of the pins.
    pins_output, pins_drive : ``Out(config.processor.pins)``
        What they are driven to, and which are.
    sleeping : ``Out(1)``
        The core waits for an interrupt.
    trace : ``Out(trace_port())``
        RISC-V formal interface, if the core's configuration has it.
    """

    latency = DetectionChain.latency + EventPacker.latency
    throughput = "1 sample/cycle in, 1 word/cycle to memory"

    i: stream.Interface
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
        self, config: SpikeProcessorConfig | None = None, *, text: bytes = b"", data: bytes = b""
    ) -> None:
        self.config = config = config or SpikeProcessorConfig()
        self._processor = Processor(config.processor, text=text, data=data)
        members = dict(self._processor.signature.members)
        self._ports = {name: each for name, each in members.items() if name not in INSIDE}
        samples = stream.Signature(signed(config.chain.sample_width))
        super().__init__({"i": In(samples), **self._ports})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.chain = chain = DetectionChain(self.config.chain)
        m.submodules.processor = processor = self._processor
        packer = EventPacker(self.config.packer)
        m.submodules.packer = ResetInserter(~processor.rings_on[0])(packer)
        wiring.connect(m, wiring.flipped(self.i), chain.i)
        wiring.connect(m, chain.o, packer.i)
        wiring.connect(m, packer.o, processor.events[0])
        for name, member in self._ports.items():
            inner, outer = getattr(processor, name), getattr(self, name)
            if member.is_signature:
                wiring.connect(m, inner, wiring.flipped(outer))
            elif member.flow is In:
                m.d.comb += inner.eq(outer)
            else:
                m.d.comb += outer.eq(inner)

        outside, bus = processor.outside, chain.bus
        is_there = outside.address[len(bus.address) :] == 0
        refused = Signal()
        m.d.sync += refused.eq((outside.write_valid | outside.read_valid) & ~is_there)
        m.d.comb += [
            bus.address.eq(outside.address),
            bus.write_data.eq(outside.write_data),
            bus.write_valid.eq(outside.write_valid & is_there),
            bus.read_valid.eq(outside.read_valid & is_there),
            outside.read_data.eq(bus.read_data),
            outside.error.eq(bus.error | refused),
        ]
        return m
