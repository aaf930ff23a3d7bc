"""Bench for the exported Verilog of :class:`rtl.event_packer.EventPacker`."""

from typing import Any

import cocotb
import numpy as np

from rtl.event_packer import EventPackerConfig
from rtl.streams import packet_layout
from verification.cocotb_benches.setup import bench_setup, scaled, seeded_rng, start
from verification.cocotb_benches.streams import StreamPort, transfer
from verification.event_words import event_words, random_events
from verification.golden.event_packer import event_packer
from verification.pacing import PACES
from verification.stream_rules import check_payloads

EVENTS = 40
LATEST = (1 << 32) - 1


@cocotb.test(timeout_time=5, timeout_unit="ms")
@cocotb.parametrize(pace=list(PACES), samples=[2, 7, 8, 9, 23, 24, 25])
async def makes_the_same_number_of_words_of_every_event(dut: Any, pace: str, samples: int) -> None:
    """Packets that are shorter and longer than what is kept of them, by one and by many."""
    config: EventPackerConfig = bench_setup().config
    i = StreamPort.find(dut, "i", packet_layout(config.sample_width, config.channels))
    o = StreamPort.find(dut, "o", 32)
    rng = seeded_rng()
    events = random_events(scaled(EVENTS), config, samples=samples, rng=rng)
    events["time"][-2:] = LATEST, 0
    events["channel"][-2:] = config.channels - 1, 0

    await start(dut)
    received = await transfer(i, o, event_words(events, config), rng=rng, pace=PACES[pace])

    expected = event_packer(events, config).ravel()
    check_payloads("o", received, expected.astype(np.int64))


@cocotb.test(timeout_time=5, timeout_unit="ms")
async def drops_what_is_left_of_a_packet_after_a_reset(dut: Any) -> None:
    config: EventPackerConfig = bench_setup().config
    i = StreamPort.find(dut, "i", packet_layout(config.sample_width, config.channels))
    o = StreamPort.find(dut, "o", 32)
    rng = seeded_rng()
    events = random_events(3, config, samples=9, rng=rng)

    await start(dut)
    rest = event_words(events, config)[5:]
    received = await transfer(i, o, rest, rng=rng, pace=PACES["random"])

    expected = event_packer(events[1:], config).ravel()
    check_payloads("o", received, expected.astype(np.int64))
