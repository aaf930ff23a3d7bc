import itertools
from dataclasses import replace

import numpy as np
import pytest
from amaranth.hdl import Elaboratable, Module, Signal
from amaranth.sim import Simulator

from rtl.snippet_buffer import SnippetBuffer, SnippetBufferConfig
from verification.golden.snippet_buffer import SnippetBufferModel, event_dtype, snippet_buffer
from verification.pacing import PACES
from verification.simulating import run_to_end
from verification.streams import transfer

SMALL = SnippetBufferConfig(
    channels=3, sample_width=9, snippet_samples=8, pre_trigger=3, history_frames=16, queue_events=4
)
CONFIGS = {
    "three_channels": SMALL,
    "one_channel": SnippetBufferConfig(
        channels=1, sample_width=13, snippet_samples=5, pre_trigger=0, history_frames=32
    ),
    "all_before_the_peak": SnippetBufferConfig(
        channels=2, sample_width=4, snippet_samples=4, pre_trigger=3, history_frames=16
    ),
}
PEAK_DELAY = 4


def recording(config, *, frames, spikes, rng):
    limit = 1 << (config.sample_width - 1)
    samples = rng.integers(-limit, limit, (frames, config.channels))
    marks = np.zeros(samples.shape, dtype=bool)
    for frame, channel in spikes:
        marks[frame, channel] = True
    return samples, marks


def beats(samples, marks):
    return [
        {
            "sample": int(samples[n, c]),
            "channel": c,
            "restart": int(n == 0),
            "spike": int(marks[n, c]),
        }
        for n in range(len(samples))
        for c in range(samples.shape[1])
    ]


def packets_of(words, config):
    size = config.snippet_samples
    assert len(words) % size == 0
    packets = words.reshape(-1, size)
    assert (packets["first"] == (np.arange(size) == 0)).all()
    assert (packets["last"] == (np.arange(size) == size - 1)).all()
    assert (packets["time"] == packets["time"][:, :1]).all()
    assert (packets["channel"] == packets["channel"][:, :1]).all()
    events = np.empty(len(packets), event_dtype(size))
    events["time"], events["channel"] = packets["time"][:, 0], packets["channel"][:, 0]
    events["snippet"] = packets["sample"]
    return events


class Counted:
    """The buffer with a tally of what it detected and lost."""

    def __init__(self, config, *, pace, rng):
        self.dut = SnippetBuffer(config)
        self.config, self.pace, self.rng = config, pace, rng
        self.detected = self.lost = 0
        self.detected_total, self.lost_total = Signal(16), Signal(16)

    def run(self, samples, marks, peak_delay=PEAK_DELAY):
        async def set_delay(ctx):
            ctx.set(self.dut.peak_delay, peak_delay)

        words = transfer(
            CountingWrapper(self.dut, self),
            beats(samples, marks),
            rng=self.rng,
            pace=self.pace,
            before=set_delay,
            settle_cycles=80,
            after=self.read_out,
        )
        return packets_of(words, self.config)

    async def read_out(self, ctx):
        self.detected, self.lost = ctx.get(self.detected_total), ctx.get(self.lost_total)


class CountingWrapper(Elaboratable):
    def __init__(self, dut, owner):
        self.i, self.o, self.dut, self.owner = dut.i, dut.o, dut, owner

    def elaborate(self, _platform):
        m = Module()
        m.submodules.dut = self.dut
        m.d.sync += [
            self.owner.detected_total.eq(self.owner.detected_total + self.dut.detected),
            self.owner.lost_total.eq(self.owner.lost_total + self.dut.lost),
        ]
        return m


@pytest.mark.parametrize("pace", PACES.values(), ids=list(PACES))
@pytest.mark.parametrize("config", CONFIGS.values(), ids=list(CONFIGS))
def test_what_arrives_is_golden_and_what_does_not_is_counted(config, pace):
    rng = np.random.default_rng(11)
    samples, marks = recording(config, frames=400, spikes=[], rng=rng)
    marks[:] = rng.random(marks.shape) < 0.03 / config.channels

    counted = Counted(config, pace=pace, rng=rng)
    events = counted.run(samples, marks)

    expected = snippet_buffer(samples, marks, config, peak_delay=PEAK_DELAY)
    incomplete = marks[-(config.snippet_samples - config.pre_trigger - PEAK_DELAY) :].sum()
    too_early = marks[: config.pre_trigger + PEAK_DELAY].sum()
    arrived = np.flatnonzero(
        np.isin(expected["time"] * 8 + expected["channel"], events["time"] * 8 + events["channel"])
    )
    np.testing.assert_array_equal(events, expected[arrived])
    assert counted.detected == marks.sum()
    waiting = counted.detected - counted.lost - len(events)
    assert 0 <= waiting <= max(0, incomplete)
    assert counted.lost >= too_early
    if pace is PACES["starved"]:
        np.testing.assert_array_equal(events, expected)


