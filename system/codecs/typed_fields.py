"""Dataclasses from JSON: every field there, none besides, each of its type."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, TypeVar, get_origin

__all__ = ["typed", "typed_fields"]

T = TypeVar("T")

NAMES = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "text",
    list: "a list",
    dict: "an object",
}


def typed_fields(kind: type, plain: object, subject: str = "") -> dict[str, Any]:
    """Return the values of the fields of a dataclass.

    Parameters
    ----------
    kind : type
        The dataclass.
    plain : object
        From JSON.
    subject : str
        What stands before the names of fields in messages.

    Returns
    -------
    dict
        A value for each field; objects for fields that are dataclasses themselves.

    Raises
    ------
    ValueError
        A field is missing, or one is not known.
    TypeError
        A field has a value of another type.
    """
    if not isinstance(plain, Mapping):
        raise TypeError(f"{subject.rstrip('.') or 'it'} must be an object, not {plain!r}")
    wanted = {each.name: get_origin(each.type) or each.type for each in fields(kind)}
    missing, unknown = wanted.keys() - plain.keys(), plain.keys() - wanted.keys()
    if missing:
        raise ValueError(f"{subject}{min(missing)} is missing")
    if unknown:
        raise ValueError(f"{subject}{min(unknown)} is not known")
    values = {}
    for name, wanted_type in wanted.items():
        value, expected = plain[name], wanted_type if wanted_type in NAMES else dict
        if expected is float and type(value) is int:
            value = float(value)
        if type(value) is not expected:
            raise TypeError(f"{subject}{name} must be {NAMES[expected]}, not {value!r}")
        values[name] = value
    return values


def typed(kind: type[T], plain: object, subject: str = "") -> T:
    """Return a dataclass of plain values.

    Parameters
    ----------
    kind : type
        The dataclass.
    plain : object
        From JSON.
    subject : str
        What stands before the names of fields in messages.

    Returns
    -------
    object
        Of that type.

    Raises
    ------
    ValueError
        A field is missing, or one is not known.
    TypeError
        A field has a value of another type.
    """
    return kind(**typed_fields(kind, plain, subject))
