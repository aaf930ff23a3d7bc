import os
import struct

import numpy as np
import pytest

from rtl.processor_map import ProcessorMap
from system.errors import UserError
from system.firmware.elf import parse_elf, read_elf
from system.firmware.program import Symbol
from tests.system.firmware.elf_writer import EXECUTE, READ, SYMBOL, WRITE, elf, segment

CODE = bytes(range(16))
NOTYPE, OBJECT, FUNC, FILE = range(4)


def good(**changes):
    return elf(
        [
            segment(0, CODE),
            segment(0x10000000, b"abcd", load_address=0x10, memory_bytes=64, flags=READ | WRITE),
        ],
        symbols=[
            ("_start", 0, 8, FUNC),
            ("table", 0x10000000, 4, OBJECT),
            ("loop", 8, 0, NOTYPE),
            (".L3", 4, 0, NOTYPE),
            ("crt0.S", 0, 0, 4),
        ],
        **changes,
    )


def test_a_program_is_its_pieces_its_entry_and_its_names():
    program = parse_elf(good(), name="a.elf")

    text, data = program.segments
    assert (text.address, text.content, text.executable) == (0, CODE, True)
    assert (data.load_address, data.address, data.content) == (0x10, 0x10000000, b"abcd")
    assert (data.memory_bytes, data.executable) == (64, False)
    assert program.entry == 0
    assert program.symbols == (
        Symbol(name="_start", address=0, size=8, function=True),
        Symbol(name="table", address=0x10000000, size=4, function=False),
        Symbol(name="loop", address=8, size=0, function=True),
    )


def test_an_address_is_found_in_the_function_that_holds_it():
    program = parse_elf(good(), name="a.elf")

    assert program.function_at(6) == ("_start", 6)
    assert program.function_at(12) == ("loop", 4)
    assert program.address_of("table") == 0x10000000
    with pytest.raises(UserError, match=r"^a\.elf: must have the symbol 'main', but has not$"):
        program.address_of("main")


def test_a_program_without_names_is_one():
    assert parse_elf(elf([segment(0, CODE)]), name="a.elf").symbols == ()


def identity(**changes):
    letters = bytearray(b"\x7fELF\x01\x01\x01" + bytes(9))
    for place, value in changes.items():
        letters[int(place[1:])] = value
    return bytes(letters)


