"""Small vocabulary that describes, checks and documents plain JSON values: the leaves."""

import math
import os
import reprlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

__all__ = ["Key", "Number", "Plain", "Rule", "Text"]

Plain = None | bool | int | float | str | list["Plain"] | dict[str, "Plain"]


class Rule:
    """What one value must be.

    A rule reads a value as a caller has it (NumPy scalars and arrays, paths, tuples) and gives
    it back as JSON holds it. Not-a-number and the infinities read as null.

    Attributes
    ----------
    nullable : bool
        Whether null may stand in its place.
    """

    nullable: bool

    @property
    def summary(self) -> str:
        """The rule in words, to follow "must be"."""
        raise NotImplementedError

    def read(self, value: object, path: str) -> Plain:
        """Return ``value`` as plain JSON.

        Parameters
        ----------
        value : object
            What the caller gave.
        path : str
            Where it stands, for the message.

        Returns
        -------
        None, bool, int, float, str, list or dict
            The value, copied.

        Raises
        ------
        ValueError
            If the value breaks the rule; the message names path, rule and value.
        """
        if isinstance(value, np.generic):
            value = value.item()
        if isinstance(value, float) and not math.isfinite(value):
            value = None
        return None if value is None and self.nullable else self._read(value, path)

    def _read(self, value: object, path: str) -> Plain:
        """Return ``value``, which is not a null that is allowed, as plain JSON."""
        raise NotImplementedError

    def refuse(self, value: object, path: str) -> ValueError:
        """Return the error of a value that breaks the rule.

        Parameters
        ----------
        value : object
            What the caller gave.
        path : str
            Where it stands.

        Returns
        -------
        ValueError
            It names path, rule and value.
        """
        rule = self.summary + (" or null" if self.nullable else "")
        return ValueError(f"{path} must be {rule}, not {reprlib.repr(value)}")

    def children(self) -> Iterator[tuple[str, "Key"]]:
        """Yield (path below this value, key) of everything that the rule describes inside."""
        yield from ()


@dataclass(frozen=True)
class Key:
    """One key of a :class:`Record`.

    Parameters
    ----------
    rule : Rule
        What its value must be.
    doc : str
        One sentence on what it means.
    unit : str
        Unit of the value, or of each of its elements.
    required : bool
        Whether the key must be present.
    """

    rule: Rule
    doc: str
    unit: str = ""
    required: bool = True


@dataclass(frozen=True)
class Number(Rule):
    """A finite number.

    Parameters
    ----------
    minimum : float, optional
        Least value allowed.
    maximum : float, optional
        Greatest value allowed.
    integer : bool
        Whether it must be a whole number.
    nullable : bool
        Whether null may stand in its place.
    digits : int, optional
        Significant digits kept; all of them by default.
    """

    minimum: float | None = None
    maximum: float | None = None
    integer: bool = False
    nullable: bool = False
    digits: int | None = None

    @property
    def summary(self) -> str:
        """The rule in words."""
        noun = "a whole number" if self.integer else "a number"
        if self.minimum is not None and self.maximum is not None:
            return f"{noun} in {self.minimum:g}..{self.maximum:g}"
        if self.minimum is not None:
            return f"{noun} of at least {self.minimum:g}"
        if self.maximum is not None:
            return f"{noun} of at most {self.maximum:g}"
        return noun

    def _read(self, value: object, path: str) -> Plain:
        """Return ``value`` as an int or a float."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.refuse(value, path)
        if self.integer and not isinstance(value, int):
            raise self.refuse(value, path)
        if self.minimum is not None and value < self.minimum:
            raise self.refuse(value, path)
        if self.maximum is not None and value > self.maximum:
            raise self.refuse(value, path)
        if self.digits is not None:
            return float(f"{value:.{self.digits}g}")
        return value


@dataclass(frozen=True)
class Text(Rule):
    """A string or a file path.

    Parameters
    ----------
    choices : tuple of str
        The strings allowed; any by default.
    nullable : bool
        Whether null may stand in its place.
    """

    choices: tuple[str, ...] = ()
    nullable: bool = False

    @property
    def summary(self) -> str:
        """The rule in words."""
        return "one of " + ", ".join(map(repr, self.choices)) if self.choices else "a text"

    def _read(self, value: object, path: str) -> Plain:
        """Return ``value`` as a string."""
        text = os.fspath(value) if isinstance(value, os.PathLike) else value
        if not isinstance(text, str) or (self.choices and text not in self.choices):
            raise self.refuse(value, path)
        # A lone surrogate (an undecodable byte in a file name) cannot be written as UTF-8.
        return text.encode("utf-8", "replace").decode("utf-8")
