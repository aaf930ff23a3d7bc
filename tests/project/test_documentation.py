"""Everything public says what it is, and what each of its parameters is."""

import ast
import enum
import importlib
import inspect
import re
from functools import cache
from typing import is_typeddict

import pytest
from amaranth.lib import wiring
from numpydoc.validate import validate

from tests.project.sources import PACKAGES, sources

# What a docstring that has sections must get right, by numpydoc's names of the rules.
RULES = {
    "GL06": "no unknown section",
    "GL07": "sections in order",
    "PR01": "every parameter in its section",
    "PR02": "no parameter that there is not",
    "PR03": "parameters in order",
    "PR04": "a type of each parameter",
    "PR07": "a description of each parameter",
    "RT03": "a description of what is returned",
    "SS01": "a summary",
    "YD01": "a section on what is yielded",
}
NOT_NUMPYDOC = {"GL06", "GL07"}  # of a component, whose ports are in a section of their own
AMARANTH_CALLS = {"elaborate"}  # its docstring would be that of the class
# Made by their class, by a signature, by nobody, or with a message.
NOT_CALLED = (enum.Enum, wiring.PureInterface, BaseException)


@cache
def public_objects():
    """Public functions, classes and methods by their full names."""
    found = {}
    for source in sources(*PACKAGES):
        if source.module.startswith("verification.cocotb_benches."):
            continue  # benches are tests, and need a simulator around them
        module = importlib.import_module(source.module)
        for name in getattr(module, "__all__", ()):
            value = getattr(module, name)
            if getattr(value, "__module__", None) != source.module:
                continue
            if inspect.isclass(value) or inspect.isfunction(value):
                found[f"{source.module}.{name}"] = value
            if inspect.isclass(value):
                found |= {
                    f"{source.module}.{name}.{member}": getattr(value, member)
                    for member, method in vars(value).items()
                    if not member.startswith("_")
                    and member not in AMARANTH_CALLS
                    and (inspect.isfunction(method) or isinstance(method, DESCRIBED))
                }
    return found


DESCRIBED = (classmethod, staticmethod, property)


def parameters(value):
    """What a caller gives."""
    if not callable(value):
        return set()
    if inspect.isclass(value):
        is_protocol = getattr(value, "_is_protocol", False)
        if issubclass(value, NOT_CALLED) or is_protocol or is_typeddict(value):
            return set()
    return set(inspect.signature(value).parameters) - {"self"}


def said_of(name, value):
    """Docstring of an object, and of the functions of its module that it sends the reader to."""
    docstring = inspect.getdoc(value) or ""
    module = importlib.import_module(next(each for each in MODULES if name.startswith(f"{each}.")))
    targets = re.findall(r"see :func:`(\w+)`", docstring)
    return "\n".join(
        [docstring, *(inspect.getdoc(getattr(module, each)) or "" for each in targets)]
    )


MODULES = sorted((source.module for source in sources(*PACKAGES)), key=len, reverse=True)


def test_there_is_something_to_check():
    assert len(public_objects()) > 400
    assert "rtl.band_pass.BandPassConfig.response" in public_objects()
    assert "system.metrics.scores.Counts.rates" in public_objects()


def test_every_module_says_what_it_is_for():
    silent = [
        source.name
        for source in sources(*PACKAGES, "tools")
        if not (ast.get_docstring(source.tree) or "").partition("\n")[0].endswith((".", ":"))
    ]

    assert silent == []


def test_everything_public_has_a_docstring():
    assert [name for name, value in public_objects().items() if not inspect.getdoc(value)] == []


def test_every_parameter_is_named_in_the_docstring():
    unnamed = [
        f"{name}: {parameter}"
        for name, value in public_objects().items()
        for parameter in sorted(parameters(value))
        if not re.search(rf"\b{parameter}\b", said_of(name, value))
    ]

    assert unnamed == []


# The ports of a component have a section of their own, of which numpydoc warns each time.
@pytest.mark.filterwarnings("ignore:Unknown section Members:UserWarning")
def test_sections_are_complete():
    sections = re.compile(r"^(Parameters|Returns|Yields|Raises)\n-+$", re.MULTILINE)
    broken = []
    for name, value in public_objects().items():
        docstring = inspect.getdoc(value) or ""
        if not sections.search(docstring):
            continue
        rules = RULES.keys() - (NOT_NUMPYDOC if "\nMembers\n" in docstring else set())
        errors = validate(name)["errors"]
        broken += [f"{name}: {message}" for code, message in errors if code in rules]

    assert broken == []
