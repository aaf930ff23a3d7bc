"""What words of the command line must be: each function takes one, or says what is wrong."""

import argparse
import math
from pathlib import Path

__all__ = ["count", "path_of", "positive", "whole"]


def path_of(text: str) -> Path:
    """Return the path of a file or folder.

    Parameters
    ----------
    text : str
        The word.

    Returns
    -------
    Path
        The path.

    Raises
    ------
    ArgumentTypeError
        The word is empty.
    """
    if not text:
        raise argparse.ArgumentTypeError(f"must name a file or folder, not {text!r}")
    return Path(text)


def positive(text: str) -> float:
    """Return a positive number.

    Parameters
    ----------
    text : str
        The word.

    Returns
    -------
    float
        The number, which is finite.

    Raises
    ------
    ArgumentTypeError
        The word is none.
    """
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"must be a positive number, not {text!r}")
    return value


def count(text: str) -> int:
    """Return a positive integer.

    Parameters
    ----------
    text : str
        The word.

    Returns
    -------
    int
        The number.

    Raises
    ------
    ArgumentTypeError
        The word is none.
    """
    value = _integer(text)
    if value is None or value < 1:
        raise argparse.ArgumentTypeError(f"must be a positive integer, not {text!r}")
    return value


def whole(text: str) -> int:
    """Return zero or a positive integer.

    Parameters
    ----------
    text : str
        The word.

    Returns
    -------
    int
        The number.

    Raises
    ------
    ArgumentTypeError
        The word is neither.
    """
    value = _integer(text)
    if value is None or value < 0:
        raise argparse.ArgumentTypeError(f"must be zero or a positive integer, not {text!r}")
    return value


def _integer(text: str) -> int | None:
    try:
        return int(text)
    except ValueError:
        return None
