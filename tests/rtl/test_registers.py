import dataclasses
import re

import pytest

from rtl.registers import Access, Field, Register, RegisterMap
from tests.rtl.register_maps import EVERYTHING, LAG, LOST


def word(name, **changes):
    return Register(**{"name": name, "doc": "A word.", "fields": (LAG,), **changes})


def wide(width):
    return Field(name="wide", width=width, access=Access.READ_WRITE, doc="Many bits.")


BAD_MAPS = {
    "name": ({"name": "reg"}, "register map name must not be a keyword of SystemRDL, as 'reg' is"),
    "doc": (
        {"doc": "a chip."},
        (
            "register map 'chip' doc must be a sentence on one line, "
            "from a capital to a full stop, not 'a chip.'"
        ),
    ),
    "data_width": (
        {"data_width": 24},
        "data width of register map 'chip' must be 8, 16, 32 or 64, not 24",
    ),
    "no_registers": ({"registers": ()}, "register map 'chip' must have a register, not none"),
    "names": (
        {"registers": (word("a"), word("b"), word("a"))},
        "registers of map 'chip' must have different names, not 'a' twice",
    ),
    "hidden_name": (
        {"registers": (word("bus"),)},
        "register name must not be an attribute of the bank, as 'bus' is",
    ),
    "overfull": (
        {"registers": (word("a", fields=(LAG, wide(29))),)},
        "fields of register 'a' must fit 32 bits, not take 33",
    ),
    "misaligned": (
        {"registers": (word("a", address=6),)},
        "address of register 'a' must be a multiple of 4, not 0x6",
    ),
    "overlapping": (
        {"registers": (word("a"), word("b", count=3), word("c", address=0xC))},
        "address of register 'c' must be at least 0x10, where the register before it ends, not 0xc",
    ),
    "negative": (
        {"registers": (word("a", address=-4),)},
        "address of register 'a' must be at least 0x0, where the register before it ends, not -0x4",
    ),
}


@pytest.mark.parametrize(("changes", "message"), BAD_MAPS.values(), ids=list(BAD_MAPS))
def test_a_map_refuses(changes, message):
    good = {"name": "chip", "doc": "A chip.", "registers": (word("a"),)}

    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        RegisterMap(**{**good, **changes})


def test_registers_follow_one_another_unless_they_have_an_address():
    assert [(address, register.name) for address, register in EVERYTHING.placed()] == [
        (0x00, "identification"),
        (0x04, "control"),
        (0x08, "state"),
        (0x0C, "losses"),
        (0x10, "faults"),
        (0x14, "channel"),
        (0x30, "peaks"),
        (0x3C, "both"),
        (0x44, "resets"),
    ]
    assert EVERYTHING.size_bytes == 0x48


def test_words_of_an_array_have_addresses():
    assert EVERYTHING.address_of("channel", 4) == 0x24
    with pytest.raises(IndexError, match=r"^index of register 'channel' must be in 0\.\.4, not 5$"):
        EVERYTHING.address_of("channel", 5)
    with pytest.raises(KeyError, match="register map 'everything' has no register 'gain'"):
        EVERYTHING.address_of("gain")


@pytest.mark.parametrize(
    ("data_width", "words", "bits"), [(32, 1, 3), (32, 2, 3), (32, 3, 4), (8, 1, 1), (64, 68, 10)]
)
def test_an_address_is_as_wide_as_it_needs_to_be(data_width, words, bits):
    config = RegisterMap(
        name="chip", doc="A chip.", data_width=data_width, registers=(word("a", count=words),)
    )

    assert config.address_width == bits
    assert config.size_bytes <= 1 << bits


def test_maps_can_be_compared_and_hashed():
    same = dataclasses.replace(EVERYTHING)
    other = dataclasses.replace(EVERYTHING, doc="Another.")

    assert len({EVERYTHING, same, other}) == 2


def test_a_counter_as_wide_as_the_word_fits():
    assert word("losses", fields=(LOST,)).width == 32
