"""Bench for the exported Verilog of :class:`rtl.detection_chain.DetectionChain`."""

from typing import Any, NamedTuple

import cocotb
import numpy as np
import numpy.typing as npt
from amaranth.hdl import signed
from cocotb.triggers import RisingEdge

from rtl.detection_chain import DetectionChainConfig
from rtl.detector_settings import DetectorSettings
from rtl.streams import packet_layout, sample_layout
from verification.cocotb_benches.packets import check_some_events, events_of
from verification.cocotb_benches.registers import RegisterPort
from verification.cocotb_benches.setup import bench_setup, scaled, seeded_rng, start
from verification.cocotb_benches.streams import StreamPort, transfer
from verification.golden.band_pass import band_pass
from verification.golden.detection_chain import detection_chain
from verification.golden.spike_detector import SpikeDetectorModel
from verification.pacing import PACES, Pace
from verification.payloads import unpack
from verification.stimuli import spiky_samples
from verification.stream_rules import check_payloads

FRAMES = 1200
WARM_UP_FRAMES = 48
PACE_OF_MODE = {
    "absolute": PACES["streaming"],
    "neo": PACES["starved"],
    "smoothed_neo": PACES["random"],
}
OVERLOADS = {
    "slow": Pace(ready_probability=0.08),
    "bursty": Pace(valid_probability=0.9, ready_probability=0.3, burst_cycles=400),
}


class Outcome(NamedTuple):
    """What one run of the chain gave."""

    filtered: npt.NDArray[np.void]
    events: npt.NDArray[np.void]
    counts: dict[str, int]


def settings_for(
    config: DetectionChainConfig, mode: str, codes: npt.NDArray[np.int64]
) -> DetectorSettings:
    """Return settings of the mode that suit ``codes``, all times short."""
    frame_s = 1 / config.sampling_rate_hz
    channels = config.channels
    peak = int(np.abs(band_pass(codes, config.band_pass)[WARM_UP_FRAMES:]).max())
    return {
        "absolute": DetectorSettings(
            mode="absolute",
            adaptive=False,
            threshold=peak // 4,
            warm_up_s=0.0,
        ),
        "neo": DetectorSettings(
            mode="neo",
            lag_s=2 * frame_s,
            threshold=6.0,
            mean_time_s=64 * frame_s,
            peak_window_s=20 * frame_s,
            refractory_s=24 * frame_s,
            warm_up_s=WARM_UP_FRAMES * frame_s,
            channel_thresholds=tuple(5.0 + channel / 16 for channel in range(channels)),
            disabled_channels=(1,) if channels > 2 else (),
        ),
        "smoothed_neo": DetectorSettings(
            mode="smoothed_neo",
            threshold=4.0,
            quiet_floor=4.0,
            mean_time_s=128 * frame_s,
            warm_up_s=WARM_UP_FRAMES * frame_s,
        ),
    }[mode]


def sparse_codes(config: DetectionChainConfig) -> npt.NDArray[np.int64]:
    """Return noise with one spike at a time, so far apart that every packet finds room."""
    rng = seeded_rng()
    high = (1 << (config.sample_width - 1)) - 1
    snippet = config.snippet_buffer.snippet_samples
    apart = 40 + 2 * (snippet + 8) // config.channels
    frames = max(scaled(FRAMES), 2 * WARM_UP_FRAMES + 8 * apart)
    codes = rng.integers(-2, 3, size=(frames, config.channels))
    for n, frame in enumerate(range(2 * WARM_UP_FRAMES, frames - 2 * snippet, apart)):
        codes[frame : frame + 3, n % config.channels] = [high // 3, -high // 5 * 4, high // 2]
    return codes


def dense_codes(config: DetectionChainConfig) -> npt.NDArray[np.int64]:
    """Return far more spikes than the output can carry, and silence to finish them in."""
    busy = spiky_samples(
        channels=config.channels,
        width=config.sample_width,
        frames=scaled(FRAMES),
        rng=seeded_rng(),
    )
    rest = 2 * config.snippet_buffer.snippet_samples
    return np.concatenate((busy, np.zeros((rest, config.channels), dtype=busy.dtype)))


async def run(
    dut: Any, codes: npt.NDArray[np.int64], settings: DetectorSettings, pace: Pace
) -> Outcome:
    """Set the chain up over its bus, send a recording, and read the counters."""
    config: DetectionChainConfig = bench_setup().config
    width, channels = config.band_pass.output_width, config.channels
    i = StreamPort.find(dut, "i", signed(config.sample_width))
    o = StreamPort.find(dut, "o", packet_layout(width, channels))
    bus = RegisterPort.find(dut, "bus")
    words: list[int] = []

    async def tap() -> None:
        while True:
            await RisingEdge(dut.clk)
            if dut.filtered__valid.value == 1:
                words.append(dut.filtered__payload.value.to_unsigned())

    await start(dut)
    cocotb.start_soon(tap())
    for address, word in config.register_writes(settings):
        assert not dut.i__ready.value, "samples must wait until the chain is enabled"
        assert not (await bus.access(address, write_data=word)).error
    sent = await transfer(i, o, codes.ravel(), rng=seeded_rng(), pace=pace, settle_cycles=200)
    counts = {}
    for name in ("frames", "events_detected", "events_lost"):
        answer = await bus.access(config.registers.address_of(name), read=True)
        counts[name] = answer.read_data
    filtered = unpack(sample_layout(width, channels), words)
    return Outcome(filtered, events_of(sent, config.snippet_buffer), counts)


def check_filtered(outcome: Outcome, expected: npt.NDArray[np.int16]) -> None:
    """Demand that the filter's output is the model's."""
    frames, channels = expected.shape
    check_payloads("filtered", outcome.filtered["sample"], expected.ravel())
    check_payloads("channel", outcome.filtered["channel"], np.tile(np.arange(channels), frames))
    assert outcome.counts["frames"] == frames


@cocotb.test(timeout_time=5, timeout_unit="ms")
@cocotb.parametrize(mode=[cocotb.Param(value=mode, name=mode) for mode in PACE_OF_MODE])
async def finds_every_event_when_the_output_keeps_up(dut: Any, mode: str) -> None:
    config: DetectionChainConfig = bench_setup().config
    codes = sparse_codes(config)
    settings = settings_for(config, mode, codes)
    expected = detection_chain(codes, config, settings)

    outcome = await run(dut, codes, settings, PACE_OF_MODE[mode])

    check_filtered(outcome, expected.filtered)
    check_payloads("o", outcome.events, expected.events)
    assert outcome.counts["events_detected"] == len(expected.events) > 3
    assert outcome.counts["events_lost"] == 0


@cocotb.test(timeout_time=5, timeout_unit="ms")
@cocotb.parametrize(overload=list(OVERLOADS))
async def counts_every_event_that_finds_no_room(dut: Any, overload: str) -> None:
    config: DetectionChainConfig = bench_setup().config
    codes = dense_codes(config)
    settings = settings_for(config, "absolute", codes)
    expected = detection_chain(codes, config, settings)
    detector = SpikeDetectorModel.from_settings(
        config.spike_detector, settings, config.sampling_rate_hz
    )
    detected = int(detector.process(expected.filtered).spikes.sum())

    outcome = await run(dut, codes, settings, OVERLOADS[overload])

    check_filtered(outcome, expected.filtered)
    check_some_events(outcome.events, expected.events)
    assert outcome.counts["events_detected"] == detected
    assert outcome.counts["events_lost"] == detected - len(outcome.events)
    assert 0 < len(outcome.events) < detected
