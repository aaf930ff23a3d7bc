"""Tests of the event packer."""

import numpy as np
import pytest
from amaranth.sim import Simulator

from rtl.event_packer import EventPacker, EventPackerConfig
from verification.event_words import event_words, random_events
from verification.golden.event_packer import event_packer
from verification.golden.snippet_buffer import event_dtype
from verification.pacing import PACES
from verification.simulating import run_to_end
from verification.streams import transfer

EVENTS = 12


@pytest.mark.parametrize("pace", PACES.values(), ids=list(PACES))
@pytest.mark.parametrize(
    ("samples", "kept"), [(8, 8), (5, 8), (1, 8), (9, 8), (24, 16), (3, 16), (4, 0), (1, 0)]
)
def test_words_are_the_models_for_packets_of_any_length(samples, kept, pace):
    config = EventPackerConfig(channels=5, sample_width=13, samples=kept)
    rng = np.random.default_rng(samples)
    events = random_events(EVENTS, config, samples=max(2, samples), rng=rng)
    if samples == 1:
        shorter = np.empty(EVENTS, dtype=event_dtype(1))
        shorter["time"], shorter["channel"] = events["time"], events["channel"]
        shorter["snippet"] = events["snippet"][:, :1]
        events = shorter
    events["time"][-1] = (1 << 32) - 1

    received = transfer(EventPacker(config), event_words(events, config), rng=rng, pace=pace)

    np.testing.assert_array_equal(received, event_packer(events, config).ravel())


def test_the_widest_samples_keep_their_sign_and_the_last_channel_its_number():
    config = EventPackerConfig(channels=1024, sample_width=16, samples=8)
    events = np.zeros(2, dtype=event_dtype(8))
    events["channel"] = 1023, 0
    events["snippet"] = [[-32768, 32767, -1, 0, 1, -2, 2, -32768], [0] * 8]
    rng = np.random.default_rng(1)

    received = transfer(EventPacker(config), event_words(events, config), rng=rng)

    words = [0, 8 << 16 | 1023, 0, 0, 0x7FFF8000, 0x0000FFFF, 0xFFFE0001, 0x80000002]
    assert received[:8].tolist() == words


def test_latency_is_as_declared():
    dut = EventPacker(EventPackerConfig(channels=2, samples=8))
    told = []

    async def offer(ctx):
        ctx.set(dut.o.ready, 1)
        await ctx.tick().repeat(2)
        ctx.set(dut.i.valid, 1)
        ctx.set(dut.i.payload, {"time": 7, "first": 1})
        delay = 0
        while not ctx.get(dut.o.valid):
            await ctx.tick()
            delay += 1
        told.append((delay, ctx.get(dut.o.payload)))

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(offer)
    run_to_end(simulator)

    assert told == [(EventPacker.latency, 7)]


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ({"samples": 12}, "samples must be a multiple of 8, not 12"),
        ({"samples": 264}, "samples must be in 0..256, not 264"),
        ({"channels": 0}, "channels must be in 1..1024, not 0"),
        ({"sample_width": 17}, "sample_width must be in 2..16, not 17"),
    ],
)
def test_impossible_sizes_are_refused(sizes, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        EventPackerConfig(**sizes)


def test_an_event_takes_a_multiple_of_sixteen_bytes():
    sizes = [EventPackerConfig(samples=samples).words for samples in (0, 8, 64, 256)]

    assert sizes == [4, 8, 36, 132]
