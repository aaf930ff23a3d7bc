"""Bench for the exported Verilog of :class:`rtl.packet_framer.PacketFramer`."""

from collections import Counter
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import cocotb
import numpy as np
import numpy.typing as npt
from cocotb.triggers import ClockCycles, RisingEdge

from rtl.coding_streams import byte_layout, coded_byte_layout
from rtl.packet_format import TRAILER_BYTES
from rtl.packet_framer import RATE_FRAMES, PacketFramerConfig
from verification.cocotb_benches.setup import bench_setup, scaled, seeded_rng, start
from verification.cocotb_benches.streams import StreamPort, drive, monitor, transfer
from verification.framed_packets import (
    Bodies,
    interleaved,
    missing_bodies,
    packets_of,
    random_bodies,
)
from verification.golden.packet_framer import packet_framer
from verification.pacing import PACES, Pace
from verification.payloads import pack, unpack

BODIES = 24  # of each group
FRAME_CYCLES = 9


@dataclass
class Watch:
    """What the framer says in every cycle."""

    dropped: list[tuple[int, int]] = field(default_factory=list)
    levels: set[int] = field(default_factory=set)
    sent: list[int] = field(default_factory=lambda: [0])

    async def run(self, dut: Any, *, ticks: bool) -> None:
        """Note it, for ever, and give a tick in every frame."""
        for cycle in count():
            dut.tick.value = int(ticks and cycle % FRAME_CYCLES == 0)
            await RisingEdge(dut.clk)
            bits = int(dut.dropped.value)
            if bits:
                assert bits.bit_count() == 1
                self.dropped.append((bits.bit_length() - 1, int(dut.lost.value)))
            else:
                assert int(dut.lost.value) == 0
            self.levels.add(int(dut.level.value))
            if ticks and cycle % FRAME_CYCLES == 0:
                self.sent.append(0)
            self.sent[-1] += int(dut.o__valid.value) & int(dut.o__ready.value)


async def send(
    dut: Any, beats: npt.NDArray[np.void], pace: Pace, settle_cycles: int = 400, **inputs: int
) -> tuple[list[bytes], Watch]:
    """Send bytes of bodies; return the packets that come, and what the framer said."""
    config: PacketFramerConfig = bench_setup().config
    i = StreamPort.find(dut, "i", coded_byte_layout(config.groups))
    o = StreamPort.find(dut, "o", byte_layout())
    watch = Watch()
    await start(dut)
    for name, value in inputs.items():
        getattr(dut, name).value = value
    cocotb.start_soon(watch.run(dut, ticks="rate" in inputs))
    settled = await transfer(i, o, beats, rng=seeded_rng(), pace=pace, settle_cycles=settle_cycles)
    return packets_of(settled), watch


def counted(missing: list[tuple[int, bytes]]) -> list[tuple[int, int]]:
    """Return group and trailer of bodies."""
    return [(group, int.from_bytes(body[-TRAILER_BYTES:], "little")) for group, body in missing]


def bodies_of(how_many: int, longest: int | None = None) -> Bodies:
    """Return random bodies of all groups."""
    return random_bodies(how_many, bench_setup().config, rng=seeded_rng(), longest=longest)


@cocotb.test(timeout_time=10, timeout_unit="ms")
@cocotb.parametrize(pace=list(PACES))
async def frames_bodies_or_says_that_it_did_not(dut: Any, pace: str) -> None:
    config: PacketFramerConfig = bench_setup().config
    # Some outgrow their ring, whatever the output does.
    bodies = bodies_of(scaled(BODIES), longest=config.ring_bytes + 8)

    packets, watch = await send(dut, interleaved(bodies, rng=seeded_rng()), PACES[pace])

    assert sorted(watch.dropped) == sorted(counted(missing_bodies(packets, bodies)))
    assert len(packets) > 0
    assert len(watch.dropped) > 0


@cocotb.test(timeout_time=10, timeout_unit="ms")
async def loses_nothing_when_the_output_keeps_up(dut: Any) -> None:
    bodies = bodies_of(scaled(BODIES))

    beats = interleaved(bodies, rng=seeded_rng())
    packets, watch = await send(dut, beats, Pace(valid_probability=0.2))

    assert missing_bodies(packets, bodies) == []
    assert watch.dropped == []


@cocotb.test(timeout_time=10, timeout_unit="ms")
@cocotb.parametrize(rate=[77, 256, 1500])
async def keeps_to_its_rate(dut: Any, rate: int) -> None:
    bodies = bodies_of(3)

    packets, watch = await send(
        dut,
        interleaved(bodies, rng=seeded_rng()),
        PACES["streaming"],
        settle_cycles=80 * FRAME_CYCLES,
        rate=rate,
    )

    sent = np.concatenate(([0], np.cumsum(watch.sent)))
    for frames in (1, 2, 3, 7, 30):
        most = ((frames + 1) * rate + RATE_FRAMES - 1) // RATE_FRAMES
        assert (sent[frames:] - sent[:-frames]).max() <= most
    busy = np.flatnonzero(watch.sent)
    fastest = min(rate / RATE_FRAMES, FRAME_CYCLES)
    assert sum(watch.sent) / (busy[-1] - busy[0]) > 0.85 * fastest
    assert sorted(watch.dropped) == sorted(counted(missing_bodies(packets, bodies)))


def beats_of(body: bytes) -> list[dict[str, int]]:
    """Return the bytes of a body that needs no ring."""
    return [{"byte": b, "last": int(n == len(body) - 1)} for n, b in enumerate(body)]


