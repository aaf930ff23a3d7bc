"""Bench for the exported Verilog of :class:`rtl.ap_codec.ApCodec`."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import cocotb
from cocotb.triggers import RisingEdge

from rtl.packet_format import Engine, Mode
from rtl.packet_settings import PacketSettings
from verification.cocotb_benches.codec import MAX_AGE, PACKET_FRAMES, PACKET_SNIPPETS, Codec
from verification.cocotb_benches.setup import scaled, seeded_rng
from verification.codec_chain import packets_of_groups
from verification.codec_stimuli import random_events, waves
from verification.golden.ap_codec import ApCodecModel
from verification.golden.packet_framer import packet_framer
from verification.pacing import PACES, Pace
from verification.packet_checks import check_frames, packets_of
from verification.template_stimuli import random_rows

FRAMES = 160
EVENTS = 60
TRAINED_FRAMES = 60  # a training
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


def tables_told(stream: bytes) -> list[bytes]:
    """Return the packets with tables."""
    return [packet.data for packet in packets_of(stream) if packet.mode == Mode.TABLE]


def packets_of_samples(stream: bytes) -> dict[int, list[bytes]]:
    """Return all other packets, by group."""
    rest = [packet.data for packet in packets_of(stream) if packet.mode != Mode.TABLE]
    return packets_of_groups(b"".join(rest))


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
    codec = Codec(dut)
    settings = codec.possible(SETTINGS[setting])
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
        if config.training:
            dut.build.value = int(frame % 100 == 99)
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


@cocotb.test(timeout_time=40, timeout_unit="ms")
@cocotb.parametrize(
    (
        ("pace", "setting"),
        [("streaming", "golomb"), ("random", "arithmetic"), ("stalled", "arithmetic")],
    )
)
async def trains_as_the_model_does(dut: Any, pace: str, setting: str) -> None:
    """Three trainings, of samples and then of snippets: every packet is the golden model's."""
    codec = Codec(dut)
    if not codec.config.training:
        return
    samples = waves(codec.config, 3 * TRAINED_FRAMES, rng=seeded_rng())
    events = random_events(codec.config, 20, rng=seeded_rng())
    settings = codec.possible(SETTINGS[setting])
    limits = {"packet_snippets": PACKET_SNIPPETS, "max_age": MAX_AGE}
    model = ApCodecModel(
        codec.config, settings, packet_frames=PACKET_FRAMES, tables=codec.tables, **limits
    )
    expected = b""

    await codec.begin(PACES[pace])
    codec.set(settings)
    for first in range(0, len(samples), TRAINED_FRAMES):
        block = samples[first : first + TRAINED_FRAMES]
        await codec.send(block, PACES[pace] if pace == "streaming" else SLOW, first=first)
        await codec.train()
        expected += model.process(block) + model.train()
    await codec.command("send")
    dut.snippets.value = 1
    await codec.send_events(events, SLOW)
    await codec.train()
    expected += model.process_events(events) + model.train()
    stream = await codec.finish()

    told, wanted = tables_told(stream), tables_told(expected)
    assert told == [*wanted[:3], *wanted[2:]], "tables are not those of the model"
    as_expected = packets_of_samples(stream) == packets_of_samples(expected)
    assert as_expected, "packets are not those of the model"
    assert dut.version.value == 4


@cocotb.test(timeout_time=40, timeout_unit="ms")
@cocotb.parametrize(pace=["streaming", "random", "stalled"])
async def trains_while_packets_are_open(dut: Any, pace: str) -> None:
    """Every packet uses tables that were told before it, as its header says; none is lost."""
    codec = Codec(dut)
    config = codec.config
    if not config.training:
        return
    samples = waves(config, 7 * TRAINED_FRAMES, rng=seeded_rng())

    await codec.begin(PACES[pace])
    codec.set(codec.possible(SETTINGS["arithmetic"]))
    for first in range(0, len(samples), 10):
        await codec.send(samples[first : first + 10], SLOW, first=first)
        dut.build.value = int(first % TRAINED_FRAMES == 0)
    dut.build.value = 0
    stream = await codec.finish()

    packets = check_frames(stream, samples, config, codec.tables)
    for group in range(config.groups):
        assert frames_of(packets, group) == len(samples)
        versions = [packet.settings.table for packet in packets if packet.group == group]
        assert versions == sorted(versions)
        assert len(set(versions)) > 3
    assert len(tables_told(stream)) == dut.version.value
    assert codec.lost == 0


@cocotb.test(timeout_time=40, timeout_unit="ms")
@cocotb.parametrize(pace=["streaming", "random", "stalled"])
async def codes_snippets_as_templates(dut: Any, pace: str) -> None:
    """And then as they are: tables are trained of these alone, and rows have their own versions.

    While the first tables are told, so is something else, several times.
    """
    codec = Codec(dut)
    config = codec.config
    if not config.templates:
        return
    limits = {"packet_snippets": PACKET_SNIPPETS, "max_age": MAX_AGE, "tables": codec.tables}
    rows = random_rows(config.template_encoder, rng=seeded_rng())
    events = random_events(config, 40, rng=seeded_rng())
    first, second = events[:20], events[20:]
    others = [bytes([Mode.TABLE.value, 16]) + seeded_rng().bytes(n) for n in (300, 12, 8, 500)]
    of_rows = PacketSettings(order=0, table=5, shift=1)
    by_templates = ApCodecModel(config, of_rows, rows=rows, **limits)
    by_tables = ApCodecModel(config, PacketSettings(engine=Engine.ARITHMETIC, shift=1), **limits)
    expected = by_templates.process_events(first) + by_templates.finish() + by_tables.train()
    expected += by_tables.process_events(second) + by_tables.train()

    await codec.begin(PACES[pace])
    await codec.write_rows(rows)
    codec.set(replace(of_rows, engine=Engine.ARITHMETIC))
    dut.snippets.value = dut.templates.value = 1
    await codec.send_events(first, PACES[pace] if pace == "streaming" else SLOW)
    telling = cocotb.start_soon(codec.tell(others))
    await codec.train()
    codec.set(PacketSettings(engine=Engine.ARITHMETIC, shift=1, table=5))
    dut.templates.value = 0
    await codec.send_events(second, SLOW)
    await codec.train()
    await telling
    stream = await codec.finish()

    told = tables_told(stream)
    assert [each for each in told if each[3] == others[0][0]] == [packet_framer(o) for o in others]
    told = [each for each in told if each[3] != others[0][0]]
    assert told == tables_told(expected), "tables are not those of the model"
    as_expected = packets_of_samples(stream) == packets_of_samples(expected)
    assert as_expected, "packets are not those of the model"
    assert codec.lost == 0
