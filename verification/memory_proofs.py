"""What is proven of memories, buses and rings of a processor, each as small as it can be."""

from collections.abc import Mapping
from types import MappingProxyType

from rtl.data_memory import DataMemory
from rtl.data_switch import DataSwitch
from rtl.event_dma import EventDma, EventDmaConfig
from rtl.event_packer import EventPacker, EventPackerConfig
from rtl.peripheral_bus import PeripheralBus
from rtl.processor_map import ProcessorMap
from rtl.text_memory import TextMemory
from verification.block_proofs import BlockProof
from verification.memory_properties import (
    bus_properties,
    data_memory_properties,
    ring_properties,
    switch_properties,
    text_memory_properties,
)
from verification.stream_properties import StreamHarness

__all__ = ["MEMORY_PROOFS", "SMALLEST"]

SMALLEST = ProcessorMap(text_bytes=64, data_bytes=64)

MEMORY_PROOFS: Mapping[str, BlockProof] = MappingProxyType(
    {
        "data_memory_gives_every_port_what_was_written_last": BlockProof(
            block="processor",
            make=lambda: StreamHarness(DataMemory(32), data_memory_properties, free={"spot": 3}),
            mode="bounded",
            depth=4,
        ),
        "text_memory_keeps_what_was_fetched": BlockProof(
            block="processor",
            make=lambda: StreamHarness(TextMemory(64), text_memory_properties, free={"spot": 5}),
            mode="bounded",
            depth=7,
        ),
        "data_switch_answers_who_asked": BlockProof(
            block="processor",
            make=lambda: StreamHarness(DataSwitch(SMALLEST), switch_properties),
            mode="bounded",
            depth=10,
        ),
        "peripheral_bus_asks_a_device_once": BlockProof(
            block="processor",
            make=lambda: StreamHarness(
                PeripheralBus({"mailbox": 4, "mac_array": 6, "outside": 16}), bus_properties
            ),
            mode="induction",
            depth=3,
        ),
        "event_dma_writes_into_its_rings": BlockProof(
            block="processor",
            make=lambda: StreamHarness(
                EventDma(EventDmaConfig(streams=2, processor_map=SMALLEST)), ring_properties
            ),
            mode="bounded",
            depth=7,
        ),
        "event_packer_keeps_the_stream_rules": BlockProof(
            block="event_packer",
            make=lambda: StreamHarness(
                EventPacker(EventPackerConfig(channels=2, sample_width=2, samples=8))
            ),
            mode="induction",
            depth=3,
        ),
    }
)
"""By what they say."""
