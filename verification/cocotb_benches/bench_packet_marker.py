"""Bench for the exported Verilog of :class:`rtl.packet_marker.PacketMarker`."""

from collections import Counter
from dataclasses import replace
from typing import Any

import cocotb
import numpy as np
import numpy.typing as npt
from cocotb.triggers import RisingEdge

from rtl.coding_streams import Kind, coding_layout
from rtl.packet_format import HEADER_BYTES, TRAILER_BYTES, Engine
from rtl.packet_marker import PacketMarkerConfig
from rtl.packet_settings import PacketSettings, settings_layout
from rtl.streams import sample_layout
from verification.cocotb_benches.setup import bench_setup, scaled, seeded_rng, start
from verification.cocotb_benches.streams import StreamPort, transfer
from verification.golden.packet_marker import packet_marker
from verification.pacing import PACES
from verification.payloads import pack
from verification.stimuli import corner_codes, sample_records
from verification.stream_rules import check_payloads

FRAMES = 100
LONG_PACKET = 260  # frames: the trailer's second byte is used
SETTLE_CYCLES = 16  # a header, a stall or two
SETTINGS = PacketSettings(
    engine=Engine.ARITHMETIC, order=3, cross=True, adaptive=True, table=165, shift=1
)


def ports(dut: Any) -> tuple[StreamPort, StreamPort]:
    """Return input and output."""
    config: PacketMarkerConfig = bench_setup().config
    sizes = config.sample_width, config.channels
    return (
        StreamPort.find(dut, "i", sample_layout(*sizes)),
        StreamPort.find(dut, "o", coding_layout(*sizes)),
    )


def recording(frames: int) -> npt.NDArray[np.int64]:
    """Return samples of all sizes, full scale first."""
    config: PacketMarkerConfig = bench_setup().config
    corners = corner_codes(
        channels=config.channels, width=config.sample_width, frames=frames, rng=seeded_rng()
    )
    samples = corners["noise"]
    samples[:8] = corners["square"][:8]
    return samples


def bits_of(flags: npt.NDArray[np.bool_]) -> int:
    """Return the number whose bits are ``flags``."""
    return sum(int(flag) << n for n, flag in enumerate(flags))


async def begin(dut: Any, settings: PacketSettings, packet_frames: int) -> None:
    """Reset the block and set it up."""
    await start(dut)
    dut.settings.value = pack(settings_layout(), [settings.fields])[0]
    dut.packet_frames.value = packet_frames


async def flushed(dut: Any) -> npt.NDArray[np.void]:
    """End all packets; return what comes."""
    dut.flush.value = 1
    config: PacketMarkerConfig = bench_setup().config
    settle = SETTLE_CYCLES + config.groups
    beats = await transfer(*ports(dut), [], rng=seeded_rng(), settle_cycles=settle)
    assert dut.flushed.value == 1
    assert dut.i__ready.value == 0
    return beats


@cocotb.test(timeout_time=5, timeout_unit="ms")
@cocotb.parametrize(pace=list(PACES), packet_frames=[1, 7])
async def cuts_samples_into_packets(dut: Any, pace: str, packet_frames: int) -> None:
    config: PacketMarkerConfig = bench_setup().config
    samples = recording(scaled(FRAMES))
    records = sample_records(samples, width=config.sample_width)

    await begin(dut, SETTINGS, packet_frames)
    received = await transfer(*ports(dut), records, rng=seeded_rng(), pace=PACES[pace])
    beats = np.concatenate((received, await flushed(dut)))

    expected = packet_marker(samples, config, SETTINGS, packet_frames=packet_frames)
    check_payloads("o", beats, expected)


@cocotb.test(timeout_time=5, timeout_unit="ms")
async def counts_beyond_a_byte(dut: Any) -> None:
    config: PacketMarkerConfig = bench_setup().config
    samples = recording(LONG_PACKET + 17)
    records = sample_records(samples, width=config.sample_width)
    settings = replace(SETTINGS, engine=Engine.GOLOMB, shift=0)

    await begin(dut, settings, LONG_PACKET)
    received = await transfer(*ports(dut), records, rng=seeded_rng())
    beats = np.concatenate((received, await flushed(dut)))

    expected = packet_marker(samples, config, settings, packet_frames=LONG_PACKET)
    check_payloads("o", beats, expected)


