import numpy as np
import pytest
from amaranth.sim import Simulator

from rtl.frame_tagger import FrameTagger, FrameTaggerConfig
from verification.golden.frame_tagger import frame_tagger
from verification.pacing import PACES
from verification.simulating import run_to_end
from verification.streams import cycles_per_payload, transfer

CONFIGS = {
    "three_channels": FrameTaggerConfig(channels=3, sample_width=10),
    "one_channel": FrameTaggerConfig(channels=1, sample_width=4),
    "four_channels": FrameTaggerConfig(channels=4, sample_width=16),
}


def enabled(dut):
    async def before(ctx):
        ctx.set(dut.enable, 1)
        await ctx.tick()

    return before


@pytest.fixture(params=CONFIGS.values(), ids=list(CONFIGS))
def config(request):
    return request.param


@pytest.mark.parametrize("pace", PACES.values(), ids=list(PACES))
def test_matches_golden(config, pace):
    limit = 1 << (config.sample_width - 1)
    samples = np.random.default_rng(31).integers(-limit, limit, 50)
    samples[:2] = [-limit, limit - 1]
    dut = FrameTagger(config)

    received = transfer(dut, samples, rng=np.random.default_rng(32), pace=pace, before=enabled(dut))

    got = np.column_stack([received[name] for name in ("sample", "channel", "restart")])
    np.testing.assert_array_equal(got, frame_tagger(samples, config))


def test_throughput_is_one_sample_a_cycle(config):
    dut = FrameTagger(config)

    assert cycles_per_payload(dut, np.zeros(40, dtype=int), before=enabled(dut)) == 1.0


def test_nothing_is_taken_before_it_is_enabled():
    dut = FrameTagger(CONFIGS["three_channels"])
    seen = []

    async def before(ctx):
        ctx.set(dut.i.valid, 1)
        for _ in range(5):
            await ctx.tick()
            seen.append((ctx.get(dut.i.ready), ctx.get(dut.o.valid)))
        ctx.set(dut.i.valid, 0)
        await enabled(dut)(ctx)

    received = transfer(dut, [7, 8], rng=np.random.default_rng(0), before=before)

    assert seen == [(0, 0)] * 5
    assert received["channel"].tolist() == [0, 1]


@pytest.mark.parametrize("pace", [PACES["streaming"], PACES["stalled"]], ids=["fast", "stalled"])
def test_a_frame_once_begun_is_finished_and_the_next_waits(pace):
    """Disabled within a frame: exactly the samples of that frame pass, and no offer is dropped."""
    dut = FrameTagger(CONFIGS["three_channels"])
    got = []

    async def feed(ctx):
        ctx.set(dut.i.valid, 1)
        ctx.set(dut.enable, 1)

    async def watch(ctx):
        rng = np.random.default_rng(33)
        for cycle in range(60):
            ctx.set(dut.o.ready, int(rng.random() < pace.ready_probability))
            _, _, valid, ready, payload = await ctx.tick().sample(
                dut.o.valid, dut.o.ready, dut.o.payload
            )
            if valid and ready:
                got.append(payload.channel)
            if len(got) == 4:
                ctx.set(dut.enable, 0)  # within the second frame
            if cycle == 45:
                ctx.set(dut.i.valid, 0)

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(feed)
    simulator.add_testbench(watch)
    run_to_end(simulator)

    assert got == [0, 1, 2, 0, 1, 2]


def test_golden_matches_worked_example():
    tagged = frame_tagger([10, 11, 12], FrameTaggerConfig(channels=2))

    assert tagged.tolist() == [[10, 0, 1], [11, 1, 1], [12, 0, 0]]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"channels": 0}, r"channels must be in 1\.\.1024, not 0"),
        ({"sample_width": 1}, r"sample_width must be in 2\.\.16, not 1"),
    ],
)
def test_config_rejects(fields, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        FrameTaggerConfig(**fields)
