"""Which components the benches are run on: small, so that every corner comes soon."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from rtl.band_pass import BandPass, BandPassConfig
from rtl.detection_chain import DetectionChain, DetectionChainConfig
from rtl.detection_registers import detection_registers
from rtl.event_packer import EventPacker, EventPackerConfig
from rtl.frame_tagger import FrameTagger, FrameTaggerConfig
from rtl.register_bank import RegisterBank
from rtl.registers import Access, Field, Register, RegisterMap
from rtl.snippet_buffer import SnippetBuffer, SnippetBufferConfig
from rtl.spike_detector import SpikeDetector, SpikeDetectorConfig
from verification.attention_benches import ATTENTION_COMPONENTS
from verification.codec_benches import CODEC_COMPONENTS
from verification.processor_benches import PROCESSOR_COMPONENTS

__all__ = ["BENCH_COMPONENTS", "bench_of"]


def _small_counters() -> RegisterMap:
    """Return a map whose counters are soon full."""
    clipped = Field(
        name="clipped", width=3, access=Access.COUNTER, increment_width=2, doc="Samples clipped."
    )
    tripped = Field(name="tripped", width=1, access=Access.COUNTER, doc="A fault came up.")
    faults = Register(name="faults", doc="Faults so far.", fields=(clipped, tripped))
    return RegisterMap(name="faults", doc="Faults.", registers=(faults,), data_width=8)


BENCH_COMPONENTS: Mapping[str, Mapping[str, Callable[[], Any]]] = MappingProxyType(
    {
        "frame_tagger": {
            "three_channels": lambda: FrameTagger(FrameTaggerConfig(channels=3)),
            "one_channel": lambda: FrameTagger(FrameTaggerConfig(channels=1, sample_width=2)),
        },
        "band_pass": {
            # This band is wide enough for the worst case to saturate the output.
            "three_channels": lambda: BandPass(
                BandPassConfig(channels=3, low_pass_hz=6_000.0, low_pass_order=2)
            ),
            "one_channel_steep": lambda: BandPass(
                BandPassConfig(
                    channels=1,
                    sample_width=12,
                    low_pass_hz=6_000.0,
                    high_pass_order=4,
                    low_pass_order=4,
                    guard_bits=10,
                )
            ),
        },
        "spike_detector": {
            "three_channels": lambda: SpikeDetector(SpikeDetectorConfig(channels=3)),
            "one_channel": lambda: SpikeDetector(
                SpikeDetectorConfig(
                    channels=1, sample_width=8, smoothing_samples=2, mean_fraction_bits=16
                )
            ),
        },
        "snippet_buffer": {
            "three_channels": lambda: SnippetBuffer(
                SnippetBufferConfig(
                    channels=3,
                    sample_width=9,
                    snippet_samples=8,
                    pre_trigger=3,
                    history_frames=16,
                    queue_events=4,
                )
            ),
            "shortest_snippet": lambda: SnippetBuffer(
                SnippetBufferConfig(
                    channels=2,
                    sample_width=4,
                    snippet_samples=2,
                    pre_trigger=1,
                    history_frames=16,
                    queue_events=4,
                )
            ),
        },
        "event_packer": {
            "two_beats": lambda: EventPacker(EventPackerConfig(channels=5, samples=16)),
            "heads_alone": lambda: EventPacker(
                EventPackerConfig(channels=1, sample_width=16, samples=0)
            ),
        },
        "register_bank": {
            "three_channels": lambda: RegisterBank(detection_registers(3)),
            "small_counters": lambda: RegisterBank(_small_counters()),
        },
        "detection_chain": {
            "three_channels": lambda: DetectionChain(
                DetectionChainConfig.fitted(
                    BandPassConfig(channels=3),
                    snippet_buffer=SnippetBufferConfig(
                        snippet_samples=16, pre_trigger=5, history_frames=64, queue_events=8
                    ),
                )
            ),
        },
        **ATTENTION_COMPONENTS,
        **CODEC_COMPONENTS,
        **PROCESSOR_COMPONENTS,
    }
)
"""Block, variant, component."""


def bench_of(block: str) -> str:
    """Return the importable name of the bench of ``block``."""
    return f"verification.cocotb_benches.bench_{block}"
