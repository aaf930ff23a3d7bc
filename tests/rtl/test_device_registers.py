"""Tests of the register maps of a processor's devices."""

import pytest

from rtl.dma_registers import dma_registers
from rtl.gpio_registers import gpio_registers
from rtl.interrupt_registers import interrupt_registers
from rtl.mailbox_registers import mailbox_registers
from rtl.processor_map import PAGE_BYTES, PERIPHERALS, Line, ProcessorMap
from rtl.register_export import to_c_header
from rtl.spi_registers import spi_registers
from rtl.timer_registers import timer_registers

MAPS = {
    "mailbox": mailbox_registers(),
    "timer": timer_registers(),
    "interrupts": interrupt_registers(),
    "dma": dma_registers(4, ProcessorMap()),
    "gpio": gpio_registers(16),
    "spi": spi_registers(runs=False),
}


@pytest.mark.parametrize("name", MAPS)
def test_a_device_has_a_page_a_name_and_a_header(name):
    registers = MAPS[name]

    assert registers.name == name
    assert name in PERIPHERALS
    assert registers.size_bytes <= PAGE_BYTES
    assert f"#define {name.upper()}_" in to_c_header(registers, generator="a test")


def test_bits_of_the_interrupt_controller_are_the_lines_of_the_core():
    pending = MAPS["interrupts"].register("pending")

    for lsb, field in pending.placed():
        assert Line[field.name.upper()] == 16 + lsb
    assert pending.width == 16


def test_the_core_runs_after_reset_if_there_is_a_program():
    control = spi_registers(runs=True).register("control")

    assert control.unpack(control.reset_word) == {"run": 1, "halt": 0}
    assert MAPS["spi"].register("control").reset_word == 0


def test_a_ring_may_be_the_whole_memory():
    size = dma_registers(1, ProcessorMap(data_bytes=4096)).register("ring_0_size")

    assert size.pack({"bytes": 4096}) == 4096
