"""Bench for the exported Verilog of :class:`rtl.snippet_marker.SnippetMarker`."""

from collections import Counter
from typing import Any

import cocotb
import numpy as np
import numpy.typing as npt
from cocotb.triggers import ClockCycles, RisingEdge

from rtl.coding_streams import Kind, coding_layout
from rtl.packet_format import HEADER_BYTES, TRAILER_BYTES, Engine
from rtl.packet_settings import PacketSettings, settings_layout
from rtl.snippet_marker import SnippetMarkerConfig
from rtl.streams import packet_layout
from verification.cocotb_benches.setup import bench_setup, scaled, seeded_rng, start
from verification.cocotb_benches.streams import StreamPort, transfer
from verification.event_words import event_words, random_events
from verification.golden.snippet_marker import snippet_marker, snippet_plan
from verification.pacing import PACES
from verification.payloads import pack
from verification.stream_rules import check_payloads

EVENTS = 80
SAMPLES = 4
SETTLE_CYCLES = 24  # a header, a snippet, a stall or two
SETTINGS = PacketSettings(engine=Engine.ARITHMETIC, order=1, cross=True, table=83, shift=1)
LIMITS = {"packet_snippets": 4, "max_age": 900}


def ports(dut: Any) -> tuple[StreamPort, StreamPort]:
    """Return input and output."""
    config: SnippetMarkerConfig = bench_setup().config
    sizes = config.sample_width, config.channels
    return (
        StreamPort.find(dut, "i", packet_layout(*sizes)),
        StreamPort.find(dut, "o", coding_layout(*sizes)),
    )


def some_events(count: int) -> npt.NDArray[np.void]:
    """Return events of all channels."""
    return random_events(count, bench_setup().config, samples=SAMPLES, rng=seeded_rng())


async def begin(dut: Any, *, packet_snippets: int, max_age: int) -> None:
    """Reset the block and set it up."""
    await start(dut)
    dut.settings.value = pack(settings_layout(), [SETTINGS.fields])[0]
    dut.packet_snippets.value = packet_snippets
    dut.max_age.value = max_age


async def flushed(dut: Any) -> npt.NDArray[np.void]:
    """End all packets; return what comes."""
    config: SnippetMarkerConfig = bench_setup().config
    dut.flush.value = 1
    settle = SETTLE_CYCLES + 3 * config.channels
    beats = await transfer(*ports(dut), [], rng=seeded_rng(), settle_cycles=settle)
    assert dut.flushed.value == 1
    assert dut.i__ready.value == 0
    return beats


@cocotb.test(timeout_time=5, timeout_unit="ms")
@cocotb.parametrize(pace=list(PACES), packet_snippets=[1, 4])
async def gathers_snippets_in_packets(dut: Any, pace: str, packet_snippets: int) -> None:
    config: SnippetMarkerConfig = bench_setup().config
    limits = {**LIMITS, "packet_snippets": packet_snippets}
    events = some_events(scaled(EVENTS))
    words = event_words(events, config)

    await begin(dut, **limits)
    received = await transfer(*ports(dut), words, rng=seeded_rng(), pace=PACES[pace])
    beats = np.concatenate((received, await flushed(dut)))

    check_payloads("o", beats, snippet_marker(events, config, SETTINGS, **limits))


@cocotb.test(timeout_time=5, timeout_unit="ms")
async def counts_beyond_a_byte(dut: Any) -> None:
    config: SnippetMarkerConfig = bench_setup().config
    events = some_events(300)
    events["channel"] = config.channels - 1
    events["time"] = 1_000 + 200 * np.arange(len(events))
    limits = {"packet_snippets": 290, "max_age": 65_535}

    await begin(dut, **limits)
    received = await transfer(*ports(dut), event_words(events, config), rng=seeded_rng())
    beats = np.concatenate((received, await flushed(dut)))

    check_payloads("o", beats, snippet_marker(events, config, SETTINGS, **limits))


@cocotb.test(timeout_time=5, timeout_unit="ms")
async def begins_anew_after_long_silence_or_a_step_back(dut: Any) -> None:
    config: SnippetMarkerConfig = bench_setup().config
    steps = [0, 65_534, 65_535, 65_536, 5, -1, 1 << 17, (1 << 32) + 3, 0, 256, -256]
    events = some_events(len(steps))
    events["channel"] = 0
    events["time"] = np.cumsum(steps) + 1_000
    limits = {"packet_snippets": 9, "max_age": 65_535}

    await begin(dut, **limits)
    received = await transfer(*ports(dut), event_words(events, config), rng=seeded_rng())
    beats = np.concatenate((received, await flushed(dut)))

    events["time"][7:] -= 1 << 32  # which the hardware does not see
    check_payloads("o", beats, snippet_marker(events, config, SETTINGS, **limits))


@cocotb.test(timeout_time=5, timeout_unit="ms")
@cocotb.parametrize(pace=["streaming", "stalled"])
async def heeds_full_rings_between_snippets(dut: Any, pace: str) -> None:
    config: SnippetMarkerConfig = bench_setup().config
    rng = seeded_rng()
    events = some_events(scaled(EVENTS))
    words = event_words(events, config).reshape(-1, SAMPLES)
    close, discard = rng.random((2, len(events))) < 0.3
    level = rng.integers(0, 8, len(events))
    every = (1 << config.channels) - 1
    seen = Counter()

    async def count() -> None:
        while True:
            await RisingEdge(dut.clk)
            seen["lost"] += int(dut.lost.value)
            seen["opened"] += int(dut.opened.value)

    await begin(dut, **LIMITS)
    cocotb.start_soon(count())
    parts = []
    for n, row in enumerate(words):
        bit = 1 << int(events["channel"][n])
        # The bits of all other channels must not matter.
        dut.close.value = bit if close[n] else every - bit
        dut.discard.value = bit if discard[n] else every - bit
        dut.level.value = int(level[n])
        sent = transfer(*ports(dut), row, rng=rng, pace=PACES[pace], settle_cycles=SETTLE_CYCLES)
        parts.append(await sent)
    parts.append(await flushed(dut))

    rings = {"close": close, "discard": discard}
    expected = snippet_marker(events, config, SETTINGS, **LIMITS, **rings, level=level)
    check_payloads("o", np.concatenate(parts), expected)
    assert seen["opened"] == expected["last"].sum()
    assert seen["lost"] == np.count_nonzero(snippet_plan(events, **LIMITS, **rings) < 0)


