"""On which components the benches of the processor and its parts are run."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from rtl.mac_array import MacArray
from rtl.mac_array_config import MacArrayConfig
from rtl.processor import Processor
from rtl.processor_config import ProcessorCoreConfig
from rtl.processor_core import ProcessorCore
from rtl.processor_map import ProcessorMap
from rtl.processor_system_config import ProcessorSystemConfig
from verification.device_programs import LOADED_BYTES, image_of

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
    }
)
"""Block, variant, component."""
