"""What the circuit's events say against it: those that it lost and counted do not."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["EventDifference", "event_difference"]


@dataclass(frozen=True, kw_only=True)
class EventDifference:
    """How the events of circuit and model differ.

    Parameters
    ----------
    events : int
        Events that either has, each counted once.
    mismatches : int
        Events that only one of them has, on this channel, at this time, with this snippet, and
        that no counted loss explains.
    losses : int
        Events that the model alone has because the circuit lost them, as it counted.
    first : str or None
        The first mismatch, in words.
    """

    events: int
    mismatches: int
    losses: int
    first: str | None


def event_difference(
    golden: npt.NDArray[np.void], circuit: npt.NDArray[np.void], *, lost: int
) -> EventDifference:
    """Compare the events of a block one by one, in whatever order.

    What the circuit alone has is a mismatch, always. What the model alone has is one too if the
    circuit has another snippet of that channel and time; otherwise the event never left the
    circuit, and it is a loss while the circuit has counted so many, then a mismatch. The circuit
    has one counter for all channels: of losses and mismatches together it cannot be said which
    event is which.

    Parameters
    ----------
    golden, circuit : numpy.ndarray
        Events: fields ``time``, ``channel`` and ``snippet``.
    lost : int
        Events that the circuit has counted as lost, less the losses found in earlier blocks. It
        may count before the model has the event, whose last sample is still to come, but not
        after: an engine waits for all packets of a block.

    Returns
    -------
    EventDifference
        Of this block.
    """
    model = Counter(event.tobytes() for event in golden)
    found = Counter(event.tobytes() for event in circuit)
    missing, extra = model - found, found - model

    def place(event: bytes) -> tuple[int, int]:
        fields = np.frombuffer(event, golden.dtype)[0]
        return int(fields["time"]), int(fields["channel"])

    changed = {place(event) for event in extra}
    never_left = Counter({each: missing[each] for each in missing if place(each) not in changed})
    losses = min(never_left.total(), lost)
    wrong = missing + extra if never_left.total() > losses else (missing - never_left) + extra
    first = None
    if wrong:
        event = min(wrong, key=place)
        frame, channel = place(event)
        first = (
            f"event of channel {channel} at frame {frame}: "
            f"the {'circuit' if event in extra else 'model'} alone has it with this snippet"
        )
        if event in never_left and losses:
            first += f"; of {never_left.total()} such events the circuit counts {losses} as lost"
    return EventDifference(
        events=(model | found).total(),
        mismatches=missing.total() + extra.total() - losses,
        losses=losses,
        first=first,
    )
