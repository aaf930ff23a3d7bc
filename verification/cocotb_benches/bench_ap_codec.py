"""Bench for the exported Verilog of :class:`rtl.ap_codec.ApCodec`."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import RisingEdge

from rtl.ap_codec_config import ApCodecConfig
from rtl.coding_streams import byte_layout
from rtl.frame_tagger import FrameTaggerConfig
from rtl.packet_format import Engine, Mode
from rtl.packet_settings import PacketSettings, settings_layout
from rtl.streams import packet_layout, sample_layout
from verification.cocotb_benches.setup import bench_setup, scaled, seeded_rng, start
from verification.cocotb_benches.streams import StreamPort, accept, drive, monitor
from verification.codec_chain import packets_of_groups
from verification.codec_stimuli import random_events, random_tables, waves
from verification.golden.ap_codec import ApCodecModel
from verification.golden.frame_tagger import frame_tagger
from verification.pacing import PACES, Pace
from verification.packet_checks import check_frames, packets_of
from verification.payloads import pack, payload_dtype

FRAMES = 160
PACKET_FRAMES = 40
EVENTS = 60
PACKET_SNIPPETS, MAX_AGE = 5, 2000
SLOW = Pace(valid_probability=0.08)  # what the output accepts at any pace
SETTINGS = {
    "golomb": PacketSettings(order=2),
    "golomb_adaptive": PacketSettings(order=1, adaptive=True),
    "coarse": PacketSettings(order=3, cross=True, shift=2),
    "arithmetic": PacketSettings(engine=Engine.ARITHMETIC, order=2, table=1),
    "arithmetic_adaptive": PacketSettings(
        engine=Engine.ARITHMETIC, order=1, cross=True, adaptive=True, table=6
    ),
}


class Codec:
    """The codec with its streams, and all that came out."""

    def __init__(self, dut: Any) -> None:
        self.dut = dut
        self.config: ApCodecConfig = bench_setup().config
        self.i = StreamPort.find(
            dut, "i", sample_layout(self.config.sample_width, self.config.channels)
        )
        self.o = StreamPort.find(dut, "o", byte_layout())
        if self.config.snippets:
            self.events = StreamPort.find(
                dut, "events", packet_layout(self.config.sample_width, self.config.channels)
            )
        self.bytes = bytearray()
        self.silence = 0
        self.lost = self.dropped = 0
        self.tables = random_tables(self.config, rng=seeded_rng())

    def possible(self, settings: PacketSettings) -> PacketSettings:
        """Return what a codec makes of settings that ask for more than is built."""
        engines = self.config.engines
        return replace(
            settings,
            engine=settings.engine if settings.engine in engines else engines[0],
            adaptive=settings.adaptive and self.config.adaptive,
        )

    def set(self, settings: PacketSettings) -> None:
        """Change the settings."""
        (word,) = pack(settings_layout(), [settings.fields])
        self.dut.settings.value = word

    async def begin(self, pace: Pace) -> None:
        """Reset, load the tables, and take bytes from now on."""
        await start(self.dut)
        self.dut.packet_frames.value = PACKET_FRAMES
        if Engine.ARITHMETIC in self.config.engines:
            await self._load()
        if self.config.snippets:
            self.dut.packet_snippets.value, self.dut.max_age.value = PACKET_SNIPPETS, MAX_AGE
            cocotb.start_soon(monitor(self.events))
        out_rng, _ = seeded_rng().spawn(2)
        cocotb.start_soon(monitor(self.i))
        cocotb.start_soon(monitor(self.o, self._on_cycle))
        cocotb.start_soon(accept(self.o, rng=out_rng, pace=pace))

    async def send(self, samples: Any, pace: Pace, *, first: int = 0) -> None:
        """Send frames; ``first`` is the number of the first."""
        tagger = FrameTaggerConfig(
            channels=self.config.channels, sample_width=self.config.sample_width
        )
        beats = np.zeros(samples.size, dtype=payload_dtype(self.i.shape))
        beats["sample"], beats["channel"], beats["restart"] = frame_tagger(samples, tagger).T
        beats["restart"] &= first == 0
        await drive(self.i, beats, rng=seeded_rng(), pace=pace)

    async def send_events(self, events: Any, pace: Pace) -> None:
        """Send event packets, whole."""
        words = np.zeros(events["snippet"].shape, dtype=payload_dtype(self.events.shape))
        words["sample"] = events["snippet"]
        for field in ("time", "channel"):
            words[field] = events[field][:, None]
        words["first"][:, 0] = words["last"][:, -1] = 1
        await drive(self.events, words.ravel(), rng=seeded_rng(), pace=pace)

    async def finish(self) -> bytes:
        """End all packets and return what came."""
        edge = RisingEdge(self.dut.clk)
        self.dut.flush.value = 1
        while self.dut.flushed.value != 1:
            await edge
        self.silence = 0
        while self.silence < 60 + 8 * self.config.groups:
            await edge
        return bytes(self.bytes)

    def _on_cycle(self, valid: bool, ready: bool, payload: int) -> None:
        self.silence = 0 if valid else self.silence + 1
        if valid and ready:
            self.bytes.append(payload & 0xFF)
        self.dropped += int(self.dut.dropped.value)
        self.lost += int(self.dut.lost.value) + int(self.dut.dropped.value)

    async def _load(self) -> None:
        dut, edge = self.dut, RisingEdge(self.dut.clk)
        dut.table__valid.value = 1
        for (bank, context, symbol), cumulative in np.ndenumerate(self.tables[:, :, :-1]):
            dut.table__bank.value, dut.table__context.value = bank, context
            dut.table__symbol.value, dut.table__cumulative.value = symbol, int(cumulative)
            await edge
        dut.table__valid.value = 0


def frames_of(packets: Iterable[Any], group: int) -> int:
    """Return how many frames of a group came."""
    return sum(packet.count for packet in packets if packet.group == group)


async def check_every_sample(dut: Any, settings: PacketSettings, pace: str) -> None:
    """Send a recording; every packet must be the golden model's, as far as all of it is built."""
    codec = Codec(dut)
    samples = waves(codec.config, scaled(FRAMES), rng=seeded_rng())
    model = ApCodecModel(
        codec.config,
        codec.possible(settings),
        packet_frames=PACKET_FRAMES,
        tables=codec.tables,
    )
    expected = packets_of_groups(model.process(samples) + model.finish())

    await codec.begin(PACES[pace])
    codec.set(settings)
    await codec.send(samples, PACES[pace] if pace == "streaming" else SLOW)
    stream = await codec.finish()

    check_frames(stream, samples, codec.config, codec.tables)  # says which packet is wrong
    as_expected = packets_of_groups(stream) == expected
    assert as_expected, "packets begin or end where they should not"
    assert codec.lost == 0


