"""Tests of the rings of events, beside their model."""

import numpy as np
import pytest
from amaranth.sim import Simulator

from rtl.event_dma import EventDma, EventDmaConfig
from rtl.processor_map import DATA_BASE, ProcessorMap
from verification.golden.devices.rings import RingsModel
from verification.simulating import run_to_end

CONFIG = EventDmaConfig(streams=2, processor_map=ProcessorMap(data_bytes=64))
OVERRUNS = [CONFIG.registers.address_of(f"ring_{n}_overruns") for n in range(CONFIG.streams)]
CYCLES = 2500
SETTINGS = {
    "control": (0, 1, 1, 1, 3, 3, 3),
    "base": (
        *(DATA_BASE + 4 * n for n in (*range(8), *range(8))),
        DATA_BASE + 2,
        DATA_BASE + 64,
        0,
    ),
    "size": (*(12, 16, 20, 24, 28, 32, 8, 12, 16, 20, 24, 28, 32, 8, 12, 16), 4, 10, 64),
    "read": (*(0, 4, 8, 0, 4, 8, 0, 4, 8, 12, 0, 4, 8), 2, 28),
    "threshold": (*(0, 0, 0, 0, 0, 0, 0, 0, 4, 3), 20),
    "overruns": (0, 1),
    "status": (0,),
}


def requests(rng, cycles):
    """Yield an access for each cycle: nothing, mostly, then reads, then writes."""
    places = [(address, register.name[7:]) for address, register in CONFIG.registers.placed()]
    for _ in range(cycles):
        address, name = places[int(rng.integers(len(places)))]
        kind = rng.random()
        if kind < 0.04 and name in SETTINGS:
            yield address, int(rng.choice(SETTINGS[name])), False
        else:
            yield address, None, kind < 0.4


@pytest.mark.parametrize("seed", [1, 2])
def test_every_cycle_is_the_models(seed):
    dut = EventDma(CONFIG)
    rng = np.random.default_rng(seed)
    memory = np.zeros(16, dtype=np.uint32)
    model = RingsModel(CONFIG.streams, CONFIG.processor_map, memory)
    written = np.zeros(16, dtype=np.uint32)
    seen = {"words": 0, "interrupts": 0, "waits": 0}

    async def compare(ctx):
        expected = None
        for address, word, reads in requests(rng, CYCLES):
            ctx.set(dut.bus.address, address)
            ctx.set(dut.bus.write_valid, word is not None)
            ctx.set(dut.bus.write_data, word or 0)
            ctx.set(dut.bus.read_valid, reads)
            offers = [int(rng.integers(1 << 32)) if rng.random() < 0.3 else None for _ in range(2)]
            for events, offer in zip(dut.events, offers, strict=True):
                ctx.set(events.valid, offer is not None)
                ctx.set(events.payload, offer or 0)
            if expected is not None:
                assert (ctx.get(dut.bus.read_data), ctx.get(dut.bus.error)) == expected
            assert ctx.get(dut.interrupt) == model.interrupt
            seen["interrupts"] += model.interrupt

            response = model.read(address) if reads else None
            clears = address in OVERRUNS
            if word is not None and clears:  # an event that is lost in the same cycle counts
                response = model.write(address, word)
            taken = [
                bool(ctx.get(events.ready)) and offer is not None
                for events, offer in zip(dut.events, offers, strict=True)
            ]
            for stream, offer in enumerate(offers):
                waits = stream == 1 and taken[0]
                if offer is not None and not waits:
                    assert taken[stream] == model.push(stream, offer)
                    seen["words"] += taken[stream]
                    seen["waits"] += model.is_held(stream)
            assert not all(taken)
            if ctx.get(dut.memory.valid):
                index, odd = divmod(ctx.get(dut.memory.address) - DATA_BASE, 4)
                assert not odd
                written[index] = ctx.get(dut.memory.write_data)
            np.testing.assert_array_equal(written, memory)
            if word is not None and not clears:
                response = model.write(address, word)
            expected = (response.read_data, response.error) if response else (0, 0)
            await ctx.tick()

    simulator = Simulator(dut)
    simulator.add_clock(40e-9)
    simulator.add_testbench(compare)
    run_to_end(simulator)

    assert seen["words"] > CYCLES // 50
    assert seen["waits"] > CYCLES // 50
    assert CYCLES // 50 < seen["interrupts"] < CYCLES - CYCLES // 50


def test_a_ring_for_no_stream_is_refused():
    with pytest.raises(ValueError, match=r"^streams must be in 1..8, not 0$"):
        EventDmaConfig(streams=0)
