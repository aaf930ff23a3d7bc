import dataclasses
import shutil
import subprocess

import pytest

from rtl.register_export import to_c_header
from rtl.registers import Access, EnumValue, Field, Register, RegisterMap
from tests.rtl.register_maps import EVERYTHING, MAPS

GENERATOR = "axocell generate everything"
COMPILERS = {
    "c": ("gcc", "-std=c99", "-x", "c"),
    "c++": ("g++", "-std=c++17", "-x", "c++"),
}
WARNINGS = ("-Wall", "-Wextra", "-Wconversion", "-Werror", "-pedantic")


def outcome(config, statements, tmp_path, *, language="c"):
    """Return the numbers that a program prints which includes the header."""
    (tmp_path / "map.h").write_text(to_c_header(config, generator=GENERATOR))
    program = tmp_path / "program.c"
    program.write_text(
        "\n".join(
            [
                '#include "map.h"',
                '#include "map.h"',
                "#include <stdio.h>",
                '#define SHOW(x) printf("%llu\\n", (unsigned long long)(x))',
                f"uint{config.data_width}_t block[{config.size_bytes // config.word_bytes}];",
                "int main(void) {",
                *statements,
                "return 0; }",
            ]
        )
    )
    compiler, *options = COMPILERS[language]
    if shutil.which(compiler) is None:
        raise FileNotFoundError(
            f"this test needs {compiler}: install the Debian package {compiler}"
        )
    binary = tmp_path / "program"
    subprocess.run([compiler, *options, *WARNINGS, program, "-o", binary], check=True)
    done = subprocess.run([binary], check=True, capture_output=True, text=True)
    return [int(line) for line in done.stdout.split()]


def show(*names):
    return f"SHOW({'_'.join(names).upper()});"


@pytest.mark.parametrize("language", COMPILERS)
@pytest.mark.parametrize("config", MAPS.values(), ids=list(MAPS))
def test_a_program_sees_the_same_numbers(config, language, tmp_path):
    statements, expected = [show(config.name, "size")], [config.size_bytes]
    for register in config.registers:
        path = config.name, register.name
        for index in range(register.words):
            of_index = "" if register.count is None else f"({index})"
            statements.append(show(*path, f"offset{of_index}"))
            expected.append(config.address_of(register.name, index))
        statements.append(show(*path, "reset"))
        expected.append(register.reset_word)
        if register.count is not None:
            statements.append(show(*path, "count"))
            expected.append(register.count)
        for lsb, field in register.placed():
            statements += [show(*path, field.name, "shift"), show(*path, field.name, "mask")]
            expected += [lsb, ((1 << field.width) - 1) << lsb]
            statements += [show(*path, field.name, each.name) for each in field.enum]
            expected += [each.value for each in field.enum]

    assert outcome(config, statements, tmp_path, language=language) == expected


@pytest.mark.parametrize("config", MAPS.values(), ids=list(MAPS))
def test_functions_take_fields_out_and_put_them_in(config, tmp_path):
    statements, expected = [], []
    word = int("a5" * config.word_bytes, 16)
    literal = f"{word:#x}{'ull' if config.data_width > 32 else 'u'}"
    for register in config.registers:
        for field in register.fields:
            name = f"{config.name}_{register.name}_{field.name}"
            statements.append(f"SHOW({name}_get({literal}));")
            expected.append(register.unpack(word)[field.name])
            if field.access is Access.READ_WRITE:
                statements.append(f"SHOW({name}_set({literal}, 1));")
                settings = {
                    each.name: register.unpack(word)[each.name]
                    for each in register.fields
                    if each.access is Access.READ_WRITE
                }
                zeros = dict.fromkeys((each.name for each in register.fields), 0)
                expected.append(register.pack({**zeros, **settings, field.name: 1}))

    assert outcome(config, statements, tmp_path) == expected


def test_functions_reach_the_words_of_a_block(tmp_path):
    statements = [
        "everything_control_write(block, 0x55u);",
        "SHOW(block[1]); SHOW(everything_control_read(block));",
        "everything_channel_write(block, 4, 0x1ffffu);",
        "SHOW(block[9]); SHOW(everything_channel_read(block, 4));",
        "block[14] = 77; SHOW(everything_peaks_read(block, 2));",
        "everything_losses_lost_clear(block); SHOW(block[3]);",
    ]

    seen = outcome(EVERYTHING, statements, tmp_path)

    assert seen == [0x55, 0x55, 0x1FFFF, 0x1FFFF, 77, 0xFFFF_FFFF]


def test_clearing_a_counter_keeps_the_settings_and_counters_beside_it(tmp_path):
    # lag 0xA in bits 7:4; the counters beside it stand at 5 (bits 2:0) and 1 (bit 3).
    statements = ["block[4] = 0x1adu;", "everything_faults_tripped_clear(block); SHOW(block[4]);"]

    assert outcome(EVERYTHING, statements, tmp_path) == [0xA8]


def test_functions_that_write_exist_only_where_a_write_does_something():
    header = to_c_header(EVERYTHING, generator=GENERATOR)

    assert "everything_control_write(" in header
    assert "everything_identification_write(" not in header
    assert "everything_state_warm_set(" not in header
    assert "everything_identification_kind_set(" not in header


def test_a_doc_cannot_end_a_comment(tmp_path):
    doc = "Ends */ int x; /* or not."
    config = dataclasses.replace(EVERYTHING, doc=doc)

    assert outcome(config, [show("everything", "size")], tmp_path) == [EVERYTHING.size_bytes]


def bit(name, enum=()):
    return Field(name=name, width=1, access=Access.READ_WRITE, enum=enum, doc="A bit.")


CLASHES = {
    "register_and_field": (
        [
            Register(name="a", doc="One.", fields=(bit("b_c"),)),
            Register(name="a_b", doc="Two.", fields=(bit("c"),)),
        ],
        "CHIP_A_B_C_SHIFT",
    ),
    "enumerated_value_and_mask": (
        [
            Register(
                name="a",
                doc="One.",
                fields=(bit("b", (EnumValue(name="mask", value=0, doc="Masked."),)),),
            )
        ],
        "CHIP_A_B_MASK",
    ),
    "field_and_register_function": (
        [
            Register(name="a", doc="One.", fields=(bit("b"),)),
            Register(name="a_b_get", doc="Two.", fields=(bit("x"), bit("y"))),
            Register(name="a_b", doc="Three.", fields=(bit("get_x"),)),
        ],
        "CHIP_A_B_GET_X_SHIFT",
    ),
}


@pytest.mark.parametrize(("registers", "name"), CLASHES.values(), ids=list(CLASHES))
def test_two_things_of_one_name_are_refused(registers, name):
    config = RegisterMap(name="chip", doc="Clashes.", registers=tuple(registers))

    with pytest.raises(
        ValueError,
        match=f"^C header of register map 'chip' must have different names, not '{name}' twice$",
    ):
        to_c_header(config, generator=GENERATOR)


def test_the_head_says_what_made_the_file():
    lines = to_c_header(EVERYTHING, generator=GENERATOR).splitlines()

    assert lines[:2] == [
        "/* Registers of everything: One of each. */",
        "/* Generated by `axocell generate everything`: change the description, not this. */",
    ]