@cocotb.test(timeout_time=5, timeout_unit="ms")
@cocotb.parametrize(pace=["streaming", "stalled"])
async def heeds_full_rings_between_frames(dut: Any, pace: str) -> None:
    config: PacketMarkerConfig = bench_setup().config
    rng = seeded_rng()
    samples = recording(scaled(FRAMES))
    records = sample_records(samples, width=config.sample_width).reshape(samples.shape)
    close, discard = rng.random((2, len(samples), config.groups)) < 0.3
    level = rng.integers(0, 8, (len(samples), 1))
    seen = Counter()

    async def count() -> None:
        while True:
            await RisingEdge(dut.clk)
            seen["lost"] += int(dut.lost.value)
            seen["opened"] += int(dut.opened.value)

    await begin(dut, SETTINGS, 4)
    cocotb.start_soon(count())
    parts = []
    for frame, row in enumerate(records):
        dut.close.value = bits_of(close[frame])
        dut.discard.value = bits_of(discard[frame])
        dut.level.value = int(level[frame, 0])
        sent = transfer(*ports(dut), row, rng=rng, pace=PACES[pace], settle_cycles=SETTLE_CYCLES)
        parts.append(await sent)
    parts.append(await flushed(dut))

    expected = packet_marker(
        samples, config, SETTINGS, packet_frames=4, close=close, discard=discard, level=level
    )
    check_payloads("o", np.concatenate(parts), expected)
    assert seen["opened"] == expected["last"].sum()
    sent_samples = np.count_nonzero(expected["kind"] == Kind.SAMPLE.value)
    if config.groups == config.channels:
        assert seen["lost"] == samples.size - sent_samples > 0


@cocotb.test(timeout_time=5, timeout_unit="ms")
@cocotb.parametrize(pace=["stalled", "bursts"])
async def keeps_packets_whole_whenever_inputs_change(dut: Any, pace: str) -> None:
    config: PacketMarkerConfig = bench_setup().config
    rng = seeded_rng()
    samples = recording(scaled(FRAMES))
    records = sample_records(samples, width=config.sample_width)

    async def change() -> None:
        while True:
            for name in ("close", "discard"):
                getattr(dut, name).value = bits_of(rng.random(config.groups) < 0.4)
            dut.settings.value = int(rng.integers(1 << 16))
            dut.level.value = int(rng.integers(8))
            dut.flush.value = int(rng.random() < 0.1)
            dut.packet_frames.value = int(rng.integers(10))
            await RisingEdge(dut.clk)

    await begin(dut, SETTINGS, 4)
    changes = cocotb.start_soon(change())
    received = await transfer(*ports(dut), records, rng=seeded_rng(), pace=PACES[pace])
    changes.cancel()
    beats = np.concatenate((received, await flushed(dut)))

    for group in range(config.groups):
        first = group * config.packet_channels
        of_group = beats["channel"] // config.packet_channels == group
        channels = min(config.packet_channels, config.channels - first)
        check_packets(beats[of_group], samples[:, first : first + channels])


def check_packets(beats: npt.NDArray[np.void], samples: npt.NDArray[np.int64]) -> None:
    """Demand whole packets of one group that hold all samples but those that they say are not."""
    ends = np.flatnonzero(beats["last"]) + 1
    due = 0
    assert ends[-1] == len(beats)
    for packet in np.split(beats, ends[:-1]):
        header = packet["value"][:HEADER_BYTES].tolist()
        payload = packet[HEADER_BYTES:-TRAILER_BYTES]
        trailer = packet["value"][-TRAILER_BYTES:].tolist()
        time = int.from_bytes(bytes(header[4:]), "little")
        frames = int.from_bytes(bytes(trailer), "little")
        shift = header[0] >> 3 & 7
        assert (packet["kind"][:HEADER_BYTES] == Kind.VERBATIM.value).all()
        assert (packet["kind"][-TRAILER_BYTES:] == Kind.VERBATIM.value).all()
        assert (payload["kind"] == Kind.SAMPLE.value).all()
        assert (packet["bank"] == header[3] & 1).all()
        assert header[0] >> 6 & 1 == (time > due), "what is missing is said to be"
        kept = samples[time : time + frames].ravel()
        np.testing.assert_array_equal(payload["value"], (kept + (1 << shift >> 1)) >> shift)
        due = time + frames
