"""What the detector makes of every value that its registers hold."""

import numpy as np
import pytest
from amaranth.sim import Simulator

from rtl.adaptive_threshold import AdaptiveThreshold
from rtl.detection_registers import detection_registers
from rtl.detector_settings import DetectorMode
from rtl.spike_detector import SpikeDetector, SpikeDetectorConfig
from verification.pacing import PACES
from verification.simulating import run_to_end
from verification.streams import transfer

CONFIG = SpikeDetectorConfig(channels=1, sample_width=9)
FRAMES = 400
USUAL = {
    "mode": DetectorMode.SMOOTHED_NEO.value,
    "lag": 1,
    "adaptive": 1,
    "floor": 0,
    "mean_shift": 6,
    "peak_window": 5,
    "refractory": 8,
    "warm_up": 16,
}


def samples():
    """Noise with a spike every 20 frames and, 7 frames later, a smaller one."""
    volley = np.random.default_rng(4).normal(0, 6, FRAMES)
    for start in range(30, FRAMES - 20, 20):
        volley[start : start + 3] += [90, 200, 90]
        volley[start + 7 : start + 10] += [70, 150, 70]
    return np.rint(volley).astype(int)


def run(threshold=16, **fields):
    """Return the frames of the reports, and what ``peak_delay`` says, with raw field values."""
    dut = SpikeDetector(CONFIG)
    delays = []

    async def before(ctx):
        for name, value in {**USUAL, **fields}.items():
            ctx.set(dut.control[name], value)
        ctx.set(dut.table.write_data, {"enable": 1, "threshold": threshold})
        ctx.set(dut.table.write_valid, 1)
        await ctx.tick()
        ctx.set(dut.table.write_valid, 0)
        delays.append(ctx.get(dut.peak_delay))

    beats = [
        {"sample": int(sample), "channel": 0, "restart": int(frame == 0)}
        for frame, sample in enumerate(samples())
    ]
    received = transfer(
        dut, beats, rng=np.random.default_rng(1), pace=PACES["streaming"], before=before
    )
    return np.flatnonzero(received["spike"]).tolist(), delays[0]


def test_mode_3_is_as_mode_2():
    reports, delay = run(mode=3)

    assert (reports, delay) == run(mode=2)
    assert len(reports) >= 10


@pytest.mark.parametrize("lag", [0, 5, 6, 7])
@pytest.mark.parametrize("mode", [DetectorMode.NEO, DetectorMode.SMOOTHED_NEO])
@pytest.mark.parametrize("adaptive", [0, 1])
def test_by_the_energy_of_another_lag_than_1_to_4_nothing_is_detected(mode, lag, adaptive):
    assert run(threshold=0, mode=mode.value, lag=lag, adaptive=adaptive)[0] == []


@pytest.mark.parametrize("lag", [0, 7])
def test_the_magnitude_is_detected_whatever_the_lag(lag):
    reports, delay = run(mode=DetectorMode.ABSOLUTE.value, lag=lag)

    assert (reports, delay) == run(mode=DetectorMode.ABSOLUTE.value, lag=1)
    assert len(reports) >= 10


@pytest.mark.parametrize("mean_shift", [17, 20, 31])
def test_a_mean_shift_above_16_averages_all_frames_so_far_as_16_does(mean_shift):
    reports, _ = run(mean_shift=mean_shift)

    assert reports == run(mean_shift=16)[0]
    assert reports != run(mean_shift=0)[0]
    assert len(reports) >= 10


@pytest.mark.parametrize("shift", [16, 17, 19, 20])
def test_the_mean_moves_by_any_shift_that_the_frames_reach(shift):
    dut = AdaptiveThreshold(level_width=12, mean_fraction_bits=20)
    seen = []

    async def bench(ctx):
        ctx.set(dut.average, 1)
        ctx.set(dut.shift, shift)
        for mean, level in ((0, 4_000), (4_000 << 20, 0), (77 << 20, 78)):
            ctx.set(dut.state, {"mean": mean, "quiet": 0})
            ctx.set(dut.level, level)
            seen.append((ctx.get(dut.next_state).mean, mean + (((level << 20) - mean) >> shift)))

    simulator = Simulator(dut)
    simulator.add_testbench(bench)
    run_to_end(simulator)

    assert len({moved for moved, _ in seen}) == 3
    assert all(moved == expected for moved, expected in seen)


@pytest.mark.parametrize(("warm_up", "serves_as"), [(0, 6), (15, 6), (16, 5), (40, 5)])
def test_the_largest_mean_shift_is_what_the_counted_frames_reach(monkeypatch, warm_up, serves_as):
    """With 2**6 frames counted instead of 2**20: 19 and 20 become 5 and 6."""
    monkeypatch.setattr("rtl.spike_detector.MAX_WARM_UP", (1 << 6) - 1)
    reports = {
        shift: run(threshold=31, mean_shift=shift, warm_up=warm_up)[0] for shift in (4, 5, 6, 7, 31)
    }

    assert reports[7] == reports[31] == reports[serves_as]
    assert reports[serves_as] != reports[serves_as - 1]


def test_a_peak_window_of_0_is_as_1_but_one_frame_late():
    reports, delay = run(peak_window=0, mode=DetectorMode.ABSOLUTE.value)

    usual_reports, usual_delay = run(peak_window=1, mode=DetectorMode.ABSOLUTE.value)
    assert reports == usual_reports
    assert delay == usual_delay - 1
    assert len(reports) >= 10


@pytest.mark.parametrize("refractory", [0, 1, 6, 7])
def test_a_refractory_time_up_to_the_peak_window_is_one_more_than_it(refractory):
    """The second spike of each volley comes 7 frames after the first."""
    settings = {"mode": DetectorMode.ABSOLUTE.value, "peak_window": 6}
    reports, _ = run(refractory=refractory, **settings)

    assert reports == run(refractory=7, **settings)[0]
    assert reports != run(refractory=8, **settings)[0]


@pytest.mark.parametrize(
    ("register", "field", "said"),
    [
        ("detector", "mode", "3 is as 2"),
        ("detector", "lag", "with 0 or more than 4 the energy is zero"),
        ("timing", "mean_shift", "made for 0 to 16"),
        ("timing", "peak_window", "0 is as 1, with times and snippets one frame late"),
        ("timing", "refractory", "peak_window and less are as peak_window + 1"),
    ],
)
def test_the_description_says_so(register, field, said):
    docs = {each.name: each.doc for each in detection_registers(1).register(register).fields}

    assert said in docs[field]
