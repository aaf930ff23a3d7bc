"""Tests of the model of a processor with memories and devices."""

import pytest

from rtl.processor_map import DATA_BASE, OUTSIDE_BASE, Line, ProcessorMap
from rtl.processor_system_config import ProcessorSystemConfig
from verification.golden.processor import ProcessorSystemModel
from verification.golden.processor_core import BusAccess
from verification.program_parts import assembled, ends, handled, store_word
from verification.riscv_assembler import branch, i_type, jump, load_constant, store

LOAD, OP_IMM, SYSTEM, WFI, MRET = 0x03, 0x13, 0x73, 0x10500073, 0x30200073
MSTATUS, MIE, MTVEC, MCAUSE = 0x300, 0x304, 0x305, 0x342
BASES = ProcessorMap()


def run(image, *, limit=1000, received=()):
    model = ProcessorSystemModel()
    model.load(0, image)
    for byte in received:
        model.mailbox.send(byte)
    model.run(limit)
    return model


CAUSE = [i_type(SYSTEM, 2, 10, 0, MCAUSE)]


def test_a_timer_wakes_the_hart_from_its_sleep():
    timer = BASES.base_of("timer")
    words = [
        *store_word(timer + 0x8, 1_000_000),
        *store_word(timer + 0xC, 0),
        *load_constant(7, 1 << Line.TIMER),
        i_type(SYSTEM, 1, 0, 7, MIE),
        i_type(SYSTEM, 6, 0, 8, MSTATUS),
        WFI,
        jump(0, 0),
    ]
    image = handled(words, [*CAUSE, *ends(10)])

    model = run(image)

    assert model.exit_code == 1 << 31 | Line.TIMER
    assert model.timer.time >= 1_000_000
    assert model.core.instructions < 100


def test_a_hart_that_nothing_wakes_returns():
    model = run(assembled([WFI, jump(0, 0)]))

    assert model.sleeping
    assert model.exit_code is None
    assert model.core.instructions == 1


def test_bytes_for_the_program_interrupt_it():
    interrupts, mailbox = BASES.base_of("interrupts"), BASES.base_of("mailbox")
    words = [
        *store_word(interrupts + 4, 1 << (Line.MAILBOX - 16)),
        *load_constant(7, 1 << Line.MAILBOX),
        i_type(SYSTEM, 1, 0, 7, MIE),
        i_type(SYSTEM, 6, 0, 8, MSTATUS),
        WFI,
        jump(0, 0),
    ]
    image = handled(words, [*load_constant(5, mailbox), i_type(LOAD, 2, 10, 5, 4), *ends(10)])

    model = run(image, received=[65])

    assert model.exit_code == 1 << 8 | 65


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        ([*load_constant(5, BASES.base_of("timer")), store("sb", 0, 5, 8)], 7),
        ([*load_constant(5, BASES.base_of("timer")), store("sw", 0, 5, 0)], 7),
        ([*load_constant(5, BASES.base_of("timer")), i_type(LOAD, 2, 6, 5, 0x40)], 5),
        ([*load_constant(5, OUTSIDE_BASE), i_type(LOAD, 2, 6, 5, 0)], 5),
        ([*load_constant(5, DATA_BASE), i_type(0x67, 0, 0, 5, 0)], 1),
        ([*load_constant(5, BASES.base_of("timer")), i_type(LOAD, 4, 6, 5, 8), jump(0, 0)], None),
    ],
    ids=["part_of_a_word", "read_only", "beyond", "outside", "data_is_no_code", "byte_is_read"],
)
def test_what_no_device_answers_is_a_precise_fault(code, cause):
    image = handled(code, [*CAUSE, *ends(10)])

    assert run(image).exit_code == cause


def test_the_host_boots_it():
    model = ProcessorSystemModel(ProcessorSystemConfig(boot="host"))
    image = assembled([i_type(OP_IMM, 0, 10, 0, 9), *ends(10)])
    assert model.run(100) == 0

    for address in range(0, len(image), 4):
        word = int.from_bytes(image[address : address + 4], "little")
        model.access(BusAccess(address=address, mask=15, write=True, data=word))
    control = BASES.base_of("spi") + 4
    model.access(BusAccess(address=control, mask=15, write=True, data=1))
    model.run(100)

    assert model.exit_code == 9
    read = BusAccess(address=BASES.base_of("mailbox") + 12, mask=15, write=False, data=0)
    assert model.access(read) == 9


