import numpy as np
import pytest
from amaranth.sim import Simulator

from rtl.coding_streams import byte_layout
from rtl.packet_framer import RATE_FRAMES, PacketFramer, PacketFramerConfig
from verification.framed_packets import interleaved, missing_bodies, packets_of, random_bodies
from verification.golden.packet_framer import packet_framer
from verification.pacing import PACES, Pace
from verification.payloads import unpack
from verification.simulating import run_to_end
from verification.stream_drivers import consume, produce
from verification.streams import cycles_per_payload, first_output_delay_cycles

CONFIGS = {
    "three_groups": PacketFramerConfig(groups=3, ring_bytes=128, margin_bytes=8),
    "one_group": PacketFramerConfig(groups=1, ring_bytes=64, margin_bytes=16),
    "four_groups": PacketFramerConfig(groups=4, ring_bytes=64, margin_bytes=1),
}
ONE = CONFIGS["one_group"]


@pytest.fixture(params=CONFIGS.values(), ids=list(CONFIGS))
def config(request):
    return request.param


class Run:
    """What a framer does with some beats: packets, bytes by frame, and what it says it dropped."""

    def __init__(
        self, config, beats, *, rng, pace=PACES["streaming"], frame_cycles=0, blocked=0, **inputs
    ):
        self.dut = PacketFramer(config)
        self.dropped, self.levels, self.bytes_of_frame = [], [], [0]
        self._inputs, self._frame_cycles, self._blocked = inputs, frame_cycles, blocked
        self._words, self._silence, self._fed, self._cycle = [], 0, False, 0
        simulator = Simulator(self.dut)
        simulator.add_clock(1e-6)
        i_rng, o_rng = rng.spawn(2)

        async def feed(ctx):
            await self._feed(ctx, beats, i_rng, pace)

        async def drain(ctx):
            await self._drain(ctx, o_rng, pace)

        simulator.add_testbench(feed)
        simulator.add_testbench(drain)
        simulator.add_testbench(self._watch, background=True)
        run_to_end(simulator)
        self.packets = packets_of(unpack(byte_layout(), self._words))

    async def _feed(self, ctx, beats, rng, pace):
        for name, value in self._inputs.items():
            ctx.set(getattr(self.dut, name), value)
        await produce(ctx, self.dut.i, beats, rng=rng, pace=pace)
        self._fed, self._silence = True, 0

    async def _drain(self, ctx, rng, pace):
        for _ in range(self._blocked):
            await ctx.tick()

        def on_cycle(valid, ready, word):
            self._silence = 0 if valid else self._silence + ready
            if valid and ready:
                self._words.append(word)
                self.bytes_of_frame[-1] += 1
            return not (self._fed and self._silence > 40 + 12 * self._frame_cycles)

        await consume(ctx, self.dut.o, on_cycle, rng=rng, pace=pace)

    async def _watch(self, ctx):
        while True:
            self._cycle += 1
            tick = self._frame_cycles and self._cycle % self._frame_cycles == 0
            ctx.set(self.dut.tick, int(tick))
            wires = self.dut.dropped, self.dut.lost, self.dut.level
            _, _, dropped, lost, level = await ctx.tick().sample(*wires)
            self.levels.append(level)
            if tick:
                self.bytes_of_frame.append(0)
            if dropped:
                self.dropped.append((dropped.bit_length() - 1, lost))
            assert bool(dropped) or not lost


@pytest.mark.parametrize("pace", PACES.values(), ids=list(PACES))
def test_what_arrives_is_golden_and_what_does_not_is_told(config, pace):
    rng = np.random.default_rng(1)
    bodies = random_bodies(6, config, rng=rng)

    run = Run(config, interleaved(bodies, rng=rng), rng=rng, pace=pace)

    missing = missing_bodies(run.packets, bodies)
    assert sorted(run.dropped) == sorted(
        (group, int.from_bytes(body[-2:], "little")) for group, body in missing
    )


def test_nothing_is_dropped_when_the_output_keeps_up(config):
    rng = np.random.default_rng(2)
    bodies = random_bodies(8, config, rng=rng)
    pace = Pace(valid_probability=0.2)

    run = Run(config, interleaved(bodies, rng=rng), rng=rng, pace=pace)

    assert missing_bodies(run.packets, bodies) == []
    assert run.dropped == []


