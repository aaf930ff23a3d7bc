from dataclasses import replace

import numpy as np
import pytest
from amaranth.sim import Simulator

from rtl.band_pass import BandPassConfig
from rtl.detection_chain import DetectionChain, DetectionChainConfig
from rtl.detection_registers import detection_registers
from rtl.detector_settings import DetectorSettings
from rtl.snippet_buffer import SnippetBufferConfig
from rtl.spike_detector import SpikeDetectorConfig
from verification.golden.detection_chain import detection_chain
from verification.golden.snippet_buffer import event_dtype
from verification.pacing import PACES
from verification.register_access import read_register, write_register
from verification.simulating import run_to_end
from verification.streams import cycles_per_payload, transfer

# A small chain and times to match, so that a few hundred frames hold a dozen events.
CONFIG = DetectionChainConfig.fitted(
    BandPassConfig(channels=2, sample_width=9),
    SpikeDetectorConfig(smoothing_samples=2),
    SnippetBufferConfig(snippet_samples=12, pre_trigger=4, history_frames=64, queue_events=4),
)
SETTINGS = DetectorSettings(warm_up_s=2e-3, mean_time_s=4e-3, quiet_floor=4.0)


def spiky_codes(frames, rng, channels=2):
    codes = rng.normal(0, 4, (frames, channels))
    spike = 110 * np.array([-0.3, -1.0, -0.9, -0.3, 0.3, 0.4, 0.2])
    for channel in range(channels):
        for start in range(70 + 11 * channel, frames - 10, 45):
            codes[start : start + 7, channel] += spike
    return np.rint(codes).astype(np.int64)


class RunningChain:
    """A chain that was set up through its registers; what they say at the end is kept."""

    def __init__(self, settings=SETTINGS, config=CONFIG):
        self.config, self.settings = config, settings
        self.dut = DetectionChain(config)
        self.read = {}

    async def set_up(self, ctx):
        for address, word in self.config.register_writes(self.settings):
            await write_register(ctx, self.dut.bus, address, word)
        await ctx.tick()  # the frame tagger starts

    async def read_out(self, ctx):
        for name in ("events_detected", "events_lost", "frames", "identification"):
            address = self.config.registers.address_of(name)
            self.read[name] = await read_register(ctx, self.dut.bus, address)

    def events(self, codes, *, pace, settle_cycles=200):
        words = transfer(
            self.dut,
            codes.ravel(),
            rng=np.random.default_rng(61),
            pace=pace,
            before=self.set_up,
            after=self.read_out,
            settle_cycles=settle_cycles,
        )
        size = self.config.snippet_buffer.snippet_samples
        packets = words.reshape(-1, size)
        events = np.empty(len(packets), event_dtype(size))
        events["time"], events["channel"] = packets["time"][:, 0], packets["channel"][:, 0]
        events["snippet"] = packets["sample"]
        return events


@pytest.mark.parametrize("pace", PACES.values(), ids=list(PACES))
def test_events_are_golden_and_what_is_missing_is_counted(pace):
    codes = spiky_codes(420, np.random.default_rng(62))
    chain = RunningChain()

    events = chain.events(codes, pace=pace)

    expected = detection_chain(codes, CONFIG, SETTINGS).events
    keys = expected["time"] * 2 + expected["channel"]
    arrived = np.isin(keys, events["time"] * 2 + events["channel"])
    np.testing.assert_array_equal(events, expected[arrived])
    assert len(expected) >= 12
    assert chain.read["events_lost"] >= (~arrived).sum()
    assert chain.read["events_detected"] >= len(events) + chain.read["events_lost"]
    assert chain.read["frames"] == len(codes)
    if pace is PACES["starved"]:
        np.testing.assert_array_equal(events, expected)
        assert chain.read["events_lost"] == 0


def test_samples_are_taken_in_every_cycle_whatever_the_output_does():
    chain = RunningChain()

    assert cycles_per_payload(chain.dut, np.zeros(60, dtype=int), before=chain.set_up) == 1.0


def test_a_disabled_channel_is_silent():
    codes = spiky_codes(300, np.random.default_rng(63))
    chain = RunningChain(replace(SETTINGS, disabled_channels=(0,)))

    events = chain.events(codes, pace=PACES["starved"])

    assert set(events["channel"].tolist()) == {1}


