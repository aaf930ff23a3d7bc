import dataclasses
from typing import Any

import pytest
from systemrdl.compiler import RDLCompiler
from systemrdl.rdltypes.builtin_enums import AccessType, OnWriteType

from rtl.register_export import to_systemrdl
from rtl.registers import Access, EnumValue, Field, Register, RegisterMap
from tests.rtl.register_maps import EVERYTHING, MAPS

GENERATOR = "axocell generate everything"


def compiled(text, tmp_path) -> Any:
    path = tmp_path / "map.rdl"
    path.write_text(text, encoding="utf-8")
    compiler = RDLCompiler()
    compiler.compile_file(str(path))
    return compiler.elaborate().top


@pytest.mark.parametrize("config", MAPS.values(), ids=list(MAPS))
def test_the_reference_compiler_sees_the_same_registers(config, tmp_path):
    top = compiled(to_systemrdl(config, generator=GENERATOR), tmp_path)

    seen = [
        {
            "address": node.raw_address_offset,
            "name": node.inst_name,
            "doc": node.get_property("desc"),
            "count": node.array_dimensions[0] if node.is_array else None,
            "stride": node.array_stride if node.is_array else None,
            "width": node.get_property("regwidth"),
            "kept_outside": node.external,
            "fields": [field.inst_name for field in node.fields()],
        }
        for node in top.registers()
    ]

    assert (top.inst_name, top.get_property("desc")) == (config.name, config.doc)
    assert top.size == config.size_bytes
    assert seen == [
        {
            "address": address,
            "name": register.name,
            "doc": register.doc,
            "count": register.count,
            "stride": None if register.count is None else config.word_bytes,
            "width": config.data_width,
            "kept_outside": register.count is not None,
            "fields": [field.name for field in register.fields],
        }
        for address, register in config.placed()
    ]


PROPERTIES = {
    Access.READ_WRITE: {"sw": AccessType.rw, "hw": AccessType.r, "storage": True},
    Access.READ_ONLY: {"sw": AccessType.r, "hw": AccessType.w, "reset": None},
    Access.CONSTANT: {"sw": AccessType.r, "hw": AccessType.na},
    Access.COUNTER: {
        "sw": AccessType.rw,
        "hw": AccessType.na,
        "onwrite": OnWriteType.woclr,
        "counter": True,
        "saturates": True,
        "storage": True,
    },
}


def expected_field(lsb, field):
    return {
        "lsb": lsb,
        "width": field.width,
        "reset": field.reset,
        "onwrite": None,
        "counter": False,
        "saturates": False,
        "storage": False,
        "increment_width": field.increment_width if field.increment_width > 1 else None,
        "enum": [(each.name, each.value, each.doc) for each in field.enum],
        **PROPERTIES[field.access],
    }


def seen_field(node):
    return {
        "lsb": node.low,
        "width": node.width,
        "reset": node.get_property("reset"),
        "onwrite": node.get_property("onwrite"),
        "counter": node.get_property("counter"),
        "saturates": node.get_property("incrsaturate"),
        "storage": node.implements_storage,
        "increment_width": node.get_property("incrwidth"),
        "sw": node.get_property("sw"),
        "hw": node.get_property("hw"),
        "enum": [
            (each.name, each.value, each.rdl_desc) for each in node.get_property("encode") or ()
        ],
    }


@pytest.mark.parametrize("config", MAPS.values(), ids=list(MAPS))
def test_the_reference_compiler_sees_the_same_fields(config, tmp_path):
    top = compiled(to_systemrdl(config, generator=GENERATOR), tmp_path)

    for register in config.registers:
        for lsb, field in register.placed():
            node = top.get_child_by_name(register.name).get_child_by_name(field.name)
            assert seen_field(node) == expected_field(lsb, field)
            assert node.get_property("desc").startswith(field.doc)


def test_docs_survive_with_quotes_and_backslashes(tmp_path):
    doc = 'A "quoted" back\\slash, {braces}; `ticks` // no comment, 25 µV.'
    register = dataclasses.replace(EVERYTHING.registers[0], doc=doc)
    config = dataclasses.replace(EVERYTHING, doc=doc, registers=(register,))

    top = compiled(to_systemrdl(config, generator=GENERATOR), tmp_path)

    assert top.get_property("desc") == doc
    assert top.get_child_by_name("identification").get_property("desc") == doc


# What is a property of SystemRDL is not a keyword of it, so these are good names.
PROPERTY_NAMES = (
    "name desc reset mask enable counter threshold saturate overflow values we swacc intr"
)


def test_names_of_properties_are_good_names(tmp_path):
    names = PROPERTY_NAMES.split()
    value = EnumValue(name="reset", value=0, doc="Nothing.")
    fields = tuple(
        Field(name=name, width=1, access=Access.READ_WRITE, enum=(value,), doc="A bit.")
        for name in names
    )
    registers = tuple(Register(name=name, doc="Bits.", fields=fields) for name in names)
    config = RegisterMap(name="counter", doc="Odd names.", registers=registers)

    top = compiled(to_systemrdl(config, generator=GENERATOR), tmp_path)

    assert [node.inst_name for node in top.registers()] == names
    assert [node.inst_name for node in top.get_child_by_name("mask").fields()] == names


def test_the_head_says_what_made_the_file():
    lines = to_systemrdl(EVERYTHING, generator=GENERATOR).splitlines()

    assert lines[:2] == [
        "// Registers of everything: One of each.",
        "// Generated by `axocell generate everything`: change the description, not this.",
    ]
