"""Sequences of requests and events that reach the corners of a register bank."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from rtl.registers import Access, Register, RegisterMap
from verification.golden.register_bank import FieldValues

__all__ = ["BankCycle", "register_stimulus"]


@dataclass(frozen=True, kw_only=True)
class BankCycle:
    """What a register bank is given in one cycle.

    Parameters
    ----------
    address : int
        Byte address of the request.
    write_data : int | None
        The word to write, or ``None`` for no write.
    read : bool
        Whether to read.
    increments : FieldValues
        What the hardware adds to counters.
    status : FieldValues
        What the hardware puts on read-only fields (those outside arrays).
    """

    address: int = 0
    write_data: int | None = None
    read: bool = False
    increments: FieldValues = field(default_factory=dict)
    status: FieldValues = field(default_factory=dict)


def register_stimulus(
    config: RegisterMap, *, random_count: int, rng: np.random.Generator
) -> list[BankCycle]:
    """Return the corners of every register, then random cycles.

    The corners: every byte address read and written, misaligned and unmapped ones too; reads right
    after writes; exchanges; counters that saturate, are cleared, are not cleared by zeros, and are
    cleared while they count; an idle cycle after each kind of access.

    Parameters
    ----------
    config : RegisterMap
        The registers.
    random_count : int
        How many random cycles to add.
    rng : numpy.random.Generator
        Source of the random cycles.

    Returns
    -------
    list[BankCycle]
        The cycles, in order.
    """
    cycles = [*_every_address(config), *_every_counter(config)]
    cycles += [_random_cycle(config, rng) for _ in range(random_count)]
    return [*cycles, BankCycle()]


def _every_address(config: RegisterMap) -> Iterator[BankCycle]:
    ones = (1 << config.data_width) - 1
    pattern = int("5a" * config.word_bytes, 16)
    for address in range(1 << config.address_width):
        yield BankCycle(address=address, read=True)
        yield BankCycle(address=address, write_data=pattern)
        yield BankCycle(address=address, read=True)
        yield BankCycle(address=address)
        yield BankCycle(address=address, write_data=ones, read=True)
        yield BankCycle(address=address, write_data=ones ^ pattern, read=True)
        yield BankCycle(address=address, read=True)


def _every_counter(config: RegisterMap) -> Iterator[BankCycle]:
    for register, name, width, increment_width in _fields(config, Access.COUNTER):
        address = config.address_of(register.name)
        key = register.name, name
        most = (1 << increment_width) - 1
        all_fields = (1 << register.width) - 1
        for increment in (most, 1):
            counting = {key: increment}
            for _ in range(min(20, 2 + -(-((1 << width) - 1) // increment))):
                yield BankCycle(address=address, read=True, increments=counting)
            yield BankCycle(address=address, write_data=0, increments=counting)
            yield BankCycle(address=address, read=True)
            for bit in (0, register.width - 1):
                yield BankCycle(address=address, write_data=1 << bit, increments=counting)
                yield BankCycle(address=address, read=True)
            yield BankCycle(address=address, write_data=all_fields, read=True, increments=counting)
            yield BankCycle(address=address, write_data=all_fields)
            yield BankCycle(address=address, read=True)


def _random_cycle(config: RegisterMap, rng: np.random.Generator) -> BankCycle:
    address = int(rng.integers(1 << config.address_width))
    if rng.random() < 0.8:
        register = config.registers[rng.integers(len(config.registers))]
        address = config.address_of(register.name, int(rng.integers(register.words)))
    words = (0, (1 << config.data_width) - 1, 1 << int(rng.integers(config.data_width)))
    word = words[rng.integers(3)] if rng.random() < 0.5 else _random_bits(config.data_width, rng)
    return BankCycle(
        address=address,
        write_data=word if rng.random() < 0.4 else None,
        read=bool(rng.random() < 0.6),
        increments={
            (register.name, name): _random_bits(increment_width, rng)
            for register, name, _, increment_width in _fields(config, Access.COUNTER)
            if rng.random() < 0.3
        },
        status={
            (register.name, name): _random_bits(width, rng)
            for register, name, width, _ in _fields(config, Access.READ_ONLY)
        },
    )


def _fields(config: RegisterMap, access: Access) -> Iterator[tuple[Register, str, int, int]]:
    """Yield register, field name, width and increment width of fields outside arrays."""
    for register in config.registers:
        for each in register.fields:
            if register.count is None and each.access is access:
                yield register, each.name, each.width, each.increment_width


def _random_bits(width: int, rng: np.random.Generator) -> int:
    return int.from_bytes(rng.bytes(8), "little") & ((1 << width) - 1)