@cocotb.test(timeout_time=10, timeout_unit="ms")
@cocotb.parametrize(pace=["streaming", "stalled", "bursts"])
async def sends_bodies_without_ring_before_what_begins_later(dut: Any, pace: str) -> None:
    config: PacketFramerConfig = bench_setup().config
    if not config.direct:
        return
    bodies = bodies_of(scaled(BODIES))
    direct = [seeded_rng().bytes(length) for length in (200, 10, 1, 260)]
    begun_before: list[Counter[int]] = []  # bodies of each group
    begun: Counter[int] = Counter()
    between = set(range(config.groups))
    port = StreamPort.find(dut, "direct", byte_layout())

    def on_cycle(valid: bool, ready: bool, word: int) -> None:
        beat = unpack(coded_byte_layout(config.groups), [word])[0] if valid else None
        if beat is not None and ready:
            group = int(beat["group"])
            begun[group] += group in between
            between.discard(group)
            if beat["last"]:
                between.add(group)

    async def send_direct() -> None:
        rng = seeded_rng()
        for body in direct:
            await ClockCycles(dut.clk, 90)
            dut.direct_length.value = len(body)
            await drive(port, beats_of(body), rng=rng, pace=PACES[pace])
            begun_before.append(begun.copy())

    cocotb.start_soon(monitor(port))
    i = StreamPort.find(dut, "i", coded_byte_layout(config.groups))
    cocotb.start_soon(monitor(i, on_cycle))
    sending = cocotb.start_soon(send_direct())
    packets, watch = await send(dut, interleaved(bodies, rng=seeded_rng()), PACES[pace], 2000)
    await sending

    whole = [packet_framer(body) for body in direct]
    places = [packets.index(packet) for packet in whole]
    assert places == sorted(places)
    of_rings = [packet for packet in packets if packet not in whole]
    assert sorted(watch.dropped) == sorted(counted(missing_bodies(of_rings, bodies)))
    for place, before in zip(places, begun_before, strict=True):
        earlier = Counter(packet[5] for packet in packets[:place] if packet not in whole)
        assert all(earlier[group] <= before[group] for group in range(config.groups))


@cocotb.test(timeout_time=10, timeout_unit="ms")
@cocotb.parametrize(pace=["streaming", "stalled", "bursts"])
async def sends_a_body_without_ring_where_rings_are_empty(dut: Any, pace: str) -> None:
    config: PacketFramerConfig = bench_setup().config
    if not config.direct:
        return
    body = seeded_rng().bytes(300)
    i, o = (StreamPort.find(dut, name, byte_layout()) for name in ("direct", "o"))

    await start(dut)
    dut.direct_length.value = len(body)
    received = await transfer(i, o, beats_of(body), rng=seeded_rng(), pace=PACES[pace])

    assert packets_of(received) == [packet_framer(body)]


@cocotb.test(timeout_time=10, timeout_unit="ms")
async def tells_how_much_waits(dut: Any) -> None:
    config: PacketFramerConfig = bench_setup().config
    width = (config.groups * config.ring_bytes).bit_length()
    body = [{"byte": 0, "group": 0, "last": int(place == 11)} for place in range(12)]
    words = pack(coded_byte_layout(config.groups), body)
    thresholds = [14, 28, 0, 29, 42]

    await start(dut)
    dut.thresholds.value = sum(each << (width * n) for n, each in enumerate(thresholds))
    dut.i__valid.value = 1
    levels = []
    for _ in range(3):
        for word in words:
            dut.i__payload.value = word
            await RisingEdge(dut.clk)
            while dut.i__ready.value != 1:
                await RisingEdge(dut.clk)
        dut.i__valid.value = 0
        for _ in range(4):
            await RisingEdge(dut.clk)
        levels.append((int(dut.level.value), int(dut.discard.value) == (1 << config.groups) - 1))
        dut.i__valid.value = 1

    assert levels == [(1, False), (2, False), (4, False)]
    dut.thresholds.value = sum(1 << (width * n) for n in range(len(thresholds)))
    await RisingEdge(dut.clk)
    await RisingEdge(dut.clk)
    assert dut.level.value == len(thresholds)
    assert dut.discard.value == (1 << config.groups) - 1
    dut.i__valid.value = 0
    dut.o__ready.value = 1
    await ClockCycles(dut.clk, 3 * 24 + 4 * config.groups)
    assert (dut.level.value, dut.discard.value) == (0, 0), "all that waited has been sent"


@cocotb.test(timeout_time=10, timeout_unit="ms")
async def says_when_to_end_and_not_to_begin(dut: Any) -> None:
    config: PacketFramerConfig = bench_setup().config
    layout = coded_byte_layout(config.groups)
    group = config.groups - 1
    bit = 1 << group
    whole = config.regular_body_bytes

    await start(dut)
    dut.i__valid.value = 1
    for place in range(2 * whole):
        beat = {"byte": place & 255, "group": group, "last": int(place == whole - 1)}
        dut.i__payload.value = pack(layout, [beat])[0]
        await RisingEdge(dut.clk)
        while dut.i__ready.value != 1:
            await RisingEdge(dut.clk)
    dut.i__valid.value = 0
    await RisingEdge(dut.clk)
    await RisingEdge(dut.clk)
    # One packet waits, and one is as long as it may be: it need not end, but none may follow.
    assert (dut.close.value, dut.discard.value) == (0, bit)
    dut.i__valid.value = 1
    dut.i__payload.value = pack(layout, [{"byte": 1, "group": group, "last": 0}])[0]
    await RisingEdge(dut.clk)
    dut.i__valid.value = 0
    await RisingEdge(dut.clk)
    await RisingEdge(dut.clk)
    assert (dut.close.value, dut.discard.value) == (bit, bit)