@cocotb.test(timeout_time=20, timeout_unit="ms")
@cocotb.parametrize(early_frames=[1, 0])
async def ends_packets_by_the_clock(dut: Any, early_frames: int) -> None:
    """Snippets that come in time find the packet open; those that do not, would not fit anyway."""
    config: SnippetMarkerConfig = bench_setup().config
    events = some_events(12)
    events["channel"][:8] = 0
    # The last that belong to a packet, which come when it has long been old, and the first beyond.
    events["time"] = [300, 399, 400, 499, 500, 598, 599, 600, 600, 690, 699, 900]
    words = event_words(events, config).reshape(-1, SAMPLES)
    limits = {"packet_snippets": 9, "max_age": 100}
    i, o = ports(dut)
    received: list[npt.NDArray[np.void]] = []
    now = 0

    async def frame() -> None:
        dut.tick.value = 1
        await ClockCycles(dut.clk, 1)
        dut.tick.value = 0

    await begin(dut, **limits)
    for n, row in enumerate(words):
        due = int(events["time"][n]) + config.delivery_frames - early_frames
        while now < due:
            await frame()
            now += 1
            if now >= due - 1 or now % 50 == 0:
                quiet = 3 * config.channels + 8
                received.append(await transfer(i, o, [], rng=seeded_rng(), settle_cycles=quiet))
        received.append(await transfer(i, o, row, rng=seeded_rng(), settle_cycles=SETTLE_CYCLES))
    ended = sum(int(part["last"].sum()) for part in received)
    received.append(await flushed(dut))

    beats = np.concatenate(received)
    expected = snippet_marker(events, config, SETTINGS, **limits)
    for channel in range(config.channels):
        own, wanted = (each[each["channel"] == channel] for each in (beats, expected))
        check_payloads(f"of channel {channel}", own, wanted)
    assert ended > 0


@cocotb.test(timeout_time=5, timeout_unit="ms")
@cocotb.parametrize(pace=["stalled", "bursts"])
async def keeps_packets_whole_whenever_inputs_change(dut: Any, pace: str) -> None:
    config: SnippetMarkerConfig = bench_setup().config
    rng = seeded_rng()
    events = some_events(scaled(EVENTS))
    events["time"] += np.arange(len(events))  # no two at once, which could be mistaken

    async def change() -> None:
        while True:
            for name in ("close", "discard"):
                getattr(dut, name).value = int(rng.integers(1 << config.channels))
            dut.settings.value = int(rng.integers(1 << 16))
            dut.level.value = int(rng.integers(8))
            dut.flush.value = int(rng.random() < 0.1)
            dut.tick.value = int(rng.integers(2))
            dut.max_age.value = int(rng.integers(1 << 10))
            dut.packet_snippets.value = int(rng.integers(10))
            await RisingEdge(dut.clk)

    await begin(dut, **LIMITS)
    changes = cocotb.start_soon(change())
    words = event_words(events, config)
    received = await transfer(*ports(dut), words, rng=seeded_rng(), pace=PACES[pace])
    changes.cancel()
    beats = np.concatenate((received, await flushed(dut)))

    for channel in range(config.channels):
        own = events[events["channel"] == channel]
        if len(own):
            check_packets(beats[beats["channel"] == channel], own)


def check_packets(beats: npt.NDArray[np.void], events: npt.NDArray[np.void]) -> None:
    """Demand whole packets of one channel that hold all snippets but those said to be missing."""
    ends = np.flatnonzero(beats["last"]) + 1
    waiting = events.tolist()
    assert not len(beats) or ends[-1] == len(beats)
    for packet in np.split(beats, ends[:-1]) if len(beats) else []:
        header = bytes(packet["value"][:HEADER_BYTES].tolist())
        payload = packet[HEADER_BYTES:-TRAILER_BYTES].reshape(-1, 2 + SAMPLES)
        trailer = bytes(packet["value"][-TRAILER_BYTES:].tolist())
        time = int.from_bytes(header[4:], "little")
        shift = header[0] >> 3 & 7
        assert int.from_bytes(trailer, "little") == len(payload)
        assert (packet["kind"][:HEADER_BYTES] == Kind.VERBATIM.value).all()
        assert (payload["kind"][:, :2] == Kind.RAW.value).all()
        assert (payload["kind"][:, 2:] == Kind.SAMPLE.value).all()
        assert (packet["bank"] == header[3] & 1).all()
        missing = False
        for snippet in payload["value"]:
            time += int(snippet[0]) + 256 * int(snippet[1])
            wanted = snippet[2:].tolist()
            while (
                waiting[0][0] != time
                or ((waiting[0][2] + (1 << shift >> 1)) >> shift).tolist() != wanted
            ):
                waiting.pop(0)
                missing = True
            waiting.pop(0)
        assert bool(header[0] >> 6 & 1) == missing, "what is missing is said to be"
