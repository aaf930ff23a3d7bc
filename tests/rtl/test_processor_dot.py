import numpy as np
import pytest

from rtl.dot_instructions import DOT_INSTRUCTIONS, HIGH_REGISTERS, LOW_REGISTERS
from rtl.processor_config import ProcessorCoreConfig
from tests.rtl.processor_runs import simulate, straight
from verification.dot_programs import matrix_vector_program
from verification.golden.processor_core import Memories, ProcessorModel
from verification.golden.riscv.arithmetic import dotted
from verification.golden.riscv.control import wrapped
from verification.processor_harness import MEMORIES
from verification.riscv_assembler import i_type

CONFIG = ProcessorCoreConfig(trace=True, dot=True)
SYSTEM = 0x73
WEIGHTS, VECTOR = 0x2000, 0x1000
DOT8, DOT16, DOT8_LOAD, DOT16_LOAD = DOT_INSTRUCTIONS


def image(words):
    return b"".join(word.to_bytes(4, "little") for word in words)


def packed(*elements, width):
    return sum((each & ((1 << width) - 1)) << width * n for n, each in enumerate(elements))


@pytest.mark.parametrize(
    ("width", "a", "b", "total"),
    [
        (8, (1, -2, 3, -4), (5, 6, 7, 8), 5 - 12 + 21 - 32),
        (8, (-128,) * 4, (-128,) * 4, 4 << 14),
        (16, (1, -2), (300, 400), 300 - 800),
        (16, (-32768,) * 2, (-32768,) * 2, 1 << 31),
    ],
)
def test_golden_matches_worked_examples(width, a, b, total):
    assert dotted(width, packed(*a, width=width), packed(*b, width=width)) == total


def test_sums_wrap():
    assert [wrapped(n) for n in (1 << 39, -(1 << 39) - 1, (1 << 40) + 5)] == [
        -(1 << 39),
        (1 << 39) - 1,
        5,
    ]


def test_sums_can_be_saved_and_restored():
    """As a handler does: both halves read, the lower one written first."""
    model = ProcessorModel(CONFIG, Memories())
    model.registers[5:7] = packed(-32768, -32768, width=16)
    save = [
        i_type(SYSTEM, 2, 10, 0, LOW_REGISTERS + 3),
        i_type(SYSTEM, 2, 11, 0, HIGH_REGISTERS + 3),
    ]
    spoil = [i_type(SYSTEM, 1, 0, 5, LOW_REGISTERS + 3)]
    restore = [
        i_type(SYSTEM, 1, 0, 10, LOW_REGISTERS + 3),
        i_type(SYSTEM, 1, 0, 11, HIGH_REGISTERS + 3),
    ]
    program = [DOT16.encoded(3, 0, 5, 6)] * 7 + [*save, *spoil, *restore]
    model.load(0, image(program))

    model.run(len(program))

    assert model.state()["sum_3"] == 7 << 31
    assert model.registers[10:12].tolist() == [1 << 31, 3]


def matrix_vector(rows):
    """Return program and data in one image, matrix and vector."""
    rng = np.random.default_rng(71)
    weights = rng.integers(-128, 128, (rows, 64)).astype(np.int8)
    vector = rng.integers(-128, 128, 64).astype(np.int8)
    words = matrix_vector_program(
        rows=rows, weights=WEIGHTS, vector=VECTOR, output=MEMORIES.data_base
    )
    memory = bytearray(WEIGHTS + weights.size)
    memory[: 4 * len(words)] = image(words)
    memory[VECTOR : VECTOR + 64] = vector.tobytes()
    memory[WEIGHTS:] = weights.tobytes()
    return bytes(memory), len(words), weights, vector


def test_a_product_of_64_by_64_takes_less_than_half_an_instruction_for_each_product():
    memory, words, weights, vector = matrix_vector(64)
    model = ProcessorModel(CONFIG, MEMORIES)
    model.load(0, memory)

    executed = 0
    while model.pc != 4 * (words - 1):
        executed += model.run(1)

    expected = weights.astype(np.int64) @ vector.astype(np.int64)
    np.testing.assert_array_equal(model.data[:64].astype(np.int32), expected)
    assert executed == 64 * 20 + 25
    assert executed / 64**2 < 0.5


def test_the_loop_takes_a_cycle_for_each_instruction():
    memory, _, _, _ = matrix_vector(4)

    taken = simulate(CONFIG, memory, 4 * 20 + 25)

    assert taken == 4 * 20 + 25 + 2  # the first fetch, and the register before the trace port


def test_a_sum_is_read_and_added_to_in_neighbouring_cycles():
    words = [
        DOT8.encoded(1, 0, 5, 6),
        i_type(SYSTEM, 2, 7, 5, LOW_REGISTERS + 1),
        DOT16.encoded(1, 0, 7, 6),
        i_type(SYSTEM, 1, 5, 7, HIGH_REGISTERS + 1),
        DOT8_LOAD.encoded(1, 6, 0, 5),
        DOT16_LOAD.encoded(1, 5, 0, 7),
        i_type(SYSTEM, 1, 6, 5, LOW_REGISTERS + 1),
    ]

    assert simulate(CONFIG, straight(words), 60) == 60 + 2


@pytest.mark.parametrize("each", DOT_INSTRUCTIONS, ids=lambda each: each.name)
def test_without_the_extension_they_are_illegal(each):
    model = ProcessorModel(ProcessorCoreConfig(), Memories())
    model.load(0, image([each.encoded(0, 0, 0, 0), i_type(SYSTEM, 2, 5, 0, LOW_REGISTERS)]))

    told = [model.step() or {}]

    assert told[0]["trap"] == 1
    assert model.state()["mcause"] == 2
