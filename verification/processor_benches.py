"""On which components the benches of the processor and its parts are run."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from rtl.band_pass import BandPassConfig
from rtl.detection_chain import DetectionChainConfig
from rtl.mac_array import MacArray
from rtl.mac_array_config import MacArrayConfig
from rtl.processor import Processor
from rtl.processor_config import ProcessorCoreConfig
from rtl.processor_core import ProcessorCore
from rtl.processor_map import ProcessorMap
from rtl.processor_system_config import ProcessorSystemConfig
from rtl.snippet_buffer import SnippetBufferConfig
from rtl.spike_detector import SpikeDetectorConfig
from rtl.spike_processor import SpikeProcessor
from rtl.spike_processor_config import SpikeProcessorConfig
from verification.device_programs import LOADED_BYTES, image_of
from verification.spike_programs import event_reporter, level_settings

__all__ = ["PROCESSOR_COMPONENTS"]

_BOOTED = ProcessorSystemConfig(
    core=ProcessorCoreConfig(trace=True),
    processor_map=ProcessorMap(text_bytes=2048, data_bytes=1024),
    boot="host",
    streams=2,
    pins=5,
)
_READY = ProcessorSystemConfig(
    core=ProcessorCoreConfig(trace=True),
    processor_map=ProcessorMap(text_bytes=1 << 14, data_bytes=1 << 12),
)
_SPIKES = SpikeProcessorConfig(
    chain=DetectionChainConfig.fitted(
        BandPassConfig(channels=3, sample_width=9),
        SpikeDetectorConfig(smoothing_samples=2),
        SnippetBufferConfig(snippet_samples=12, pre_trigger=4, history_frames=64, queue_events=4),
    ),
    processor=ProcessorSystemConfig(
        processor_map=ProcessorMap(text_bytes=1024, data_bytes=512), mac_array=False, pins=1
    ),
)

PROCESSOR_COMPONENTS: Mapping[str, Mapping[str, Callable[[], Any]]] = MappingProxyType(
    {
        "processor_core": {
            "all_there_is": lambda: ProcessorCore(
                ProcessorCoreConfig(trace=True, dot=True, event_counters=True)
            ),
            "least": lambda: ProcessorCore(
                ProcessorCoreConfig(trace=True, compressed=False, multiplier="serial", hart=5)
            ),
            "latches": lambda: ProcessorCore(ProcessorCoreConfig(trace=True, registers="latches")),
        },
        "mac_array": {
            "sixteen_lanes": lambda: MacArray(MacArrayConfig(vector_beats=8, memory_bytes=1 << 12)),
            "eight_lanes": lambda: MacArray(
                MacArrayConfig(lanes=8, vector_beats=2, memory_base=0, memory_bytes=1 << 11)
            ),
        },
        "processor": {
            "booted": lambda: Processor(
                _BOOTED, text=bytes(LOADED_BYTES) + image_of(_BOOTED)[LOADED_BYTES:]
            ),
            "ready": lambda: Processor(_READY, text=image_of(_READY)),
        },
        "spike_processor": {
            "three_channels": lambda: SpikeProcessor(
                _SPIKES, text=event_reporter(_SPIKES, level_settings(_SPIKES))
            ),
        },
    }
)
"""Block, variant, component."""
