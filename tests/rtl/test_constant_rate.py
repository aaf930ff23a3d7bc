"""A codec whose output is held to a rate: marker, predictor, contexts, Golomb code, framer."""

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pytest
from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.sim import Simulator

from rtl.dpcm_predictor import DpcmPredictor, DpcmPredictorConfig
from rtl.golomb_encoder import GolombEncoder, GolombEncoderConfig
from rtl.packet_framer import RATE_FRAMES, PacketFramer, PacketFramerConfig
from rtl.packet_marker import PacketMarker, PacketMarkerConfig
from rtl.packet_settings import PacketSettings
from rtl.residual_context import ResidualContext, ResidualContextConfig
from system.codecs.packets import PacketReader
from verification.simulating import run_to_end

CHANNELS, WIDTH = 2, 9
SAMPLE_CYCLES = 14
FRAME_CYCLES = SAMPLE_CYCLES * CHANNELS
PACKET_FRAMES = 32
THRESHOLDS = (70, 100, 130, 160, 190)  # bytes waiting


@dataclass
class Seen:
    lost: int = 0
    dropped: int = 0
    levels: list[int] = field(default_factory=list)
    sent: list[bytes] = field(default_factory=list)


def run(
    samples,
    *,
    rate,
    ring_bytes=512,
    margin_bytes=40,
    thresholds=THRESHOLDS,
    packet_frames=PACKET_FRAMES,
    heeded=("close", "discard", "dropped", "level"),
):
    """Return what was seen in each frame, and after the last until everything is sent."""
    m = Module()
    m.submodules.marker = marker = PacketMarker(
        PacketMarkerConfig(channels=CHANNELS, sample_width=WIDTH)
    )
    sizes = {"channels": CHANNELS, "sample_width": WIDTH}
    m.submodules.predictor = predictor = DpcmPredictor(DpcmPredictorConfig(**sizes))
    m.submodules.context = context = ResidualContext(ResidualContextConfig(**sizes))
    m.submodules.golomb = golomb = GolombEncoder(GolombEncoderConfig(**sizes))
    m.submodules.framer = framer = PacketFramer(
        PacketFramerConfig(groups=CHANNELS, ring_bytes=ring_bytes, margin_bytes=margin_bytes)
    )
    for before, after in ((marker, predictor), (predictor, context), (context, golomb)):
        wiring.connect(m, before.o, after.i)
    wiring.connect(m, golomb.o, framer.i)
    for name in heeded:
        m.d.comb += getattr(marker, name).eq(getattr(framer, name))
    seen = Seen()

    async def cycle(ctx):
        wires = framer.o.valid, framer.o.payload.byte, marker.lost, framer.lost
        _, _, valid, byte, lost, dropped = await ctx.tick().sample(*wires)
        seen.lost += lost
        seen.dropped += dropped
        seen.sent[-1] += bytes([byte] if valid else [])

    async def frame(ctx, row, *, first):
        seen.sent.append(b"")
        seen.levels.append(ctx.get(framer.level))
        ctx.set(framer.tick, 1)
        for n in range(FRAME_CYCLES):
            channel, wait = divmod(n, SAMPLE_CYCLES)
            ctx.set(marker.i.valid, row is not None and wait == 0)
            if row is not None and wait == 0:
                beat = {"sample": int(row[channel]), "channel": channel, "restart": first}
                ctx.set(marker.i.payload, beat)
                assert ctx.get(marker.i.ready), "neurons do not wait"
            await cycle(ctx)
            ctx.set(framer.tick, 0)

    async def bench(ctx):
        ctx.set(marker.settings, PacketSettings(order=1).fields)
        ctx.set(marker.packet_frames, packet_frames)
        ctx.set(framer.rate, rate)
        for n, threshold in enumerate(thresholds):
            ctx.set(framer.thresholds[n], threshold)
        ctx.set(framer.o.ready, 1)
        for n, row in enumerate(samples):
            await frame(ctx, row, first=n == 0)
        ctx.set(marker.flush, 1)
        quiet = 0
        while quiet < 30:
            await frame(ctx, None, first=False)
            quiet = 0 if seen.sent[-1] else quiet + 1

    simulator = Simulator(m)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    run_to_end(simulator)
    return seen


