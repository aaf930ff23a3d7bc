"""Bench for the exported Verilog of :class:`rtl.spike_detector.SpikeDetector`."""

from dataclasses import replace
from typing import Any, NamedTuple

import cocotb
import numpy as np
import numpy.typing as npt
from cocotb.triggers import RisingEdge

from rtl.detector_settings import (
    MULTIPLIER_WIDTH,
    DetectorControl,
    DetectorMode,
    DetectorSettings,
)
from rtl.spike_detector import SpikeDetectorConfig, control_layout, threshold_entry_layout
from rtl.streams import detection_layout, sample_layout
from verification.cocotb_benches.setup import bench_setup, scaled, seeded_rng, start
from verification.cocotb_benches.streams import StreamPort, transfer
from verification.golden.spike_detector import spike_detector
from verification.pacing import PACES
from verification.payloads import pack, payload_dtype
from verification.stimuli import corner_codes, sample_records, spiky_samples
from verification.stream_rules import check_payloads
from verification.threshold_probes import threshold_probes

REFERENCE_RATE_HZ = 24_000.0
CORNER_FRAMES = 32  # of each recording
SPIKY_FRAMES = 400
FAINT_FRAMES = 120
LOUD_FRAMES = 120  # enough for the means to come near the largest that they can be
PROBED_FRAMES = 1_600
PROBES_APART = 30  # so that they hardly raise the mean


class Case(NamedTuple):
    """One way to set up the detector, and the pace at which to try it."""

    control: DetectorControl
    pace: str


def case(mode: DetectorMode, pace: str, **control: int) -> Case:
    """Return a case; the times that are not given are short, so that much happens."""
    usual = replace(
        DetectorSettings().control(REFERENCE_RATE_HZ),
        **{"mean_shift": 5, "peak_window": 3, "refractory": 5, "warm_up": 0, **control},
    )
    return Case(replace(usual, mode=mode), pace)


# A report a sample after each probe, and means that still change when all frames were probed.
ALIKE = {"mean_shift": 12, "peak_window": 1, "refractory": 1}
CASES = {
    "absolute_fixed": case(DetectorMode.ABSOLUTE, "streaming", adaptive=False, warm_up=7),
    "absolute_adaptive": case(DetectorMode.ABSOLUTE, "stalled", floor=0),
    "neo_fixed": case(DetectorMode.NEO, "starved", adaptive=False, peak_window=1, refractory=1),
    "neo_adaptive": case(DetectorMode.NEO, "random", lag=3, mean_shift=0, refractory=20, floor=12),
    "smoothed_fixed": case(DetectorMode.SMOOTHED_NEO, "bursts", lag=2, adaptive=False),
    "smoothed_adaptive": case(DetectorMode.SMOOTHED_NEO, "random", lag=4, warm_up=70, floor=40),
    "slowest": case(
        DetectorMode.SMOOTHED_NEO, "streaming", mean_shift=16, peak_window=127, refractory=127
    ),
}


def recording(config: SpikeDetectorConfig) -> npt.NDArray[np.int64]:
    """Return spikes, corners and, first, so little that fractions of the means decide."""
    rng = seeded_rng()
    faint = rng.integers(-3, 4, size=(FAINT_FRAMES, config.channels))
    sizes = {"channels": config.channels, "width": config.sample_width, "rng": rng}
    spikes = spiky_samples(frames=scaled(SPIKY_FRAMES), **sizes)
    corners = corner_codes(frames=CORNER_FRAMES, **sizes)
    return np.concatenate([faint, spikes, *corners.values()])