def test_identification_names_version_and_channels():
    chain = RunningChain()

    chain.events(np.zeros((2, 2), dtype=int), pace=PACES["streaming"])

    fields = CONFIG.registers.register("identification").unpack(chain.read["identification"])
    assert fields == {"version": 0x0100, "channels": 2}


def test_latency_is_as_declared():
    """From the sample that ends the frame of an event's last sample to the event's first word."""
    codes = spiky_codes(200, np.random.default_rng(64))
    # Long snippets: an event is known before its last sample is there.
    buffer = replace(CONFIG.snippet_buffer, snippet_samples=32)
    config = replace(CONFIG, snippet_buffer=buffer)
    event = detection_chain(codes, config, SETTINGS).events[0]
    last_frame = int(event["time"]) - buffer.pre_trigger + buffer.snippet_samples - 1
    frame_ends_with = (last_frame + 1) * CONFIG.channels - 1
    chain = RunningChain(config=config)
    delays = []

    async def bench(ctx):
        await chain.set_up(ctx)
        ctx.set(chain.dut.o.ready, 1)
        for number, code in enumerate(codes.ravel()):
            ctx.set(chain.dut.i.payload, int(code))
            ctx.set(chain.dut.i.valid, 1)
            _, _, ready = await ctx.tick().sample(chain.dut.i.ready)
            assert ready
            if ctx.get(chain.dut.o.valid):
                delays.append(number - frame_ends_with + 1)
                return

    simulator = Simulator(chain.dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    run_to_end(simulator)

    assert delays == [DetectionChain.latency]


def test_default_registers_are_the_default_settings():
    registers, control = detection_registers(68), DetectorSettings().control(24_000.0)

    for name in ("detector", "timing", "start"):
        for field in registers.register(name).fields:
            assert field.reset == int(getattr(control, field.name))


def test_registers_read_as_described_after_power_up():
    dut, registers = DetectionChain(CONFIG), CONFIG.registers
    words = {}

    async def bench(ctx):
        for address, register in registers.placed():
            words[register.name] = await read_register(ctx, dut.bus, address)

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    run_to_end(simulator)

    assert words == {register.name: register.reset_word for register in registers.registers}


def test_parts_must_fit_together():
    message = r"^spike_detector\.channels must be 3, as the band_pass has it, not 68$"

    with pytest.raises(ValueError, match=message):
        DetectionChainConfig(band_pass=BandPassConfig(channels=3))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"mode": "wavelet"}, "mode must be one of absolute, neo, smoothed_neo, not 'wavelet'"),
        ({"lag_s": 0.0}, r"lag_s must be positive, not 0\.0"),
        ({"peak_window_s": float("nan")}, "peak_window_s must be positive, not nan"),
        ({"warm_up_s": -1.0}, r"warm_up_s must not be negative, not -1\.0"),
        (
            {"refractory_s": 1e-4},
            r"refractory_s must be at least peak_window_s = 0\.00033, not 0\.0001",
        ),
        (
            {"threshold": 4.51},
            r"threshold must be a positive multiple of 0\.0625 below 256, not 4\.51",
        ),
        (
            {"adaptive": False, "threshold": 0.0},
            r"threshold must be a positive multiple of 1 below 2147483648, not 0\.0",
        ),
        ({"quiet_floor": 16.0}, r"quiet_floor must be a multiple of 0\.0625 in 0\.\.15\.9375, .*"),
        (
            {"channel_thresholds": (4.0, 300.0)},
            r"channel_thresholds must be a positive multiple of 0\.0625 below 256, not 300\.0",
        ),
    ],
)
def test_settings_reject(fields, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        DetectorSettings(**fields)


def test_settings_that_do_not_fit_the_chain_are_refused():
    with pytest.raises(ValueError, match=r"^channel_thresholds must have one value for each of 2"):
        DetectorSettings(channel_thresholds=(4.0,)).threshold_words(2)
    with pytest.raises(ValueError, match=r"^disabled_channels must be in 0\.\.1, not 2$"):
        DetectorSettings(disabled_channels=(2,)).enable_flags(2)
