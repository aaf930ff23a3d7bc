"""Programs for a whole processor: one that uses every device, and one of anything."""

import numpy as np

from rtl.processor_map import DATA_BASE, OUTSIDE_BASE, ProcessorMap
from rtl.processor_system_config import ProcessorSystemConfig
from rtl.registers import RegisterMap
from verification.processor_programs import random_program
from verification.program_parts import ADDRESS, assembled, handled, nop, store_word
from verification.riscv_assembler import branch, i_type, jump, load_constant, r_type, store

__all__ = ["LOADED_BYTES", "MATRIX", "device_program", "image_of"]

LOAD, OP_IMM, SYSTEM, WFI, MRET = 0x03, 0x13, 0x73, 0x10500073, 0x30200073
SET, WORD, HALF_UNSIGNED, BYTE = 2, 2, 5, 0
MSTATUS, MIE, MEPC, MCAUSE, MIP, MCYCLE = 0x300, 0x304, 0x341, 0x342, 0x344, 0xB00
ALL_LINES, MIE_BIT, NOWHERE = 0xFFFF0888, 8, 0x20000000
RING, RING_BYTES, THRESHOLD = DATA_BASE + 0x100, 64, 8
RANDOM_SEED = 11
LOADED_BYTES = 96
"""Of the program that a host boots, what it must load; the rest is there, to save time."""
MATRIX, VECTOR, OUTPUT = DATA_BASE + 0x200, DATA_BASE + 0x2C0, DATA_BASE + 0x300
"""Where the MAC array finds and leaves what it works on; the program writes there."""
ROWS, COLUMNS, ROW_BYTES, BUSY, DONE, ACKNOWLEDGE = 6, 32, 32, 1, 2, 2
TICKS = 150  # between interrupts of the timer
BASE, HELD, FLAG, RINGS, COUNT = 20, 21, 22, 23, 24  # registers of the handler
VALUE, OTHER, DATA, DEVICE = 8, 9, 10, 11  # of the program

Words = list[int]