def test_a_body_that_outgrows_its_ring_is_dropped_alone():
    rng = np.random.default_rng(3)
    (bodies,) = random_bodies(5, ONE, rng=rng)
    whole_ring = random_bodies(1, ONE, rng=rng, longest=ONE.ring_bytes - 2)[0][0]
    too_long = random_bodies(1, ONE, rng=rng, longest=ONE.ring_bytes - 1)[0][0]
    far_too_long = random_bodies(1, ONE, rng=rng, longest=3 * ONE.ring_bytes)[0][0]
    sent = [[bodies[0], too_long, whole_ring, far_too_long, bodies[1]]]

    run = Run(ONE, interleaved(sent, rng=rng), rng=rng, pace=Pace(valid_probability=0.1))

    assert missing_bodies(run.packets, sent) == [(0, too_long), (0, far_too_long)]
    assert run.dropped == [(0, 1), (0, 1)]


def test_rings_that_are_full_drop_and_go_on_when_there_is_room_again(config):
    rng = np.random.default_rng(4)
    bodies = random_bodies(10, config, rng=rng)
    beats = interleaved(bodies, rng=rng)

    run = Run(config, beats, rng=rng, pace=Pace(valid_probability=0.2), blocked=3 * len(beats))

    missing = missing_bodies(run.packets, bodies)
    assert len(run.dropped) == len(missing) > 0
    assert all(any(body in packet for packet in run.packets) for body, *_ in bodies), "the oldest"
    assert all(any(each[-1] in packet for packet in run.packets) for each in bodies), "the latest"


def flags_after(config, group, count):
    """Return close and discard after each of ``count`` bytes of a body, output blocked."""
    dut = PacketFramer(config)
    seen = []

    async def bench(ctx):
        ctx.set(dut.i.valid, 1)
        for _ in range(count):
            ctx.set(dut.i.payload, {"byte": 1, "group": group, "last": 0})
            await ctx.tick()
            seen.append((ctx.get(dut.close), ctx.get(dut.discard)))

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    run_to_end(simulator)
    return seen


def test_a_packet_is_to_end_with_its_margin_left():
    config = CONFIGS["three_groups"]  # 64 - 8 bytes, of which the length is 2
    assert config.regular_body_bytes == 53

    seen = flags_after(config, 1, 60)

    assert [close for close, _ in seen] == [0] * 53 + [2] * 7
    assert [discard for _, discard in seen] == [0] * 55 + [2] * 5


class Obedient:
    """A sender that ends and begins packets as it is told, but always sends its margin more."""

    def __init__(self, config, rng):
        self.config, self.rng = config, rng
        self.bodies = [[] for _ in range(config.groups)]

    def run(self, cycles, *, blocked):
        dut = self.dut = PacketFramer(self.config)
        left = [0] * self.config.groups  # bytes still to come of a packet
        open_bodies = [bytearray() for _ in left]
        words, dropped = [], []

        async def bench(ctx):
            ready = 0
            for cycle in range(cycles):
                group = int(self.rng.integers(self.config.groups))
                body = open_bodies[group]
                close = ctx.get(dut.close) >> group & 1
                discard = ctx.get(dut.discard) >> group & 1
                sends = bool(body) or not discard
                if sends and ctx.get(dut.i.ready):
                    if not body:
                        left[group] = 10_000
                    if close and left[group] > self.config.margin_bytes:
                        left[group] = self.config.margin_bytes
                    left[group] -= 1
                    last = left[group] == 0
                    body.append(group if len(body) == 2 else cycle & 255)
                    ctx.set(dut.i.payload, {"byte": body[-1], "group": group, "last": last})
                    if last:
                        self.bodies[group].append(bytes(body))
                        body.clear()
                ctx.set(dut.i.valid, int(sends and ctx.get(dut.i.ready)))
                if cycle % 64 == 0:
                    ready = int(not blocked and self.rng.random() < 0.6)
                ctx.set(dut.o.ready, ready)
                wires = dut.o.valid, dut.o.payload.as_value(), dut.dropped
                _, _, valid, word, drops = await ctx.tick().sample(*wires)
                dropped.extend([drops] if drops else [])
                words.extend([word] if valid and ready else [])

        simulator = Simulator(dut)
        simulator.add_clock(1e-6)
        simulator.add_testbench(bench)
        run_to_end(simulator)
        return words, dropped


