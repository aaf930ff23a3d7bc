import numpy as np
import pytest
from amaranth.hdl import Value
from amaranth.sim import Simulator

from rtl.coding_streams import coding_layout
from rtl.packet_format import Engine
from rtl.packet_settings import PacketSettings
from rtl.snippet_marker import SnippetMarker, SnippetMarkerConfig
from verification.event_words import event_words, random_events
from verification.golden.snippet_buffer import event_dtype
from verification.golden.snippet_marker import snippet_marker, snippet_plan
from verification.pacing import PACES
from verification.payloads import unpack
from verification.simulating import run_to_end
from verification.stream_rules import check_payloads
from verification.streams import cycles_per_payload, first_output_delay_cycles, transfer

CONFIGS = {
    "three_channels": SnippetMarkerConfig(channels=3, sample_width=9, delivery_frames=20),
    "one_channel": SnippetMarkerConfig(channels=1, sample_width=2, delivery_frames=1),
    "wide": SnippetMarkerConfig(channels=6, sample_width=16),
}
THREE = CONFIGS["three_channels"]
SETTINGS = PacketSettings(engine=Engine.ARITHMETIC, order=3, adaptive=True, table=7, shift=1)
LIMITS = {"packet_snippets": 4, "max_age": 900}


@pytest.fixture(params=CONFIGS.values(), ids=list(CONFIGS))
def config(request):
    return request.param


def events_for(config, count=40, seed=1):
    return random_events(count, config, samples=3, rng=np.random.default_rng(seed))


def set_up(dut, **inputs):
    async def before(ctx):
        ctx.set(dut.settings, SETTINGS.fields)
        for name, value in inputs.items():
            ctx.set(getattr(dut, name), value)

    return before


def one_by_one(config, events, *, ticks=(), limits=LIMITS, **controls):
    """Return all beats, and how often ``lost`` was up; ``controls`` change between snippets.

    ``ticks`` come before each event: up to so many frames.
    """
    dut = SnippetMarker(config)
    words = event_words(events, config)
    beats, lost, opened, now = [], 0, 0, 0
    size = len(events["snippet"][0])

    async def cycle(ctx):
        nonlocal lost, opened
        wires = dut.o.valid, Value.cast(dut.o.payload), dut.lost, dut.opened, dut.i.ready
        _, _, valid, word, missed, begins, ready = await ctx.tick().sample(*wires)
        lost += missed
        opened += begins
        if valid:
            beats.append(word)
        return ready

    async def bench(ctx):
        nonlocal now
        await set_up(dut, **limits)(ctx)
        ctx.set(dut.o.ready, 1)
        for n in range(len(events)):
            while len(ticks) and now < ticks[n]:
                now += 1
                ctx.set(dut.tick, 1)
                await cycle(ctx)
                ctx.set(dut.tick, 0)
                for _ in range(5 * config.channels if now % 8 == 0 else 0):
                    await cycle(ctx)
            for name, each in controls.items():
                ctx.set(getattr(dut, name), int(each[n]))
            for word in words[n * size : (n + 1) * size]:
                ctx.set(dut.i.payload, {name: int(word[name]) for name in word.dtype.names})
                ctx.set(dut.i.valid, 1)
                while not await cycle(ctx):
                    pass
            ctx.set(dut.i.valid, 0)
            for _ in range(20):  # until it is through
                await cycle(ctx)
        ctx.set(dut.flush, 1)
        for _ in range(10 * config.channels + 20):
            await cycle(ctx)
        assert ctx.get(dut.flushed)
        assert not ctx.get(dut.i.ready)

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    run_to_end(simulator)
    received = unpack(coding_layout(config.sample_width, config.channels), beats)
    assert opened == received["last"].sum()
    return received, lost


def check_channels(received, expected):
    """Compare channel by channel: trailers may come in another order."""
    for channel in np.unique(expected["channel"]):
        check_payloads(
            f"of channel {channel}",
            received[received["channel"] == channel],
            expected[expected["channel"] == channel],
        )


@pytest.mark.parametrize("pace", PACES.values(), ids=list(PACES))
def test_matches_golden(config, pace):
    events = events_for(config)
    dut = SnippetMarker(config)

    received = transfer(
        dut,
        event_words(events, config),
        rng=np.random.default_rng(2),
        pace=pace,
        before=set_up(dut, **LIMITS),
    )

    expected = snippet_marker(events, config, SETTINGS, **LIMITS)
    check_payloads("o", received, expected[: len(received)])
    assert (expected["last"][len(received) + 1 :: 2] == 1).all(), "only trailers are missing"


@pytest.mark.parametrize("packet_snippets", [0, 1, 300])
def test_a_flush_ends_all_packets(config, packet_snippets):
    events = events_for(config)
    limits = {"packet_snippets": packet_snippets, "max_age": 65_535}

    beats, lost = one_by_one(config, events, limits=limits)

    check_payloads("o", beats, snippet_marker(events, config, SETTINGS, **limits))
    assert lost == 0


