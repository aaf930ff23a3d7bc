import re

import pytest

from rtl.processor_config import ProcessorCoreConfig
from verification.golden.processor_core import BusAccess, Memories, ProcessorModel
from verification.golden.riscv.arithmetic import divided, multiplied, operated
from verification.riscv_assembler import branch, i_type, load_constant, r_type, store

LOAD, OP_IMM, SYSTEM = 0x03, 0x13, 0x73
WFI, ECALL = 0x10500073, 0x00000073
MTVEC, MEPC, MCAUSE, MIE, MSTATUS = 0x305, 0x341, 0x342, 0x304, 0x300
INHIBITIONS = 0x320
TOP = 0xFFFFFFFF
SMALLEST = 0x80000000


def image(*words):
    return b"".join(word.to_bytes(4, "little") for word in words)


def loaded(*words, device=lambda _access: None):
    model = ProcessorModel(ProcessorCoreConfig(), Memories(), device)
    model.load(0, image(*words))
    return model


def test_a_loop_adds_the_first_hundred_numbers():
    model = loaded(
        i_type(OP_IMM, 0, 5, 0, 100),
        r_type("add", 6, 6, 5),
        i_type(OP_IMM, 0, 5, 5, -1),
        branch("bne", 5, 0, -8),
    )

    assert model.run(1 + 3 * 100) == 301
    assert model.registers[6] == 5050
    assert model.pc == 16


@pytest.mark.parametrize(
    ("function", "a", "b", "result"),
    [
        (4, 7, 0, TOP),  # the specification's table of division by zero and overflow
        (5, 7, 0, TOP),
        (6, 7, 0, 7),
        (7, 7, 0, 7),
        (4, SMALLEST, TOP, SMALLEST),
        (6, SMALLEST, TOP, 0),
        (4, TOP - 6, 2, TOP - 2),  # -7 / 2 = -3
        (6, TOP - 6, 2, TOP),  # -7 % 2 = -1
        (6, 7, TOP - 1, 1),  # 7 % -2 = 1
        (5, TOP, 2, 0x7FFFFFFF),
    ],
)
def test_division_is_that_of_the_specification(function, a, b, result):
    assert divided(function, a, b) == result


@pytest.mark.parametrize("a", [0, 1, 0x7FFFFFFF, SMALLEST, TOP])
@pytest.mark.parametrize("b", [0, 1, 0x7FFFFFFF, SMALLEST, TOP])
def test_products_are_those_of_whole_numbers(a, b):
    def as_signed(word):
        return word - (1 << 32) if word >> 31 else word

    exact = [as_signed(a) * as_signed(b)] * 2 + [as_signed(a) * b, a * b]

    assert multiplied(0, a, b) == exact[0] & TOP
    assert [multiplied(n, a, b) for n in (1, 2, 3)] == [each >> 32 & TOP for each in exact[1:]]


def test_arithmetic_shifts_keep_the_sign_and_use_five_bits():
    assert operated(5, True, SMALLEST, 31) == TOP
    assert operated(5, False, SMALLEST, 31) == 1
    assert operated(1, False, 1, 33) == 2


def test_bytes_and_halves_are_extended():
    model = loaded(
        *load_constant(5, 0x10000000),
        *load_constant(6, 0x80FF7F01),
        store("sw", 6, 5, 0),
        i_type(LOAD, 0, 7, 5, 3),  # lb
        i_type(LOAD, 4, 8, 5, 3),  # lbu
        i_type(LOAD, 1, 9, 5, 2),  # lh
        i_type(LOAD, 5, 10, 5, 2),  # lhu
    )

    model.run(9)

    assert model.registers[7:11].tolist() == [0xFFFFFF80, 0x80, 0xFFFF80FF, 0x80FF]


def test_a_device_sees_what_no_memory_has():
    seen = []

    def device(access):
        seen.append(access)
        return 0x1234 if not access.write else 0

    model = loaded(
        *load_constant(5, 0x40000000),
        i_type(LOAD, 2, 6, 5, 4),
        store("sb", 6, 5, 9),
        device=device,
    )
    model.run(4)

    assert model.registers[6] == 0x1234
    assert seen == [
        BusAccess(address=0x40000004, mask=15, write=False, data=0),
        BusAccess(address=0x40000008, mask=2, write=True, data=0x123400),
    ]


