"""Tests of programs that receive events while they run, every instruction beside the model's."""

from pathlib import Path

import numpy as np

from rtl.processor_config import ProcessorCoreConfig
from rtl.processor_map import ProcessorMap
from rtl.processor_system_config import ProcessorSystemConfig
from system.firmware.circuit import memory_words
from system.firmware.runner import open_program
from tests.rtl.system_runs import simulate
from verification.device_programs import device_program
from verification.processor_surroundings import Liveliness

CORE = ProcessorCoreConfig(dot=True, trace=True)
SMALL = ProcessorSystemConfig(
    core=CORE, processor_map=ProcessorMap(text_bytes=1024, data_bytes=1024), pins=5, queue_bytes=4
)
RING_EVENTS, EVENT_WORDS = 7, 12  # of the program of the kit


def test_a_ring_that_overruns_interrupts_the_program_and_counts_what_is_lost():
    around, _ = simulate(
        SMALL, device_program(SMALL), 450, liveliness=Liveliness(events=0.4, output_ready=1.0)
    )
    rings = around.lockstep.system.rings
    lost = rings.read(SMALL.registers["dma"].address_of("ring_0_overruns")).read_data

    assert around.instructions == 450
    assert rings.interrupt
    assert 0 < lost < around.events - 15  # it has been freed, and filled again


def test_a_program_of_the_kit_takes_events_from_a_ring_that_waits_for_it():
    config = ProcessorSystemConfig(core=CORE, gated=True, vector_beats=2)
    text, _ = memory_words(config, open_program(Path("spike_counter")))
    image = text[: np.flatnonzero(text)[-1] + 1].astype("<u4").tobytes()

    around, _ = simulate(config, image, 1900, liveliness=Liveliness(events=0.3))
    rings = around.lockstep.system.rings

    assert around.instructions == 1900
    assert around.events > (RING_EVENTS + 3) * EVENT_WORDS
    assert rings.read(config.registers["dma"].address_of("ring_0_overruns")).read_data == 0
