"""The rules of a stream, and what was sent against what came: for every simulator."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["StreamChecker", "StreamRuleError", "check_payloads"]


class StreamRuleError(AssertionError):
    """A component broke a rule of its stream."""


class StreamChecker:
    """Watches one stream and raises as soon as its producer breaks a rule.

    The rules: an offer stands until it is accepted (``valid`` holds until ``ready``), and what is
    offered does not change meanwhile (``payload`` is stable while stalled).

    Parameters
    ----------
    name : str
        What the stream is called in messages.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.cycles = 0
        self.transfers = 0
        self.stalled_cycles = 0
        self._offered: int | None = None

    def observe(self, *, valid: bool, ready: bool, payload: int) -> None:
        """Note what the wires carried at one clock edge.

        Parameters
        ----------
        valid, ready : bool
            The handshake.
        payload : int
            The bits of the payload; ignored unless ``valid``.

        Raises
        ------
        StreamRuleError
            If the producer withdrew or changed an offer.
        """
        if self._offered is not None:
            if not valid:
                raise StreamRuleError(
                    f"stream {self.name}: valid must hold until ready, "
                    f"but fell in cycle {self.cycles} (payload {self._offered:#x} withdrawn)"
                )
            if payload != self._offered:
                raise StreamRuleError(
                    f"stream {self.name}: payload must be stable while stalled, "
                    f"but became {payload:#x} in cycle {self.cycles}, not {self._offered:#x}"
                )
        self._offered = payload if valid and not ready else None
        self.cycles += 1
        self.transfers += valid and ready
        self.stalled_cycles += valid and not ready


def check_payloads(
    name: str,
    received: npt.NDArray[Any] | Sequence[Any],
    expected: npt.NDArray[Any] | Sequence[Any],
) -> None:
    """Compare what a stream carried with what it should have carried.

    Parameters
    ----------
    name : str
        What the stream is called in the message.
    received, expected : array_like
        Payloads, in order; integers or records.

    Raises
    ------
    AssertionError
        If they differ; the message says where first, and whether a payload is missing, was
        repeated or is wrong.
    """
    got, wanted = np.asarray(received), np.asarray(expected)
    both = min(len(got), len(wanted))
    different = np.flatnonzero(got[:both] != wanted[:both])
    if not different.size and len(got) == len(wanted):
        return
    first = int(different[0]) if different.size else both
    counts = f"({len(got)} payloads came, {len(wanted)} were expected)"
    if first == len(got):
        raise AssertionError(f"stream {name}: payload {first} never came {counts}")
    if first == len(wanted):
        raise AssertionError(f"stream {name}: payload {first}, {got[first]}, is too many {counts}")
    if first + 1 < len(wanted) and got[first] == wanted[first + 1]:
        guess = "; it was skipped"
    elif first and got[first] == wanted[first - 1]:
        guess = "; the one before was repeated"
    else:
        guess = ""
    raise AssertionError(
        f"stream {name}: payload {first} is {got[first]}, not {wanted[first]}{guess} {counts}"
    )