def test_what_a_device_refuses_traps():
    model = loaded(*load_constant(5, 0x40000000), i_type(LOAD, 2, 6, 5, 4))
    model.run(2)

    told = model.step()

    assert told is not None
    assert told["trap"] == 1
    assert (model.state()["mcause"], model.state()["mtval"]) == (5, 0x40000004)
    assert model.state()["mepc"] == 8


def test_an_interrupt_ends_the_wait_and_is_taken_before_the_next_instruction():
    model = loaded(
        *load_constant(5, 0x101),  # vectored, at 0x100
        i_type(SYSTEM, 1, 0, 5, MTVEC),
        i_type(OP_IMM, 0, 6, 0, 0x80),
        i_type(SYSTEM, 1, 0, 6, MIE),
        i_type(SYSTEM, 6, 0, 8, MSTATUS),
        WFI,
        r_type("add", 7, 7, 7),
    )
    model.load(0x100 + 4 * 7, image(ECALL))

    assert model.run(100) == 7
    assert model.step() is None
    told = model.step(0x80)

    assert told is not None
    assert (told["intr"], told["pc_rdata"]) == (1, 0x100 + 4 * 7)
    assert model.state()["mepc"] == 0x100 + 4 * 7  # of the ecall, by now
    assert model.state()["mcause"] == 11


def test_a_counter_of_instructions_can_be_written_and_stopped():
    model = loaded(
        i_type(OP_IMM, 0, 5, 0, 1000),
        i_type(SYSTEM, 1, 0, 5, 0xB02),
        i_type(SYSTEM, 2, 6, 0, 0xB02),
        i_type(SYSTEM, 6, 0, 4, 0x320),
        i_type(SYSTEM, 2, 7, 0, 0xC02),
        i_type(SYSTEM, 2, 8, 0, 0xC02),
    )

    model.run(6)

    assert model.registers[6] == 1000
    assert model.registers[7] == model.registers[8]


@pytest.mark.parametrize("counter", [0xB00, 0xB02])
def test_an_instruction_that_stops_a_counter_is_still_counted_by_it(counter):
    model = loaded(
        i_type(SYSTEM, 6, 0, 5, INHIBITIONS),  # both
        i_type(SYSTEM, 2, 6, 0, counter),
        i_type(SYSTEM, 7, 0, 5, INHIBITIONS),
        i_type(SYSTEM, 2, 7, 0, counter),
    )

    model.run(4)

    assert model.registers[6:8].tolist() == [1, 1]


@pytest.mark.parametrize("counter", [0xB00, 0xB02])
def test_what_is_written_to_a_counter_is_what_the_next_instruction_reads(counter):
    model = loaded(
        i_type(OP_IMM, 0, 5, 0, -1),
        i_type(SYSTEM, 1, 0, 5, counter),
        i_type(SYSTEM, 1, 0, 5, counter + 0x80),
        i_type(SYSTEM, 2, 6, 0, counter),
        i_type(SYSTEM, 2, 7, 0, counter + 0x80),
        i_type(SYSTEM, 2, 8, 0, counter),
    )

    model.run(6)

    assert model.registers[6:9].tolist() == [TOP, 0, 1]  # it wrapped after it was read


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"text_bytes": 6}, "text_bytes must be a multiple of 4 in 0..2**32, not 0x6"),
        (
            {"data_base": 0xFFFFFFFC, "data_bytes": 8},
            "data memory must end at 2**32 at the latest, not 0x100000004",
        ),
    ],
)
def test_memories_reject(fields, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Memories(**fields)


def test_an_image_must_lie_in_a_memory():
    model = loaded()

    with pytest.raises(
        ValueError, match=r"^image must lie in one memory, but is 8 bytes at 0xfffc$"
    ):
        model.load(0xFFFC, bytes(8))
