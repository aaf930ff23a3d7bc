"""Spike processor: a detection chain whose spikes come into the memory of a processor."""

from dataclasses import dataclass, field

from amaranth.hdl import Module, Signal, signed
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from rtl.detection_chain import DetectionChain, DetectionChainConfig
from rtl.event_packer import BEAT_SAMPLES, EventPacker, EventPackerConfig
from rtl.processor import Processor
from rtl.processor_system_config import ProcessorSystemConfig

__all__ = ["SpikeProcessor", "SpikeProcessorConfig"]

HOST_INPUTS = ("spi_clock", "spi_select", "spi_receive")
OUTPUTS = ("spi_send", "spi_drive", "finished", "sleeping")


@dataclass(frozen=True, kw_only=True)
class SpikeProcessorConfig:
    """Configurations of the parts of a :class:`SpikeProcessor`.

    Parameters
    ----------
    chain : DetectionChainConfig
        The detection chain.
    processor : ProcessorSystemConfig
        The processor; its first stream is of the spikes, others are not connected.
    """

    chain: DetectionChainConfig = field(default_factory=DetectionChainConfig)
    processor: ProcessorSystemConfig = field(default_factory=ProcessorSystemConfig)

    @property
    def packer(self) -> EventPackerConfig:
        """Of what is between them: whole snippets, filled up to 16 bytes."""
        buffer = self.chain.snippet_buffer
        beats = -(-buffer.snippet_samples // BEAT_SAMPLES)
        return EventPackerConfig(
            channels=buffer.channels,
            sample_width=buffer.sample_width,
            samples=beats * BEAT_SAMPLES,
        )


class SpikeProcessor(wiring.Component):
    """Converter samples in, and out what a program makes of their spikes: how the parts fit.

    The registers of the chain are those around the processor, from the first byte on; what lies
    beyond them is refused. While the ring of the spikes is full, or off, events wait in the chain,
    which counts those that it must lose.

    Latency is :attr:`latency` cycles from the sample that ends the frame of an event's last sample
    to the event's first word in memory, if no other event waits.

    Parameters
    ----------
    config : SpikeProcessorConfig
        Configurations of the parts.
    text : bytes
        What the memory of instructions holds after reset, from its beginning.

    Members
    -------
    i : ``In(stream.Signature(signed(config.chain.sample_width)))``
        Converter samples, frame by frame, channel 0 first.
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
    sleeping : ``Out(1)``
        The core waits for an interrupt.
    """

    latency = DetectionChain.latency + EventPacker.latency

    i: stream.Interface
    output: stream.Interface
    input: stream.Interface
    finished: Signal
    exit_code: Signal
    spi_clock: Signal
    spi_select: Signal
    spi_receive: Signal
    spi_send: Signal
    spi_drive: Signal
    sleeping: Signal

    def __init__(self, config: SpikeProcessorConfig | None = None, *, text: bytes = b"") -> None:
        self.config = config = config or SpikeProcessorConfig()
        self.text = text
        super().__init__(
            {
                "i": In(stream.Signature(signed(config.chain.sample_width))),
                "output": Out(stream.Signature(8)),
                "input": In(stream.Signature(8)),
                "exit_code": Out(32),
                **{name: In(1) for name in HOST_INPUTS},
                **{name: Out(1) for name in OUTPUTS},
            }
        )

    def elaborate(self, _platform: object) -> Module:
        m = Module()
        m.submodules.chain = chain = DetectionChain(self.config.chain)
        m.submodules.packer = packer = EventPacker(self.config.packer)
        m.submodules.processor = processor = Processor(self.config.processor, text=self.text)
        wiring.connect(m, wiring.flipped(self.i), chain.i)
        wiring.connect(m, chain.o, packer.i)
        wiring.connect(m, packer.o, processor.events[0])
        wiring.connect(m, processor.output, wiring.flipped(self.output))
        wiring.connect(m, wiring.flipped(self.input), processor.input)

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
            self.exit_code.eq(processor.exit_code),
            *(getattr(processor, name).eq(getattr(self, name)) for name in HOST_INPUTS),
            *(getattr(self, name).eq(getattr(processor, name)) for name in OUTPUTS),
        ]
        return m
