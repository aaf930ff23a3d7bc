"""Checks of design values: an error names the subject, the rule and the offending value."""

import math

__all__ = ["check_integer", "check_not_negative", "check_positive"]


def _check_real(subject: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{subject} must be a number, not {value!r}")
    if math.isnan(value):
        raise ValueError(f"{subject} must be a number, not nan")
    return float(value)


def check_positive(subject: str, value: object, *, infinite: bool = False) -> None:
    """Raise unless ``value`` is a number above zero.

    Parameters
    ----------
    subject : str
        What the value is, as the user knows it.
    value : object
        The value.
    infinite : bool
        Infinity is allowed too.

    Raises
    ------
    TypeError
        The value is not a number.
    ValueError
        The value is not positive, or infinite where that is not allowed.
    """
    number = _check_real(subject, value)
    if not number > 0:
        raise ValueError(f"{subject} must be positive, not {value!r}")
    if not infinite and math.isinf(number):
        raise ValueError(f"{subject} must be finite, not {value!r}")


def check_not_negative(subject: str, value: object, *, infinite: bool = False) -> None:
    """Raise unless ``value`` is a number, zero or above.

    Parameters
    ----------
    subject : str
        What the value is, as the user knows it.
    value : object
        The value.
    infinite : bool
        Infinity is allowed too.

    Raises
    ------
    TypeError
        The value is not a number.
    ValueError
        The value is negative, or infinite where that is not allowed.
    """
    number = _check_real(subject, value)
    if number < 0:
        raise ValueError(f"{subject} must not be negative, not {value!r}")
    if not infinite and math.isinf(number):
        raise ValueError(f"{subject} must be finite, not {value!r}")


def check_integer(subject: str, value: object, *, low: int, high: int) -> None:
    """Raise unless ``value`` is a whole number in a range.

    Parameters
    ----------
    subject : str
        What the value is, as the user knows it.
    value : object
        The value.
    low, high : int
        The range, both ends allowed.

    Raises
    ------
    TypeError
        The value is not a whole number.
    ValueError
        The value is out of range.
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{subject} must be a whole number, not {value!r}")
    if not low <= value <= high:
        raise ValueError(f"{subject} must be in {low}..{high}, not {value!r}")
