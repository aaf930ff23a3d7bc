from typing import Any

import numpy as np
from amaranth.hdl import Module
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out
from amaranth.sim import Simulator

from rtl.coding_streams import byte_layout
from rtl.stream_choice import take_turns
from verification.pacing import PACES
from verification.simulating import run_to_end
from verification.stream_drivers import consume, produce


class Turns(wiring.Component):
    """Two sources of packets, one output."""

    a: Any
    b: Any
    o: Any

    def __init__(self):
        bodies = stream.Signature(byte_layout())
        super().__init__({"a": In(bodies), "b": In(bodies), "o": Out(bodies)})

    def elaborate(self, _platform):
        m = Module()
        take_turns(m, [wiring.flipped(self.a), wiring.flipped(self.b)], wiring.flipped(self.o))
        return m


def beats(source, lengths):
    """Packets whose bytes say their source and number."""
    return [
        {"byte": 100 * source + number, "last": int(place == length - 1)}
        for number, length in enumerate(lengths)
        for place in range(length)
    ]


def test_packets_of_two_sources_are_never_mixed():
    dut, received = Turns(), []
    sent = [beats(0, [3, 1, 5, 1, 1, 2]), beats(1, [1, 4, 2, 1, 6])]
    total = sum(map(len, sent))
    simulator = Simulator(dut)
    simulator.add_clock(1e-6)

    def feeder(port, payloads, seed):
        async def feed(ctx):
            rng = np.random.default_rng(seed)
            await produce(ctx, port, payloads, rng=rng, pace=PACES["random"])

        return feed

    async def drain(ctx):
        def on_cycle(valid, ready, word):
            if valid and ready:
                received.append(word)
            return len(received) < total

        rng = np.random.default_rng(3)
        await consume(ctx, dut.o, on_cycle, rng=rng, pace=PACES["random"])

    simulator.add_testbench(feeder(dut.a, sent[0], 1))
    simulator.add_testbench(feeder(dut.b, sent[1], 2))
    simulator.add_testbench(drain)
    run_to_end(simulator)

    values, lasts = np.array(received) & 0xFF, np.array(received) >> 8
    borders = np.flatnonzero(lasts)[:-1] + 1
    assert all(len(set(part.tolist())) == 1 for part in np.split(values, borders))
    for source, own in enumerate(sent):
        assert values[values // 100 == source].tolist() == [beat["byte"] for beat in own]
    assert np.count_nonzero(np.diff(values // 100)) > 2
