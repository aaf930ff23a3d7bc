"""The same vocabulary for what holds other values: lists, records, maps and free trees."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from system.report.rules import Key, Number, Plain, Rule, Text

__all__ = ["ListOf", "MapOf", "Record", "Tree"]


@dataclass(frozen=True)
class ListOf(Rule):
    """A list, tuple or array whose items all follow one rule.

    Parameters
    ----------
    item : Rule
        What each item must be.
    length : int, optional
        Number of items; any by default.
    longest : int, optional
        Greatest number of items; any by default.
    nullable : bool
        Whether null may stand in its place.
    """

    item: Rule
    length: int | None = None
    longest: int | None = None
    nullable: bool = False

    @property
    def summary(self) -> str:
        """The rule in words."""
        if self.length is not None:
            return f"a list of {self.length} items"
        if self.longest is not None:
            return f"a list of at most {self.longest} items"
        return "a list"

    def _read(self, value: object, path: str) -> Plain:
        """Return ``value`` as a list."""
        items = value.tolist() if isinstance(value, np.ndarray) else value
        if not isinstance(items, list | tuple):
            raise self.refuse(value, path)
        if self.length is not None and len(items) != self.length:
            raise self.refuse(value, path)
        if self.longest is not None and len(items) > self.longest:
            raise self.refuse(value, path)
        return [self.item.read(item, f"{path}[{index}]") for index, item in enumerate(items)]

    def children(self) -> Iterator[tuple[str, Key]]:
        """Yield what the items hold, under ``[]``."""
        for path, key in self.item.children():
            yield f"[]{path}", key


@dataclass(frozen=True)
class Record(Rule):
    """A mapping with exactly the keys listed.

    Parameters
    ----------
    keys : Mapping of str to Key
        The keys.
    nullable : bool
        Whether null may stand in its place.
    """

    keys: Mapping[str, Key]
    nullable: bool = False

    @property
    def summary(self) -> str:
        """The rule in words."""
        return "a mapping"

    def _read(self, value: object, path: str) -> Plain:
        """Return ``value`` as a dict in the order of the rule."""
        if not isinstance(value, Mapping):
            raise self.refuse(value, path)
        for name, key in self.keys.items():
            if key.required and name not in value:
                raise ValueError(f"{path}.{name} must be present, not missing")
        for name in value:
            if name not in self.keys:
                raise ValueError(f"{path} must hold only the keys of its schema, not {name!r}")
        return {
            name: key.rule.read(value[name], f"{path}.{name}")
            for name, key in self.keys.items()
            if name in value
        }

    def children(self) -> Iterator[tuple[str, Key]]:
        """Yield each key and, right after it, what its value holds."""
        for name, key in self.keys.items():
            yield f".{name}", key
            for path, inner in key.rule.children():
                yield f".{name}{path}", inner


@dataclass(frozen=True)
class MapOf(Rule):
    """A mapping from any names to values that all follow one rule.

    Parameters
    ----------
    item : Rule
        What each value must be.
    nullable : bool
        Whether null may stand in its place.
    """

    item: Rule
    nullable: bool = False

    @property
    def summary(self) -> str:
        """The rule in words."""
        return "a mapping with names as keys"

    def _read(self, value: object, path: str) -> Plain:
        """Return ``value`` as a dict."""
        if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value):
            raise self.refuse(value, path)
        return {str(name): self.item.read(item, f"{path}.{name}") for name, item in value.items()}


@dataclass(frozen=True)
class Tree(Rule):
    """Mappings and lists, nested freely, of numbers, texts, truth values and nulls.

    Parameters
    ----------
    nullable : bool
        Whether null may stand in its place.
    """

    nullable: bool = True

    @property
    def summary(self) -> str:
        """The rule in words."""
        return "a number, a text, true, false, a list or a mapping"

    def _read(self, value: object, path: str) -> Plain:
        """Return ``value`` with every leaf as JSON holds it."""
        if isinstance(value, bool):
            return value
        if isinstance(value, int | float):
            return Number(nullable=True).read(value, path)
        if isinstance(value, str | os.PathLike):
            return Text().read(value, path)
        if isinstance(value, Mapping):
            return MapOf(self).read(value, path)
        if isinstance(value, list | tuple | np.ndarray):
            return ListOf(self).read(value, path)
        raise self.refuse(value, path)