def test_words_of_a_stream_lie_in_their_ring_until_they_are_read():
    dma = BASES.base_of("dma")
    image = assembled(
        [
            *store_word(dma + 0x8, 16),
            *store_word(dma + 0x0, 1),
            *ends(0),
        ]
    )
    model = run(image)

    taken = [model.rings.push(0, 100 + n) for n in range(5)]

    assert taken == [True] * 5
    assert model.core.data[:4].tolist() == [100, 101, 102, 0]
    assert model.rings.read(0x1C).read_data == 2
    model.rings.write(0xC, 8)
    assert model.rings.push(0, 200)
    assert model.core.data[:4].tolist() == [100, 101, 102, 200]


def test_a_ring_beyond_memory_takes_nothing():
    dma = BASES.base_of("dma")
    words = [*store_word(dma + 0x4, DATA_BASE + 65528), *store_word(dma + 0x8, 16)]

    model = run(assembled([*words, *store_word(dma, 1), *ends(0)]))

    assert not model.rings.push(0, 1)
    assert model.rings.interrupt
    assert model.rings.read(0x18).read_data == 1
    assert not model.core.data.any()


def test_it_is_fast_while_no_device_is_asked():
    loop = [i_type(OP_IMM, 0, 10, 10, 1), branch("bne", 10, 0, -4)]

    model = run(assembled(loop), limit=200_000)

    assert model.core.instructions == 200_000


def host(model, address, data=None, *, mask=15):
    """Let the host write a word, or read one."""
    write = data is not None
    return model.access(BusAccess(address=address, mask=mask, write=write, data=data or 0))


def test_a_store_of_bytes_leaves_the_others_in_memory():
    model = ProcessorSystemModel()
    model.load(DATA_BASE, bytes.fromhex("44332211"))

    host(model, DATA_BASE, 0xAABBCCDD, mask=0b1001)

    assert host(model, DATA_BASE) == 0xAA2233DD


def test_the_host_is_refused_between_words():
    model = ProcessorSystemModel()

    assert host(model, DATA_BASE + 2, 5) is None
    assert host(model, BASES.base_of("gpio") + 1) is None
    assert not model.core.data.any()


def test_what_the_host_rings_is_pending_when_it_looks():
    model = ProcessorSystemModel()
    pending, doorbell = BASES.base_of("interrupts"), BASES.base_of("spi") + 12

    host(model, doorbell, 1)
    assert host(model, pending) == 1
    host(model, doorbell, 0)
    host(model, pending, 1)

    assert host(model, pending) == 0


def test_a_core_that_is_halted_in_its_sleep_goes_on_behind_it():
    model = ProcessorSystemModel()
    model.load(0, assembled([WFI, i_type(OP_IMM, 0, 10, 0, 9), *ends(10)]))
    spi = BASES.base_of("spi")
    model.run(10)
    assert host(model, spi + 8) == 2

    host(model, spi + 4, 3)
    assert (host(model, spi + 8), host(model, spi + 20)) == (1, 4)
    host(model, spi + 4, 1)
    model.run(10)

    assert model.exit_code == 9


def test_when_the_host_takes_the_core_back_devices_are_as_after_reset():
    model = ProcessorSystemModel()
    mailbox, gpio = BASES.base_of("mailbox"), BASES.base_of("gpio")
    image = [*store_word(gpio, 3), *store_word(mailbox, 65), *ends(10)]
    model.load(0, assembled(image))
    model.gpio.set_input(2)
    model.run(100)
    assert (model.exit_code, model.gpio.output) == (0, 3)

    host(model, BASES.base_of("spi") + 4, 0)
    assert (model.exit_code, model.gpio.output, host(model, gpio + 8)) == (None, 0, 2)
    assert model.run(100) == 0
    host(model, BASES.base_of("spi") + 4, 1)
    model.run(100)

    assert (model.exit_code, model.gpio.output) == (0, 3)
    assert bytes(model.mailbox.console) == b"AA"