@pytest.mark.parametrize("blocked", [False, True], ids=["open", "blocked"])
def test_who_heeds_close_and_discard_loses_nothing(config, blocked):
    sender = Obedient(config, np.random.default_rng(5))

    words, dropped = sender.run(2500, blocked=blocked)

    assert dropped == []
    assert sum(map(len, sender.bodies)) >= config.groups
    assert bool(words) != blocked


@pytest.mark.parametrize("rate", [30, 256, 1000])
def test_no_stretch_of_frames_carries_more_than_the_rate(rate):
    config = CONFIGS["three_groups"]
    rng = np.random.default_rng(6)
    bodies = random_bodies(1 if rate < 100 else 6, config, rng=rng)

    run = Run(config, interleaved(bodies, rng=rng), rng=rng, rate=rate, frame_cycles=11)

    sent = np.concatenate(([0], np.cumsum(run.bytes_of_frame)))
    for frames in (1, 2, 3, 10, 50):
        most = ((frames + 1) * rate + RATE_FRAMES - 1) // RATE_FRAMES
        assert (sent[frames:] - sent[:-frames]).max() <= most
    busy = np.flatnonzero(run.bytes_of_frame)
    mean = sum(run.bytes_of_frame) / (busy[-1] - busy[0])
    assert mean == pytest.approx(rate / RATE_FRAMES, rel=0.1)


def test_the_level_counts_the_thresholds_that_whole_packets_reach():
    """Bodies of 14 bytes wait as 16; two thresholds that are 0 are never reached."""
    rng = np.random.default_rng(7)
    bodies = [[bytes(2) + bytes([0]) + bytes(11)] * 2, [bytes(2) + bytes([1]) + bytes(11)] * 2]
    config = PacketFramerConfig(groups=2, ring_bytes=64, margin_bytes=8)
    dut = PacketFramer(config)
    seen = []

    async def bench(ctx):
        for n, threshold in enumerate([16, 32, 0, 60, 0]):
            ctx.set(dut.thresholds[n], threshold)
        await produce(ctx, dut.i, interleaved(bodies, rng=rng), rng=rng)
        await ctx.tick().repeat(4)

    async def watch(ctx):
        async for _, _, level, discard in ctx.tick().sample(dut.level, dut.discard):
            if not seen or seen[-1] != level:
                seen.append(level)
            assert discard in (0, 1, 2, 3)

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.add_process(watch)
    run_to_end(simulator)

    assert seen == [0, 1, 2, 3]


def test_latency_is_as_declared():
    dut = PacketFramer(ONE)

    delay = first_output_delay_cycles(dut, {"byte": 1, "group": 0, "last": 1})

    assert delay == PacketFramer.latency


def test_throughput_is_one_byte_a_cycle_and_two_cycles_a_packet():
    bodies = random_bodies(9, CONFIGS["three_groups"], rng=np.random.default_rng(8))
    beats = interleaved(bodies, rng=np.random.default_rng(9))

    cycles = cycles_per_payload(PacketFramer(CONFIGS["three_groups"]), beats)

    assert cycles * len(beats) == pytest.approx(len(beats) + 2 * 26)  # after the last, none waits


def test_golden_matches_worked_example():
    r"""The checksum as another implementation has it: ``printf '\4\0axon' | gzip | tail -c 8``."""
    assert packet_framer(b"axon").hex(" ") == "a7 04 00 61 78 6f 6e 0c 71 44 bb"


@pytest.mark.parametrize("length", [0, 1 << 16])
def test_golden_rejects_what_has_no_length(length):
    with pytest.raises(ValueError, match=rf"^body must have 1\.\.65535 bytes, not {length}$"):
        packet_framer(bytes(length))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"groups": 257}, r"groups must be in 1\.\.256, not 257"),
        ({"ring_bytes": 32}, r"ring_bytes must be in 64\.\.65536, not 32"),
        ({"ring_bytes": 768}, r"ring_bytes must be a power of two, not 768"),
        ({"margin_bytes": 0}, r"margin_bytes must be in 1\.\.2032, not 0"),
        ({"margin_bytes": 2033}, r"margin_bytes must be in 1\.\.2032, not 2033"),
    ],
)
def test_config_rejects(fields, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        PacketFramerConfig(**fields)