@cocotb.test(timeout_time=40, timeout_unit="ms")
@cocotb.parametrize(setting=list(SETTINGS))
async def codes_every_sample(dut: Any, setting: str) -> None:
    await check_every_sample(dut, SETTINGS[setting], "streaming")


@cocotb.test(timeout_time=40, timeout_unit="ms")
@cocotb.parametrize(pace=[pace for pace in PACES if pace != "streaming"])
async def loses_nothing_at_any_pace(dut: Any, pace: str) -> None:
    await check_every_sample(dut, SETTINGS["arithmetic_adaptive"], pace)


@cocotb.test(timeout_time=40, timeout_unit="ms")
@cocotb.parametrize(pace=["streaming", "stalled"], setting=["golomb", "arithmetic_adaptive"])
async def codes_every_snippet(dut: Any, pace: str, setting: str) -> None:
    codec, settings = Codec(dut), SETTINGS[setting]
    if not codec.config.snippets:
        return
    events = random_events(codec.config, scaled(EVENTS), rng=seeded_rng())
    model = ApCodecModel(
        codec.config,
        settings,
        packet_snippets=PACKET_SNIPPETS,
        max_age=MAX_AGE,
        tables=codec.tables,
    )
    expected = packets_of_groups(model.process_events(events) + model.finish())

    await codec.begin(PACES[pace])
    codec.set(settings)
    dut.snippets.value = 1
    await codec.send_events(events, PACES[pace] if pace == "streaming" else SLOW)
    stream = await codec.finish()

    as_expected = packets_of_groups(stream) == expected
    assert as_expected, "packets are not those of the model"
    assert codec.lost == 0


