import numpy as np
import pytest
from amaranth.hdl import Value
from amaranth.sim import Simulator

from rtl.coding_streams import coding_layout
from rtl.packet_format import Engine, Mode
from rtl.packet_marker import PacketMarker, PacketMarkerConfig
from rtl.packet_settings import PacketSettings, settings_layout
from verification.golden.packet_marker import (
    coarse,
    header_bytes,
    packet_marker,
    packet_plan,
    restored,
)
from verification.pacing import PACES
from verification.payloads import pack, unpack
from verification.simulating import run_to_end
from verification.stimuli import sample_records
from verification.stream_rules import check_payloads
from verification.streams import cycles_per_payload, first_output_delay_cycles, transfer

CONFIGS = {
    "five_channels": PacketMarkerConfig(channels=5, sample_width=9),
    "pairs": PacketMarkerConfig(channels=5, sample_width=12, packet_channels=2),
    "one_group": PacketMarkerConfig(channels=3, sample_width=16, packet_channels=4),
    "one_channel": PacketMarkerConfig(channels=1, sample_width=2),
}
SETTINGS = PacketSettings(
    engine=Engine.ARITHMETIC, order=1, cross=True, adaptive=True, table=165, shift=1
)
FRAMES = 24


def recording(config, frames=FRAMES):
    limit = 1 << (config.sample_width - 1)
    samples = np.random.default_rng(1).integers(-limit, limit, (frames, config.channels))
    samples[0], samples[1:2] = -limit, limit - 1
    return samples


def set_up(dut, settings=SETTINGS, **inputs):
    async def before(ctx):
        ctx.set(dut.settings, settings.fields)
        for name, value in inputs.items():
            ctx.set(getattr(dut, name), value)

    return before


def frame_by_frame(config, samples, *, packet_frames, **controls):
    """Return all beats, and how often ``lost`` was up; ``controls`` change between frames."""
    dut = PacketMarker(config)
    words, lost, opened = [], 0, 0

    async def cycle(ctx):
        nonlocal lost, opened
        wires = dut.o.valid, Value.cast(dut.o.payload), dut.lost, dut.opened, dut.i.ready
        _, _, valid, word, missed, begins, ready = await ctx.tick().sample(*wires)
        lost += missed
        opened += begins
        if valid:
            words.append(word)
        return ready

    async def bench(ctx):
        await set_up(dut, packet_frames=packet_frames)(ctx)
        ctx.set(dut.o.ready, 1)
        for frame, row in enumerate(samples):
            for name, each in controls.items():
                ctx.set(Value.cast(getattr(dut, name)), int(each[frame]))
            for channel, sample in enumerate(row.tolist()):
                beat = {"sample": sample, "channel": channel, "restart": frame == 0}
                ctx.set(dut.i.payload, beat)
                ctx.set(dut.i.valid, 1)
                while not await cycle(ctx):
                    pass
            ctx.set(dut.i.valid, 0)
            for _ in range(12):  # until the frame is through
                await cycle(ctx)
        ctx.set(dut.flush, 1)
        while not ctx.get(dut.flushed):
            await cycle(ctx)

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    run_to_end(simulator)
    received = unpack(coding_layout(config.sample_width, config.channels), words)
    assert opened == received["last"].sum()
    return received, lost


def bits_of(flags):
    """Return a row of flags as the number whose bits they are."""
    return flags @ (1 << np.arange(flags.shape[1]))


@pytest.fixture(params=CONFIGS.values(), ids=list(CONFIGS))
def config(request):
    return request.param


@pytest.mark.parametrize("pace", PACES.values(), ids=list(PACES))
def test_matches_golden(config, pace):
    samples = recording(config)
    dut = PacketMarker(config)

    received = transfer(
        dut,
        sample_records(samples, width=config.sample_width),
        rng=np.random.default_rng(2),
        pace=pace,
        before=set_up(dut, packet_frames=7),
    )

    expected = packet_marker(samples, config, SETTINGS, packet_frames=7)
    flushed = 2 * sum(~packet_plan(FRAMES, config, packet_frames=7)["whole"])
    check_payloads("o", received, expected[: len(expected) - flushed])


@pytest.mark.parametrize("packet_frames", [0, 1, 5, 300])
def test_a_flush_ends_all_packets_in_the_order_of_groups(config, packet_frames):
    samples = recording(config)

    beats, lost = frame_by_frame(config, samples, packet_frames=packet_frames)

    check_payloads(
        "o", beats, packet_marker(samples, config, SETTINGS, packet_frames=packet_frames)
    )
    assert lost == 0


def test_full_rings_close_packets_and_leave_frames_out(config):
    rng = np.random.default_rng(3)
    samples = recording(config)
    close, discard = (rng.random((2, FRAMES, config.groups)) < 0.3) * 1
    level = rng.integers(0, 8, (FRAMES, 1))

    beats, lost = frame_by_frame(
        config,
        samples,
        packet_frames=4,
        close=bits_of(close),
        discard=bits_of(discard),
        level=level[:, 0],
    )

    rings = {"close": close, "discard": discard, "level": level}
    plan = packet_plan(FRAMES, config, packet_frames=4, shift=SETTINGS.shift, **rings)
    expected = packet_marker(samples, config, SETTINGS, packet_frames=4, **rings)
    check_payloads("o", beats, expected)
    assert lost == FRAMES * config.groups - plan["frames"].sum() > 0
    assert plan["gap"].any()


def headers_of(beats):
    """Return the headers of packets of one channel each, by channel and time."""
    found = {}
    for channel in np.unique(beats["channel"]):
        own = beats[beats["channel"] == channel]
        starts = np.concatenate(([0], np.flatnonzero(own["last"])[:-1] + 1))
        for start in starts:
            header = bytes(own["value"][start : start + 8].astype(np.uint8))
            found[int(channel), int.from_bytes(header[4:], "little")] = header
    return found


