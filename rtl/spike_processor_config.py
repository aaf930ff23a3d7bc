"""Spike processor configuration: its detection chain, its processor, and that they fit together."""

from dataclasses import dataclass, field

from rtl.detection_chain import DetectionChainConfig
from rtl.event_packer import BEAT_SAMPLES, EventPackerConfig
from rtl.processor_system_config import ProcessorSystemConfig
from rtl.registers import RegisterMap

__all__ = ["SpikeProcessorConfig"]

WORD_BYTES = 4


@dataclass(frozen=True, kw_only=True)
class SpikeProcessorConfig:
    """Configurations of the parts of a :class:`~rtl.spike_processor.SpikeProcessor`.

    Parameters
    ----------
    chain : DetectionChainConfig
        The detection chain.
    processor : ProcessorSystemConfig
        The processor, whose one stream of events is the chain's; its memory of data holds an event
        and a word at least.
    """

    chain: DetectionChainConfig = field(default_factory=DetectionChainConfig)
    processor: ProcessorSystemConfig = field(default_factory=ProcessorSystemConfig)

    def __post_init__(self) -> None:
        if self.processor.streams != 1:
            raise ValueError(
                f"processor.streams must be 1, that of the spikes, not {self.processor.streams}"
            )
        least, data_bytes = self.event_bytes + WORD_BYTES, self.processor.processor_map.data_bytes
        if data_bytes < least:
            raise ValueError(
                f"processor.processor_map.data_bytes must be at least {least}, for a ring of one "
                f"event, not {data_bytes}"
            )

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

    @property
    def event_bytes(self) -> int:
        """What an event takes in the ring."""
        return WORD_BYTES * self.packer.words

    @property
    def registers(self) -> tuple[RegisterMap, ...]:
        """The register maps of all devices by their pages, and then the chain's."""
        return (*self.processor.registers.values(), self.chain.registers)
