"""Frozen config dataclasses from TOML tables, with errors that name key, rule and value.

The dataclasses are the single source: names, types, defaults and rules come from them.
"""

import dataclasses
import difflib
import math
import sys
import tomllib
import types
import typing
from collections.abc import Collection, Mapping
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

from system.design.writing import NOT_SET, default_of, settable_fields, toml_value
from system.errors import UserError

__all__ = ["read_config", "read_tables", "unknown_key", "with_section"]

LARGEST_FILE = 1 << 20  # bytes; a design with a threshold for each of 1024 channels has 40 kB

Config = TypeVar("Config")


def read_tables(path: Path) -> dict[str, object]:
    """Return what a TOML file holds.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    dict
        Its tables.

    Raises
    ------
    UserError
        It cannot be read, is not UTF-8, or is not TOML.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise UserError(f"the design cannot be read: {error.strerror}") from error
    if len(content) > LARGEST_FILE:
        raise UserError(f"a design must have at most {LARGEST_FILE} bytes, and this has more")
    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise UserError(
            f"a design must be UTF-8 text, but has byte {content[error.start]:#04x} "
            f"at offset {error.start}"
        ) from error
    except ValueError as error:  # TOMLDecodeError, and what int() says of a thousand digits
        raise UserError(f"a design must be valid TOML: {error}") from error
    except RecursionError as error:
        raise UserError("a design must be valid TOML, not nested this deep") from error


def read_config(
    config_type: type[Config],
    table: object,
    section: str,
    *,
    given: Mapping[str, object] | None = None,
) -> Config:
    """Return a ``config_type`` made from a parsed TOML table.

    Parameters
    ----------
    config_type : type
        A frozen dataclass; a field that is itself a dataclass is a sub-table.
    table : object
        What :mod:`tomllib` read for the section.
    section : str
        Dotted name of the section, for messages.
    given : Mapping of str to object, optional
        Fields that the file may not set, and their values.

    Returns
    -------
    object
        The config, validated by its own rules.

    Raises
    ------
    UserError
        A key is unknown, is missing, has the wrong type, or breaks a rule of the config; the
        message names the dotted key, the rule and the value.
    """
    if not isinstance(table, dict):
        raise UserError(f"{section} must be a table, not {_shown(table)}")
    given = given or {}
    annotations = typing.get_type_hints(config_type)
    fields = {f.name: f for f in settable_fields(config_type) if f.name not in given}
    for key in table:
        if key not in fields:
            raise unknown_key(f"{section}.{key}", [f"{section}.{name}" for name in fields])
    values: dict[str, object] = dict(given)
    for name, field in fields.items():
        key = f"{section}.{name}"
        if name in table:
            values[name] = _decoded(annotations[name], table[name], key)
        elif default_of(field) is dataclasses.MISSING:
            raise UserError(f"{key} is missing; it has no default")
    try:
        return config_type(**values)
    except (TypeError, ValueError) as error:
        raise UserError(with_section(str(error), section, config_type)) from error


def unknown_key(key: str, known: Collection[str]) -> UserError:
    """Return the error for a key that nobody knows, with the nearest known one.

    Parameters
    ----------
    key : str
        Dotted key as the user wrote it.
    known : Collection of str
        Dotted keys that would be right there.

    Returns
    -------
    UserError
        To be raised.
    """
    section, dot, last = key.rpartition(".")
    names = [name.rpartition(".")[2] for name in known]
    near = difflib.get_close_matches(last, names, n=1, cutoff=0.6)
    if near:
        return UserError(f"unknown key {key}; did you mean {section}{dot}{near[0]}?")
    return UserError(f"unknown key {key}; known there: {', '.join(names)}")


def with_section(message: str, section: str, config_type: type) -> str:
    """Return a config's own message with its subject made a dotted key.

    Parameters
    ----------
    message : str
        What the config complains of.
    section : str
        Dotted name of its section.
    config_type : type
        Its class.

    Returns
    -------
    str
        The message, its subject found.

    Examples
    --------
    >>> from system.design.sections import Seeds
    >>> with_section("die must not be negative, not -1", "seeds", Seeds)
    'seeds.die must not be negative, not -1'
    >>> with_section("seeds die must not be negative, not -1", "seeds", Seeds)
    'seeds.die must not be negative, not -1'
    """
    words = message.split(" ")
    inner = {entry.name: entry.type for entry in settable_fields(config_type)}
    if len(words) > 1 and words[0] in inner:
        nested = inner[words[0]]
        if isinstance(nested, type) and dataclasses.is_dataclass(nested):
            return f"{section}.{with_section(message.partition(' ')[2], words[0], nested)}"
        return f"{section}.{message}"
    if len(words) > 1 and words[1] in inner:
        return f"{section}.{message.partition(' ')[2]}"
    return f"{section}: {message}"


def _decoded(annotation: object, value: object, key: str) -> object:
    """Return ``value`` as ``annotation`` wants it, or say what it should have been."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (types.UnionType, typing.Union):
        if value == NOT_SET and type(None) in arguments:
            return None
        (annotation,) = [argument for argument in arguments if argument is not type(None)]
        return _decoded(annotation, value, key)
    if origin is typing.Literal:
        return _one_of(arguments, value, key)
    if origin is tuple:
        return _decoded_tuple(arguments, value, key)
    if isinstance(annotation, type):
        if dataclasses.is_dataclass(annotation):
            return read_config(annotation, value, key)
        if issubclass(annotation, Enum):
            return annotation(_one_of([member.value for member in annotation], value, key))
        if annotation in (bool, int, float, str):
            return _decoded_scalar(annotation, value, key)
    raise TypeError(f"{key}: a design file cannot hold {annotation!r}")


def _decoded_scalar(annotation: type, value: object, key: str) -> object:
    rule = {bool: "true or false", int: "an integer", float: "a number", str: "a string"}
    if annotation is float and type(value) is int and abs(value) < sys.float_info.max:
        value = float(value)
    if type(value) is not annotation:
        raise UserError(f"{key} must be {rule[annotation]}, not {_shown(value)}")
    if isinstance(value, float) and math.isnan(value):
        raise UserError(f"{key} must be a number, not nan")
    return value


def _decoded_tuple(arguments: tuple[Any, ...], value: object, key: str) -> tuple[object, ...]:
    if not isinstance(value, list):
        raise UserError(f"{key} must be an array, not {_shown(value)}")
    if arguments[-1] is Ellipsis:
        arguments = (arguments[0],) * len(value)
    if len(arguments) != len(value):
        raise UserError(f"{key} must be an array of {len(arguments)}, not of {len(value)}")
    return tuple(
        _decoded(annotation, item, f"{key}[{index}]")
        for index, (annotation, item) in enumerate(zip(arguments, value, strict=True))
    )


def _one_of(choices: Collection[object], value: object, key: str) -> object:
    for choice in choices:
        if type(choice) is type(value) and choice == value:
            return choice
    names = ", ".join(_shown(choice) for choice in choices)
    raise UserError(f"{key} must be one of {names}, not {_shown(value)}")


def _shown(value: object) -> str:
    """Return a value as the user wrote it, shortened."""
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "an array"
    try:
        text = toml_value(value)
    except TypeError:  # dates and times
        text = str(value)
    return text if len(text) <= 40 else text[:37] + "..."
