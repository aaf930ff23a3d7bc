"""A program for a spike processor: it sets up the chain, and sends its events to the host."""

from rtl.detector_settings import DetectorSettings
from rtl.mailbox_registers import mailbox_registers
from rtl.processor_map import DATA_BASE, OUTSIDE_BASE, ProcessorMap
from rtl.spike_processor_config import SpikeProcessorConfig
from verification.program_parts import assembled, ends, store_word
from verification.riscv_assembler import branch, i_type, jump, load_constant, r_type, store

__all__ = ["TOLD", "event_reporter", "level_settings"]

TOLD = ("frames", "events_detected", "events_lost")
"""Registers of the chain that the program tells at its end, a word each."""
RING = DATA_BASE + 16
RING_EVENTS = 3  # of which it holds two
LOAD, OP_IMM, JALR, WORD = 0x03, 0x13, 0x67, 2
AND, SHIFT_RIGHT, ADD = 7, 5, 0
VALID, FREE = 0x100, 0xFF  # of the mailbox's input, and of its status
RETURN, DMA, MAILBOX, BASE, READ, SIZE, VALUE, OTHER, COUNT, OVER = 1, *range(10, 19)


def level_settings(config: SpikeProcessorConfig) -> DetectorSettings:
    """Return settings that find what exceeds an eighth of the filter's range, from the start.

    Parameters
    ----------
    config : SpikeProcessorConfig
        Of the hardware.

    Returns
    -------
    DetectorSettings
        The settings.
    """
    level = 1 << (config.chain.band_pass.output_width - 4)
    return DetectorSettings(mode="absolute", adaptive=False, threshold=level, warm_up_s=0.0)


def event_reporter(config: SpikeProcessorConfig, settings: DetectorSettings) -> bytes:
    """Return a program that sends each word of each event to the host, its lowest byte first.

    Once the host has sent a byte, and no event waits, it tells :data:`TOLD` and ends.

    Parameters
    ----------
    config : SpikeProcessorConfig
        Of the hardware.
    settings : DetectorSettings
        To which it sets up the chain.

    Returns
    -------
    bytes
        Image of the memory of instructions.
    """
    dma, chain = config.processor.registers["dma"].address_of, config.chain.registers.address_of
    mailbox = mailbox_registers().address_of
    base_of = ProcessorMap().base_of
    size = RING_EVENTS * config.event_bytes
    control = config.processor.registers["dma"].register("ring_0_control")
    starts = control.pack({"enable": 1, "waits": 1})
    setup = [
        *load_constant(MAILBOX, base_of("mailbox")),
        *load_constant(DMA, base_of("dma")),
        *load_constant(BASE, RING),
        *load_constant(SIZE, size),
        *load_constant(READ, 0),
        *load_constant(OVER, 0),
        *store_word(base_of("dma") + dma("ring_0_base"), RING),
        *store_word(base_of("dma") + dma("ring_0_size"), size),
        *store_word(base_of("dma") + dma("ring_0_control"), starts),
    ]
    for address, word in config.chain.register_writes(settings):
        setup += store_word(OUTSIDE_BASE + address, word)
    report = [
        each
        for name in TOLD
        for each in (*load_constant(OTHER, OUTSIDE_BASE + chain(name)), "send")
    ]
    take = [
        r_type("add", OTHER, BASE, READ),
        "send",
        i_type(OP_IMM, ADD, READ, READ, 4),
        branch("bne", READ, SIZE, 8),
        i_type(OP_IMM, ADD, READ, 0, 0),
        store("sw", READ, DMA, dma("ring_0_read")),
    ]
    look = [
        i_type(LOAD, WORD, VALUE, MAILBOX, mailbox("input")),
        i_type(OP_IMM, AND, VALUE, VALUE, VALID),
        r_type("or", OVER, OVER, VALUE),
        i_type(LOAD, WORD, VALUE, DMA, dma("ring_0_write")),
    ]
    poll = [
        i_type(LOAD, WORD, OTHER, MAILBOX, mailbox("status")),
        i_type(OP_IMM, AND, OTHER, OTHER, FREE),
        branch("beq", OTHER, 0, -8),
    ]
    send = [
        i_type(LOAD, WORD, VALUE, OTHER, 0),
        i_type(OP_IMM, ADD, COUNT, 0, 4),
        *poll,
        store("sw", VALUE, MAILBOX, mailbox("output")),
        i_type(OP_IMM, SHIFT_RIGHT, VALUE, VALUE, 8),
        i_type(OP_IMM, ADD, COUNT, COUNT, -1),
        branch("bne", COUNT, 0, -4 * (len(poll) + 3)),
        i_type(JALR, 0, 0, RETURN, 0),
    ]
    start = jump(0, 4 * (len(send) + 1))
    words = [start, *send, *setup]
    loop = len(words)
    words += [
        *look,
        branch("bne", VALUE, READ, 12),
        branch("beq", OVER, 0, -4 * (len(look) + 1)),
        jump(0, 4 * (len(take) + 2)),
    ]
    targets = {"send": (RETURN, 1), "again": (0, loop)}
    for each in (*take, "again", *report):
        if isinstance(each, str):
            link, target = targets[each]
            words.append(jump(link, 4 * (target - len(words))))
        else:
            words.append(each)
    return assembled([*words, *ends(0), jump(0, 0)])