def test_a_packet_after_one_that_was_dropped_says_so():
    config = CONFIGS["five_channels"]
    dropped = np.zeros(FRAMES, dtype=int)
    dropped[9] = 0b10010  # within packets of all groups

    beats, _ = frame_by_frame(config, recording(config), packet_frames=8, dropped=dropped)

    missing = {where for where, header in headers_of(beats).items() if header[0] & 64}
    assert missing == {(1, 15), (4, 12)}


def test_nothing_is_taken_while_flush_is_up_and_all_goes_on_after_it():
    config = CONFIGS["pairs"]
    samples = recording(config, 6)
    dut = PacketMarker(config)
    seen = []

    async def flush(ctx):
        await set_up(dut, packet_frames=2)(ctx)
        ctx.set(dut.o.ready, 1)
        ctx.set(dut.flush, 1)
        ctx.set(dut.i.valid, 1)
        for _ in range(30):
            await ctx.tick()
        seen.append((ctx.get(dut.flushed), ctx.get(dut.i.ready)))
        ctx.set(dut.i.valid, 0)
        ctx.set(dut.flush, 0)

    received = transfer(
        dut,
        sample_records(samples, width=config.sample_width),
        rng=np.random.default_rng(4),
        before=flush,
    )

    assert seen == [(1, 0)]
    check_payloads(
        "o", received, packet_marker(samples, config, SETTINGS, packet_frames=2)[: len(received)]
    )


def test_settings_hold_from_header_to_trailer():
    config = CONFIGS["one_channel"]
    samples = recording(config, 6)
    others = [PacketSettings(table=n, shift=n % 2, order=n % 4) for n in range(6)]
    words = pack(settings_layout(), [each.fields for each in others])
    level = np.array([1, 7, 0, 0, 7, 7])

    beats, _ = frame_by_frame(config, samples, packet_frames=3, settings=words, level=level)

    parts = [
        packet_marker(samples[:3], config, others[0], packet_frames=3, level=1),
        packet_marker(samples[3:], config, others[3], packet_frames=3),
    ]
    parts[1]["value"][4] = 3  # it begins in that frame
    check_payloads("o", beats, np.concatenate(parts))


@pytest.mark.parametrize("shift", range(8))
@pytest.mark.parametrize("width", [2, 9, 12])
def test_coarse_samples_are_never_further_off_than_half_a_unit(width, shift):
    codes = np.arange(-(1 << (width - 1)), 1 << (width - 1))

    values = coarse(codes, shift)

    assert abs(restored(values, shift, width) - codes).max() <= 1 << shift >> 1
    assert values.min() >= codes.min()
    assert values.max() <= codes.max()


def test_every_code_is_made_coarser_as_the_golden_model_says():
    config = PacketMarkerConfig(channels=1, sample_width=9)
    codes = np.arange(-256, 256).reshape(-1, 1)
    level = np.arange(512) % 8

    beats, _ = frame_by_frame(config, codes, packet_frames=1, level=level)

    expected = packet_marker(codes, config, SETTINGS, packet_frames=1, level=level.reshape(-1, 1))
    check_payloads("o", beats, expected)


def test_latency_is_as_declared(config):
    dut = PacketMarker(config)

    delay = first_output_delay_cycles(dut, {"sample": 0, "channel": 0, "restart": 1})

    assert delay == PacketMarker.latency


def test_throughput_is_one_sample_a_cycle_and_11_cycles_a_packet():
    config = CONFIGS["one_group"]
    dut = PacketMarker(config)
    records = sample_records(np.zeros((80, 3), dtype=int), width=16)

    cycles = cycles_per_payload(dut, records, before=set_up(dut, packet_frames=8))

    assert cycles * len(records) == pytest.approx(len(records) + 10 * 11, abs=11)


def test_golden_matches_worked_example():
    """Two channels, packets of two frames: that of channel 1 comes a frame earlier."""
    config = PacketMarkerConfig(channels=2)
    samples = np.array([[10, 11], [20, 21], [30, 31]])

    beats = packet_marker(samples, config, PacketSettings(order=1), packet_frames=2)

    of_channel = [bytes(beats["value"][beats["channel"] == n].tolist()) for n in (0, 1)]
    assert of_channel[0] == bytes.fromhex(
        "0011000000000000 0a14 0200"  # header, samples, trailer
        "0011000002000000 1e 0100"
    )
    assert of_channel[1] == bytes.fromhex("0011010000000000 0b 01000011010001000000 151f 0200")


def test_a_header_has_its_bytes_where_the_format_says():
    header = header_bytes(
        SETTINGS, mode=Mode.SNIPPETS, group=9, time=0x1_0203_0405, gap=True, shift=3
    )

    assert header == bytes([0b01_011_1_01, 0b0001_1_1_01, 9, 165, 5, 4, 3, 2])


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"channels": 0}, r"channels must be in 1\.\.1024, not 0"),
        ({"sample_width": 17}, r"sample_width must be in 2\.\.16, not 17"),
        ({"packet_channels": 3}, r"packet_channels must be a power of two, not 3"),
        (
            {"channels": 600, "packet_channels": 2},
            r"packet_channels must leave at most 256 groups of 600 channels, not 300",
        ),
    ],
)
def test_config_rejects(fields, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        PacketMarkerConfig(**fields)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"order": 4}, r"order must be in 0\.\.3, not 4"),
        ({"table": 256}, r"table must be in 0\.\.255, not 256"),
        ({"shift": 8}, r"shift must be in 0\.\.7, not 8"),
    ],
)
def test_settings_reject(fields, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        PacketSettings(**fields)