def test_all_channels_at_once_arrive_in_order():
    samples, marks = recording(
        SMALL, frames=60, spikes=[(20, 0), (20, 1), (20, 2), (40, 2)], rng=np.random.default_rng(1)
    )

    events = Counted(SMALL, pace=PACES["starved"], rng=np.random.default_rng(2)).run(samples, marks)

    assert events[["time", "channel"]].tolist() == [(16, 0), (16, 1), (16, 2), (36, 2)]
    np.testing.assert_array_equal(
        events, snippet_buffer(samples, marks, SMALL, peak_delay=PEAK_DELAY)
    )


def test_first_and_last_complete_snippets_are_kept():
    reach = SMALL.snippet_samples - SMALL.pre_trigger
    earliest = SMALL.pre_trigger + 2
    frames = 50
    latest = frames - reach + 2
    samples, marks = recording(
        SMALL,
        frames=frames,
        spikes=[(earliest - 1, 0), (earliest, 1), (latest, 1), (latest + 1, 2)],
        rng=np.random.default_rng(3),
    )
    counted = Counted(SMALL, pace=PACES["starved"], rng=np.random.default_rng(4))

    events = counted.run(samples, marks, peak_delay=2)

    assert events["channel"].tolist() == [1, 1]
    np.testing.assert_array_equal(events, snippet_buffer(samples, marks, SMALL, peak_delay=2))
    assert counted.lost == 1  # the one whose snippet would begin before the recording


def test_events_beyond_the_queue_are_lost_and_counted():
    frames, channels = 80, SMALL.channels
    samples, marks = recording(
        SMALL,
        frames=frames,
        spikes=[(n, c) for n in range(20, 28) for c in range(channels)],
        rng=np.random.default_rng(5),
    )
    counted = Counted(SMALL, pace=PACES["streaming"], rng=np.random.default_rng(6))

    events = counted.run(samples, marks)

    assert counted.detected == 24
    assert 0 < len(events) < 24
    assert counted.lost == 24 - len(events)


CROWDED = SnippetBufferConfig(
    channels=8, sample_width=4, snippet_samples=8, pre_trigger=3, history_frames=32
)


def channels_that_arrive(config, *, marked, peak_delay, cycles_per_sample):
    """Mark the last channels of one frame; return whose packets come, and how many are lost."""
    dut = SnippetBuffer(config)
    samples, marks = recording(config, frames=120, spikes=[], rng=np.random.default_rng(13))
    marks[40, config.channels - marked :] = True
    arrived, lost = [], []

    async def bench(ctx):
        ctx.set(dut.peak_delay, peak_delay)
        ctx.set(dut.o.ready, 1)
        for beat in beats(samples, marks):
            ctx.set(dut.i.payload, beat)
            for cycle in range(cycles_per_sample):
                ctx.set(dut.i.valid, cycle == 0)
                word, sent, missed = ctx.get(dut.o.payload), ctx.get(dut.o.valid), ctx.get(dut.lost)
                if sent and word.last:
                    arrived.append(word.channel)
                lost.append(missed)
                await ctx.tick()

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    run_to_end(simulator)
    return arrived, sum(lost)


@pytest.mark.parametrize(
    ("config", "peak_delay", "cycles_per_sample", "at_once"),
    [
        (CROWDED, 5, 1, 8),  # complete when reported: all, one after the other
        (CROWDED, 1, 1, 8),  # reported before they are complete
        (CROWDED, 22, 1, 3),  # reported late: 5 frames of 8 cycles are left for 13 cycles each
        (CROWDED, 22, 3, 8),  # a slower converter leaves time for all
        (replace(CROWDED, snippet_samples=16), 1, 1, 6),  # 14 frames of 8 cycles for 21 each
        (replace(CROWDED, queue_events=2), 5, 1, 2),
        (replace(CROWDED, channels=1), 24, 1, 1),  # in the last frame that is not too late
        (replace(CROWDED, channels=1), 25, 1, 0),
    ],
)
def test_as_many_events_at_once_arrive_as_the_configuration_says(
    config, peak_delay, cycles_per_sample, at_once
):
    times = {"peak_delay": peak_delay, "cycles_per_sample": cycles_per_sample}

    arrived, lost = channels_that_arrive(config, marked=at_once, **times)

    assert config.events_at_once(**times) == at_once
    assert arrived == list(range(config.channels - at_once, config.channels))
    assert lost == 0