@cocotb.test(timeout_time=40, timeout_unit="ms")
async def goes_from_samples_to_snippets_and_back(dut: Any) -> None:
    """Change while packets are open: what is not coded is told as a gap, and is not lost."""
    codec = Codec(dut)
    config = codec.config
    if not config.snippets:
        return
    samples = waves(config, 3 * PACKET_FRAMES, rng=seeded_rng())
    events = random_events(config, 6, rng=seeded_rng())

    await codec.begin(PACES["random"])
    for block, snippets in enumerate((0, 1, 0)):
        dut.snippets.value = snippets
        await codec.send_events(events, SLOW)
        await codec.send(
            samples[block * PACKET_FRAMES : (block + 1) * PACKET_FRAMES],
            SLOW,
            first=block * PACKET_FRAMES,
        )
    packets = list(packets_of(await codec.finish()))

    of_samples = [packet for packet in packets if packet.mode == Mode.ALL_SAMPLES]
    check_frames(b"".join(each.data for each in of_samples), samples, config, codec.tables)
    for group in range(config.groups):
        assert frames_of(of_samples, group) == 2 * PACKET_FRAMES
    assert sum(packet.count for packet in packets if packet.mode == Mode.SNIPPETS) == len(events)
    assert codec.lost == 0


@cocotb.test(timeout_time=40, timeout_unit="ms")
async def changes_settings_and_coders_between_packets(dut: Any) -> None:
    """Every packet is coded as its header says, and none is lost."""
    codec = Codec(dut)
    samples = waves(codec.config, scaled(3 * FRAMES), rng=seeded_rng())
    choices = list(dict.fromkeys(codec.possible(settings) for settings in SETTINGS.values()))

    await codec.begin(PACES["random"])
    for block in range(0, len(samples), 15):
        codec.set(choices[int(seeded_rng().integers(block + 1)) % len(choices)])
        await codec.send(samples[block : block + 15], SLOW, first=block)
    packets = check_frames(await codec.finish(), samples, codec.config, codec.tables)

    for group in range(codec.config.groups):
        assert frames_of(packets, group) == len(samples)
    assert len({packet.settings for packet in packets}) == len(choices)
    assert codec.lost == 0


@cocotb.test(timeout_time=40, timeout_unit="ms")
async def leaves_out_whole_frames_where_rings_are_full(dut: Any) -> None:
    """Stop the output for a while: what is missing is counted, and the rest is right."""
    codec = Codec(dut)
    config = codec.config
    frames = scaled(2 * config.ring_bytes)
    samples = waves(config, frames, rng=seeded_rng())

    await codec.begin(Pace(ready_probability=0.05, burst_cycles=2 * config.ring_bytes))
    await codec.send(samples, PACES["streaming"])
    packets = check_frames(await codec.finish(), samples, config, codec.tables)

    came = [frames_of(packets, group) for group in range(config.groups)]
    assert codec.lost == config.groups * frames - sum(came)
    assert codec.lost > 0
    assert codec.dropped == 0, "a packet that has begun always fits"


@cocotb.test(timeout_time=40, timeout_unit="ms")
async def keeps_to_a_rate_with_coarser_samples(dut: Any) -> None:
    """Allow half of what the samples need: packets become coarser, and nothing is hidden."""
    codec = Codec(dut)
    config = codec.config
    frames = scaled(8 * FRAMES)
    samples = waves(config, frames, rng=seeded_rng())
    rate = 256 * config.channels * config.sample_width // 24

    await codec.begin(PACES["streaming"])
    dut.rate.value = rate
    thresholds = [config.ring_bytes * share // 16 for share in (1, 2, 3, 4, 7)]
    width = (config.groups * config.ring_bytes).bit_length()
    dut.thresholds.value = sum(each << (width * n) for n, each in enumerate(thresholds))
    for frame in range(frames):
        await codec.send(samples[frame : frame + 1], PACES["streaming"], first=frame)
        dut.tick.value = 1
        await RisingEdge(dut.clk)
        dut.tick.value = 0
    sent = len(codec.bytes)
    dut.rate.value = 0
    packets = check_frames(await codec.finish(), samples, config, codec.tables)

    assert sent <= (frames + 1) * rate / 256 + 1
    assert max(packet.settings.shift for packet in packets) > 0
    came = [frames_of(packets, group) for group in range(config.groups)]
    assert codec.lost == config.groups * frames - sum(came)
