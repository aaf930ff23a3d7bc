"""Tests of programs that receive events while they run, every instruction beside the model's."""

from itertools import cycle
from pathlib import Path

import numpy as np

from rtl.event_packer import EventPackerConfig
from rtl.processor_config import ProcessorCoreConfig
from rtl.processor_map import ProcessorMap
from rtl.processor_system_config import ProcessorSystemConfig
from system.firmware.circuit import memory_words
from system.firmware.runner import open_program
from tests.rtl.system_runs import simulate
from verification.device_programs import device_program
from verification.event_words import random_events
from verification.golden.event_packer import event_packer
from verification.processor_surroundings import Liveliness

CORE = ProcessorCoreConfig(dot=True, trace=True)
SMALL = ProcessorSystemConfig(
    core=CORE, processor_map=ProcessorMap(text_bytes=1024, data_bytes=1024), pins=5, queue_bytes=4
)
RING_BYTES = 2048  # of the program of the kit


def test_a_ring_that_overruns_interrupts_the_program_and_counts_what_is_lost():
    around, _ = simulate(
        SMALL, device_program(SMALL), 450, liveliness=Liveliness(events=0.4, output_ready=1.0)
    )
    rings = around.lockstep.system.rings
    lost = rings.read(SMALL.registers["dma"].address_of("ring_0_overruns")).read_data

    assert around.instructions == 450
    assert rings.interrupt
    assert 0 < lost < around.events - 15  # it has been freed, and filled again


def spike_counter(config):
    text, _ = memory_words(config, open_program(Path("spike_counter")))
    return text[: np.flatnonzero(text)[-1] + 1].astype("<u4").tobytes()


def test_a_program_of_the_kit_takes_events_from_a_ring_that_waits_for_it():
    config = ProcessorSystemConfig(core=CORE, gated=True, vector_beats=2)
    packer = EventPackerConfig(samples=16)
    events = random_events(100, packer, samples=16, rng=np.random.default_rng(3))
    words = cycle(event_packer(events, packer).ravel().tolist())

    around, _ = simulate(
        config, spike_counter(config), 2600, liveliness=Liveliness(events=1.0), words=words
    )
    rings = around.lockstep.system.rings

    assert around.instructions == 2600
    assert around.events > RING_BYTES // 4 + 3 * packer.words
    assert rings.is_held(0)
    assert rings.read(config.registers["dma"].address_of("ring_0_overruns")).read_data == 0