def loudest(config: SpikeDetectorConfig, control: DetectorControl) -> npt.NDArray[np.int64]:
    """Return samples whose energy is the largest there is, over and over."""
    high = (1 << (config.sample_width - 1)) - 1
    frame = np.arange(scaled(LOUD_FRAMES))
    square = np.where(frame // (2 * control.lag) % 2, high, -high - 1)
    return np.repeat(square[:, np.newaxis], config.channels, axis=1)


def thresholds_for(
    samples: npt.NDArray[np.int64], config: SpikeDetectorConfig, control: DetectorControl
) -> npt.NDArray[np.int64]:
    """Return a threshold a channel, such that spikes and exact ties occur on every channel.

    A fixed one is a level that the signal takes, lower on each channel than on the one before.
    """
    if control.adaptive:
        return 24 + 8 * (np.arange(config.channels) % 8)  # sixteenths: 1.5 to 5 times the mean
    level = spike_detector(samples, config, control, 1).level
    level = level[FAINT_FRAMES:][: scaled(SPIKY_FRAMES)]
    shares = 0.98 - 0.3 * np.arange(config.channels) / config.channels
    return np.array(
        [
            np.quantile(level[:, channel], share, method="lower")
            for channel, share in enumerate(shares)
        ]
    )


async def write_table(dut: Any, channel: int, word: int) -> None:
    """Set up one channel."""
    dut.table__index.value = channel
    dut.table__write_data.value = word
    dut.table__write_valid.value = 1
    await RisingEdge(dut.clk)
    dut.table__write_valid.value = 0


async def read_table(dut: Any, channel: int) -> int:
    """Return what one channel is set to."""
    dut.table__index.value = channel
    dut.table__read_valid.value = 1
    await RisingEdge(dut.clk)
    dut.table__read_valid.value = 0
    await RisingEdge(dut.clk)
    return int(dut.table__read_data.value)


async def check(
    dut: Any,
    samples: npt.NDArray[np.int64],
    control: DetectorControl,
    thresholds: npt.NDArray[np.int64],
    enabled: npt.NDArray[np.bool_],
    pace: str,
) -> npt.NDArray[np.bool_]:
    """Set the detector up and send it a recording; return where the model and it see spikes."""
    config: SpikeDetectorConfig = bench_setup().config
    i = StreamPort.find(dut, "i", sample_layout(config.sample_width, config.channels))
    o = StreamPort.find(dut, "o", detection_layout(config.sample_width, config.channels))
    records = sample_records(samples, width=config.sample_width)
    expected = np.zeros(len(records), dtype=payload_dtype(o.shape))
    for field in ("sample", "channel", "restart"):
        expected[field] = records[field]
    found = spike_detector(samples, config, control, thresholds, enabled)
    expected["spike"] = found.spikes.ravel()

    await start(dut)
    dut.control.value = pack(control_layout(), [vars(control)])[0]
    for channel in range(config.channels):
        entry = {"enable": int(enabled[channel]), "threshold": int(thresholds[channel])}
        await write_table(dut, channel, pack(threshold_entry_layout(), [entry])[0])
    received = await transfer(i, o, records, rng=seeded_rng(), pace=PACES[pace])

    check_payloads("o", received, expected)
    assert int(dut.peak_delay.value) == control.peak_delay(config.smoothing_samples)
    return found.spikes


@cocotb.test(timeout_time=5, timeout_unit="ms")
@cocotb.parametrize(name=[cocotb.Param(value=name, name=name) for name in CASES])
async def finds_what_the_model_finds(dut: Any, name: str) -> None:
    config: SpikeDetectorConfig = bench_setup().config
    control, pace = CASES[name]
    samples = recording(config)
    thresholds = thresholds_for(samples, config, control)
    enabled = (np.arange(config.channels) != 1) | (config.channels == 2)

    spikes = await check(dut, samples, control, thresholds, enabled, pace)

    if name != "slowest":
        assert spikes.sum(axis=0)[enabled].all(), "a channel without a spike shows nothing"


# What decides, the settings, and the multiple of the mean; that of the quiet mean is the floor.
PROBED = {
    "mean": (case(DetectorMode.ABSOLUTE, "streaming", **ALIKE, floor=0, warm_up=32), 256),
    "mean_of_all": (case(DetectorMode.ABSOLUTE, "streaming", **ALIKE, floor=0), 0x5100),
    "quiet_mean": (case(DetectorMode.ABSOLUTE, "streaming", **ALIKE, floor=255, warm_up=32), 1),
    "quiet_mean_of_all": (case(DetectorMode.ABSOLUTE, "streaming", **ALIKE, floor=255), 1),
}


@cocotb.test(timeout_time=5, timeout_unit="ms")
@cocotb.parametrize(name=[cocotb.Param(value=name, name=name) for name in PROBED])
async def knows_its_means_to_the_last_bit_used(dut: Any, name: str) -> None:
    config: SpikeDetectorConfig = bench_setup().config
    (control, pace), multiple = PROBED[name]
    every = np.ones(config.channels, dtype=np.int64)
    samples = threshold_probes(
        config,
        control,
        multiple % 4096 * every,
        frames=scaled(PROBED_FRAMES),
        apart=PROBES_APART,
        rng=seeded_rng(),
    )

    spikes = await check(dut, samples, control, multiple * every, every > 0, pace)

    assert spikes.sum() >= 2, "probes that are never above show nothing"


# Quick means, which become as large as the level; slow ones, from which it is as far as can be.
LOUD = {
    "settled": case(DetectorMode.SMOOTHED_NEO, "streaming", lag=3, floor=255),
    "sudden": case(DetectorMode.SMOOTHED_NEO, "streaming", lag=2, floor=0, mean_shift=9),
}


@cocotb.test(timeout_time=5, timeout_unit="ms")
@cocotb.parametrize(name=[cocotb.Param(value=name, name=name) for name in LOUD])
async def nothing_overflows_at_the_largest_energy(dut: Any, name: str) -> None:
    config: SpikeDetectorConfig = bench_setup().config
    control, pace = LOUD[name]
    usual = recording(config)
    silence = np.zeros((4 * config.smoothing_samples, config.channels), dtype=np.int64)
    samples = np.concatenate([usual[:FAINT_FRAMES], loudest(config, control), silence, usual])
    largest = np.full(config.channels, (1 << MULTIPLIER_WIDTH) - 1)

    # So high a threshold is crossed only where a product or a mean lost its upper bits.
    await check(dut, samples, control, largest, largest > 0, pace)


@cocotb.test(timeout_time=5, timeout_unit="ms")
@cocotb.parametrize(late_frames=[0, 1])
async def warms_up_to_the_very_frame(dut: Any, late_frames: int) -> None:
    config: SpikeDetectorConfig = bench_setup().config
    peak_frame = 9
    samples = np.zeros((peak_frame + 16, config.channels), dtype=np.int64)
    samples[peak_frame] = (1 << (config.sample_width - 1)) - 1
    control = replace(CASES["absolute_fixed"].control, warm_up=peak_frame + late_frames)
    every = np.ones(config.channels, dtype=np.int64)

    spikes = await check(dut, samples, control, every, every > 0, "random")

    assert spikes.sum() == (0 if late_frames else config.channels)


@cocotb.test(timeout_time=5, timeout_unit="ms")
async def the_table_reads_back(dut: Any) -> None:
    config: SpikeDetectorConfig = bench_setup().config
    rng = seeded_rng()
    words = rng.integers(1 << 32, size=config.channels).tolist()
    await start(dut)

    for channel, word in enumerate(words):
        await write_table(dut, channel, word)
    for channel in rng.permutation(config.channels).tolist():
        assert await read_table(dut, channel) == words[channel]
