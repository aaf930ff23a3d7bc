"""Which of the named arrays in a file is the signal, and which its sampling rate."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from system.errors import UserError

__all__ = ["Variable", "choose_signal", "find_sampling_rate_hz"]

_SIGNALS = ("data", "traces", "signal", "signals", "recording", "voltage_v")

# Names are compared in lower case, without underscores and a final "hz".
_RATES = (
    "fs",
    "sr",
    "samplingrate",
    "samplerate",
    "samplingfrequency",
    "samplingfreq",
    "srate",
)
_INTERVALS_MS = ("samplinginterval", "samplingintervalms")


@dataclass(frozen=True, kw_only=True)
class Variable:
    """A named array in a file.

    Parameters
    ----------
    name : str
        Its name.
    shape : tuple of int
        Its shape.
    is_numeric : bool
        It holds plain real numbers.
    """

    name: str
    shape: tuple[int, ...]
    is_numeric: bool

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)


def choose_signal(
    name: str, variables: Sequence[Variable], wanted: str | None, notes: list[str]
) -> Variable:
    """Return the variable that holds the samples.

    Parameters
    ----------
    name : str
        Name of the file, for messages.
    variables : sequence of Variable
        What is in it.
    wanted : str or None
        Name of the variable, if the user gave it.
    notes : list of str
        Where to say which of several was taken.

    Returns
    -------
    Variable
        The one wanted; else the one called ``data`` (or traces, signal, recording, voltage_v);
        else the only numeric array of more than one element.

    Raises
    ------
    UserError
        There is none, or there are several and none has such a name.
    """
    if wanted is not None:
        for variable in variables:
            if variable.name == wanted:
                return variable
        known = ", ".join(variable.name for variable in variables) or "nothing"
        raise UserError(f"{name}: holds {known}, but no variable {wanted!r}")
    arrays = [v for v in variables if v.is_numeric and v.size != 1]
    by_name = {v.name.lower(): v for v in reversed(arrays)}
    for usual in _SIGNALS:
        if usual in by_name:
            return by_name[usual]
    if len(arrays) == 1:
        notes.append(f"variable {arrays[0].name!r} was taken as the signal")
        return arrays[0]
    if not arrays:
        known = ", ".join(variable.name for variable in variables) or "nothing"
        raise UserError(f"{name}: must hold an array of numbers, but holds {known}")
    known = ", ".join(f"{v.name} {v.shape}" for v in arrays)
    raise UserError(
        f"{name}: the signal must be called data, or be the only array, not one of {known}"
    )


def find_sampling_rate_hz(scalars: Mapping[str, float]) -> float | None:
    """Return the sampling rate that a file states among its single numbers.

    Parameters
    ----------
    scalars : mapping of str to float
        Single numbers by name.

    Returns
    -------
    float or None
        Frames per second: from fs, sr, sampling_rate and the like, or from samplingInterval, which
        is in milliseconds; ``None`` if there is none of them.

    Examples
    --------
    >>> find_sampling_rate_hz({"samplingInterval": 0.05})
    20000.0
    """
    plain = {
        name.lower().replace("_", "").removesuffix("hz"): value for name, value in scalars.items()
    }
    for name in _RATES:
        if name in plain:
            return plain[name]
    for name in _INTERVALS_MS:
        if name in plain:
            return 1e3 / plain[name] if plain[name] else math.inf
    return None