def test_full_rings_close_packets_and_leave_snippets_out(config):
    events = events_for(config)
    rng = np.random.default_rng(3)
    close, discard = (rng.random((2, len(events))) < 0.3) * 1
    level = rng.integers(0, 8, len(events))
    every = (1 << config.channels) - 1

    beats, lost = one_by_one(
        config, events, close=close * every, discard=discard * every, level=level
    )

    rings = {"close": close, "discard": discard}
    expected = snippet_marker(events, config, SETTINGS, **LIMITS, **rings, level=level)
    check_payloads("o", beats, expected)
    assert lost == np.count_nonzero(snippet_plan(events, **LIMITS, **rings) < 0) > 0


def test_the_clock_ends_packets_without_changing_what_they_hold(config):
    events = events_for(config, count=16)
    came = events["time"] + config.delivery_frames - 1  # as late as they may

    beats, _ = one_by_one(config, events, ticks=came)

    expected = snippet_marker(events, config, SETTINGS, **LIMITS)
    check_channels(beats, expected)
    if config.channels > 1:
        assert (beats["channel"] != expected["channel"]).any(), "the clock came first somewhere"


def test_a_packet_ends_by_the_clock_when_it_is_old_enough():
    dut = SnippetMarker(THREE)
    events = np.array([(100, 1, [1, 2, 3])], event_dtype(3))
    ended = []

    async def bench(ctx):
        await set_up(dut, packet_snippets=9, max_age=50)(ctx)
        ctx.set(dut.o.ready, 1)
        for word in event_words(events, THREE):
            ctx.set(dut.i.payload, {name: int(word[name]) for name in word.dtype.names})
            ctx.set(dut.i.valid, 1)
            await ctx.tick().until(dut.i.ready)
        ctx.set(dut.i.valid, 0)
        for now in range(1, 200):
            ctx.set(dut.tick, 1)
            await ctx.tick()
            ctx.set(dut.tick, 0)
            for _ in range(20):
                if ctx.get(dut.o.valid) and ctx.get(dut.o.payload.last):
                    ended.append(now)
                await ctx.tick()

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    run_to_end(simulator)

    assert ended == [100 + 50 + THREE.delivery_frames]


@pytest.mark.parametrize(
    ("times", "plan"),
    [
        ([0, 65_534], [0, 0]),
        ([0, 65_535], [0, 1]),
        ([70_000, 69_999], [0, 1]),  # backwards, after settings have changed
        ([5, 9, 7, 65_543], [0, 0, 1, 2]),
        ([(1 << 32) - 2, (1 << 32) + 3], [0, 0]),
    ],
)
def test_peaks_that_are_far_apart_are_in_different_packets(times, plan):
    events = np.array([(time, 0, [0, 1]) for time in times], event_dtype(2))
    limits = {"packet_snippets": 9, "max_age": 65_535}
    config = CONFIGS["one_channel"]

    beats, _ = one_by_one(config, events, limits=limits)

    assert snippet_plan(events, **limits).tolist() == plan
    check_payloads("o", beats, snippet_marker(events, config, SETTINGS, **limits))


def test_a_packet_after_one_that_was_dropped_says_so():
    events = np.array([(n, n % 3, [0, 0, 0]) for n in range(12)], event_dtype(3))
    dropped = np.zeros(12, dtype=int)
    dropped[2] = 0b010  # after the first snippet of channel 1

    beats, _ = one_by_one(
        THREE, events, limits={"packet_snippets": 2, "max_age": 99}, dropped=dropped
    )

    expected = snippet_marker(events, THREE, SETTINGS, packet_snippets=2, max_age=99)
    (different,) = np.flatnonzero(beats != expected)
    assert beats["channel"][different] == 1
    assert beats["value"][different] - expected["value"][different] == 64


def test_latency_is_as_declared(config):
    dut = SnippetMarker(config)
    word = {"sample": 0, "channel": 0, "time": 0, "first": 1, "last": 0}

    assert first_output_delay_cycles(dut, word) == SnippetMarker.latency


def test_throughput_is_as_declared():
    events = events_for(THREE, count=60)
    dut = SnippetMarker(THREE)
    words = event_words(events, THREE)

    cycles = cycles_per_payload(dut, words, before=set_up(dut, packet_snippets=1, max_age=9))

    assert cycles * len(words) == pytest.approx(len(words) + 60 * (3 + 10), abs=20)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"channels": 257}, r"channels must be in 1\.\.256, not 257"),
        ({"sample_width": 1}, r"sample_width must be in 2\.\.16, not 1"),
        ({"delivery_frames": 0}, r"delivery_frames must be in 1\.\.65535, not 0"),
    ],
)
def test_config_rejects(fields, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        SnippetMarkerConfig(**fields)
