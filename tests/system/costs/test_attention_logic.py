"""A head's registers are those of its blocks."""

from rtl.attention_head import AttentionHeadConfig
from system.costs.attention_logic import count_head_logic

SMALL = AttentionHeadConfig(head_dim=4, window_tokens=16, tile_tokens=4, longest_count=15)


def test_the_counters_of_a_small_head_have_as_many_bits_as_tiles_lanes_and_counts_ask_for():
    """Four tiles of four lanes: pulse, sign, four bits and their sign each; two for the window."""
    head = count_head_logic(SMALL)

    assert head.counter_bits == 4 * 4 * (2 + 4 + 1) + 2
    assert head.schedule_bits > 0
    assert head.pipeline_bits > 0


def test_the_cycles_are_those_of_the_schedule():
    head = count_head_logic(SMALL)

    assert head.latency_cycles == SMALL.schedule.latency_cycles
    assert head.interval_cycles == SMALL.schedule.interval_cycles


def test_twice_the_tiles_have_twice_the_counters():
    twice = AttentionHeadConfig(head_dim=4, window_tokens=32, tile_tokens=4, longest_count=15)

    assert count_head_logic(twice).counter_bits - 2 == 2 * (
        count_head_logic(SMALL).counter_bits - 2
    )
