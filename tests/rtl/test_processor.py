"""Tests of the whole processor, beside its model."""

import pytest

from rtl.processor_config import ProcessorCoreConfig
from rtl.processor_map import DATA_BASE, ProcessorMap
from rtl.processor_system_config import ProcessorSystemConfig
from tests.rtl.system_runs import simulate
from verification.device_programs import device_program
from verification.processor_surroundings import QUIET, Liveliness
from verification.program_parts import assembled
from verification.riscv_assembler import i_type, jump, load_constant, store

LOAD = 0x03
DATA, DEVICE = 10, 11  # registers
CONFIG = ProcessorSystemConfig(
    core=ProcessorCoreConfig(trace=True),
    processor_map=ProcessorMap(text_bytes=1024, data_bytes=1024),
    streams=2,
    pins=5,
    queue_bytes=4,
)
LIVELY = Liveliness(events=0.02, received=0.01, pins=0.005, lines=0.003, output_ready=0.6)


@pytest.mark.parametrize("liveliness", [QUIET, LIVELY], ids=["quiet", "lively"])
def test_every_instruction_is_the_models(liveliness):
    around, _ = simulate(CONFIG, device_program(CONFIG), 600, liveliness=liveliness)

    assert around.instructions == 600
    assert around.received == around.sent[: len(around.received)]
    assert len(around.received) > 4 or liveliness is QUIET


def test_what_is_no_memory_of_data_takes_a_cycle_more():
    scratch = ProcessorMap().base_of("mailbox") + 20
    setup = [*load_constant(DATA, DATA_BASE), *load_constant(DEVICE, scratch)]
    fast = [i_type(LOAD, 2, 6, DATA, 0), store("sb", 6, DATA, 1)]
    slow = [i_type(LOAD, 2, 6, 0, 0), store("sw", 6, 0, 512)]  # instructions
    slow += [i_type(LOAD, 1, 6, DEVICE, 2), store("sw", 6, DEVICE, 0)]
    words = [*setup, *(5 * fast), *(5 * slow), jump(0, 0)]

    _, cycles = simulate(CONFIG, assembled(words), len(words))

    first_fetch, trace_port = 1, 1
    assert cycles == len(words) + 5 * len(slow) + first_fetch + trace_port
