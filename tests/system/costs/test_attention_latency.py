"""The phases of a token, against the latency that the schedule declares."""

import pytest

from rtl.attention_schedule import AttentionScheduleConfig
from system.costs.attention_latency import PUBLISHED_LATENCY_S, head_phases


@pytest.mark.parametrize(
    "schedule",
    [
        AttentionScheduleConfig(),
        AttentionScheduleConfig(write_cycles=3, integrate_cycles=9, drive_cycles=31),
        AttentionScheduleConfig(count_cycles=5, digital_cycles=9),
    ],
)
def test_the_phases_add_up_to_the_declared_latency(schedule):
    assert sum(phase.cycles for phase in head_phases(schedule)) == schedule.latency_cycles


def test_at_a_nanosecond_a_cycle_the_default_is_no_slower_than_the_published_head():
    assert sum(phase.cycles for phase in head_phases()) * 1e-9 <= PUBLISHED_LATENCY_S * (1 + 1e-9)
