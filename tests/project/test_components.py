"""Every component is a block that can be listed and generated, or a part of one."""

import importlib
import inspect
import re

import pytest
from amaranth.lib import wiring

from system.blocks import BLOCKS
from tests.project.sources import sources


def components():
    return {
        value.__name__: value
        for source in sources("rtl")
        for value in vars(importlib.import_module(source.module)).values()
        if inspect.isclass(value)
        and issubclass(value, wiring.Component)
        and value.__module__ == source.module
    }


COMPONENTS = components()
OF_BLOCKS = {block.component for block in BLOCKS.values()}

each_component = pytest.mark.parametrize("name", COMPONENTS)


def snake_case(name):
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


@each_component
def test_a_component_is_alone_in_the_module_of_its_name(name):
    assert COMPONENTS[name].__module__ == f"rtl.{snake_case(name)}"


@each_component
def test_a_component_is_a_block_or_a_part_of_one(name):
    users = {
        source.module
        for source in sources("rtl")
        for _, names in source.imports
        if name in names and source.module != COMPONENTS[name].__module__
    }

    assert COMPONENTS[name] in OF_BLOCKS or users & {each.__module__ for each in OF_BLOCKS}


@each_component
def test_a_component_declares_its_latency_or_has_none(name):
    component = COMPONENTS[name]

    assert hasattr(component, "latency") or "Combinational." in (component.__doc__ or "")


@each_component
def test_the_ports_of_a_component_are_told_to_the_type_checker(name):
    documented = re.search(r"Members\n +-+\n(.*)", COMPONENTS[name].__doc__ or "", re.DOTALL)

    assert documented
    ports = re.findall(r"^ {4}([a-z]\w*(?:, \w+)*) : ", documented[1], re.MULTILINE)
    listed = {port for group in ports for port in group.split(", ")}
    assert listed == set(COMPONENTS[name].__annotations__)
