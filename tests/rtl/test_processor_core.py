import numpy as np
import pytest

from rtl.divider import Divider
from rtl.one_cycle_multiplier import OneCycleMultiplier
from rtl.processor_config import ProcessorCoreConfig
from rtl.serial_multiplier import SerialMultiplier
from tests.rtl.processor_runs import simulate, straight
from verification.golden.processor_core import ProcessorModel
from verification.processor_corners import RESERVED, corner_program
from verification.processor_harness import MEMORIES, Waits
from verification.processor_programs import random_program
from verification.riscv_assembler import branch, i_type, jump, r_type

LOAD, SYSTEM, EBREAK = 0x03, 0x73, 0x00100073
MCOUNTINHIBIT, MINSTRET = 0x320, 0xB02

CONFIGS = {
    "compressed": ProcessorCoreConfig(trace=True),
    "dot": ProcessorCoreConfig(trace=True, dot=True, event_counters=True),
    "least": ProcessorCoreConfig(trace=True, compressed=False, multiplier="serial", hart=5),
}
WAITS = {
    "never": Waits(interrupt=0.03),
    "fetch": Waits(fetch_ready=0.5, interrupt=0.01),
    "data": Waits(data_ready=0.3, interrupt=0.01),
    "both": Waits(fetch_ready=0.7, data_ready=0.6, interrupt=0.03),
}


@pytest.mark.parametrize("waits", WAITS.values(), ids=list(WAITS))
@pytest.mark.parametrize("config", CONFIGS.values(), ids=list(CONFIGS))
def test_matches_golden(config, waits):
    rng = np.random.default_rng(7)
    image = random_program(
        rng,
        data_base=MEMORIES.data_base + MEMORIES.data_bytes // 2,
        outside=0x40000080,
        compressed=config.compressed,
        dot=config.dot,
    )

    simulate(config, image, 300, waits=waits)


def test_a_program_of_corners_reaches_its_end_and_traps_where_it_must():
    image, count = corner_program(compressed=True)
    model = ProcessorModel(CONFIGS["compressed"], MEMORIES)
    model.load(0, image)

    told = [model.step() or {} for _ in range(count)]

    assert model.pc == 0
    assert sum(each["trap"] for each in told) == len(RESERVED)
    assert len({each["insn"] for each in told if each["trap"]}) == len(RESERVED)


@pytest.mark.parametrize(
    "words",
    [
        [r_type("add", 1, 1, 2), r_type("mul", 2, 1, 1)],
        [i_type(LOAD, 2, 1, 0, 0), r_type("add", 2, 1, 1)],
        [branch("beq", 0, 0, 8), EBREAK, branch("bne", 0, 0, 8), jump(1, 4)],
    ],
    ids=["arithmetic", "load_and_use", "branches"],
)
def test_takes_a_cycle_for_each_instruction(words):
    """Products, loads whose result is used at once, and branches taken or not included."""
    taken = simulate(CONFIGS["compressed"], straight(words), 200)

    assert taken == 200 + 2  # the first fetch, and the register before the trace port


def test_an_instruction_that_stops_a_counter_is_still_counted():
    stops = [i_type(SYSTEM, 6, 0, 5, MCOUNTINHIBIT), i_type(SYSTEM, 7, 0, 5, MCOUNTINHIBIT)]
    reads = i_type(SYSTEM, 2, 1, 0, MINSTRET)
    writes = [i_type(SYSTEM, 5, 0, 7, register) for register in (MINSTRET, MINSTRET + 0x80)]

    simulate(
        CONFIGS["compressed"], straight([stops[0], reads, stops[1], reads, *writes, reads]), 16
    )


@pytest.mark.parametrize(
    ("name", "config", "cycles"),
    [
        ("div", "compressed", Divider.latency),
        ("remu", "compressed", Divider.latency),
        ("mulh", "least", SerialMultiplier.latency),
        ("mul", "compressed", OneCycleMultiplier.latency),
        ("mulh", "compressed", OneCycleMultiplier.upper_latency),
        ("mulhu", "compressed", OneCycleMultiplier.upper_latency),
    ],
)
def test_waits_for_long_arithmetic_as_long_as_it_says(name, config, cycles):
    taken = simulate(CONFIGS[config], straight([r_type(name, 1, 2, 3)]), 20)

    assert taken == 20 + 2 + 10 * cycles


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"reset_address": 2}, "reset_address must be a multiple of 4, not 0x2"),
        ({"hart": -1}, r"hart must be in 0\.\.4294967295, not -1"),
        ({"multiplier": "fast"}, "multiplier must be one_cycle or serial, not 'fast'"),
        ({"registers": "drums"}, "registers must be flip_flops or latches, not 'drums'"),
    ],
)
def test_config_rejects(fields, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        ProcessorCoreConfig(**fields)
