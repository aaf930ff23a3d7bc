"""The registers and the schedule of our attention head, counted on its netlist."""

from rtl.attention_head import AttentionHead, AttentionHeadConfig
from system.costs.attention_quantities import HeadLogic
from system.costs.netlist import take_inventory

__all__ = ["count_head_logic"]


def count_head_logic(config: AttentionHeadConfig | None = None) -> HeadLogic:
    """Count what an attention head is made of; takes some seconds.

    Parameters
    ----------
    config : AttentionHeadConfig or None
        The head; the published size if not given.

    Returns
    -------
    HeadLogic
        Its registers and cycles.
    """
    config = config or AttentionHeadConfig()
    inventory = take_inventory(AttentionHead(config))
    counters = inventory.flip_flops_below("counter")
    schedule = inventory.flip_flops_below("schedule")
    return HeadLogic(
        counter_bits=counters,
        schedule_bits=schedule,
        pipeline_bits=inventory.flip_flops - counters - schedule,
        count_cycles=config.schedule.count_cycles,
        latency_cycles=config.schedule.latency_cycles,
        interval_cycles=config.schedule.interval_cycles,
    )
