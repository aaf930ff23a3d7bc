"""Config dataclasses as TOML, commented with their own documentation."""

import dataclasses
import inspect
import json
import re
import textwrap
from collections.abc import Collection, Iterator
from enum import Enum
from typing import Any

__all__ = [
    "NOT_SET",
    "default_of",
    "parameter_docs",
    "settable_fields",
    "toml_value",
    "write_config",
]

LINE_LENGTH = 100
NOT_SET = "none"  # what a file says where None is meant and is not the default: TOML has no null


def write_config(
    config: object, section: str, *, without: Collection[str] = (), first: str = ""
) -> Iterator[str]:
    """Yield the lines of a commented TOML section that reads back as ``config``.

    Parameters
    ----------
    config : object
        An instance of a config dataclass.
    section : str
        Dotted name of the section.
    without : Collection of str, optional
        Fields left out, because :func:`~system.design.reading.read_config` is ``given`` them.
    first : str, optional
        Comment above the section; the summary of the dataclass unless told.

    Yields
    ------
    str
        Lines without their ends.
    """
    docs = parameter_docs(type(config))
    nested: list[tuple[str, object]] = []
    yield from _comment(first or _summary(type(config)))
    yield f"[{section}]"
    for field in settable_fields(type(config)):
        value = getattr(config, field.name)
        if field.name in without:
            continue
        if dataclasses.is_dataclass(value):
            nested.append((field.name, value))
            continue
        yield from _comment(docs.get(field.name, ""))
        if "source" in field.metadata and value == default_of(field):
            yield from _comment(_sentence(field.metadata["source"]))
        if value is not None:
            yield f"{field.name} = {toml_value(value)}"
        elif default_of(field) is None:
            yield f"# {field.name} ="
        else:
            yield f"{field.name} = {toml_value(NOT_SET)}"
    for name, value in nested:
        yield ""
        yield from write_config(value, f"{section}.{name}", first=docs.get(name, ""))


def parameter_docs(config_type: type) -> dict[str, str]:
    """Return the text of each entry in the numpydoc ``Parameters`` section of a class.

    Parameters
    ----------
    config_type : type
        Any documented class.

    Returns
    -------
    dict of str to str
        One line of plain text per parameter, markup removed.
    """
    lines = (inspect.getdoc(config_type) or "").splitlines()
    docs: dict[str, list[str]] = {}
    entry: list[str] = []
    try:
        start = lines.index("Parameters") + 2
    except ValueError:
        return {}
    for line, following in zip(lines[start:], [*lines[start + 1 :], ""], strict=True):
        if following and set(following) == {"-"}:
            break
        if line and not line.startswith(" "):
            entry = []
            names = line.partition(" : ")[0]
            docs.update({name.strip(): entry for name in names.split(",")})
        else:
            entry.append(line)
    return {name: _plain(" ".join(text)) for name, text in docs.items()}


def toml_value(value: object) -> str:
    """Return a value as TOML writes it.

    Parameters
    ----------
    value : object
        A string, truth value, number, enumeration member, or sequence of these.

    Returns
    -------
    str
        One line that :mod:`tomllib` reads back as the same value.

    Raises
    ------
    TypeError
        TOML has no such value.

    Examples
    --------
    >>> toml_value((True, 2, 4.1e-7, "neo"))
    '[true, 2, 4.1e-07, "neo"]'
    """
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, float):
        return repr(float(value))
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, list | tuple):
        return "[" + ", ".join(toml_value(item) for item in value) + "]"
    raise TypeError(f"TOML has no value like {value!r}")


def settable_fields(config_type: type) -> list[dataclasses.Field[Any]]:
    """Return the fields of a dataclass that its maker may give.

    Parameters
    ----------
    config_type : type
        A dataclass.

    Returns
    -------
    list of dataclasses.Field
        In the order of the class.
    """
    return [entry for entry in dataclasses.fields(config_type) if entry.init]


def default_of(entry: dataclasses.Field[Any]) -> object:
    """Return the default of a field.

    Parameters
    ----------
    entry : dataclasses.Field
        The field.

    Returns
    -------
    object
        The value, or :data:`dataclasses.MISSING`.
    """
    if entry.default_factory is not dataclasses.MISSING:
        return entry.default_factory()
    return entry.default


def _comment(text: str) -> Iterator[str]:
    for line in textwrap.wrap(text, LINE_LENGTH - 2, break_on_hyphens=False):
        yield f"# {line}"


def _sentence(source: str) -> str:
    if source.startswith("assumed: "):
        return f"A{source[1:]}."
    return f"Source: {source}."


def _summary(config_type: type) -> str:
    return _plain((inspect.getdoc(config_type) or "").partition("\n\n")[0])


def _plain(text: str) -> str:
    """Return reStructuredText as plain text on one line."""
    text = re.sub(r":\w+:`~?(?:[\w.]*\.)?(\w+)`", r"\1", text)
    return " ".join(text.replace("``", "").split())
