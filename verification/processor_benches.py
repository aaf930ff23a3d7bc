"""On which components the benches of the processor and its parts are run."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from rtl.processor_config import ProcessorCoreConfig
from rtl.processor_core import ProcessorCore

__all__ = ["PROCESSOR_COMPONENTS"]

PROCESSOR_COMPONENTS: Mapping[str, Mapping[str, Callable[[], Any]]] = MappingProxyType(
    {
        "processor_core": {
            "all_there_is": lambda: ProcessorCore(ProcessorCoreConfig(trace=True)),
            "least": lambda: ProcessorCore(
                ProcessorCoreConfig(trace=True, compressed=False, multiplier="serial", hart=5)
            ),
        },
    }
)
"""Block, variant, component."""