def device_program(config: ProcessorSystemConfig) -> bytes:
    """Return a program that sets up all devices, and answers all of their interrupts.

    Its handler sends back each byte that it received, moves the timer on, lets go of the software
    interrupt, copies the pins that changed to those that are driven, reads what came into the
    first ring and frees it, and acknowledges a job of the MAC array's. In between, the program
    computes, sleeps, rings itself, reads and writes memory, devices, and what is outside, tries
    what is refused, and lets the MAC array multiply.

    Parameters
    ----------
    config : ProcessorSystemConfig
        Of the processor.

    Returns
    -------
    bytes
        Image of the memory of instructions.
    """
    at = _Addresses(config)
    job = config.registers["mac_array"].register("control").pack({"interrupt_enable": 1})
    setup = [
        *store_word(at("timer", "compare_low"), TICKS),
        *store_word(at("timer", "compare_high"), 0),
        *store_word(at("interrupts", "enable"), 0xFFFF),
        *store_word(at("gpio", "rise"), (1 << config.pins) - 1),
        *store_word(at("gpio", "fall"), 0b101),
        *store_word(at("gpio", "direction"), 0b11),
        *store_word(at("dma", "ring_0_base"), RING),
        *store_word(at("dma", "ring_0_size"), RING_BYTES),
        *store_word(at("dma", "ring_0_threshold"), THRESHOLD),
        *store_word(at("dma", "ring_0_control"), 1),
        *store_word(at("mac_array", "control"), job),
        *store_word(at("mac_array", "shape"), COLUMNS << 16 | ROWS),
        *store_word(at("mac_array", "shift"), 3),
        *store_word(at("mac_array", "weights"), MATRIX),
        *store_word(at("mac_array", "stride"), ROW_BYTES),
        *store_word(at("mac_array", "vector"), VECTOR),
        *store_word(at("mac_array", "output"), OUTPUT),
        *load_constant(VALUE, ALL_LINES),
        i_type(SYSTEM, 1, 0, VALUE, MIE),
        i_type(SYSTEM, 4 | SET, 0, MIE_BIT, MSTATUS),
    ]
    body = [
        *load_constant(DATA, DATA_BASE + 0x40),
        *load_constant(DEVICE, at("mailbox", "scratch_0")),
        i_type(OP_IMM, 0, VALUE, VALUE, 0x123),
        store("sw", VALUE, DEVICE, 0),
        store("sw", VALUE, DATA, 0),
        store("sb", OTHER, DATA, 5),
        store("sh", VALUE, DATA, 6),
        i_type(LOAD, WORD, OTHER, DATA, 4),
        i_type(LOAD, HALF_UNSIGNED, OTHER, DEVICE, 2),
        i_type(LOAD, BYTE, OTHER, DEVICE, 1),
        r_type("mul", VALUE, VALUE, OTHER),
        i_type(LOAD, WORD, OTHER, 0, 16),  # an instruction
        store("sw", OTHER, 0, 16),
        WFI,
        *store_word(at("timer", "software"), 1),
        i_type(SYSTEM, SET, OTHER, 0, MIP),
        i_type(SYSTEM, SET, OTHER, 0, MCYCLE),
        *load_constant(DEVICE, OUTSIDE_BASE),
        store("sw", VALUE, DEVICE, 8),
        i_type(LOAD, WORD, OTHER, DEVICE, 8),
        *load_constant(DATA, RING),
        i_type(LOAD, WORD, OTHER, DATA, 12),
        i_type(OP_IMM, 7, OTHER, VALUE, 0x30),
        r_type("add", DATA, DATA, OTHER),
        i_type(LOAD, WORD, OTHER, DATA, 0),
        i_type(LOAD, BYTE, OTHER, DATA, 5),
        *load_constant(DEVICE, at("timer", "time_low")),
        store("sw", OTHER, DEVICE, 0),  # this and what follows is refused
        store("sb", OTHER, DEVICE, at("timer", "compare_high") - at("timer", "time_low")),
        i_type(LOAD, WORD, OTHER, DEVICE, config.registers["timer"].size_bytes),
        i_type(LOAD, WORD, OTHER, DEVICE, 0x7FC),
        *load_constant(DEVICE, OUTSIDE_BASE + 0x1000),
        i_type(LOAD, WORD, OTHER, DEVICE, 0),
        *load_constant(DEVICE, NOWHERE),
        store("sw", OTHER, DEVICE, 0),
        *load_constant(DATA, MATRIX),
        *(store("sw", VALUE, DATA, offset) for offset in range(0, OUTPUT - MATRIX, 20)),
        store("sh", OTHER, DATA, VECTOR - MATRIX + 2),
        *store_word(at("mac_array", "command"), 1),
        i_type(LOAD, WORD, VALUE, ADDRESS, at("mac_array", "status") - at("mac_array", "command")),
        i_type(OP_IMM, 7, VALUE, VALUE, BUSY),
        branch("bne", VALUE, 0, -8),
        i_type(LOAD, WORD, VALUE, DATA, OUTPUT - MATRIX),
        i_type(LOAD, WORD, OTHER, DATA, OUTPUT - MATRIX + 4),
    ]
    skip = [
        i_type(SYSTEM, SET, HELD, 0, MEPC),
        i_type(OP_IMM, 0, HELD, HELD, 4),
        i_type(SYSTEM, 1, 0, HELD, MEPC),
        MRET,
    ]
    handler = [
        i_type(SYSTEM, SET, HELD, 0, MCAUSE),
        branch("blt", HELD, 0, 4 * (len(skip) + 1)),
        *skip,
        *load_constant(BASE, at("mailbox", "input")),
        i_type(LOAD, WORD, HELD, BASE, 0),
        i_type(OP_IMM, 7, FLAG, HELD, 0x100),
        *load_constant(BASE, at("mailbox", "output")),
        branch("beq", FLAG, 0, 8),
        store("sw", HELD, BASE, 0),
        *load_constant(BASE, at("timer", "time_low")),
        i_type(LOAD, WORD, HELD, BASE, 0),
        i_type(OP_IMM, 0, HELD, HELD, TICKS),
        store("sw", HELD, BASE, at("timer", "compare_low") - at("timer", "time_low")),
        store("sw", 0, BASE, at("timer", "software") - at("timer", "time_low")),
        *load_constant(BASE, at("gpio", "pending")),
        i_type(LOAD, WORD, HELD, BASE, 0),
        store("sw", HELD, BASE, 0),
        store("sw", HELD, BASE, at("gpio", "output") - at("gpio", "pending")),
        *load_constant(BASE, at("dma", "ring_0_write")),
        *load_constant(RINGS, RING),
        i_type(LOAD, WORD, HELD, BASE, 0),
        r_type("add", RINGS, RINGS, HELD),
        i_type(LOAD, WORD, FLAG, RINGS, 0),
        store("sw", HELD, BASE, at("dma", "ring_0_read") - at("dma", "ring_0_write")),
        *load_constant(BASE, at("mac_array", "status")),
        i_type(LOAD, WORD, HELD, BASE, 0),
        i_type(OP_IMM, 7, HELD, HELD, DONE),
        i_type(OP_IMM, 0, FLAG, 0, ACKNOWLEDGE),
        branch("beq", HELD, 0, 8),
        store("sw", FLAG, BASE, at("mac_array", "command") - at("mac_array", "status")),
        *load_constant(BASE, at("interrupts", "pending")),
        i_type(LOAD, WORD, HELD, BASE, 0),
        store("sw", HELD, BASE, 0),
        i_type(OP_IMM, 0, COUNT, COUNT, 1),
        MRET,
    ]
    loop = [*body, jump(0, -4 * len(body))]
    return handled([*setup, *loop], handler)


def image_of(config: ProcessorSystemConfig) -> bytes:
    """Return the program with which a processor is tested.

    Parameters
    ----------
    config : ProcessorSystemConfig
        Of the processor.

    Returns
    -------
    bytes
        :func:`device_program` if the host boots it, which takes time; else a random one that does
        not sleep, as nothing wakes it, and tries the registers of the mailbox.
    """
    if config.boot == "host":
        return device_program(config)
    image = random_program(
        np.random.default_rng(RANDOM_SEED),
        data_base=DATA_BASE + config.processor_map.data_bytes // 2,
        outside=config.processor_map.base_of("mailbox") + 0x80,
        compressed=config.core.compressed,
    )
    return image.replace(assembled([WFI]), assembled([nop()]))


class _Addresses:
    """Addresses of registers."""

    def __init__(self, config: ProcessorSystemConfig) -> None:
        self._maps: dict[str, RegisterMap] = dict(config.registers)
        self._map = config.processor_map

    def __call__(self, device: str, register: str) -> int:
        return ProcessorMap.base_of(self._map, device) + self._maps[device].address_of(register)
