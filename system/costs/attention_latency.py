"""Latency of one token in one attention head: the phases of our schedule."""

from dataclasses import dataclass

from rtl.attention_schedule import (
    SAMPLE_CYCLES,
    SCALE_CYCLES,
    AttentionScheduleConfig,
)

__all__ = ["PUBLISHED_LATENCY_S", "Phase", "head_phases"]

PUBLISHED_LATENCY_S = 65e-9
"""Of a token in a head, Leroux et al. 2025; how it is made up is not published."""


@dataclass(frozen=True, kw_only=True)
class Phase:
    """What a token waits for.

    Parameters
    ----------
    name : str
        What happens.
    cycles : int
        Clock cycles; of 1 ns, the step of the pulses, at the published rate of 1 GHz.
    """

    name: str
    cycles: int


def head_phases(schedule: AttentionScheduleConfig | None = None) -> tuple[Phase, ...]:
    """Return what happens to a token one after the other, from its offer to its output.

    Parameters
    ----------
    schedule : AttentionScheduleConfig or None
        The schedule; that of the published size if not given.

    Returns
    -------
    tuple of Phase
        Their cycles add up to the latency that the head declares and its bench measures. The
        value's writing is not among them: it happens while the scores are integrated.
    """
    schedule = schedule or AttentionScheduleConfig()
    return (
        Phase(name="scale and quantise the query and the key", cycles=SCALE_CYCLES),
        Phase(name="write the key", cycles=schedule.write_cycles),
        Phase(name="integrate the scores", cycles=schedule.integrate_cycles),
        Phase(name="drive the values with the scores", cycles=schedule.drive_cycles),
        Phase(name="count the output pulses", cycles=schedule.count_cycles),
        Phase(name="sample the counts", cycles=SAMPLE_CYCLES),
        Phase(name="add all tiles and scale", cycles=schedule.digital_cycles),
    )