def packets_of(seen):
    """Return group, time, frames, shift and gap of every packet, as it is sent."""
    stream = b"".join(seen.sent)
    reader = PacketReader()
    batches = [*reader.feed(stream), reader.finish()]
    assert not any(batch.damage for batch in batches)
    return [
        (
            body[2],
            int.from_bytes(body[4:8], "little"),
            int.from_bytes(body[-2:], "little"),
            body[0] >> 3 & 7,
            body[0] >> 6 & 1,
        )
        for batch in batches
        for body in batch.packets
    ]


def check_nothing_is_lost_silently(packets, seen, frames):
    """Demand that every frame of every channel is in a packet or before a gap, and counted."""
    missing = 0
    for channel in range(CHANNELS):
        due = 0
        for _, time, count, _, gap in (each for each in packets if each[0] == channel):
            assert bool(gap) == (time > due)
            missing += time - due
            due = time + count
        missing += frames - due
    assert missing == seen.lost + seen.dropped


def noise_of(deviations, seed=1):
    """Return samples whose deviation is given frame by frame."""
    rng = np.random.default_rng(seed)
    samples = rng.normal(0, 1, (len(deviations), CHANNELS)) * np.asarray(deviations)[:, np.newaxis]
    limit = 1 << (WIDTH - 1)
    return np.clip(samples.round(), -limit, limit - 1).astype(int)


LOUD_THEN_QUIET = [1] * 40 + [250] * 140 + [0] * 340
RATE = 512  # two bytes a frame; with their headers, quiet frames take 1.3, loud ones 3.7


@pytest.fixture(scope="module")
def busy():
    return run(noise_of(LOUD_THEN_QUIET), rate=RATE)


def test_no_stretch_of_frames_exceeds_the_rate(busy):
    sent = np.concatenate(([0], np.cumsum([len(each) for each in busy.sent])))

    for frames in (1, 2, 5, 20, 100, 256):
        most = ((frames + 1) * RATE + RATE_FRAMES - 1) // RATE_FRAMES
        assert (sent[frames:] - sent[:-frames]).max() <= most


def test_what_a_rate_leaves_out_is_said_and_counted(busy):
    packets = packets_of(busy)

    check_nothing_is_lost_silently(packets, busy, len(LOUD_THEN_QUIET))
    assert busy.lost > 0
    assert busy.dropped == 0


def test_quality_goes_down_in_the_stated_order_and_comes_back(busy):
    packets = packets_of(busy)
    shifts = {time: shift for _, time, _, shift, _ in sorted(packets, key=lambda each: each[1])}

    order = list(shifts.values())
    assert order[0] == 0
    assert set(range(5)) <= set(order), "every step, and no packet coarser than the last"
    assert max(order) == 4
    assert all(later - earlier <= 1 for earlier, later in pairwise(order))
    reached = [busy.levels.index(level) for level in range(6)]
    assert reached == sorted(reached)
    assert min(time for _, time, _, _, gap in packets if gap) > reached[5]
    assert order[-1] == 0
    assert busy.levels[-1] == 0


def test_rings_that_fill_up_close_packets_and_lose_nothing_silently():
    """Without thresholds rings are the only bound: packets get shorter, then frames are left."""
    frames = 160

    seen = run(noise_of([120] * frames), rate=150, ring_bytes=128, thresholds=[0] * 5)

    packets = packets_of(seen)
    check_nothing_is_lost_silently(packets, seen, frames)
    assert all(shift == 0 for _, _, _, shift, _ in packets)
    assert any(count < PACKET_FRAMES for _, _, count, _, gap in packets)
    assert seen.lost > 0
    assert seen.dropped == 0


def test_packets_that_outgrow_their_ring_are_dropped_and_the_next_say_so():
    frames = 150

    seen = run(
        noise_of([150] * frames),
        rate=0,
        ring_bytes=64,
        margin_bytes=1,
        packet_frames=48,
        heeded=("dropped",),
    )

    packets = packets_of(seen)
    check_nothing_is_lost_silently(packets, seen, frames)
    assert seen.dropped > 0
    assert seen.lost == 0
    assert any(gap for *_, gap in packets)
