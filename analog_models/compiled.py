"""Loops over samples as machine code, kept for the next process where that is possible."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import numba

from analog_models.source_closure import closure_digest

__all__ = ["compiled", "compiled_for", "compiled_in_place"]

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


def compiled(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Return ``function`` as numba compiles it at its first call.

    It runs without the interpreter's lock. As in NumPy, a division by zero gives an infinity or
    not-a-number. The machine code is kept beside the source or in the user's cache folder; where
    neither can be written, which numba takes for an error, every process compiles anew. It is
    compiled anew, too, when its source has changed, or that of any module that its own imports:
    numba by itself looks at one file, while constants and functions of others are compiled in.

    Parameters
    ----------
    function : callable
        Of arrays and numbers.

    Returns
    -------
    callable
        The same, faster.

    Examples
    --------
    >>> halved = compiled(lambda number: number / 2)
    >>> halved(5)
    2.5
    """
    return _compiled(function)


def compiled_in_place(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Return ``function`` as :func:`compiled` does, if it makes no arrays of its own.

    Then nobody need count who still refers to an array, which numba otherwise does whenever one
    function hands it to another: where many small functions share their arrays, most of the time.

    Parameters
    ----------
    function : callable
        Of arrays and numbers; returns numbers.

    Returns
    -------
    callable
        The same, faster; its first call fails if it makes an array.

    Examples
    --------
    >>> halved = compiled_in_place(lambda number: number / 2)
    >>> halved(5)
    2.5
    """
    return _compiled(function, counts_references=False)


def _compiled(
    function: Callable[Parameters, Result], *, counts_references: bool = True
) -> Callable[Parameters, Result]:
    jit: Any = numba.njit  # whose stubs lack _nrt, though numba documents it (register_jitable)
    compile_it = jit(nogil=True, error_model="numpy", _nrt=counts_references)
    dispatcher: Any = compile_it(function)
    try:
        dispatcher.enable_caching()
        kept = dispatcher._cache._cache_file
        source = Path(function.__code__.co_filename)
        kept._source_stamp = (kept._source_stamp, closure_digest(source))
    except (
        RuntimeError,  # "cannot cache function: no locator available"
        AttributeError,  # another numba: better slow than stale
        OSError,  # a cell of a notebook has no file
    ):
        return compile_it(function)
    return dispatcher


def compiled_for(
    function: Callable[Parameters, Result], *examples: object
) -> Callable[Parameters, Result]:
    """Return ``function`` as numba compiles it, now and for arguments of some types only.

    Parameters
    ----------
    function : callable
        Of arrays and numbers.
    *examples : object
        An argument of each type.

    Returns
    -------
    callable
        The same, faster; raises TypeError for arguments of other types, dimensions or orders.

    Examples
    --------
    >>> halved = compiled_for(lambda number: number / 2, 1.0)
    >>> halved(5.0)
    2.5
    """
    dispatcher: Any = compiled(function)
    dispatcher.compile(tuple(numba.typeof(each) for each in examples))
    dispatcher.disable_compile()
    return dispatcher