@pytest.mark.parametrize("cycles_per_sample", [1, 2])
def test_events_beyond_those_that_can_come_at_once_are_lost_and_counted(cycles_per_sample):
    peak_delay = 24  # of which two frames are left
    at_once = CROWDED.events_at_once(peak_delay=peak_delay, cycles_per_sample=cycles_per_sample)

    arrived, lost = channels_that_arrive(
        CROWDED, marked=8, peak_delay=peak_delay, cycles_per_sample=cycles_per_sample
    )

    # One frame more if the first mark comes early in its own.
    assert at_once <= len(arrived) <= at_once + -(-8 * cycles_per_sample // 13) < 8
    assert arrived == list(range(len(arrived)))
    assert lost == 8 - len(arrived)


def test_events_just_after_the_frame_counter_wrapped_are_kept(monkeypatch):
    monkeypatch.setattr("rtl.snippet_buffer.TIME_WIDTH", 10)
    config = CONFIGS["one_channel"]
    marked = [1_015, 1_024, 1_027, 1_037]
    samples, marks = recording(
        config, frames=1_060, spikes=[(n, 0) for n in marked], rng=np.random.default_rng(15)
    )
    counted = Counted(config, pace=PACES["streaming"], rng=np.random.default_rng(16))

    events = counted.run(samples, marks)

    expected = snippet_buffer(samples, marks, config, peak_delay=PEAK_DELAY)
    np.testing.assert_array_equal(events["snippet"], expected["snippet"])
    assert events["time"].tolist() == [1_011, 1_020, 1_023, 9]
    assert counted.lost == 0


def test_a_blocked_output_loses_events_but_never_corrupts_one():
    samples, marks = recording(
        SMALL,
        frames=400,
        spikes=[(n, n % 3) for n in range(10, 390, 5)],
        rng=np.random.default_rng(7),
    )
    counted = Counted(SMALL, pace=PACES["bursts"], rng=np.random.default_rng(8))

    events = counted.run(samples, marks)

    expected = snippet_buffer(samples, marks, SMALL, peak_delay=PEAK_DELAY)
    by_time = {int(event["time"]): event for event in expected}
    assert counted.lost > 0
    assert counted.lost + len(events) == counted.detected
    for event in events:
        assert event == by_time[int(event["time"])]


def test_latency_is_as_declared():
    dut = SnippetBuffer(SMALL)
    samples, marks = recording(SMALL, frames=20, spikes=[(8, 2)], rng=np.random.default_rng(9))
    last_frame = 8 - 1 - SMALL.pre_trigger + SMALL.snippet_samples - 1
    delays = []

    async def bench(ctx):
        ctx.set(dut.peak_delay, 1)  # so that the event is waiting when its snippet is complete
        ctx.set(dut.o.ready, 1)
        ctx.set(dut.i.valid, 1)
        ended_at = None
        for cycle, beat in enumerate(beats(samples, marks)):
            ctx.set(dut.i.payload, beat)
            if ended_at is not None and ctx.get(dut.o.valid):
                delays.append(cycle - ended_at)
                return
            await ctx.tick()
            if cycle == (last_frame + 1) * SMALL.channels - 1:
                ended_at = cycle

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    run_to_end(simulator)

    assert delays == [SnippetBuffer.latency]


def test_packets_follow_each_other_at_the_declared_gap():
    dut = SnippetBuffer(SMALL)
    samples, marks = recording(
        SMALL, frames=60, spikes=[(20, 0), (20, 1)], rng=np.random.default_rng(9)
    )
    firsts = []

    async def bench(ctx):
        ctx.set(dut.peak_delay, PEAK_DELAY)
        ctx.set(dut.o.ready, 1)
        ctx.set(dut.i.valid, 1)
        for cycle, beat in enumerate(beats(samples, marks)):
            ctx.set(dut.i.payload, beat)
            if ctx.get(dut.o.valid) and ctx.get(dut.o.payload.first):
                firsts.append(cycle)
            await ctx.tick()

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    run_to_end(simulator)

    assert np.diff(firsts).tolist() == [SMALL.snippet_samples + SnippetBuffer.packet_gap]


def test_golden_matches_worked_example():
    config = SnippetBufferConfig(channels=2, snippet_samples=3, pre_trigger=1)
    samples = np.arange(20).reshape(10, 2)  # channel 0 even, channel 1 odd numbers
    marks = np.zeros((10, 2), dtype=bool)
    marks[5, 1] = marks[6, 0] = True

    events = snippet_buffer(samples, marks, config, peak_delay=2)

    assert events["time"].tolist() == [3, 4]
    assert events["snippet"].tolist() == [[5, 7, 9], [6, 8, 10]]


def test_golden_carries_its_state_from_block_to_block():
    rng = np.random.default_rng(12)
    samples, marks = recording(SMALL, frames=300, spikes=[], rng=rng)
    marks[:] = rng.random(marks.shape) < 0.05
    model = SnippetBufferModel(SMALL, peak_delay=PEAK_DELAY)
    cuts = [0, 1, 2, 2, 9, 100, 101, 300]

    found = [model.process(samples[a:b], marks[a:b]) for a, b in itertools.pairwise(cuts)]

    np.testing.assert_array_equal(
        np.concatenate(found), snippet_buffer(samples, marks, SMALL, peak_delay=PEAK_DELAY)
    )


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"channels": 0}, r"channels must be in 1\.\.1024, not 0"),
        ({"sample_width": 17}, r"sample_width must be in 2\.\.16, not 17"),
        ({"snippet_samples": 1}, r"snippet_samples must be in 2\.\.256, not 1"),
        ({"pre_trigger": 64}, r"pre_trigger must be in 0\.\.63, not 64"),
        ({"history_frames": 64}, r"history_frames must be in 128\.\.65536, not 64"),
        ({"history_frames": 192}, r"history_frames must be a power of two, not 192"),
        ({"queue_events": 0}, r"queue_events must be in 1\.\.4096, not 0"),
    ],
)
def test_config_rejects(fields, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        SnippetBufferConfig(**fields)