MUST_LIE = (
    "segments must lie in text memory 0x0..0xffff or data memory 0x10000000..0x10000fff, not at"
)
OVERLAP = "segments must not overlap, but the one at"
WRONG = {
    "nothing": (b"", "must be an ELF file, but begins with nothing"),
    "text": (b"#!/bin/sh\n", "must be an ELF file, but begins with 23212f62"),
    "header": (
        good()[:40],
        "header must end within the file of 40 bytes, not at 52: the file is truncated or damaged",
    ),
    "class": (good(identity=identity(_4=2)), "class must be 32-bit, not 64-bit"),
    "order": (good(identity=identity(_5=2)), "byte order must be little-endian, not big-endian"),
    "machine": (good(machine=62), "machine must be RISC-V, not x86-64"),
    "other_machine": (good(machine=1234), "machine must be RISC-V, not 1234"),
    "object": (good(kind=1), "type must be an executable, not a relocatable object"),
    "shared": (good(kind=3), "type must be an executable, not a shared object"),
    "version": (good(version=7), "version must be 1, not 7"),
    "float": (
        good(flags=5),
        (
            "calling convention must be ilp32, without floating point and with 32 registers, but "
            "its flags are 0x5"
        ),
    ),
    "no_segments": (elf([]), "must have a segment that is loaded, but has none"),
    "entry": (
        good(entry=0x40),
        "entry must lie in a segment that is loaded and executable, not 0x40",
    ),
    "entry_in_data": (
        good(entry=0x10000000),
        "entry must lie in a segment that is loaded and executable, not 0x10000000",
    ),
    "odd_entry": (
        good(entry=2),
        "entry must be a multiple of 4, as a reset address is, not 0x2",
    ),
    "truncated": (
        elf([segment(0, CODE)])[:-1],
        (
            "segment at 0x0 must end within the file of 99 bytes, not at 100: the file is "
            "truncated or damaged"
        ),
    ),
    "headers_beyond": (
        good(segments_at=5000),
        (
            "program headers must end within the file of 422 bytes, not at 5064: the file is "
            "truncated or damaged"
        ),
    ),
    "small_headers": (
        good(segment_size=8),
        "entries of the program headers must have at least 32 bytes, not 8",
    ),
    "less_memory": (
        elf([segment(0, CODE, memory_bytes=4)]),
        "segment at 0x0 must take at least the 16 bytes that the file has of it, not 4",
    ),
    "beyond_all": (
        elf([segment(0xFFFFFFF8, CODE)], entry=0xFFFFFFF8),
        "segment at 0xfffffff8 must end at 2**32 at the latest, not at 0x100000008",
    ),
    "overlap": (
        elf([segment(0, CODE), segment(12, CODE)]),
        f"{OVERLAP} 0x0 has 16 bytes and another begins at 0xc",
    ),
    "overlapping_loads": (
        elf([segment(0, CODE), segment(0x10000000, CODE, load_address=8)]),
        f"{OVERLAP} 0x0 has 16 bytes and another begins at 0x8",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_says_in_a_line_what_is_wrong(what):
    content, message = WRONG[what]

    with pytest.raises(UserError) as error:
        parse_elf(content, name="a.elf")

    assert str(error.value) == f"a.elf: {message}"


@pytest.mark.parametrize(
    ("pieces", "message"),
    [
        (
            [segment(0xFFF8, CODE)],
            (f"{MUST_LIE} 0xfff8..0x10007"),
        ),
        (
            [segment(0, CODE), segment(0x10000FF0, b"", memory_bytes=0x11)],
            (f"{MUST_LIE} 0x10000ff0..0x10001000"),
        ),
        (
            [segment(0, CODE), segment(0x80000000, CODE)],
            (f"{MUST_LIE} 0x80000000..0x8000000f"),
        ),
    ],
    ids=["text", "zeros", "elsewhere"],
)
def test_a_program_beyond_memory_is_refused(pieces, message):
    program = parse_elf(elf(pieces, entry=pieces[0]["address"]), name="a.elf")

    with pytest.raises(UserError) as error:
        program.check_fits(ProcessorMap(data_bytes=0x1000))

    assert str(error.value) == f"a.elf: {message}"


def test_what_is_no_file_is_refused_in_a_line(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with (tmp_path / "large").open("wb") as large:
        large.truncate((1 << 26) + 1)
    complaints = {
        "gone": "must exist, but there is no such file",
        "pipe": "must be a file, but is something else, not one",
        "large": "must have at most 67108864 bytes, not 67108865",
    }

    for name, complaint in complaints.items():
        with pytest.raises(UserError) as error:
            read_elf(tmp_path / name)
        assert str(error.value) == f"{tmp_path / name}: {complaint}"


def test_a_damaged_table_of_names_is_told():
    content = bytearray(good())
    table_of_sections = struct.unpack_from("<I", content, 32)[0]
    struct.pack_into("<I", content, table_of_sections + 2 * 40 + 24, 99)

    with pytest.raises(UserError) as error:
        parse_elf(bytes(content), name="a.elf")

    assert str(error.value) == (
        "a.elf: names of symbols must be in one of 4 sections, not in section 99"
    )
    assert SYMBOL.size == 16


def test_damage_is_a_program_or_a_line_and_nothing_else():
    """Bytes flipped, cut and doubled: never another error, never memory without end."""
    rng = np.random.default_rng(2026)
    original = good(flags=EXECUTE)
    messages = []
    interesting = (0, 1, 0x7F, 0x80, 0xFF)
    for _ in range(3000):
        content = bytearray(original)
        for _ in range(int(rng.integers(1, 4))):
            place = int(rng.integers(len(content)))
            content[place] = (
                int(rng.choice(interesting)) if rng.random() < 0.5 else int(rng.integers(256))
            )
        if rng.random() < 0.2:
            content = content[: int(rng.integers(len(content)))]
        try:
            parse_elf(bytes(content), name="a.elf").check_fits(ProcessorMap())
        except UserError as error:
            messages.append(str(error))

    refused = len(messages)
    assert "\n" not in "".join(messages)
    assert 500 < refused < 2900
